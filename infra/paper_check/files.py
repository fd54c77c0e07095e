"""The files of the paper that nothing reads, and those of `static/` that cannot be served."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from broadsheet import paper
from broadsheet.model.config import Site
from broadsheet.render.shared import assets
from broadsheet.render.shared.environment import FOLDERS
from broadsheet.render.shared.locale import FALLBACK
from infra.paper_check import settings, styles, templates
from infra.paper_check.fault import Fault

# For people alone.
_NOTES = frozenset(["README.md", "LICENSE"])
_ICONS = frozenset(name for name in (*assets.NAMES, *assets.AT_ROOT) if Path(name).suffix in assets.PICTURES)
_PAGE = re.compile(r"pages/([^/]+)/[^/]+\.md")
_SAMPLE = re.compile(r"sample/(media/[^/]+\.svg|([^/]+)/[^/]+\.md)")


def faults(site: Site) -> Iterator[Fault]:
    """The faults of the folder's files, whatever they hold. `site` has the settings that hold for the paper."""
    read = {settings.FILE, styles.FILE, *_NOTES, *_ICONS, *settings.pictures(site)}
    for name in paper.files():
        if name not in read and (rule := _broken_rule(name, site)):
            yield Fault(name, 0, rule)


def _broken_rule(name: str, site: Site) -> str:
    """The rule that a file breaks which is none of those with names of their own; else nothing."""
    folder, *rest = name.split("/")
    if not rest:
        return f"is read by nothing{_meant(name, {settings.FILE, styles.FILE, *_ICONS})}"
    rules: dict[str, Callable[[str, Site], str]] = {
        assets.STATIC_FOLDER: _of_static,
        "templates": _of_template,
        "locales": _of_words,
        "pages": _of_page,
        "sample": _of_sample,
    }
    if folder not in rules:
        return f"is read by nothing{_meant(folder, set(rules))}"
    return rules[folder](name, site)


def _of_template(name: str, _: Site) -> str:
    match name.split("/"):
        case [_, folder, _] if folder in FOLDERS:
            return "takes no template's place, and none of your templates names it" if templates.unused(name) else ""
    return f"is read by nothing: templates are in {', '.join(f'templates/{each}/' for each in FOLDERS)}"


def _of_page(name: str, site: Site) -> str:
    found = _PAGE.fullmatch(name)
    return "" if found and found[1] in site.editions else "must be pages/<an edition of site.toml>/<name>.md"


def _of_sample(name: str, site: Site) -> str:
    found = _SAMPLE.fullmatch(name)
    known = found and (found[2] is None or found[2] in site.editions)
    return "" if known else "must be sample/<an edition of site.toml>/<name>.md or sample/media/<name>.svg"


def _of_static(name: str, _: Site) -> str:
    if assets.servable(name):
        return ""
    endings = ", ".join(sorted(assets.KINDS))
    return f"is not served: a name has letters, digits, hyphens and underscores, and ends in one of {endings}"


def _of_words(name: str, site: Site) -> str:
    language = name.removeprefix("locales/").removesuffix(".toml")
    codes = {code.lower() for code in site.editions}
    if language in codes | {code.partition("-")[0] for code in codes} | {FALLBACK}:
        return ""
    return f"is read by nothing: no edition has the language {language}"


def _meant(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(known))}"
