"""Rendered HTML of a body as a page sets it: typographic marks, directions of blocks, and headings without gaps.

Feeds have the HTML as it was rendered, so their entries do not change with the taste of the pages.

- A block whose letters are mostly of the other direction than those around it gets a `dir`: an English paragraph in an
  Arabic article reads from the left. Letters are counted, because the first one alone (`dir="auto"`) would turn an
  English sentence that begins with an Arabic name, and send a line of numbers to the left.
- A heading is at most one level below the one that it belongs to (WCAG 2.2, technique H42).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import markup
from .markup import INLINE, TAG, VOID
from .normaliser import names
from .typography import RIGHT_TO_LEFT, quotes, unbroken

AS_TYPED = names("code kbd pre samp")
DIRECTED = names("p h1 h2 h3 h4 h5 h6 blockquote ul ol li dl dt dd table caption td th figcaption summary")
RTL = re.compile(f"[{RIGHT_TO_LEFT}]")
LTR = re.compile("[A-Za-z\u00c0-\u024f\u0370-\u052f]")
DIR = re.compile(r' dir="(ltr|rtl|auto)"')


@dataclass(slots=True)
class _Block:
    """An element that is no inline one: the place of its start tag, and its letters of either direction."""

    at: int
    name: str
    parent: "_Block | None"
    given: str | None = None
    ltr: int = 0
    rtl: int = 0
    resolved: str = "ltr"


class _Setter:
    """One pass over the HTML. `pieces` are texts and tags in their order."""

    def __init__(self, language: str, bidirectional: bool) -> None:
        self.language = language
        self.bidirectional = bidirectional
        self.pieces: list[str] = []
        self.blocks: list[_Block] = []
        self._run: list[int] = []  # the texts of the paragraph so far
        self._inside: _Block | None = None
        self._as_typed = 0
        self._levels: list[tuple[int, int]] = []  # of the headings around: as typed, and as set

    def set(self, html: str) -> None:
        start = 0
        for tag in TAG.finditer(html):
            self._text(html[start : tag.start()])
            start = tag.end()
            self._tag(tag)
        self._text(html[start:])
        self._end_paragraph()

    def _text(self, text: str) -> None:
        if not text:
            return
        self.pieces.append(text)
        if self._as_typed:
            return
        self._run.append(len(self.pieces) - 1)
        if self.bidirectional and self._inside:
            self._inside.ltr += len(LTR.findall(text))
            self._inside.rtl += len(RTL.findall(text))

    def _tag(self, tag: re.Match[str]) -> None:
        close, name, attributes = tag.groups()
        if name not in INLINE or name == "br":
            self._end_paragraph()
        if name in AS_TYPED:
            self._as_typed += -1 if close else 1
        if name[0] == "h" and name[1:].isdigit():
            name = self._heading(name, bool(close))
        self.pieces.append(f"<{close}{name}{attributes}>")
        if self.bidirectional and name not in INLINE and name not in VOID:
            self._block(name, bool(close), attributes)

    def _heading(self, name: str, close: bool) -> str:
        if close:
            return f"h{self._levels[-1][1]}" if self._levels else name
        level = int(name[1])
        while self._levels and self._levels[-1][0] >= level:
            self._levels.pop()
        self._levels.append((level, self._levels[-1][1] + 1 if self._levels else 2))
        return f"h{self._levels[-1][1]}"

    def _block(self, name: str, close: bool, attributes: str) -> None:
        if not close:
            given = DIR.search(attributes)
            self._inside = _Block(len(self.pieces) - 1, name, self._inside, given and given[1])
            self.blocks.append(self._inside)
        elif self._inside:
            closed, self._inside = self._inside, self._inside.parent
            if self._inside and not closed.given:
                self._inside.ltr += closed.ltr
                self._inside.rtl += closed.rtl

    def _end_paragraph(self) -> None:
        """Set the marks of the paragraph as one text: a quotation may begin in one element and end in another."""
        run, self._run = self._run, []
        if not run:
            return
        whole = quotes("".join(self.pieces[at] for at in run), self.language)
        start = 0
        for at in run:
            end = start + len(self.pieces[at])
            self.pieces[at] = unbroken(whole[start:end])
            start = end


def on_page(html: str, language: str, base: str, to_heading: str, to_mark: str, wide: Mapping[str, str]) -> str:
    """Rendered HTML of a body in that language and direction for the article's page; see `markup.on_page`."""
    setter = _Setter(language, bool((LTR if base == "rtl" else RTL).search(html)))
    setter.set(html)
    for block in setter.blocks:
        around = block.parent.resolved if block.parent else base
        block.resolved = _direction(block, around)
        if block.resolved != around and block.name in DIRECTED and not block.given:
            tag = setter.pieces[block.at]
            setter.pieces[block.at] = f'<{block.name} dir="{block.resolved}"{tag[len(block.name) + 1 :]}'
    return markup.on_page("".join(setter.pieces), to_heading, to_mark, wide)


def _direction(block: _Block, around: str) -> str:
    if block.given in ("ltr", "rtl"):
        return block.given
    if block.ltr == block.rtl or (block.name not in DIRECTED and not block.given):
        return around
    return "ltr" if block.ltr > block.rtl else "rtl"
