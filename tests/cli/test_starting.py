"""What the command does before it works: it starts without slow libraries, completes words, and says its version."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from broadsheet.http import API_VERSION
from broadsheet_cli import client
from broadsheet_cli.command import cli, main
from tests.cli.test_client import SITE, Answer, Newsroom, unused_url

ROOT = Path(__file__).parents[2]
# Each takes a tenth of a second, or a good part of it.
SLOW = {"botocore", "frontmatter", "markdown_it", "mdit_py_plugins", "rich", "urllib3", "yaml"}


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str, str], str]:
    """What the command answers to the script of a shell, for words of which the last one is not finished."""

    def ask(shell: str, words: str) -> str:
        typed = words.split(" ")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", typed[-1] if shell == "fish" else str(len(typed) - 1))
        monkeypatch.setenv("_BROADSHEET_COMPLETE", f"{shell}_complete")
        with pytest.raises(SystemExit):
            main([])
        return capsys.readouterr().out

    return ask


def test_help_and_version_import_no_slow_library() -> None:
    code = (
        "import sys\n"
        "from broadsheet_cli.command import main\n"
        "for arguments in (['--help'], ['put', '--help'], ['ads', 'put', '--help'], ['--version']):\n"
        "    try: main(arguments)\n"
        "    except SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    run = subprocess.run(  # noqa: S603  # our own interpreter, our own words
        [sys.executable, "-c", code],
        env=os.environ | {"BROADSHEET_API": unused_url()},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.count("Usage: broadsheet") == 3
    imported = set(run.stdout.splitlines()[-1].split())
    assert "click" in imported
    assert imported & SLOW == set()


SCRIPTS = {"bash": "complete -o", "zsh": "compdef", "fish": "complete --no-files"}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_each_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert SCRIPTS[shell] in script
    assert f"_BROADSHEET_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_tab_key_completes_the_commands(shell: str, complete: Callable[[str, str], str]) -> None:
    answer = complete(shell, "broadsheet ")
    assert all(name in answer for name in cli.commands)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("broadsheet list --status s", "plain,scheduled"),
        ("broadsheet subscribers import --format g", "plain,ghost"),
        ("broadsheet put --dry", "plain,--dry-run"),
        ("broadsheet put st", "file,st"),
        ("broadsheet preview st", "file,st"),
        ("broadsheet completion f", "plain,fish"),
    ],
)
def test_the_tab_key_completes_known_values_and_files(
    words: str, answer: str, complete: Callable[[str, str], str]
) -> None:
    assert complete("bash", words).split() == [answer]


class TestVersion:
    def test_the_command_says_its_own_version_where_no_api_answers(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("BROADSHEET_API", api := unused_url())
        assert main(["--version"]) == 0
        project = tomllib.loads((ROOT / "cli/pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert capsys.readouterr() == (f"broadsheet {project['version']} (API 1)\n", f"No API at {api} answers.\n")

    def test_the_command_says_the_version_of_the_api_wherever_it_is_named(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("BROADSHEET_API", unused_url())
        newsroom.script += [Answer(200, {**SITE, "api_version": 3})] * 2
        assert main(["--version", "--api", newsroom.api]) == 0
        assert main(["--api", newsroom.api, "--version"]) == 0
        assert capsys.readouterr().err.splitlines() == [f"{newsroom.api} has API 3."] * 2

    def test_what_is_no_api_is_said_so(self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
        newsroom.script.append(Answer(200, {"hello": "world"}))
        assert main(["--version"]) == 0
        assert "is not a Broadsheet API" in capsys.readouterr().err

    def test_a_command_for_another_version_of_the_api_says_so(
        self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
    ) -> None:
        newsroom.script.append(Answer(200, {**SITE, "api_version": 2}))
        assert main(["list"]) == 0
        assert capsys.readouterr().err == (
            f"{newsroom.api} has version 2 of the API, and this command was written for version 1; "
            "install the command of the release that is deployed\n"
        )
        newsroom.script.append(Answer(200, {name: SITE[name] for name in SITE if name != "api_version"}))
        assert main(["list"]) == 0
        assert capsys.readouterr().err == ""

    def test_the_command_and_the_api_have_the_same_version(self) -> None:
        assert client.API_VERSION == API_VERSION

    def test_the_command_and_the_back_end_are_released_together(self) -> None:
        back_end, command = (
            tomllib.loads((ROOT / path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            for path in (".", "cli")
        )
        assert back_end["version"] == command["version"]
