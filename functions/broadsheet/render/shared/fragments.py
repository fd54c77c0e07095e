"""Links within an article: the ids that its elements keep, and the `#fragments` that lead to them.

What was linked to keeps its id (an `<a name>` counts as one), and every heading has an id, its own or the slug of its
text, to which a link may also lead.
Each id starts with `text-`, so none can be one of the page's own, and each occurs once. A link to what is not in the
text loses its address.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from html import escape, unescape
from urllib.parse import unquote

from ...model.slug import slugify

PREFIX = "text-"
TAG = re.compile(r'<([a-z][a-z0-9]*)((?: (?:[^">]|"[^"]*")*)?)>')
HEADING = re.compile(r"</?h[1-6][ >]")
# What is no text of the article, but leads from one part to another: marks of footnotes, and links back to them.
NOTE_LINK = re.compile(r'(?:<sup>)?<a [^<>]*role="doc-(?:noteref|backlink)"[^<>]*>[^<>]*</a>(?:</sup>)?')
ATTRIBUTE = re.compile(r' (id|name|href|role)="([^"]*)"')


def resolved(html: str) -> str:
    """Sanitised HTML in which every fragment leads to an id. Idempotent."""
    tags = [(tag, dict(ATTRIBUTE.findall(tag[2]))) for tag in TAG.finditer(html)]
    links = (given["href"] for _, given in tags if given.get("href", "").startswith("#"))
    wanted = {name for href in links for name in _targets(href)}
    ids = _Ids()
    found: dict[int, str] = {}  # the ids of tags, by where they start
    for tag, given in tags:
        names = [unescape(given[key]) for key in ("id", "name") if given.get(key)]
        if kept := [name for name in names if (name in wanted or _is_heading(tag[1])) and name not in ids.of]:
            found[tag.start()] = ids.take(kept)
    slugs = _of_texts(html, [tag for tag, _ in tags if _is_heading(tag[1])], found, ids)
    ids.of = {name: slugs[slug] for name in wanted if (slug := slugify(name)) in slugs} | ids.of
    return TAG.sub(lambda tag: _written(tag, found.get(tag.start()), ids.of), html)


def _of_texts(html: str, headings: list[re.Match[str]], found: dict[int, str], ids: "_Ids") -> dict[str, str]:
    """Adds the ids of headings that have none of their own to `found`, and returns them by the slugs of their texts."""
    slugs: dict[str, str] = {}
    for tag in headings:
        if tag.start() not in found:
            slug = slugify(_text(html, tag.end()))
            found[tag.start()] = ids.new(slug)
            slugs.setdefault(slug, found[tag.start()])
    return slugs


def places(elements: Iterable[tuple[str, Mapping[str, str | None], Callable[[], str]]]) -> frozenset[str]:
    """The names to which links in a text may lead, for elements with their tag, attributes and text."""
    found: set[str] = set()
    for tag, given, text in elements:
        found |= {name for key in ("id", "name") if (name := given.get(key))}
        if _is_heading(tag):
            found.add(slugify(text()))
    return frozenset(found)


def leads_nowhere(href: str, places: Collection[str]) -> bool:
    """Whether this is a fragment without a place in the text."""
    href = href.strip()
    return href.startswith("#") and not any(
        name in places or slugify(name) in places for name in _targets(escape(href))
    )


class _Ids:
    """The ids of one article, each given once; `of` has those of the names in the source."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self._taken: set[str] = set()
        self._counts: defaultdict[str, int] = defaultdict(lambda: 1)

    def take(self, names: list[str]) -> str:
        id = self.new(_safe(names[0].removeprefix(PREFIX)))
        self.of.update(dict.fromkeys(names, id))
        return id

    def new(self, words: str) -> str:
        base = id = PREFIX + (words or "section")
        while id in self._taken:
            self._counts[base] += 1
            id = f"{base}-{self._counts[base]}"
        self._taken.add(id)
        return id


def _written(tag: re.Match[str], id: str | None, ids: dict[str, str]) -> str:
    name, attributes = tag.groups()

    def mapped(attribute: re.Match[str]) -> str:
        key, value = attribute.groups()
        if key == "href" and value.startswith("#"):
            return next((f' href="#{ids[target]}"' for target in _targets(value) if target in ids), "")
        return "" if key in ("id", "name") else attribute[0]

    written = ATTRIBUTE.sub(mapped, attributes)
    if name == "a" and " href=" not in written:
        written = re.sub(' role="[^"]*"', "", written)
    return f"<{name}{written}" + (f' id="{id}">' if id else ">")


def _is_heading(name: str) -> bool:
    return name[0] == "h" and name[1:].isdigit()


def _targets(href: str) -> tuple[str, str]:
    """The names that a fragment may lead to, in the order in which browsers look for them (HTML, section 7.4.6.4)."""
    raw = unescape(href[1:])
    return raw, unquote(raw)


def _text(html: str, start: int) -> str:
    """The text of the heading that starts here, up to the next heading or its end."""
    end = HEADING.search(html, start)
    text = NOTE_LINK.sub("", html[start : end.start() if end else len(html)])
    return unescape(re.sub(r'<(?:[^">]|"[^"]*")*>', "", text))


def _safe(name: str) -> str:
    """Letters, digits and marks of any script, and hyphens, dots and underscores."""
    return "".join(c if c in "-._" or unicodedata.category(c)[0] in "LMN" else "-" for c in name)
