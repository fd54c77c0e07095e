"""The code before the publisher wrote in waves, to measure it in the same run as the code of now."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from benchmarks.processes import TREE

COMMIT = "d4f01faa4b0a0da7ef2fcdda0c041e20d6ecefcb"
# The modules of the processes, which that commit does not have, or counts otherwise with.
HARNESS = ("emulator.py", "function_process.py", "replay.py", "tally.py")


@contextmanager
def tree() -> Iterator[Path]:
    """A folder with the code of that commit, which the processes of a measurement can run."""
    archived = subprocess.run(  # noqa: S603  # our own repository
        ["git", "archive", COMMIT],  # noqa: S607  # the same git as everything else here
        cwd=TREE,
        check=True,
        stdout=subprocess.PIPE,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(fileobj=BytesIO(archived.stdout)) as files:
            files.extractall(folder, filter="data")
        for module in HARNESS:
            shutil.copy(TREE / "benchmarks" / module, folder / "benchmarks")
        yield folder
