"""Maps the HTML that editors paste to the HTML that the sanitiser keeps.

Old tags, lazy pictures, frames and embeds, the styles of word processors and elements that close themselves all carry
content that the sanitiser alone would drop. An HTML5 parser reads the source as browsers do, and the tree is written
again with every element mapped:

- frames and embeds become links or cards where they stood, titled by their title or their host; drawings become
  their label
- lazy pictures get the address that a script would have given them, or the one in `<noscript>`
- `section`, `aside`, `address` and other blocks become `div`; `strike`, `tt`, `center` … what HTML has for them today
- bold, italic, struck, underlined, raised and lowered text in `style` becomes elements
- `<b/>` is an empty element, as in XML, and a frame or script that is never closed ends where it starts
- films and recordings have controls, and do not start by themselves

Nothing here makes HTML safe: the sanitiser does that, afterwards (`markup.py`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from . import cards
from .losses import LINE, Losses

Part = str | LexborNode
Attributes = Mapping[str, str | None]


def names(*lists: str) -> frozenset[str]:
    """The names in texts that have one after the other."""
    return frozenset(name for one in lists for name in one.split())


VOID = names("area base br col embed hr img input link meta param source track wbr")
# Every element of HTML, of today and of the past.
HTML = VOID | names(
    "a abbr acronym address applet article aside audio b basefont bdi bdo bgsound big blink blockquote body button",
    "canvas caption center cite code colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset",
    "figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup html i iframe image ins",
    "isindex kbd keygen label legend li listing main map mark marquee math menu menuitem meter nav nobr noembed",
    "noframes noscript object ol optgroup option output p picture plaintext portal pre progress q rb rp rt rtc ruby s",
    "samp script search section select slot small spacer span strike strong style sub summary sup svg table tbody td",
    "template textarea tfoot th thead time title tr tt u ul var video xmp",
)
# What follows the start tag of these is text until their end tag, so one that is never closed swallows the article.
RAW_TEXT = names("iframe noembed noframes script style textarea title xmp")

# One tag or comment. An unquoted value takes a slash at its end, as in HTML5. It neither backtracks nor reads beyond
# the next `<` outside of quotes, so its time is proportional to the text.
MARK = re.compile(
    r"""<!--.*?-->|<(/?)([a-z][^\s/<>]*+)"""
    r"""((?:\s++|/(?!>)|[^\s"'<>/=]++|=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>][^\s<>]*+))*+)(/?)>""",
    re.IGNORECASE | re.DOTALL,
)

BOXES = ("\N{BALLOT BOX}", "\N{BALLOT BOX WITH CHECK}")  # a task that is open, and one that is done

RENAMED = {"acronym": "abbr", "big": "b", "dir": "ul", "listing": "pre", "menu": "ul"}
RENAMED |= {"strike": "s", "tt": "code", "xmp": "pre"}
RENAMED |= dict.fromkeys(
    names(
        "address article aside center dialog fieldset footer form header hgroup legend main nav",
        "search section",
    ),
    "div",
)
DROPPED = names("base datalist head input link meta noembed noframes param script select style template textarea title")
# Of these nothing is ever shown, or others show it.
NO_CONTENT = names("base head link meta param")
FRAMES = names("applet embed frame iframe object portal")
# What may stand where only words may: a link that replaces a frame in one of these gets no paragraph of its own.
PHRASES = names(
    "a abbr b bdi bdo cite code dfn em font h1 h2 h3 h4 h5 h6 i ins kbd mark p pre q s small span strong sub summary",
    "sup u var",
)
CELLS = names("td th")
# How a cell is aligned: by its attributes, its style, and the classes of WordPress, Bootstrap and this site.
SIDE = re.compile(r"(?:.*[\s;])?text-align:\s*(left|center|right)\b.*", re.DOTALL)
SIDE_CLASS = re.compile(r"(?:.*\s)?(?:has-text-align-|text-)?(left|center|right)(?:\s.*)?", re.DOTALL)
STYLED = names("a b em font i p s span strong u")

LAZY_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-orig-file", "data-hi-res-src")
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
PLACEHOLDER = re.compile(
    r"data:|about:|[^?#]*\b(?:blank|spacer|placeholder|1x1|pixel|transparent)\.(?:gif|png|svg)\b", re.IGNORECASE
)
NAME = re.compile(r"[a-z][a-z0-9:-]*")

# The page of a film or recording, for the address of its frame.
PLAYERS: Sequence[tuple[re.Pattern[str], str]] = (
    (
        re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+).*"),
        r"https://www.youtube.com/watch?v=\1",
    ),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+).*"), r"https://vimeo.com/\1"),
    (re.compile(r"https?://(?:www\.)?dailymotion\.com/embed/video/(\w+).*"), r"https://www.dailymotion.com/video/\1"),
    (re.compile(r"https?://open\.spotify\.com/embed/([\w/]+).*"), r"https://open.spotify.com/\1"),
)
SOUNDCLOUD = re.compile(r"https?://(?:\w+\.)?soundcloud\.com/[\w/:-]+")
# The same for AMP's players: the attribute that names the film, and its page.
AMP_PLAYERS = {
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v={}"),
    "amp-vimeo": ("data-videoid", "https://vimeo.com/{}"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/video/{}"),
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/web/status/{}"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/{}/"),
    "amp-facebook": ("data-href", "{}"),
}
AMP = {"amp-img": "img", "amp-anim": "img", "amp-video": "video", "amp-audio": "audio", "amp-iframe": "iframe"}


def closed(html: str) -> str:
    """The HTML in which every element that closes itself has an end tag, and no frame swallows what follows it."""
    html = _ended(html)
    lower = html.lower()
    last = {name: lower.rfind(f"</{name}") for name in RAW_TEXT}

    def expanded(mark: re.Match[str]) -> str:
        end, name, attributes, slash = mark.groups()
        kind = (name or "").lower()
        if kind == "plaintext":  # a browser would take all that follows as text
            return f"<{end}pre>"
        if end or not kind or kind in VOID:
            return mark[0]
        if slash or (kind in RAW_TEXT and not _is_closed(html, kind, mark.end(), last[kind])):
            return f"<{name}{attributes}></{name}>"
        return mark[0]

    return MARK.sub(expanded, html)


def _ended(html: str) -> str:
    """The HTML in which a comment that never ends is text.

    It would swallow what follows it, and finding that it has no end takes reading all of that.
    """
    last = html.rfind("-->") + 1
    return html[:last] + html[last:].replace("<!--", "&lt;!--")


def _is_closed(html: str, name: str, start: int, last: int) -> bool:
    """Whether a raw-text element that starts here has an end tag of its own, before the next one starts."""
    if last < start or name == "script":  # a script may write another one
        return last >= start
    following = re.compile(rf"<(/?){name}\b", re.IGNORECASE).search(html, start)
    return following is not None and following[1] == "/"


def stamped(html: str, first: int = 1) -> str:
    """The HTML with its line on every start tag, where its own first line is `first`."""
    html = _ended(html)
    line, counted = first, 0

    def with_line(mark: re.Match[str]) -> str:
        nonlocal line, counted
        line += html.count("\n", counted, mark.start())
        counted = mark.start()
        end, name, *_ = mark.groups()
        if end or not name:
            return mark[0]
        after = mark.end(2) - mark.start()
        return f'{mark[0][:after]} {LINE}="{line}"{mark[0][after:]}'

    return MARK.sub(with_line, html)


def normalised(html: str, losses: Losses) -> str:
    """HTML with every element mapped to what the sanitiser keeps. Takes the HTML that `closed` returns."""
    tree = LexborHTMLParser(html, is_fragment=True)
    document = _Document.of(tree, losses)
    written: list[str] = []
    waiting: list[Part] = [*reversed([*_chain(tree.root)])]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            written.append(part)
        else:
            losses.reach(part.attributes.get(LINE))
            waiting += [*_mapped(part, document)][::-1]
    return "".join(written)


@dataclass(frozen=True, slots=True)
class _Document:
    """What holds for a whole document: its losses, whether it has pictures in `<noscript>` (`spare`), and if so, the
    addresses of those outside of it."""

    losses: Losses
    outside: frozenset[str]
    spare: bool

    @classmethod
    def of(cls, tree: LexborHTMLParser, losses: Losses) -> "_Document":
        if not tree.css("noscript img"):
            return cls(losses, frozenset(), spare=False)
        found = (_source(node.attributes) for node in tree.css("img") if not _inside(node, "noscript"))
        return cls(losses, frozenset(source for source in found if source), spare=True)

    def lose(self, kind: str, node: LexborNode) -> None:
        """Count an element that is not kept."""
        if node.tag not in NO_CONTENT:
            self.losses.add(kind, node.tag or "")


def _chain(node: LexborNode | None) -> Iterator[LexborNode]:
    """A node and those after it."""
    while node is not None:
        yield node
        node = node.next


def _children(node: LexborNode) -> Iterator[LexborNode]:
    return _chain(node.child)


def _mapped(node: LexborNode, document: _Document) -> Iterator[Part]:
    """What is written for a node: text, tags, and nodes that are mapped in turn."""
    name = AMP.get(node.tag or "", node.tag or "")
    if name == "-text":
        yield escape(node.text_content or "", quote=False)
    elif name in FRAMES or name in AMP_PLAYERS:
        yield from _frame(node, name, document)
    elif name in _SPECIAL:
        yield from _SPECIAL[name](node, name, document)
    elif name in DROPPED:
        document.lose("removed", node)
    elif name[:1] not in "-!":
        yield from _element(node, name)


def _element(node: LexborNode, name: str) -> Iterator[Part]:
    """The element under the name that it has today, with the meaning of its style as elements inside it."""
    attributes = _leading_out(node.attributes) if name == "a" else node.attributes
    if name in CELLS and (side := _alignment(node)):
        attributes = {**attributes, "class": side}
    meanings, plain = _meanings(name, attributes.get("style") or "")
    plain = plain or (name == "a" and _inside(node, "a"))  # as the parser of a browser decides, but within an `object`
    kept = RENAMED.get(name, name)
    if not plain:
        yield _start(kept, attributes)
    yield from (f"<{meaning}>" for meaning in meanings)
    yield from _children(node)
    yield from (f"</{meaning}>" for meaning in reversed(meanings))
    if not plain and kept not in VOID:
        yield f"</{kept}>"


def _alignment(node: LexborNode) -> str | None:
    """The side to which a cell is aligned, by itself, all that stands in it, its row, or its part of the table."""
    within = [child for child in _children(node) if child.tag != "-text" or (child.text_content or "").strip()]
    blocks = within if len(within) == 1 and within[0].tag in ("p", "div", "center") else []
    row = node.parent
    given = [node, *blocks, *([row, row.parent] if row is not None else [])]
    return next((side for each in given if each is not None and each.tag != "table" and (side := _side(each))), None)


def _side(node: LexborNode) -> str | None:
    attributes = node.attributes
    if node.tag == "center":
        return "center"
    styled = SIDE.fullmatch((attributes.get("style") or "").lower())
    align = (attributes.get("align") or attributes.get("data-align") or "").strip().lower()
    classed = SIDE_CLASS.fullmatch((attributes.get("class") or "").lower()) if node.tag in CELLS else None
    if styled:
        return styled[1]
    return align if align in ("left", "center", "right") else classed[1] if classed else None


def _meanings(name: str, style: str) -> tuple[list[str], bool]:
    """The elements that say what a style says, and whether the style takes the element's own meaning from it."""
    if not style or name not in STYLED:
        return [], False
    rules = dict(rule.split(":", 1) for rule in style.lower().split(";") if ":" in rule)
    given = {key.strip(): value.replace("!important", "").strip() for key, value in rules.items()}
    weight, slant = given.get("font-weight", ""), given.get("font-style", "")
    lines = given.get("text-decoration", "") + " " + given.get("text-decoration-line", "")
    bold, italic = name in ("b", "strong"), name in ("i", "em")
    says = {
        "strong": not bold and re.fullmatch(r"bold|bolder|[6-9]\d\d", weight),
        "em": not italic and slant.startswith(("italic", "oblique")),
        "s": name != "s" and "line-through" in lines,
        "u": name not in ("u", "a") and "underline" in lines,
        "sup": given.get("vertical-align") == "super",
        "sub": given.get("vertical-align") == "sub",
    }
    plain = (bold and re.fullmatch(r"normal|lighter|[1-5]\d\d", weight)) or (italic and slant == "normal")
    return [meaning for meaning, said in says.items() if said], bool(plain)


def _leading_out(attributes: Attributes) -> Attributes:
    """The attributes of a link, with an address that leads where its author meant.

    One that starts with `www.` has no scheme, and is no path of the site. Word writes the address of a file on the
    editor's machine before a fragment.
    """
    href = (attributes.get("href") or "").strip()
    if re.match(r"www\.[^\s/.]+\.", href, re.IGNORECASE):
        return {**attributes, "href": f"https://{href}"}
    if re.match(r"(?:file|about):[^#]*#", href, re.IGNORECASE):
        return {**attributes, "href": href[href.index("#") :]}
    return attributes


def _picture(node: LexborNode, name: str, document: _Document) -> Iterator[Part]:
    """A picture with the address that it has or that a script would give it; its description where there is none."""
    attributes = node.attributes
    source, several = _source(attributes), _first(attributes, LAZY_SETS) or attributes.get("srcset")
    if source or several:
        yield _start(name, attributes | {"src": source, "srcset": several})
    elif name == "img" and not document.spare:
        document.lose("removed", node)
        yield escape(attributes.get("alt") or "", quote=False)


def _box(node: LexborNode, _name: str, document: _Document) -> Iterator[Part]:
    """The box of a task. Other fields of forms are left out."""
    if (node.attributes.get("type") or "").lower() == "checkbox" and _inside(node, "li"):
        yield BOXES["checked" in node.attributes]
    else:
        document.lose("removed", node)


def _noscript(node: LexborNode, _name: str, document: _Document) -> Iterator[Part]:
    """The pictures, films and frames for readers without scripts, where the page has not shown them already."""
    if node.text().strip():
        document.lose("removed", node)
    for one in node.css("img, iframe, video, audio"):
        if one.tag != "img" or _source(one.attributes) not in document.outside:
            yield one


def _player(node: LexborNode, name: str, _document: _Document) -> Iterator[Part]:
    """A film or recording with controls. The words for browsers that cannot play it are left out."""
    attributes = node.attributes
    source = _source(attributes)
    media = [child for child in _children(node) if child.tag in ("source", "track")]
    if not source and not any(child.tag == "source" for child in media):
        yield from _children(node)
        return
    yield _start(
        name, {key: attributes[key] for key in attributes if key != "autoplay"} | {"src": source, "controls": ""}
    )
    yield from media
    yield f"</{name}>"


def _drawing(node: LexborNode, name: str, document: _Document) -> Iterator[Part]:
    """The label of a drawing, or the words in it; a formula's text."""
    attributes = node.attributes
    labels = [attributes.get("aria-label"), attributes.get("alttext")]
    labels += [child.text() for child in _children(node) if child.tag in ("title", "desc")]
    label = next((label for label in labels if label), None) or " ".join(node.text(separator=" ").split())
    if label:
        yield from _block(node, escape(label.strip(), quote=False), name == "math")
    document.lose("drawing" if label else "removed", node)


def _frame(node: LexborNode, name: str, document: _Document) -> Iterator[Part]:
    """A link to what a frame or embed shows; what stands inside an `object` that has no address."""
    attributes = node.attributes
    url = _first(attributes, ("src", "data", "data-src", "data-lazy-src", "code"))
    if name in AMP_PLAYERS:
        key, address = AMP_PLAYERS[name]
        url = address.format(attributes[key]) if attributes.get(key) else None
    title = _first(attributes, ("title", "aria-label", "alt"))
    page = _page_of((url or "").strip())
    document.lose("replaced" if page else "unwrapped" if name in ("object", "applet") else "removed", node)
    if page:
        yield from _to_page(node, page, title)
    elif name in ("object", "applet"):
        yield from _children(node)
    elif title:
        yield from _block(node, escape(title, quote=False))


def _to_page(node: LexborNode, page: str, title: str | None) -> Iterator[Part]:
    """A card or a link for the page that a frame shows; its title alone within a link."""
    text = title or (urlsplit(page).hostname or page).removeprefix("www.")
    if _inside(node, "a"):
        yield from _block(node, escape(text, quote=False))
    elif not (site := cards.site(page)):
        yield from _block(node, _link(page, text))
    elif not any((each.tag or "") in PHRASES for each in _ancestors(node)):
        yield cards.card(escape(page), site, escape(title or "", quote=False))
    elif title:
        yield _link(page, title).replace(">", ' class="card">', 1)  # a card, if it is alone in its paragraph
    else:
        yield _link(page, page)


def _page_of(url: str) -> str:
    """The page of a player, or the address itself; empty for one that is no page."""
    url = f"https:{url}" if url.startswith("//") else url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", ""):
        return ""
    if parts.hostname == "w.soundcloud.com":
        recording = parse_qs(parts.query).get("url", [""])[0]
        return recording if SOUNDCLOUD.fullmatch(recording) else url
    page = next((pattern.sub(page, url) for pattern, page in PLAYERS if pattern.fullmatch(url)), url)
    start = re.search(r"[?&]start=(\d+)", url) if "/watch?v=" in page and page != url else None
    return f"{page}&t={start[1]}" if start else page


def _block(node: LexborNode, html: str, inline: bool = False) -> Iterator[str]:
    """A paragraph where a paragraph may be, the words alone where only words may."""
    words = inline or any((each.tag or "") in PHRASES for each in _ancestors(node))
    yield html if words else f"<p>{html}</p>"


def _link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text, quote=False)}</a>'


def _start(name: str, attributes: Attributes) -> str:
    given = "".join(
        f" {key}" if value is None or value == "" else f' {key}="{escape(value)}"'
        for key, value in attributes.items()
        if NAME.fullmatch(key) and not (value is None and key in ("src", "srcset"))
    )
    return f"<{name}{given}>"


def _source(attributes: Attributes) -> str | None:
    """The address of a picture or film: its own, unless it is a placeholder; else the one for a script."""
    own = (attributes.get("src") or "").strip()
    if not own or PLACEHOLDER.match(own):
        return _first(attributes, LAZY_SOURCES)
    return _first(attributes, LAZY_SOURCES[:2]) or own  # a small preview gives way to the picture itself


def _first(attributes: Attributes, names: Sequence[str]) -> str | None:
    return next((found for name in names if (found := (attributes.get(name) or "").strip())), None)


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _inside(node: LexborNode, *names: str) -> bool:
    return any(each.tag in names for each in _ancestors(node))


_SPECIAL: Mapping[str, Callable[[LexborNode, str, _Document], Iterator[Part]]] = {
    "audio": _player,
    "img": _picture,
    "input": _box,
    "math": _drawing,
    "noscript": _noscript,
    "source": _picture,
    "svg": _drawing,
    "video": _player,
}
