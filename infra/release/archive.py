"""Archives whose bytes depend on their content alone, and checksums."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Iterable
from pathlib import Path


def write(target: Path, folder: str, roots: Iterable[Path], time: int) -> None:
    """Write a tar.gz of these files and folders' contents, below one folder, each with that time.

    A file with the bytes of an earlier one is a hard link to it: SAM copies the dependencies into each function, so the
    1.3 GB of 0.2.0 make 35 MB. A zip would hold each copy.
    """
    seen: dict[tuple[str, int], str] = {}
    with (
        target.open("wb") as raw,
        # gzip's header would hold the file's name and the time of writing.
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=time) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, path in _files(roots):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.mtime = time
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            digest = (sha256(path), entry.mode)
            if digest in seen:
                entry.type, entry.linkname = tarfile.LNKTYPE, seen[digest]
                tar.addfile(entry)
                continue
            seen[digest] = entry.name
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                tar.addfile(entry, content)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS, which `sha256sum --check` reads, for all other files of a folder."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    text = "".join(f"{sha256(path)}  {path.name}\n" for path in files)
    (folder / "SHA256SUMS").write_text(text, "utf-8")


def _files(roots: Iterable[Path]) -> list[tuple[str, Path]]:
    """Every file by its name in the archive."""
    found = []
    for root in roots:
        files = [root] if root.is_file() else [path for path in root.rglob("*") if path.is_file()]
        base = root.parent if root.is_file() else root
        found += [(path.relative_to(base).as_posix(), path) for path in files]
    return sorted(found)
