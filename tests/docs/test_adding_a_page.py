"""The example of docs/how-publishing-works.md, followed to the letter in a copy of the functions."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = (
    (ROOT / "docs" / "how-publishing-works.md").read_text(encoding="utf-8").partition("## Add a kind of page\n")[2]
)
PATH = re.compile(r"^`(functions/\S+)`:$")
PUBLISH = """
import sys
from broadsheet.render import outputs
from tests.world import World, deployed

assert outputs.__file__.startswith(sys.argv[1]), outputs.__file__
with deployed() as deployment:
    world = World(deployment)
    world.put("ferry", headline="Ferry returns", correction="It calls at seven.")
    world.put("tram", headline="Tram returns")
    world.publish()
    print(world.objects()["en/corrections/index.html"].decode())
"""


def blocks() -> Iterator[tuple[str, str, str]]:
    """The code blocks of the example, each as the file that it is for, its language and its text."""
    path = ""
    lines = iter(EXAMPLE.splitlines(keepends=True))
    for line in lines:
        if match := PATH.match(line):
            path = match[1]
        elif line.startswith("```"):
            yield path, line[3:].strip(), "".join(iter(lambda: next(lines), "```\n"))


def follow(functions: Path) -> None:
    """Write the example's files into a copy of `functions/`, and apply its diffs there."""
    for path, language, text in blocks():
        file = functions.parent / path
        if language != "diff":
            assert not file.exists(), f"{path} exists: the example needs another name"
            file.write_text(text, encoding="utf-8")
            continue
        before, after = ("".join(line[1:] for line in text.splitlines(True) if line[0] in kept) for kept in (" ", " +"))
        current = file.read_text(encoding="utf-8")
        assert current.count(before) == 1, f"{path} has not once:\n{before}"
        file.write_text(current.replace(before, after), encoding="utf-8")


@pytest.mark.proof
def test_the_documented_example_adds_a_page_that_is_published(tmp_path: Path) -> None:
    functions = shutil.copytree(
        ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__")
    )
    follow(functions)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(functions), str(ROOT)))}
    command = [sys.executable, "-c", PUBLISH, str(functions)]
    published = subprocess.run(command, env=environment, cwd=functions, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves
    assert published.returncode == 0, published.stderr
    assert '<a href="/en/2026/03/14/ferry-returns/">Ferry returns</a>: It calls at seven.' in published.stdout
    assert "Tram returns" not in published.stdout.partition("<main")[2].partition("</main>")[0]
