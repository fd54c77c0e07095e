"""The files of the layer with the publisher's folder, as SAM builds it: the folder and a Makefile."""

from __future__ import annotations

import shutil
from pathlib import Path

# SAM calls the target by the layer's id in the template. It names the layer's root as ARTIFACTS_DIR.
MAKEFILE = """\
build-PaperLayer:
\tcp -R content/. "$(ARTIFACTS_DIR)"
"""
# Lambda refuses a layer without a file.
NOTE = "paper.txt"
# Folders that no function reads.
CONTENT = ("pages", "sample")
NOTES = {True: "The publisher's folder is in paper/.\n", False: "The publisher has no folder of their own.\n"}


def write(folder: Path, paper: Path | None) -> None:
    """Write the layer's files to `folder`, in place of what was there.

    Hidden files of the paper are left out, and so are its static pages and its sample, which are put through the API.
    """
    shutil.rmtree(folder, ignore_errors=True)
    content = folder / "content"
    content.mkdir(parents=True)
    (folder / "Makefile").write_text(MAKEFILE, "utf-8")
    (content / NOTE).write_text(NOTES[paper is not None], "utf-8")
    if paper:
        shutil.copytree(paper, content / "paper", ignore=shutil.ignore_patterns(".*", "*~", "#*", *CONTENT))
