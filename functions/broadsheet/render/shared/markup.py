"""Body source → the HTML that readers get: one sanitised rendering, shared by the page and every feed.

Markdown is CommonMark with tables and strikethrough; HTML in it is kept, as in a body that is HTML throughout.
Whatever the source, only this passes, and everything else is dropped (an unknown tag leaves its text; scripts, styles,
frames and forms go with theirs):

- text: `p br hr h1–h6 blockquote pre div`, and `details summary`
- words: `a abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u
  var wbr`
- lists: `ul ol li dl dt dd`
- pictures: `figure figcaption img picture source`, and `audio video` with their controls
- tables: `table caption thead tbody tfoot tr th td`
- attributes: `lang`, `dir` and `title` everywhere; otherwise those in `ATTRIBUTES`, each only with a value that makes
  sense for it. No `style`, `class`, `id` or `on…`
- addresses: `https`, `http` and `mailto`, made absolute with the site's own address (`#fragment` links go: ids do not
  survive, so there is nothing for them to lead to). Links carry `rel="noopener"` and nothing that disowns them:
  an editor chose them.

Headings move together so that the highest is `h2`: the page's one `h1` is the headline.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from html import unescape
from urllib.parse import urljoin, urlsplit

import nh3
from markdown_it import MarkdownIt

from ...model.manuscript import clean
from .memory import Memory

REMEMBERED = 32_000_000  # bytes of HTML: thousands of texts of a usual length, and some of the longest


def _names(*lists: str) -> frozenset[str]:
    return frozenset(name for names in lists for name in names.split())


INLINE = _names(
    "a abbr b bdi bdo cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub sup time u",
    "var wbr",
)
BLOCKS = _names(
    "p br hr h1 h2 h3 h4 h5 h6 blockquote pre div details summary ul ol li dl dt dd figure figcaption",
    "picture source audio video table caption thead tbody tfoot tr th td",
)
ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls"},
    "blockquote": {"cite"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope", "abbr"},
    "time": {"datetime"},
    "video": {"src", "poster", "controls", "width", "height"},
}
ADDRESSES = frozenset({"href", "src", "poster", "cite"})
SCHEMES = {"https", "http", "mailto"}
NUMBER = re.compile(r"[1-9]\d{0,4}")
VALUES = {
    "dir": re.compile(r"ltr|rtl|auto"),
    "lang": re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"),
    "hreflang": re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"),
    "loading": re.compile(r"lazy|eager"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "datetime": re.compile(r"[0-9TZPDHMSWYtz:+. -]+"),
    "start": re.compile(r"-?\d{1,9}"),
    "value": re.compile(r"-?\d{1,9}"),
} | dict.fromkeys(("width", "height", "colspan", "rowspan"), NUMBER)
DESCRIPTOR = re.compile(r"|\d+w|\d+(\.\d+)?x")

# In what nh3 writes every `<` is a tag's, and attribute values stand in double quotes with their quotes escaped.
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^">]|"[^"]*")*)>')
VOID = frozenset({"br", "hr", "img", "source", "wbr"})

# An HTML parser's time grows with the square of the nesting; nobody writes a text that is nested this deeply.
DEEPEST = 256
OPENING = re.compile(r"<(/?)([a-z][^\s/>]*)")
ENDS_BY_ITSELF = VOID | _names("p li dt dd tr td th thead tbody tfoot option input link meta col area base embed param")


@dataclass(frozen=True, slots=True)
class Source:
    """A body as it was sent. Two with the same format and hash are the same text."""

    format: str
    hash: str
    text: str = field(compare=False, repr=False)


_rendered: Memory[tuple[str, str, str], str] = Memory(REMEMBERED, sys.getsizeof)


def render(source: Source, base_url: str) -> str:
    """The source as safe HTML. Never raises; rendering its result again changes nothing."""
    return _rendered.recall((source.format, source.hash, base_url), partial(_render, source, base_url))


def _render(source: Source, base_url: str) -> str:
    html = _markdown().render(source.text) if source.format == "markdown" else source.text
    if _depth(html.lower()) > DEEPEST:
        html = nh3.clean_text(source.text)
    # A character reference can name what XML cannot hold, so what went in clean is cleaned once more.
    safe = clean(_cleaner(base_url).clean(html))
    levels = [int(name[1]) for _, name, _ in TAG.findall(safe) if name[0] == "h" and name[1:].isdigit()]
    rise = 2 - min(levels, default=2)
    return TAG.sub(lambda tag: _finished(tag, rise), safe).strip()


def plain(html: str) -> str:
    """The text of sanitised HTML on one line."""
    return " ".join(unescape(TAG.sub(lambda tag: "" if tag[2] in INLINE else " ", html)).split())


def blocks(html: str) -> Iterator[str]:
    """Sanitised HTML cut into its outermost elements, each with the text that goes before it."""
    start = depth = 0
    for tag in TAG.finditer(html):
        depth += 0 if tag[2] in VOID else -1 if tag[1] else 1
        if not depth and tag[2] not in INLINE:
            yield html[start : tag.end()]
            start = tag.end()
    if html[start:].strip():
        yield html[start:]


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


@lru_cache(maxsize=4)
def _cleaner(base_url: str) -> nh3.Cleaner:
    def kept(_element: str, attribute: str, value: str) -> str | None:
        if attribute in ADDRESSES:
            return _absolute(value, base_url)
        if attribute == "srcset":
            return _absolute_set(value, base_url)
        pattern = VALUES.get(attribute)
        return value if pattern is None or pattern.fullmatch(value) else None

    return nh3.Cleaner(
        tags=INLINE | BLOCKS,
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "select", "textarea"},
        attributes=ATTRIBUTES,
        attribute_filter=kept,
        link_rel="noopener",
        url_schemes=SCHEMES,
    )


def _absolute(address: str, base_url: str) -> str | None:
    """The address made absolute; None where it leads nowhere that is allowed."""
    address = address.strip()
    try:
        if not address or address.startswith("#"):
            return None
        if not urlsplit(address).scheme:
            address = urljoin(base_url + "/", address)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in SCHEMES and (parts.netloc or parts.scheme == "mailto") else None


def _absolute_set(candidates: str, base_url: str) -> str | None:
    """A `srcset` with its addresses made absolute, without the candidates that are broken; None if none is left."""
    kept = []
    for candidate in re.split(r",\s+|,$", candidates.strip()):
        address, _, descriptor = candidate.strip().partition(" ")
        absolute = _absolute(address, base_url)
        if absolute and "," not in absolute[-1] and DESCRIPTOR.fullmatch(descriptor.strip()):
            kept.append(f"{absolute} {descriptor.strip()}".strip())
    return ", ".join(kept) or None


def _finished(tag: re.Match[str], rise: int) -> str:
    close, name, attributes = tag.groups()
    if name[0] == "h" and name[1:].isdigit():
        return f"<{close}h{min(int(name[1]) + rise, 6)}{attributes}>"
    if name == "img" and ' alt="' not in attributes:
        return f'<img{attributes} alt="">'
    return tag[0]


def _depth(html: str) -> int:
    """A bound of how deeply it is nested, generous to tags that authors leave open by right."""
    left_open: Counter[str] = Counter()
    depth = deepest = 0
    for close, name in OPENING.findall(html):
        if name in ENDS_BY_ITSELF or (close and not left_open[name]):
            continue
        step = -1 if close else 1
        left_open[name] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest
