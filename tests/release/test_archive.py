"""What a release publishes has the same bytes whenever and wherever it is built."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from infra.release import archive

TIME = 1_795_000_000


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Two functions with the same dependency, of which one is executable."""
    for name in ("AdsFunction", "ImagesFunction"):
        (tmp_path / "build" / name).mkdir(parents=True)
        (tmp_path / "build" / name / "shared.py").write_text("SHARED = 1\n" * 1000, "utf-8")
    (tmp_path / "build" / "AdsFunction" / "run").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "build" / "AdsFunction" / "run").chmod(0o700)
    (tmp_path / "LICENSE").write_text("Licence.\n", "utf-8")
    return tmp_path


def write(folder: Path, name: str = "functions.tar.gz") -> Path:
    target = folder / name
    archive.write(target, "functions-1.2.0", [folder / "build", folder / "LICENSE"], TIME)
    return target


def test_the_same_files_give_the_same_bytes(built: Path) -> None:
    first = write(built).read_bytes()
    for number, path in enumerate(path for path in built.rglob("*") if path.is_file()):
        os.utime(path, (number, number))
    (built / "build" / "AdsFunction" / "run").chmod(0o755)
    assert write(built, "again.tar.gz").read_bytes() == first


def test_the_archive_unpacks_to_what_was_built(built: Path) -> None:
    unpacked = built / "unpacked"
    with tarfile.open(write(built)) as tar:
        members = {member.name: member for member in tar.getmembers()}
        tar.extractall(unpacked, filter="data")
    root = unpacked / "functions-1.2.0"
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()) == [
        "AdsFunction/run",
        "AdsFunction/shared.py",
        "ImagesFunction/shared.py",
        "LICENSE",
    ]
    assert (root / "ImagesFunction" / "shared.py").read_text("utf-8") == "SHARED = 1\n" * 1000
    assert members["functions-1.2.0/ImagesFunction/shared.py"].islnk()
    assert (root / "AdsFunction" / "run").stat().st_mode & 0o100
    assert not (root / "LICENSE").stat().st_mode & 0o100


def test_checksums_verify_every_file(built: Path) -> None:
    folder = write(built).parent / "release"
    folder.mkdir()
    write(built).rename(folder / "functions.tar.gz")
    (folder / "notes.md").write_text("Feeds.\n", "utf-8")
    archive.write_checksums(folder)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603  our own words
    assert done.stdout == "functions.tar.gz: OK\nnotes.md: OK\n"
