"""Every command in the documents is run, or is checked as far as one machine can: its syntax, targets, options, files.

The other tests of documents: test_commands.py checks `aws` by AWS's models, test_editors_day.py runs the console blocks
of the editors' handbook, test_api_examples.py runs the examples of the API in Python and JavaScript, and
test_adding_a_page.py follows the example in how-publishing-works.md.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest

from broadsheet_cli.client import connect
from broadsheet_cli.command import cli
from broadsheet_cli.errors import Refused
from infra.local.deployment.local_deployment import LocalDeployment
from tests.docs.blocks import DOCUMENTS, LANGUAGES, MAKE, ROOT, Block, blocks, commands, shell

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
PYTEST = re.compile(r"\.venv/bin/pytest ([\w/.]+)")
MODULE = re.compile(r"\bpython -m ([\w.]+)")
LOCAL = "http://127.0.0.1:8080"

# What each block prints that the tests run, by a piece of the block.
RUN = {
    "broadsheet put regatta.md": r"created .*/regatta-moved-to-sunday/",
    "broadsheet withdraw regatta": r"(?s)/preview/.*headline: Regatta moved to Sunday.*regatta  withdrawn",
    "/en/section/city/feed.json": r'(?s)"https://jsonfeed.org/version/1.1".*<',
    "form_token=": r"(?s) 202 .*accepted",
    "--data-binary @quay.json": r'"outcome":"created"',
    "articles?limit=1": r'(?s)"articles":.*"outcome":"withdrawn"',
    "divers-curl": r'(?s)"outcome":"created".*"updated_by":"key:curl-desk".*"outcome":"withdrawn".*curl-desk  revoked',
    "cms_webhook.py": r"(?s)\n204\n.*\n204\n.*cms  revoked",
    "rowers-curl": r'(?s)"outcome":"created".*"text":"The \*rowing club\*.*"outcome":"withdrawn"',
    "/api/previews/old-quay": r'"url":".*/preview/',
    "put first.md": r"(?s)created .*/we-are-here/.*1 created, 0 replaced, 0 unchanged, 0 refused.*HTTP/1.1 200",
    "subscribers import cleaned.csv": r"(?s)1 .*1 ",
    "issue preview en": r"(?s)issue +en-daily-.*subject +The ferry is back",
}
# The stack's outputs, which deploying.md reads by a function of the shell, are those of the local deployment.
OUTPUT = 'output() { echo "$BROADSHEET_API"; }\n'
LAMPS = {
    "edition": "en",
    "headline": "New lamps",
    "section": "city",
    "body": {"format": "markdown", "text": "On the old quay."},
}
# Documents whose blocks need an AWS account.
ON_AWS = {"deliverability.md", "deploying.md", "operations.md", "upgrading.md"}
# Documents whose blocks another test runs: test_your_paper.py.
RUN_ELSEWHERE = {"your-paper.md"}
# Lines that are not run here: they build, deploy or run the tests themselves, or are for another machine.
NOT_RUN = re.compile(r"(make |\.venv/bin/pytest |export [A-Z_]+=|pipx install )")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_says_what_it_is_and_every_command_is_run_or_checked(document: Path) -> None:
    assert [str(block) for block in blocks(document) if block.language not in LANGUAGES] == []
    neither = [str(block) for block in shell(document) if not (expected(block) or only_checked(block))]
    assert neither == [], "give each a line in RUN, with what it prints"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_commands_name_exists(document: Path) -> None:
    for block in shell(document):
        parsed = subprocess.run(["/bin/bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
        assert parsed.returncode == 0, f"{block}: {parsed.stderr}"
    found = [problem for command in commands(document) for problem in wrong(command)]
    assert found == []


@pytest.mark.parametrize(
    "name",
    [
        "docs/front-ends.md",
        "docs/articles-api.md",
        "docs/keys.md",
        pytest.param("README.md", marks=pytest.mark.proof),
        pytest.param("docs/newsletter.md", marks=pytest.mark.proof),
        pytest.param("docs/deploying.md", marks=pytest.mark.proof),
    ],
)
def test_the_blocks_of_a_document_do_what_it_says(name: str, local_deployment: LocalDeployment, tmp_path: Path) -> None:
    (tmp_path / "cleaned.csv").write_text(
        "email,status,consented_at\nreader@courier.example,subscribed,2024-05-06T07:08:09Z\n", "utf-8"
    )
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    run = [block for block in shell(ROOT / name) if expected(block)]
    assert run
    with connect(local_deployment.url) as client:
        client.put("lamps", LAMPS)  # feeds and fragments exist since the first article
        local_deployment.settle()
        for block in run:
            printed = output(block, local_deployment.url, tmp_path)
            assert re.search(expected(block), printed), f"{block} prints\n{printed}"
        for article in ("lamps", "first"):
            with suppress(Refused):  # another document has it
                client.withdraw(article)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("make tset", "no target tset"),
        ("make smoke STAKC=x", "no variable STAKC"),
        (".venv/bin/pytest tests/nothing", "no tests/nothing"),
        ("python -m infra.nothing", "no module infra.nothing"),
        ("broadsheet pt story.md", "no command"),
        ("broadsheet put --revvive story.md", "no option --revvive"),
    ],
)
def test_a_wrong_command_is_found(command: str, problem: str) -> None:
    assert [found for found in wrong(command) if problem in found]


def expected(block: Block) -> str:
    """The pattern of what a block prints, or nothing if it is not run."""
    return next((pattern for piece, pattern in RUN.items() if piece in block.text), "")


def only_checked(block: Block) -> bool:
    return block.document.name in ON_AWS | RUN_ELSEWHERE or all(map(NOT_RUN.match, block.text.splitlines()))


def output(block: Block, url: str, folder: Path) -> str:
    """What the block prints, run against that deployment. It does not wait as a person would."""
    script = block.text.replace(LOCAL, url).replace(".venv/bin/", "").replace("sleep 3\n", "")
    script = script.replace("PORT=8090", f"PORT={free_port()}")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(  # noqa: S603  # the commands are those of our own documents
        ["/bin/bash", "-euo", "pipefail", "-c", OUTPUT + script],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "PATH": path, "BROADSHEET_API": url},
        text=True,
    )
    assert ran.returncode == 0, f"{block} fails:\n{ran.stdout}"
    return ran.stdout


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wrong(command: str) -> list[str]:
    """What a command names that does not exist."""
    found = []
    for words in MAKE.findall(command):
        for word in words.split():
            variable, is_one, _ = word.partition("=")
            if is_one and not re.search(rf"\$\({variable}\)|\b{variable} \?=", MAKEFILE):
                found.append(f"{command}: make has no variable {variable}")
            elif not is_one and command.startswith("make ") and word not in TARGETS:
                found.append(f"{command}: make has no target {word}")
    found += [f"{command}: there is no {path}" for path in PYTEST.findall(command) if not (ROOT / path).exists()]
    found += [f"{command}: there is no module {name}" for name in MODULE.findall(command) if not module(name)]
    return found + (wrong_options(command) if re.match(r"(\.venv/bin/)?broadsheet ", command) else [])


def module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    roots = (path, ROOT / "functions" / path.relative_to(ROOT))
    return any(root.with_suffix(".py").exists() or (root / "__main__.py").exists() for root in roots)


def wrong_options(command: str) -> list[str]:
    """The subcommands and options of `broadsheet` in a command that do not exist."""
    _, *words = shlex.split(re.split(r"[|<>;&]", command)[0])
    called: click.Command = cli
    options = {name for parameter in called.params for name in parameter.opts}
    for word in words:
        if word.startswith("-"):
            if word.partition("=")[0] not in options | {"--help", "-h"}:
                return [f"{command}: there is no option {word}"]
        elif isinstance(called, click.Group) and word != "…":
            if (next_one := called.commands.get(word)) is None:
                # `broadsheet --api URL put`: the value of an option
                if "--api" in words:
                    continue
                return [f"{command}: there is no command {word}"]
            called = next_one
            options |= {name for parameter in called.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return []
