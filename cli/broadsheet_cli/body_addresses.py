"""The addresses in a body: of its pictures, its recordings and its links, each with its place in the source.

Markdown-it tells what is an address, and what is code or plain text, but not where in the source it stands. So each
text that may be an address is replaced by a placeholder, and those placeholders that the parser then reports as an
address are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


class Kind(Enum):
    """What an address is for. `SIZES` is a `srcset`, with several addresses."""

    PICTURE = "picture"
    RECORDING = "recording"
    LINK = "link"
    SIZES = "sizes"


# What follows may be the destination of a link or picture: `](…`, or `]: …` at a definition that is no footnote.
DESTINATION = re.compile(r"(?P<footnote>\[\^[^\s\[\]]+)?\](?P<sign>[(:])[ \t]*\n?[ \t>]*")
# Sources that scripts would set; the site takes them for the picture's own.
LAZY = ("data-src", "data-lazy-src", "data-original")
ATTRIBUTE = re.compile(
    r"""(?<![\w-])(?:src|href|poster|srcset|data-src|data-lazy-src|data-original)\s*=\s*"""
    r"""("[^"]*"|'[^']*'|[^\s"'<>=`]+)""",
    re.IGNORECASE,
)
PICTURES = frozenset({"img", "amp-img", "amp-anim"})
RECORDINGS = frozenset({"audio", "video", "source", "track", "amp-audio", "amp-video"})
FRAMES = frozenset({"iframe", "embed", "amp-iframe"})
# The site's own Markdown counts these as the signs of ASCII, and ignores invisible marks before a sign.
NATIVE_NUMBER = re.compile(r"^([ \t>]*)([\u0660-\u0669\u06f0-\u06f9]{1,3})[.)-](?=[ \t])", re.MULTILINE)
INVISIBLE = re.compile(r"^([ \t>]*)[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]+", re.MULTILINE)
# Letters and digits alone, so that every notation of an address can hold it, and none changes it.
PLACEHOLDER = re.compile(r"x7address(\d+)x")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in a body. `text` is without the escapes of its notation; `start` and `end` are offsets.

    `unsized` tells that it is the `src` of an `<img>` without width and height. `start` is -1 where the place in the
    source is not found.
    """

    kind: Kind
    text: str
    start: int
    end: int
    line: int
    unsized: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Found:
    kind: Kind
    address: str
    unsized: bool = False


def find(format: str, text: str) -> tuple[Address, ...]:
    """The addresses of a body in the order of the text. Those in code, comments and scripts are none."""
    candidates = _candidates(text, markdown=format == "markdown")
    parts: list[str] = []
    end = 0
    for number, candidate in enumerate(candidates):
        parts += [text[end : candidate.start], f"x7address{number}x"]
        end = candidate.end
    masked = "".join((*parts, text[end:]))
    parse = _in_markdown if format == "markdown" else _in_html
    originals, placed = [*parse(text)], [*parse(masked)]
    if [each.kind for each in originals] != [each.kind for each in placed]:
        return tuple(_unplaced(each, text) for each in originals)  # a placeholder has changed what the text means
    found: dict[int, Address] = {}
    for position, (each, original) in enumerate(zip(placed, originals, strict=True)):
        placeholder = PLACEHOLDER.fullmatch(each.address)
        number = int(placeholder[1]) if placeholder else len(candidates)
        if number >= len(candidates):
            found[-1 - position] = _unplaced(original, text)
        # A definition may serve a picture and a link: the picture is uploaded.
        elif number not in found or each.kind is Kind.PICTURE:
            place = candidates[number]
            line = text.count("\n", 0, place.start) + 1
            found[number] = Address(each.kind, place.text, place.start, place.end, line, each.unsized)
    return tuple(found[number] for number in sorted(found))


def _unplaced(found: _Found, text: str) -> Address:
    """An address whose place in the source is not known, such as that of `<https://port.example>`."""
    return Address(found.kind, found.address, -1, -1, text.count("\n", 0, max(0, text.find(found.address))) + 1)


def replaced(text: str, addresses: Mapping[Address, str]) -> str:
    """The text with other sources in place of these addresses."""
    places = sorted(addresses, key=lambda address: address.start)
    ends = [0, *(place.end for place in places)]
    parts = [f"{text[end : place.start]}{addresses[place]}" for end, place in zip(ends, places, strict=False)]
    return "".join(parts) + text[ends[-1] :]


def _candidates(text: str, *, markdown: bool) -> Sequence[_Candidate]:
    """What may be an address by its surroundings, without overlaps."""
    found = [*_attributes(text), *(_destinations(text) if markdown else ())]
    found.sort(key=lambda candidate: candidate.start)
    kept = found[:1]
    for candidate in found[1:]:
        if candidate.start >= kept[-1].end:
            kept.append(candidate)
    return kept


def _attributes(text: str) -> Iterator[_Candidate]:
    for match in ATTRIBUTE.finditer(text):
        quoted = match[1][0] in "\"'"
        yield _Candidate(match.start(1) + quoted, match.end(1) - quoted, unescape(match[1][quoted : -quoted or None]))


def _destinations(text: str) -> Iterator[_Candidate]:
    from markdown_it.helpers import parseLinkDestination

    for match in DESTINATION.finditer(text):
        if match["footnote"] and match["sign"] == ":":
            continue
        parsed = parseLinkDestination(text, match.end(), len(text))
        if parsed.ok and parsed.pos > match.end() and parsed.str:
            yield _Candidate(match.end(), parsed.pos, parsed.str)


@cache
def _parser() -> MarkdownIt:
    """Takes the addresses of every scheme for addresses: `addresses.py` says what is wrong with one."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote.index import footnote_def

    parser = MarkdownIt("commonmark").enable(["table"]).use(deflist_plugin)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005  # as the library says
    parser.block.ruler.before("reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]})
    return parser


def _in_markdown(text: str) -> Iterator[_Found]:
    text = NATIVE_NUMBER.sub(_ascii_number, INVISIBLE.sub(r"\1", text))
    for block in _parser().parse(text):
        if block.type == "html_block":
            yield from _in_html(block.content)
        yield from _of_tokens(block.children or ())


def _ascii_number(number: re.Match[str]) -> str:
    return f"{number[1]}{int(number[2])}."


def _of_tokens(tokens: Sequence[Token]) -> Iterator[_Found]:
    for token in tokens:
        if token.type == "html_inline":
            yield from _in_html(token.content)
        elif token.type == "link_open":
            yield _Found(Kind.LINK, str(token.attrGet("href") or ""))
        elif token.type == "image":
            yield _Found(Kind.PICTURE, str(token.attrGet("src") or ""))
            yield from _of_tokens(token.children or ())


def _in_html(html: str) -> Sequence[_Found]:
    parser = _Addresses()
    with suppress(AssertionError):  # older versions of the parser raise it at `<![word[`
        parser.feed(html)
        parser.close()
    return parser.found


class _Addresses(HTMLParser):
    """Collects the addresses of start tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Found] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # of two equal names the first one counts
        self.found += _of_element(tag, given)


def _of_element(tag: str, given: Mapping[str, str]) -> Iterator[_Found]:
    if tag in PICTURES:
        lazy = next((given[name] for name in LAZY if name in given), None)
        if source := lazy or given.get("src"):
            yield _Found(Kind.PICTURE, source, unsized=not given.keys() & {"width", "height", *LAZY})
    elif tag in RECORDINGS and "src" in given:
        yield _Found(Kind.RECORDING, given["src"])
    elif tag in FRAMES and "src" in given:
        yield _Found(Kind.LINK, given["src"])
    elif tag == "a" and "href" in given:
        yield _Found(Kind.LINK, given["href"])
    if "poster" in given:
        yield _Found(Kind.PICTURE, given["poster"])
    if "srcset" in given:
        yield _Found(Kind.SIZES, given["srcset"])
