"""An article as an entry of a feed, rendered once for all formats."""

import sys
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from cachetools import LRUCache, cached

from ...model.article import Article
from ...model.config import Site
from ...model.enclosure import Enclosure
from ...model.text import closed
from ..shared import markup, urls
from ..shared.enclosures import enclosures
from ..shared.locale import direction_of
from ..shared.templating import fragment

EXCERPT_LENGTH = 300
SHORT_EXCERPT_LENGTH = 100  # for the headline in the link after a cut text, and a summary that must be cut

# Upper bounds, in bytes, of the markup that a format adds to an entry, to each of its authors and categories, and to
# each of its enclosures.
MARKUP, MARKUP_OF_EACH, MARKUP_OF_ENCLOSURE = 600, 60, 300

# Characters that formats escape, and the most bytes that escaping adds.
ESCAPED = (('"', 5), ("&", 4), ("\r", 4), ("<", 3), (">", 3), ("\\", 1), ("\n", 1), ("\t", 1))

LONGEST_PODCAST_AUTHOR = 255  # characters
CACHE_BYTES = 32_000_000  # thousands of entries of usual length

# Not `mimetypes`, whose table differs between machines; the same article must give the same bytes.
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
    """A section or a tag, depending on `scheme`. Software compares the `term`, people read the `label`."""

    term: str
    label: str
    scheme: str


@dataclass(frozen=True, slots=True)
class EntryImage:
    """The hero image. `url` is absolute; `type` is None for unknown file name extensions."""

    url: str
    type: str | None
    width: int
    height: int
    alt: str
    credit: str


@dataclass(frozen=True)  # no slots: `size` is cached in the instance
class Entry:
    """One entry. It does not depend on the request or the time.

    `id` stays the same when headline, URL and domain change. `title` and `summary` are plain text and never empty.
    `body` is HTML with absolute URLs, None if the site's feeds have summaries only; `figure` is the image with its
    caption, and comes before the body; `corrections` come after it. `enclosures` have absolute URLs; RSS holds the
    first of them only. `updated` is the time that the article states; `changed` is when the entry itself last changed,
    which is later for an article that comes in late.
    """

    id: str
    link: str
    title: str
    summary: str
    figure: str
    body: str | None
    corrections: str
    authors: tuple[str, ...]
    categories: tuple[Category, ...]
    published: datetime
    updated: datetime
    changed: datetime
    language: str
    direction: str
    image: EntryImage | None
    enclosures: tuple[Enclosure, ...]
    continue_reading: str

    def __hash__(self) -> int:
        return hash((self.id, self.updated))  # fewer fields than equality compares, because entries are hashed often

    @property
    def content(self) -> str | None:
        """The whole HTML, with its language and direction, which may differ from those of the feed reader."""
        if self.body is None:
            return None
        return f'<div lang="{self.language}" dir="{self.direction}">{self.figure}{self.body}{self.corrections}</div>'

    @property
    def podcast_author(self) -> str:
        """All authors in one text where podcast clients accept its length, else the first; empty without authors."""
        authors = ", ".join(self.authors)
        return authors if len(authors) <= LONGEST_PODCAST_AUTHOR else self.authors[0]

    @cached_property
    def size(self) -> int:
        """An upper bound of its bytes in any format."""
        content = self.summary if self.content is None else self.content  # JSON Feed requires content
        texts = [self.id, self.link, self.title, self.summary, content, self.language, *self.authors]
        texts += [text for category in self.categories for text in (category.term, category.label, category.scheme)]
        if self.image:
            texts += [self.image.url, self.image.alt, self.image.credit]
        markup_size = MARKUP + MARKUP_OF_EACH * (len(self.authors) + len(self.categories))
        if self.enclosures:
            markup_size += MARKUP_OF_ENCLOSURE * len(self.enclosures)
            texts += [text for file in self.enclosures for text in (file.url, file.type, file.title)]
            texts += [self.image.url if self.image else "", self.podcast_author]  # the tags for podcasts repeat them
        return markup_size + _size("".join(texts))

    def cut(self, size: int) -> "Entry":
        """The entry in at most `size` bytes of any format.

        The body is cut between two blocks and followed by a link to the article. If that is not enough, the figure is
        removed, the summary cut, and then the tags, all authors but the first, the image, the corrections and the
        enclosures are removed: all enclosures but the first one, and that one last of all.
        """
        entry = self
        if entry.size > size and self.body is not None:
            entry = self._cut_body(size)
        for reduced in (
            {"figure": ""},
            {"summary": excerpt(self.summary)},
            {"categories": self.categories[:1]},
            {"authors": self.authors[:1]},
            {"image": None},
            {"corrections": ""},
            {"enclosures": self.enclosures[:1]},
            {"summary": excerpt(self.summary, SHORT_EXCERPT_LENGTH)},
            {"enclosures": ()},
        ):
            if entry.size <= size:
                break
            entry = replace(entry, **reduced)
        return entry

    def _cut_body(self, size: int) -> "Entry":
        """The entry with as many blocks of its body as fit."""
        bare = replace(self, body=self.continue_reading)
        remaining = size - bare.size
        kept = []
        for block in markup.blocks(self.body or ""):
            remaining -= _size(block)
            if remaining < 0:
                break
            kept.append(block)
        return replace(bare, body="".join(kept) + self.continue_reading)


def entry(article: Article, source: str, site: Site) -> Entry:
    """The entry of a live article, whose body has this source."""
    return _cached(article, source, site)[1]


def _cache_key(article: Article, _source: str, site: Site) -> tuple[Article, int]:
    return article, id(site)  # a Site is not hashable; the article holds the hash of its source


def _cache_size(made: tuple[Site, Entry]) -> int:
    return sys.getsizeof(made[1].body) + made[1].size


@cached(LRUCache(CACHE_BYTES, _cache_size), key=_cache_key)
def _cached(article: Article, source: str, site: Site) -> tuple[Site, Entry]:
    """The entry with its site: while the site is in the cache, no other one can have its id."""
    return site, _entry(article, source, site)


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
        body=markup.in_feed(body, link) if site.feeds_in_full else None,
        corrections=fragment("corrections.html", site, edition, article=article) if article.corrections else "",
        authors=article.authors,
        categories=_categories(article, site),
        published=article.published_at,
        updated=article.updated_at,
        changed=article.shown_at,
        language=article.lang,
        direction=direction_of(article, edition),
        image=_image(article, site),
        enclosures=enclosures(article.enclosure, body, site),
        continue_reading=fragment(
            "continue_reading.html",
            site,
            edition,
            link=link,
            title=excerpt(article.headline, SHORT_EXCERPT_LENGTH),
        ),
    )


def summary(article: Article, body: str) -> str:
    """The editor's summary, or else the beginning of the text, or else the headline; never empty."""
    return article.summary or excerpt(markup.lead(body)) or article.headline


def excerpt(text: str, length: int = EXCERPT_LENGTH) -> str:
    """The beginning of the text, cut between two words."""
    return text if len(text) <= length else f"{closed(text[:length].rsplit(' ', 1)[0])}…"


def _categories(article: Article, site: Site) -> tuple[Category, ...]:
    sections = site.editions[article.edition].sections
    # A section that was removed from the settings is called by its key.
    section = Category(article.section, sections.get(article.section, article.section), site.tag("sections/"))
    return (section, *(Category(tag, tag, site.tag("tags/")) for tag in article.tags))


def _image(article: Article, site: Site) -> EntryImage | None:
    if article.image is None:
        return None
    image = article.image
    extension = image.src.split("?")[0].split("#")[0].rpartition(".")[2].lower()
    return EntryImage(
        url=urls.absolute(site, image.src),
        type=IMAGE_TYPES.get(extension),
        width=image.width,
        height=image.height,
        alt=image.alt,
        credit=image.credit,
    )


def _size(text: str) -> int:
    """An upper bound of the text's bytes in any format: escaped as text or attribute of XML, or for JSON."""
    return len(text.encode()) + sum(added * text.count(character) for character, added in ESCAPED)
