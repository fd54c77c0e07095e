"""Renders the source of a body as sanitised HTML, the same for pages and feeds.

Markdown is CommonMark with tables and strikethrough, and may contain HTML. The allow-list below applies to Markdown and
HTML alike. Everything else is removed: of unknown tags the text remains; scripts, styles, frames and forms are removed
with their content.

- text: `p br hr h1–h6 blockquote pre div`, and `details summary`
- words: `a abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u
  var wbr`
- lists: `ul ol li dl dt dd`
- media: `figure figcaption img picture source`, and `audio video` with their controls
- tables: `table caption thead tbody tfoot tr th td`
- attributes: `lang`, `dir` and `title` everywhere; the others are in `ATTRIBUTES`, and their values are validated. No
  `style`, `class`, `id` or `on…`
- URLs: `https`, `http` and `mailto`, made absolute with the site's base URL. Links to `#fragments` are removed, because
  ids are. Links have `rel="noopener"` but no `nofollow`: an editor chose them.

Headings are shifted so that the highest is `h2`; a page's only `h1` is its headline.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from threading import Lock
from urllib.parse import urljoin, urlsplit

import nh3
from cachetools import LRUCache, cached
from markdown_it import MarkdownIt

from ...model.manuscript import clean

CACHE_BYTES = 32_000_000  # thousands of texts of usual length


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
URL_ATTRIBUTES = frozenset({"href", "src", "poster", "cite"})
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

# In nh3's output every `<` starts a tag, and attribute values are in double quotes with inner quotes escaped.
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^">]|"[^"]*")*)>')
VOID = frozenset({"br", "hr", "img", "source", "wbr"})

# An HTML parser's time grows with the square of the nesting. Real texts are never nested this deeply.
MAX_DEPTH = 256
OPENING = re.compile(r"<(/?)([a-z][^\s/>]*)")
NO_END_TAG_NEEDED = VOID | _names(
    "p li dt dd tr td th thead tbody tfoot option input link meta col area base embed param"
)


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a body. Equal format and hash mean equal text."""

    format: str
    hash: str
    text: str = field(compare=False, repr=False)


def _cache_key(source: Source, base_url: str) -> tuple[str, str, str]:
    return source.format, source.hash, base_url  # not the text: its hash identifies it


@cached(LRUCache(CACHE_BYTES, sys.getsizeof), key=_cache_key, lock=Lock())
def render(source: Source, base_url: str) -> str:
    """The source as safe HTML. Never raises; idempotent."""
    html = _markdown().render(source.text) if source.format == "markdown" else source.text
    if _depth(html.lower()) > MAX_DEPTH:
        html = nh3.clean_text(source.text)
    # Character references may name characters that XML forbids, so the result is cleaned again.
    safe = clean(_cleaner(base_url).clean(html))
    levels = [int(name[1]) for _, name, _ in TAG.findall(safe) if name[0] == "h" and name[1:].isdigit()]
    shift = 2 - min(levels, default=2)
    return TAG.sub(lambda tag: _finished(tag, shift), safe).strip()


def plain(html: str) -> str:
    """The text of sanitised HTML on one line."""
    return " ".join(unescape(TAG.sub(lambda tag: "" if tag[2] in INLINE else " ", html)).split())


def blocks(html: str) -> Iterator[str]:
    """The outermost elements of sanitised HTML, each with the text before it."""
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
    def filtered(_element: str, attribute: str, value: str) -> str | None:
        if attribute in URL_ATTRIBUTES:
            return _absolute(value, base_url)
        if attribute == "srcset":
            return _absolute_set(value, base_url)
        pattern = VALUES.get(attribute)
        return value if pattern is None or pattern.fullmatch(value) else None

    return nh3.Cleaner(
        tags=INLINE | BLOCKS,
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "select", "textarea"},
        attributes=ATTRIBUTES,
        attribute_filter=filtered,
        link_rel="noopener",
        url_schemes=SCHEMES,
    )


def _absolute(url: str, base_url: str) -> str | None:
    """The URL made absolute; None for fragments, malformed URLs and other schemes."""
    url = url.strip()
    try:
        if not url or url.startswith("#"):
            return None
        if not urlsplit(url).scheme:
            url = urljoin(base_url + "/", url)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in SCHEMES and (parts.netloc or parts.scheme == "mailto") else None


def _absolute_set(candidates: str, base_url: str) -> str | None:
    """A `srcset` with absolute URLs and without malformed candidates; None if none remains."""
    valid = []
    for candidate in re.split(r",\s+|,$", candidates.strip()):
        url, _, descriptor = candidate.strip().partition(" ")
        absolute = _absolute(url, base_url)
        if absolute and "," not in absolute[-1] and DESCRIPTOR.fullmatch(descriptor.strip()):
            valid.append(f"{absolute} {descriptor.strip()}".strip())
    return ", ".join(valid) or None


def _finished(tag: re.Match[str], shift: int) -> str:
    """The tag with its heading level shifted, and `alt` on every image."""
    close, name, attributes = tag.groups()
    if name[0] == "h" and name[1:].isdigit():
        return f"<{close}h{min(int(name[1]) + shift, 6)}{attributes}>"
    if name == "img" and ' alt="' not in attributes:
        return f'<img{attributes} alt="">'
    return tag[0]


def _depth(html: str) -> int:
    """An upper bound of the nesting. Elements whose end tag is optional do not count."""
    unclosed: Counter[str] = Counter()
    depth = deepest = 0
    for close, name in OPENING.findall(html):
        if name in NO_END_TAG_NEEDED or (close and not unclosed[name]):
            continue
        step = -1 if close else 1
        unclosed[name] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest
