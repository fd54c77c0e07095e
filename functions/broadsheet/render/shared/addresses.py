"""Links of bare addresses in Markdown: `https://…`, `http://…`, `www.…` and email addresses.

Names of files and of hosts without `www.` are text. Quotation marks, brackets, Arabic and Chinese punctuation end an
address; other punctuation at its end is not part of it, and neither is a closing bracket that it does not open.
"""

import re
from collections.abc import Iterator
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.common.utils import isLinkClose, isLinkOpen
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# What no address contains: blanks, quotation marks, brackets, the marks of bidirectional text, and the punctuation of
# scripts that write none of it into addresses.
PATH = (
    r"[^\s\x00-\x20<>\"`\\^{|}\[\]\u00ab\u00bb\u2018-\u201f\u2026\u060c\u061b\u061f\u06d4\u061c\u200b\u200e\u200f"
    r"\u202a-\u202e\u2066-\u2069\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\ufeff]"
)
WEB = re.compile(rf"://(?=[\w\[])(?:(?!\*\*|~~){PATH})++")
SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])https?$", re.IGNORECASE)
# Each alternative starts only where a run of its characters starts, so the time is proportional to the text.
BARE = re.compile(
    rf"(?<![A-Za-z0-9@/.:_-])(?P<web>www\.(?:[\w-]++\.)*+[\w-]*+(?::\d++)?(?:[/?#]{PATH}*+)?)"
    r"|(?<![A-Za-z0-9.+_/%@-])(?P<mail>[A-Za-z0-9.+_%-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++)",
    re.IGNORECASE,
)
HOST = re.compile(r"www\.[\w-]+\.\w", re.IGNORECASE)
TRAILING = ".,;:!?'*_~"


def extend(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("html_inline", "web_address", _web)
    parser.core.ruler.after("text_join", "bare_addresses", _bare)


def trimmed(url: str) -> str:
    """The address without the punctuation of the sentence around it."""
    surplus = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in TRAILING or (url[end - 1] == ")" and surplus > 0)):
        surplus -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _web(state: StateInline, silent: bool) -> bool:
    """An address with its scheme. It is found at its colon, so that `_` and `*` in it are no emphasis."""
    if silent or state.src[state.pos] != ":" or state.linkLevel:
        return False
    scheme = SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    rest = WEB.match(state.src, state.pos, state.posMax) if scheme else None
    if not scheme or not rest or not state.pending.endswith(scheme[0]):
        return False
    source = trimmed(rest[0])
    url = scheme[0] + unescape(source)
    href = state.md.normalizeLink(url)
    if len(source) < len("://x") or not state.md.validateLink(href):
        return False
    state.pending = state.pending[: -len(scheme[0])]
    for token in _link(href, url, state.level):
        pushed = state.push(token.type, token.tag, token.nesting)
        pushed.attrs, pushed.content = token.attrs, token.content
    state.pos += len(source)
    return True


def _bare(state: StateCore) -> None:
    """Links in text that is in no link yet."""
    for block in state.tokens:
        if block.type == "inline" and block.children and ("@" in block.content or "www." in block.content.lower()):
            block.children = [*_linked(state, block.children)]


def _linked(state: StateCore, tokens: list[Token]) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        html = token.content if token.type == "html_inline" else ""
        opens = token.type == "link_open" or isLinkOpen(html)
        inside = max(0, inside + opens - (token.type == "link_close" or isLinkClose(html)))
        if token.type == "text" and not inside:
            yield from _split(state, token)
        else:
            yield token


def _split(state: StateCore, token: Token) -> Iterator[Token]:
    start = 0
    for found in BARE.finditer(token.content):
        address = trimmed(found[0])
        if found["web"] and not HOST.match(address):
            continue
        href = state.md.normalizeLink(("https://" if found["web"] else "mailto:") + address)
        if not state.md.validateLink(href):
            continue
        yield _text(token.content[start : found.start()], token.level)
        yield from _link(href, address, token.level)
        start = found.start() + len(address)
    yield _text(token.content[start:], token.level)


def _link(href: str, text: str, level: int) -> list[Token]:
    return [
        Token("link_open", "a", 1, attrs={"href": href}, level=level),
        _text(text, level + 1),
        Token("link_close", "a", -1, level=level),
    ]


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)
