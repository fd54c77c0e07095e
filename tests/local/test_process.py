"""The local deployment as a program: how it starts, why it does not, and that all its processes end with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.settings import SITE_FILE
from tests.local.conftest import EXAMPLE
from tests.waiting import wait_for


def start(*options: str, code: Path = EXAMPLE / "functions") -> subprocess.Popen[str]:
    """Start the program with the small template, without the sample edition."""
    command = [sys.executable, "-m", "infra.local", "--no-sample", "--template", str(EXAMPLE / "template.yaml")]
    return subprocess.Popen(  # noqa: S603  this program
        [*command, "--functions", str(code), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def refused(*options: str, code: Path = EXAMPLE / "functions") -> str:
    """The error message of a program that does not start."""
    with start(*options, code=code) as process:
        output, errors = process.communicate()
    assert process.returncode == 1
    assert output == ""
    return errors


def children(pid: int) -> set[int]:
    """Every descendant of a process."""
    found: set[int] = set()
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in file.read_text("utf-8").split():
            found |= {int(child)} | children(int(child))
    return found


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return False


@pytest.fixture
def running() -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """The program once it serves, and the processes that it started."""
    with start("--port", "0") as process:
        assert process.stdout
        lines: list[str] = []
        while not lines or lines[-1] != "Press Ctrl-C to stop.":
            assert process.poll() is None
            lines.append(process.stdout.readline().rstrip("\n"))
        assert any("/_local/" in line for line in lines)
        yield process, children(process.pid)
        process.kill()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_every_process_ends_with_the_program(running: tuple[subprocess.Popen[str], set[int]], number: int) -> None:
    process, started = running
    assert len(started) == 9  # the emulator and eight functions
    os.kill(process.pid, number)
    output, errors = process.communicate()
    wait_for(lambda: not any(alive(pid) for pid in started), lambda: sum(alive(pid) for pid in started))
    if number == signal.SIGINT:
        assert (process.returncode, output, errors) == (0, "", "")


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        sentence = refused("--port", port)
    assert sentence == f"Port {port} is not available (Address already in use); choose another one with PORT=.\n"


def test_an_invalid_port_is_one_sentence() -> None:
    sentence = refused("--port", "65536")
    assert sentence == "Port 65536 is not available (ports are 0 to 65535); choose another one with PORT=.\n"


def test_a_bad_template_is_one_sentence(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: [", "utf-8")
    sentence = refused("--port", "0", "--template", str(template))
    assert sentence.startswith(f"{template}, line 1: ")
    assert sentence.count("\n") == 1


@pytest.mark.proof  # in `make test`, test_runtime.py reports a syntax error in a running deployment
def test_a_syntax_error_is_one_sentence(tmp_path: Path) -> None:
    code = tmp_path / "functions"
    shutil.copytree(EXAMPLE / "functions", code)
    (code / "tick.py").write_text("def handler(:\n", "utf-8")
    assert refused("--port", "0", code=code) == (
        "TickFunction cannot start: Syntax error in module 'tick': invalid syntax (tick.py, line 1)\n"
    )


def test_a_broken_rule_of_site_toml_is_one_sentence(tmp_path: Path) -> None:
    code = tmp_path / "functions"
    shutil.copytree(EXAMPLE / "functions", code)
    source = SITE_FILE.read_text(encoding="utf-8").replace('direction = "ltr"', 'direction = "up"')
    (code / "site.toml").write_text(source, "utf-8")
    assert refused("--port", "0", code=code) == ("site.toml, line 20: editions.en.direction must be one of ltr, rtl\n")
