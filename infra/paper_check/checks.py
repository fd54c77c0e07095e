"""All checks, and their order: each builds on what the ones before it found to be sound."""

from __future__ import annotations

from collections.abc import Iterator

from broadsheet import paper
from broadsheet.model.config import SiteError, parse_site
from broadsheet.settings import site_file
from infra.paper_check import files, rendering, settings, styles, templates, words
from infra.paper_check.fault import Fault


def faults() -> list[Fault]:
    """Every fault of the paper's folder, by file and line; none where there is no folder."""
    if paper.FOLDER is None:
        return []
    found = [*settings.faults(), *words.faults(), *styles.faults(), *templates.faults(), *_with_settings()]
    if all(fault.warning for fault in found):
        found += rendering.faults(parse_site(site_file().read_text(encoding="utf-8")))
    return sorted(set(found))


def _with_settings() -> Iterator[Fault]:
    """The faults of the folder's files, if the settings can be read."""
    try:
        site = parse_site(site_file().read_text(encoding="utf-8"))
    except (SiteError, UnicodeDecodeError):
        return
    yield from files.faults(site)
