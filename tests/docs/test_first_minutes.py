"""What a stranger meets first: `make` names what is missing in one sentence, before it does anything else."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("awk", "bash", "find", "git", "make", "rm", "sed", "touch")
LARGEST = 364  # MB of .venv after `make run`
OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec "{python}" "$@"\n'
# What `make test` hands down; PYTHON and PORT if the person who runs it has set them.
HANDED_DOWN = ("MAKE", "MFLAGS", "PYTHON", "PORT")
NEW = '#!/bin/sh\necho "$0" >> used\nexec "{python}" "$@"\n'


def git(*arguments: str, folder: Path) -> str:
    """The output of git."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S603, S607  # our own words


def clone(folder: Path) -> Path:
    """What a fresh clone of this working tree would have."""
    for name in filter(None, git("ls-files", "-z", folder=ROOT).split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)
    git("init", "--quiet", folder=folder)
    git("add", ".", folder=folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what `make run` reads before it sets anything up."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "cli/pyproject.toml", "requirements/uv.txt", "requirements/local.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PATH with make and its tools, and no Python."""
    folder = tmp_path_factory.mktemp("bin")
    for tool in TOOLS:
        if found := shutil.which(tool):
            (folder / tool).symlink_to(found)
    return folder


def python(path: Path, name: str, script: str) -> None:
    (path / name).write_text(script.format(python=sys.executable), encoding="utf-8")
    (path / name).chmod(0o755)


def make(*arguments: str, folder: Path, path: Path | None = None) -> tuple[int, str]:
    """The exit status and the output of make."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(HANDED_DOWN)}
    if path:
        environment["PATH"] = str(path)
    done = subprocess.run(  # noqa: S603  # our own words
        ["make", *arguments],  # noqa: S607
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_make_alone_lists_the_targets(folder: Path) -> None:
    status, output = make(folder=folder)
    assert status == 0
    assert all(f"make {target} " in output for target in ("run", "test", "check", "clean"))


def test_an_old_make_is_refused(folder: Path) -> None:
    status, output = make("MAKE_VERSION=3.81", folder=folder)
    assert status == 2
    assert "needs GNU make 4.0 or newer, and this is 3.81. On macOS: brew install make" in output


def test_a_missing_python_is_named_before_anything_is_set_up(folder: Path, path: Path) -> None:
    python(path, "python3", OLD)
    status, output = make("run", folder=folder, path=path)
    assert status == 2
    assert output.splitlines()[0] == (
        "Broadsheet needs Python 3.11 or newer, and there is none on the PATH. "
        "PYTHON=/path/to/python3 says which to take."
    )
    assert not (folder / ".venv").exists()
    status, output = make("run", f"PYTHON={path / 'python3'}", folder=folder)
    assert output.startswith(f"Broadsheet needs Python 3.11 or newer, and {path / 'python3'} is not.")


def test_a_python_without_venv_is_named_with_the_package_to_install(folder: Path, path: Path) -> None:
    python(path, "python3", WITHOUT_VENV)
    status, output = make("run", folder=folder, path=path)
    assert status == 2
    assert output.startswith("python3 has no venv module with pip. On Debian and Ubuntu: apt install python3-venv")
    assert not (folder / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_taken(folder: Path, path: Path) -> None:
    python(path, "python3", OLD)
    python(path, "python3.12", NEW)
    assert make("port-is-free", "PORT=0", folder=folder, path=path) == (0, "")
    assert str(path / "python3.12") in (folder / "used").read_text(encoding="utf-8")


@pytest.mark.parametrize("given", ["taken", "70000", "eighty"])
def test_a_port_that_is_not_free_is_named_before_anything_is_set_up(
    given: str, folder: Path, path: Path, taken_port: int
) -> None:
    python(path, "python3", NEW)
    port = str(taken_port) if given == "taken" else given
    status, output = make("run", f"PORT={port}", folder=folder, path=path)
    assert status == 2
    assert output.startswith(f"Port {port} is not free. Choose another one: make run PORT=9000\n")
    assert not (folder / ".venv").exists()


def test_the_tests_need_git_and_say_so(folder: Path, path: Path) -> None:
    python(path, "python3", NEW)
    (path / "git").unlink()
    (folder / "requirements/dev.txt").touch()
    status, output = make(".venv/ready", folder=folder, path=path)
    assert status == 2
    assert output.startswith("The tests and checks need git, and there is none on the PATH.")


def test_clean_leaves_a_fresh_clone(tmp_path: Path) -> None:
    fresh = clone(tmp_path / "fresh")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    for pattern in ignored:
        name = pattern.strip("/").replace(".venv*", ".venv-sam").replace("*", "broadsheet")
        for parent in ("", "cli", "tests/readers") if not pattern.startswith((".", "/")) else ("",):
            if name == ".coverage":
                (fresh / name).touch()
            elif (name, parent) not in {("node_modules", ""), ("node_modules", "cli")}:
                (fresh / parent / name).mkdir(parents=True)
                (fresh / parent / name / "made").touch()

    def untracked() -> list[str]:
        listed = git("status", "--ignored", "--porcelain", folder=fresh).splitlines()
        return [line for line in listed if line.startswith(("!!", "??"))]

    assert len(untracked()) >= len(ignored)
    assert make("clean", folder=fresh) == (0, "")
    assert untracked() == []


@pytest.mark.proof
def test_make_run_works_in_a_path_with_blanks_and_behind_a_proxy(tmp_path: Path) -> None:
    fresh = clone(tmp_path / "my sites" / "broad sheet")
    status, output = make(".venv/local", folder=fresh)
    assert status == 0, output
    assert "Setting up .venv for make run" in output
    sizes = [file.lstat() for file in (fresh / ".venv").rglob("*")]
    assert sum(size.st_blocks for size in sizes) * 512 / 2**20 <= LARGEST
    proxied = os.environ | dict.fromkeys(("HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    proxied |= {"PORT": "0", "PAPER": ""}
    for name in ("NO_PROXY", "no_proxy"):
        proxied.pop(name, None)
    with subprocess.Popen(
        ["make", "run"],  # noqa: S607
        cwd=fresh,
        env=proxied,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            printed = list(takewhile(lambda line: "Press Ctrl-C" not in line, running.stdout or ()))
            assert running.poll() is None, "".join(printed)
            [api] = (line.split()[0].removesuffix("/api/articles") for line in printed if "/api/articles" in line)
            listed = subprocess.run(  # noqa: S603  # our own words
                [fresh / ".venv/bin/broadsheet", "list", "--api", api],
                env=proxied,
                check=True,
                capture_output=True,
                text=True,
            )
            assert "published" in listed.stdout
        finally:
            os.killpg(running.pid, signal.SIGINT)
