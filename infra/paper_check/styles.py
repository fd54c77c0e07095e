"""The paper's `tokens.css`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2  # type: ignore[import-untyped]  # it has no types

from broadsheet import paper
from broadsheet.render.shared import assets
from infra.paper_check.fault import Fault

FILE = assets.TOKENS
_SET = re.compile(r"(--[\w-]+)\s*:")
_READ = re.compile(r"var\(\s*(--[\w-]+)")
# Descriptors of a font are not the page's properties. Other rules with blocks have rules in them.
_FREE = frozenset(["font-face", "font-feature-values", "property", "counter-style", "keyframes"])
_TEXTS = (".css", ".html", ".svg")


def faults() -> Iterator[Fault]:
    """The faults of the colours and fonts that the paper sets."""
    file = paper.own(FILE)
    if file is None:
        return
    css = file.read_text(encoding="utf-8", errors="replace")
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    yield from _of_rules(rules, _built_in(), _read_by_the_paper())
    for number, line in enumerate(css.splitlines(), 1):
        for _, name in assets.STATIC_URL.findall(line):
            if name not in assets.static_files():
                yield Fault(FILE, number, f"loads {name}, and there is no such file in the paper's folder")
        if "--paper:" in line and not assets.PAPER_COLOUR.search(line):
            yield Fault(FILE, number, "--paper must be light-dark() with two colours like #fffdf8")


def _built_in() -> list[str]:
    return list(dict.fromkeys(_SET.findall((assets.FILES / FILE).read_text(encoding="utf-8"))))


def _read_by_the_paper() -> set[str]:
    """The custom properties that the paper's own styles and templates use."""
    texts = (
        path.read_text("utf-8", "replace") for name in paper.files() if (path := paper.own(name)) and _is_text(name)
    )
    return {name for text in texts for name in _READ.findall(text)}


def _is_text(name: str) -> bool:
    return name.endswith(_TEXTS)


def _of_rules(rules: Iterable[Any], known: list[str], used: set[str]) -> Iterator[Fault]:
    for rule in rules:
        if rule.type == "error":
            yield Fault(FILE, rule.source_line, f"is not CSS: {rule.message}")
        elif rule.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _of_declarations(content, known, used)
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword not in _FREE:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _of_rules(inner, known, used)


def _of_declarations(content: Iterable[Any], known: list[str], used: set[str]) -> Iterator[Fault]:
    for each in content:
        if each.type != "declaration":
            yield from _of_rules([each], known, used)
        elif each.name.startswith("--") and each.name not in {*known, *used}:
            yield Fault(FILE, each.source_line, f"sets {each.name}, which nothing reads; there are {', '.join(known)}")
        elif not each.name.startswith("--") and each.lower_name != "color-scheme":
            yield Fault(
                FILE,
                each.source_line,
                f"sets {each.name}; this file sets custom properties alone, and static/ may have other style sheets",
            )
