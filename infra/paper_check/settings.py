"""The paper's `site.toml`, and the pictures that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from broadsheet import paper
from broadsheet.model.config import Edition, Site, SiteError
from broadsheet.render.shared import assets
from broadsheet.schemas.site_toml import line_of, lines_of, validate
from infra.paper_check.fault import Fault

FILE = "site.toml"
_BROKEN_RULE = re.compile(r"site\.toml(?:, line (\d+))?: (.*)")
_IN_TOML = re.compile(r"(.*) \(at line (\d+), column \d+\)")
_STATIC = re.compile(r"""["']/assets/(static/[^"']*)["']""")


def faults() -> Iterator[Fault]:
    """The faults of the paper's settings; none where the paper has no `site.toml`."""
    file = paper.own(FILE)
    if file is None:
        return
    try:
        text = file.read_text(encoding="utf-8")
        site = validate(text)
    except UnicodeDecodeError:
        yield Fault(FILE, 0, "must be text in UTF-8")
    except SiteError as error:
        yield from map(_of_message, str(error).splitlines())
    else:
        lines = lines_of(text)
        for edition in site.editions.values():
            for key, rule in _of_pictures(edition):
                yield Fault(FILE, line_of(f"editions.{edition.code}.{key}", lines) or 0, rule)
        yield from _of_static_files(text)


def pictures(site: Site) -> set[str]:
    """The names of the pictures that the settings name."""
    return {name for edition in site.editions.values() for _, name in _named(edition)}


def _of_message(message: str) -> Fault:
    """The fault that a line of a `SiteError` names."""
    found = _BROKEN_RULE.fullmatch(message)
    line, rule = found.groups() if found else (None, message)
    if not line and (in_toml := _IN_TOML.fullmatch(rule)):
        rule, line = in_toml.groups()
    return Fault(FILE, int(line or 0), rule)


def _named(edition: Edition) -> Iterator[tuple[str, str]]:
    for key in ("logo", "logo_dark", "social_picture"):
        if name := getattr(edition, key):
            yield key, name


def _of_pictures(edition: Edition) -> Iterator[tuple[str, str]]:
    for key, name in _named(edition):
        path = f"editions.{edition.code}.{key}"
        if not paper.find(name, assets.FILES / name).is_file():
            yield key, f"{path} names {name}, and there is no such file in the paper's folder"
            continue
        try:
            assets.size(name)
        except ValueError as error:
            yield key, f"{path} names {error}"


def _of_static_files(text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), 1):
        for name in _STATIC.findall(line.partition(" #")[0]):
            if not Path(paper.FOLDER or "", name).is_file():
                yield Fault(FILE, number, f"names /assets/{name}, and there is no file {name} in the paper's folder")
