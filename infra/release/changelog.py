"""The sections of CHANGELOG.md, which has the form of Keep a Changelog."""

from __future__ import annotations

import re

HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
REFERENCE = re.compile(r"^\[[^\]]+\]: \S+$", re.MULTILINE)


# A line that goes on from the one before: GitHub would break the text of a release there.
CONTINUED = re.compile(r"(?<!\n)\n(?: {2})?(?=[^\s#-])")
RELATIVE = re.compile(r"\]\((?!https?:)")


def release_text(notes: str, blob: str) -> str:
    """Those notes as the text of a release: without line breaks in paragraphs, with links to that tree's files."""
    return RELATIVE.sub(f"]({blob}/", CONTINUED.sub(" ", notes)) + "\n"


def notes(changelog: str, version: str) -> str:
    """What the dated section of that version says, or an empty text if there is none."""
    headings = list(HEADING.finditer(changelog))
    ends = [heading.start() for heading in headings[1:]] + [len(changelog)]
    for heading, end in zip(headings, ends, strict=True):
        if heading["version"] == version and heading["date"]:
            return REFERENCE.sub("", changelog[heading.end() : end]).strip()
    return ""


def newest(changelog: str) -> str | None:
    """The newest version that has a section, or None."""
    found = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    return found[1] if found else None
