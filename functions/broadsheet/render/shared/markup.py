"""Renders the source of a body as sanitised HTML, the same for pages and feeds.

Markdown is CommonMark with additions (`markdown.py`), and may contain HTML; unknown words in angle brackets within its
text stay as typed. The HTML is first mapped to what is kept (`normaliser.py`). The allow-list below then applies to
Markdown and HTML alike. Everything else is removed: of unknown tags the text remains; scripts and styles are removed
with their content.

- text: `p br hr h1–h6 blockquote pre div`, and `details summary`
- words: `a abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong sub sup time u
  var wbr`
- lists: `ul ol li dl dt dd`
- media: `figure figcaption img picture source`, and `audio video track` with their controls
- tables: `table caption thead tbody tfoot tr th td`
- attributes: `lang`, `dir` and `title` everywhere; the others are in `ATTRIBUTES`, and their values are validated. No
  `style` or `on…`; of `class` the side to which a cell is aligned, and `card` (`cards.py`)
- ids: of what the text itself links to, and of headings (`fragments.py`)
- URLs: `https`, `http`, and for links `mailto`, `tel` and `sms`, made absolute with the site's base URL, and
  `#fragments` that lead to an id. Links have `rel="noopener"`, and keep `nofollow`, `sponsored` and `ugc`.

Headings are shifted so that the highest is `h2`; a page's only `h1` is its headline.

`on_page` and `in_feed` adapt the result: jump links at headings and names of the links back from footnotes; absolute
addresses in place of fragments, and alignment that feed readers know.
"""

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

import nh3
from cachetools import LRUCache, cached
from selectolax.lexbor import LexborHTMLParser

from ...model.text import BIDI, clean, closed, folded
from . import cards, fragments, markdown, normaliser
from .bounded import TooMuchMarkdown
from .losses import LINE, Loss, Losses, is_silent
from .normaliser import names

CACHE_BYTES = 32_000_000  # thousands of texts of usual length


INLINE = names(
    "a abbr b bdi bdo cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub sup time u",
    "var wbr",
)
BLOCKS = names(
    "p br hr h1 h2 h3 h4 h5 h6 blockquote pre div details summary ul ol li dl dt dd figure figcaption",
    "picture source track audio video table caption thead tbody tfoot tr th td",
)
KEPT = INLINE | BLOCKS
ATTRIBUTES = {
    "*": {"lang", "dir", "title", "id"},
    "a": {"href", "hreflang", "rel", "role", "name", "class"},
    "audio": {"src", "controls", "loop"},
    "blockquote": {"cite"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "div": {"role"},
    "figure": {"class"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "td": {"colspan", "rowspan", "class"},
    "th": {"colspan", "rowspan", "scope", "abbr", "class"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "video": {"src", "poster", "controls", "loop", "muted", "playsinline", "width", "height"},
}
URL_ATTRIBUTES = frozenset({"href", "src", "poster", "cite"})
ADDRESSES = URL_ATTRIBUTES | {"srcset"}
WEB = frozenset({"https", "http"})
SCHEMES = WEB | {"mailto", "tel", "sms"}
RELATIONS = ("nofollow", "sponsored", "ugc")
NUMBER = re.compile(r"[1-9]\d{0,4}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
VALUES = {
    "dir": re.compile(r"ltr|rtl|auto"),
    "role": re.compile(r"doc-(?:noteref|backlink|endnotes)"),
    "kind": re.compile(r"subtitles|captions|descriptions|chapters|metadata"),
    "loading": re.compile(r"lazy|eager"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "datetime": re.compile(r"[0-9TZPDHMSWYtz:+. -]+"),
    "start": re.compile(r"-?\d{1,9}"),
    "value": re.compile(r"-?\d{1,9}"),
} | dict.fromkeys(("width", "height", "colspan", "rowspan"), NUMBER)
VALUES |= dict.fromkeys(("lang", "srclang", "hreflang"), LANGUAGE)
CLASSES = dict.fromkeys(("a", "figure"), re.compile("card"))
CLASSES |= dict.fromkeys(("td", "th"), re.compile("left|center|right"))
NUMBERING = re.compile(r"[1aAiI]")
DESCRIPTOR = re.compile(r"|\d+w|\d+(\.\d+)?x")
# A URL with its descriptor: a comma separates two where blanks follow it, or where it ends a descriptor.
CANDIDATE = re.compile(r"([^\s,](?:\S*[^\s,])?)(?:\s+([^\s,]*)\s*)?(?:,|$)?")

# In nh3's output every `<` starts a tag, and attribute values are in double quotes with inner quotes escaped.
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^">]|"[^"]*")*)>')
BLANK_LINES = re.compile(r"(<pre(?: [^<>]*)?>)\n+")  # each parser would drop one of them
# On a page: headings, the links back from footnotes, and what headings with links may not stand in.
NAMED = re.compile(
    r'<(?P<heading>h[1-6])(?: [^<>]*)? id="(?P<id>[^"]+)">(?P<content>.*?)</(?P=heading)>'
    r'|(?P<back><a [^<>]*role="doc-backlink"[^<>]*)(?P<shown>>[^<>\d]*(?P<number>\d*)[^<>]*</a>)'
    r"|</?(?:a|summary)(?: [^<>]*)?>",
    re.DOTALL,
)
# What is beside the text that a reader reads first.
BESIDE_TEXT = names("audio caption details figure h1 h2 h3 h4 h5 h6 table video")
LINK = r"<a [^<>]*>{}</a>"
FOOTNOTE_MARK = re.compile(rf"<sup[^<>]*>\s*{LINK.format('[^<>]*')}\s*</sup>|{LINK.format('<sup[^<>]*>[^<>]*</sup>')}")
LONE_LINK = re.compile(rf"<(p|div|li)(?: [^<>]*)?>\s*{LINK.format('[^<>]*')}\s*</\1>")
EMPTY_PARAGRAPH = re.compile("(?<= )[\u00a0\u202f]+ ")  # editors write `<p>&nbsp;</p>` for a gap
VOID = frozenset({"br", "hr", "img", "source", "track", "wbr"})

# An HTML parser's time grows with the square of the nesting. Real texts are never nested this deeply.
MAX_DEPTH = 256
OPENING = re.compile(r"<(/?)([a-z][^\s/>]*)")
NO_END_TAG_NEEDED = VOID | names(
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


@cached(LRUCache(CACHE_BYTES, sys.getsizeof), key=_cache_key)
def render(source: Source, base_url: str) -> str:
    """The source as safe HTML. Never raises; idempotent."""
    try:
        html = markdown.html(source.text) if source.format == "markdown" else source.text
    except TooMuchMarkdown:  # of a body from before there was a limit
        return closed(escape(clean(source.text), quote=False)).strip()
    html = _normalised(html, source, Losses())
    # Character references may name characters that XML forbids, so the result is cleaned again.
    safe = clean(_cleaner(base_url).clean(html))
    levels = [int(name[1]) for _, name, _ in TAG.findall(safe) if name[0] == "h" and name[1:].isdigit()]
    safe = BLANK_LINES.sub(r"\1", safe)
    safe = fragments.resolved(cards.linked(safe))
    shift = 2 - min(levels, default=2)
    return _isolated(TAG.sub(lambda tag: _finished(tag, shift), safe)).strip()


def _isolated(html: str) -> str:
    """The HTML in which no block leaves a bidirectional embedding, override or isolate open."""
    blocks: list[str] = []
    start = 0
    for tag in TAG.finditer(html) if BIDI.search(html) else ():
        if tag[2] not in INLINE and tag[2] != "br":
            blocks += [closed(html[start : tag.start()]), tag[0]]
            start = tag.end()
    return "".join((*blocks, closed(html[start:])))


def losses(source: Source, base_url: str) -> tuple[Loss, ...]:
    """What `render` does not keep of the source, in the order of the first places. Raises `TooMuchMarkdown`."""
    found = Losses()
    html = markdown.html(source.text, found) if source.format == "markdown" else normaliser.stamped(source.text)
    nodes = LexborHTMLParser(_normalised(html, source, found), is_fragment=True).css("*")
    places = fragments.places((node.tag or "", node.attributes, node.text) for node in nodes)
    for node in nodes:
        name, attributes = node.tag or "", node.attributes
        found.reach(attributes.get(LINE))
        if name not in KEPT:
            found.add("unwrapped", name)
            continue
        for attribute, value in attributes.items():
            if kind := _loss(name, attribute, value or "", base_url, places):
                found.add(kind, {"address": f"{attribute} of <{name}>", "fragment": value or ""}.get(kind, attribute))
    return tuple(found)


def _loss(element: str, attribute: str, value: str, base_url: str, places: Collection[str]) -> str | None:
    """The kind of loss that the sanitiser would make of an attribute; None where nothing is lost."""
    allowed = attribute in ATTRIBUTES["*"] | ATTRIBUTES.get(element, set())
    if allowed and _value(base_url, element, attribute, value) is not None:
        return "fragment" if attribute == "href" and fragments.leads_nowhere(value, places) else None
    if is_silent(element, attribute, value):
        return None
    return "address" if allowed and attribute in ADDRESSES else "attribute"


def _normalised(html: str, source: Source, losses: Losses) -> str:
    html = normaliser.closed(html)
    if _depth(html.lower()) <= MAX_DEPTH:
        return normaliser.normalised(html, losses)
    losses.add("nesting", source.format)
    return nh3.clean_text(source.text)


def lead(html: str) -> str:
    """The text of sanitised HTML as its readers read it; all of its words where it has no such text.

    Headings, captions, tables, folded details, footnote marks and paragraphs that are nothing but a link are left out.
    """
    kept: list[str] = []
    start = depth = 0
    for tag in TAG.finditer(html):
        if tag[2] not in BESIDE_TEXT:
            continue
        if not depth:
            kept.append(html[start : tag.start()])
        depth += -1 if tag[1] else 1
        start = tag.end()
    text = "\n".join((*kept, html[start:]))
    return plain(LONE_LINK.sub("\n", FOOTNOTE_MARK.sub("", text))) or plain(html)


def plain(html: str) -> str:
    """The text of sanitised HTML on one line, without the marks of footnotes and the links back to them."""
    text = fragments.NOTE_LINK.sub("", html)
    text = folded(unescape(TAG.sub(lambda tag: "" if tag[2] in INLINE else " ", text)))
    return EMPTY_PARAGRAPH.sub("", text).strip()


def on_page(html: str, to_heading: str, to_mark: str, wide: Mapping[str, str]) -> str:
    """Rendered HTML for the article's page. `to_heading` has the field `{title}`; both are names of links.

    A heading within a link or a `summary` gets no link of its own. `wide` names what may be wider than a page, `table`
    and `pre`: each is put into a box that scrolls, which the keyboard reaches and a screen reader names.
    """
    around = 0

    def named(found: re.Match[str]) -> str:
        nonlocal around
        heading, id, content, back, number = found.group("heading", "id", "content", "back", "number")
        if back:
            return f'{back} aria-label="{escape(f"{to_mark} {number}".strip())}"{found["shown"]}'
        if not heading:
            around += -1 if found[0][1] == "/" else 1
            return found[0]
        title = plain(content)
        if around or not title or f"<{heading}" in content:
            return found[0]
        label = escape(to_heading.format(title=title))
        return f'<div class="heading">{found[0]}<a class="jump" href="#{id}" aria-label="{label}">#</a></div>'

    return NAMED.sub(named, _boxed(html, wide))


def _boxed(html: str, wide: Mapping[str, str]) -> str:
    """The HTML with its wide elements in boxes, but not those within others, links or a `summary`.

    A box is a group, which is no landmark: several may have one name.
    """
    depth = 0

    def boxed(tag: re.Match[str]) -> str:
        nonlocal depth
        close, name, _ = tag.groups()
        if name not in wide and name not in ("a", "summary"):
            return tag[0]
        depth += -1 if close else 1
        if name not in wide or depth != (0 if close else 1):
            return tag[0]
        box = f'<div class="wide" role="group" tabindex="0" aria-label="{escape(wide[name])}">'
        return f"{tag[0]}</div>" if close else box + tag[0]

    return TAG.sub(boxed, html)


def in_feed(html: str, url: str) -> str:
    """Rendered HTML for the feeds: fragments lead to the article's page, and cells need no style sheet."""

    def adapted(tag: re.Match[str]) -> str:
        close, name, attributes = tag.groups()
        if name == "a":
            attributes = attributes.replace(' href="#', f' href="{escape(url)}#', 1)
        elif name == "figure":
            attributes = attributes.replace(' class="card"', "")
        elif name in ("td", "th"):
            attributes = re.sub(r' class="(left|center|right)"', r' align="\1"', attributes)
        return f"<{close}{name}{attributes}>"

    return TAG.sub(adapted, html)


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


def _value(base_url: str, element: str, attribute: str, value: str) -> str | None:
    """The value that is kept of one of the element's `ATTRIBUTES`; None where the attribute is removed."""
    if attribute == "href" and value.strip().startswith("#"):
        return value.strip()  # until `fragments.resolved`
    if attribute in URL_ATTRIBUTES:
        return _absolute(value, base_url, SCHEMES if attribute == "href" else WEB)
    if attribute == "srcset":
        return _absolute_set(value, base_url)
    if attribute == "rel":
        return " ".join(relation for relation in RELATIONS if relation in value.lower().split()) or None
    return value if _is_valid(element, attribute, value) else None


def _is_valid(element: str, attribute: str, value: str) -> bool:
    if (element, attribute) == ("ol", "type"):
        return bool(NUMBERING.fullmatch(value))
    if attribute == "class":  # also of elements that are unwrapped: the sanitiser asks for their attributes too
        return element in CLASSES and bool(CLASSES[element].fullmatch(value))
    pattern = VALUES.get(attribute)
    return pattern is None or bool(pattern.fullmatch(value))


@lru_cache(maxsize=4)
def _cleaner(base_url: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(KEPT),
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "select", "textarea"},
        attributes=ATTRIBUTES,
        attribute_filter=partial(_value, base_url),
        link_rel=None,  # `_finished` adds it to what the link says of itself
        url_schemes=set(SCHEMES),
    )


def _absolute(url: str, base_url: str, schemes: Collection[str] = WEB) -> str | None:
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
    return url if parts.scheme in schemes and (parts.netloc or parts.scheme not in WEB) else None


def _absolute_set(candidates: str, base_url: str) -> str | None:
    """A `srcset` with absolute URLs and without malformed candidates; None if none remains."""
    valid = []
    for url, descriptor in CANDIDATE.findall(candidates):
        absolute = _absolute(url, base_url)
        if absolute and DESCRIPTOR.fullmatch(descriptor):
            valid.append(f"{absolute} {descriptor}".strip())
    return ", ".join(valid) or None


def _finished(tag: re.Match[str], shift: int) -> str:
    """The tag with its heading level shifted, `alt` on every image, and `noopener` on every link."""
    close, name, attributes = tag.groups()
    if name[0] == "h" and name[1:].isdigit():
        return f"<{close}h{min(int(name[1]) + shift, 6)}{attributes}>"
    if name == "a" and not close:
        attributes = attributes.replace(' class="card"', "")  # of a player that was not alone
        own = re.search(' rel="([^"]*)"', attributes)
        rest, relations = (attributes.replace(own[0], ""), f"noopener {own[1]}") if own else (attributes, "noopener")
        return f'<a{rest} rel="{relations}">'
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
