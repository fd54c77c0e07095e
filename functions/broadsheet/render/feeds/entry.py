"""An article as an entry of a feed: its parts, made once and the same in every format."""

import sys
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from ...model.article import Article
from ...model.config import Site
from ..shared import markup, urls
from ..shared.memory import Memory
from ..shared.templating import fragment
from ..shared.words import words

LONGEST_EXCERPT = 300
SHORTEST_EXCERPT = 100  # of a headline in the link that ends a text cut short, and of a summary where it must be

# What a format adds to an entry's texts, at most, in bytes: its own elements, and those of each author and category.
FRAME, FRAME_OF_EACH = 600, 60

# How many bytes more than itself a character is in the format that makes most of it.
ESCAPED = (('"', 5), ("&", 4), ("\r", 4), ("<", 3), (">", 3), ("\\", 1), ("\n", 1), ("\t", 1))

REMEMBERED = 32_000_000  # bytes of entries that a warm function keeps; most of an entry is its text

# Fixed here, not asked of the machine: its own table differs from the next machine's, and the bytes with it.
IMAGE_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Category:
    """A section or a tag, as `scheme` tells. Software compares the `term`, people read the `label`."""

    term: str
    label: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The hero image, its address absolute. `type` is None where the address does not tell it."""

    url: str
    type: str | None
    width: int
    height: int
    alt: str
    credit: str


@dataclass(frozen=True)  # no slots: an entry notes its size
class Entry:
    """One entry. Nothing in it depends on who asks for the feed, or when.

    `id` outlives headline, address and domain; `title` and `summary` are plain text and never empty; `body` is HTML
    with absolute addresses, `figure` the picture with its caption, which stands before it. `body` is None where the
    site's feeds hold summaries only.
    """

    id: str
    link: str
    title: str
    summary: str
    figure: str
    body: str | None
    authors: tuple[str, ...]
    categories: tuple[Category, ...]
    published: datetime
    updated: datetime
    language: str
    direction: str
    picture: Picture | None
    continue_reading: str

    def __hash__(self) -> int:
        return hash((self.id, self.updated))  # it is looked up often, and what tells entries apart is here

    @property
    def content(self) -> str | None:
        """The whole HTML, which says its own language and direction: a reader's window is often in another one."""
        if self.body is None:
            return None
        return f'<div lang="{self.language}" dir="{self.direction}">{self.figure}{self.body}</div>'

    @cached_property
    def size(self) -> int:
        """How many bytes it takes in any format, at most."""
        content = self.summary if self.content is None else self.content  # JSON Feed cannot do without
        texts = [self.id, self.link, self.title, self.summary, content, self.language, *self.authors]
        texts += [text for category in self.categories for text in (category.term, category.label, category.scheme)]
        if self.picture:
            texts += [self.picture.url, self.picture.alt, self.picture.credit]
        frames = FRAME + FRAME_OF_EACH * (len(self.authors) + len(self.categories))
        return frames + _size("".join(texts))

    def cut(self, size: int) -> "Entry":
        """The entry in at most so many bytes of any format.

        Its text is cut between two blocks, and says where the rest is. Where what goes with the text is too long even
        so, the picture leaves it, then the summary is cut, and tags, the other authors and the picture go.
        """
        entry = self
        if entry.size > size and self.body is not None:
            entry = self._short(size)
        for less in (
            {"figure": ""},
            {"summary": excerpt(self.summary)},
            {"categories": self.categories[:1]},
            {"authors": self.authors[:1]},
            {"picture": None},
            {"summary": excerpt(self.summary, SHORTEST_EXCERPT)},
        ):
            if entry.size <= size:
                break
            entry = replace(entry, **less)
        return entry

    def _short(self, size: int) -> "Entry":
        """The entry with as many blocks of its body as leave it within that size, if any do."""
        bare = replace(self, body=self.continue_reading)
        room = size - bare.size
        kept = []
        for block in markup.blocks(self.body or ""):
            room -= _size(block)
            if room < 0:
                break
            kept.append(block)
        return replace(bare, body="".join(kept) + self.continue_reading)


def entry(article: Article, source: str, site: Site) -> Entry:
    """The entry of a live article, whose body's source is `source`."""
    # The site is kept with its entry, so that no other can have its identity while that is remembered.
    _, made = _entries.recall((article, id(site)), lambda: (site, _entry(article, source, site)))
    return made


def _weight(made: tuple[Site, Entry]) -> int:
    return sys.getsizeof(made[1].body) + made[1].size


_entries: Memory[tuple[Article, int], tuple[Site, Entry]] = Memory(REMEMBERED, _weight)


def _entry(article: Article, source: str, site: Site) -> Entry:
    edition = site.editions[article.edition]
    body = markup.render(markup.Source(article.body.format, article.body.hash, source), site.base_url)
    link = urls.absolute(site, article.path or "/")
    return Entry(
        id=site.tag(article.id),
        link=link,
        title=article.headline,
        summary=summary(article, body),
        figure=fragment("figure.html", site, edition, article=article) if article.image else "",
        body=body if site.feeds_in_full else None,
        authors=article.authors,
        categories=_categories(article, site),
        published=article.published_at,
        updated=article.shown_at,
        language=edition.code,
        direction=edition.direction,
        picture=_picture(article, site),
        continue_reading=fragment(
            "continue.html",
            site,
            edition,
            link=link,
            text=words(edition).continue_reading,
            title=excerpt(article.headline, SHORTEST_EXCERPT),
        ),
    )


def summary(article: Article, body: str) -> str:
    """The editor's summary, else how the text begins, else the headline: never empty."""
    return article.summary or excerpt(markup.plain(body)) or article.headline


def excerpt(text: str, longest: int = LONGEST_EXCERPT) -> str:
    """How the text begins, cut between two words."""
    return text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]}…"


def _categories(article: Article, site: Site) -> tuple[Category, ...]:
    sections = site.editions[article.edition].sections
    # A section that the site no longer has keeps its key for a name.
    section = Category(article.section, sections.get(article.section, article.section), site.tag("sections/"))
    return (section, *(Category(tag, tag, site.tag("tags/")) for tag in article.tags))


def _picture(article: Article, site: Site) -> Picture | None:
    if article.image is None:
        return None
    image = article.image
    ending = image.src.split("?")[0].split("#")[0].rpartition(".")[2].lower()
    return Picture(
        url=urls.absolute(site, image.src),
        type=IMAGE_TYPES.get(ending),
        width=image.width,
        height=image.height,
        alt=image.alt,
        credit=image.credit,
    )


def _size(text: str) -> int:
    """How many bytes the text takes in any format, at most: escaped as text or attribute of XML, or for JSON."""
    return len(text.encode()) + sum(more * text.count(character) for character, more in ESCAPED)
