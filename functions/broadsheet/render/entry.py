"""An article as an entry of a feed: its parts, made once and the same in every format."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model.article import Article
from ..model.site import Site
from . import addresses, markup
from .templating import fragment
from .words import words

LONGEST_EXCERPT = 300

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


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Nothing in it depends on who asks for the feed, or when.

    `id` outlives headline, address and domain; `title` and `summary` are plain text and never empty; `body` is HTML
    with absolute addresses, `figure` the picture with its caption, which stands before it.
    """

    id: str
    link: str
    title: str
    summary: str
    figure: str
    body: str
    authors: tuple[str, ...]
    categories: tuple[Category, ...]
    published: datetime
    updated: datetime
    language: str
    direction: str
    picture: Picture | None
    continue_reading: str

    @property
    def content(self) -> str:
        """The whole HTML, which says its own language and direction: a reader's window is often in another one."""
        return f'<div lang="{self.language}" dir="{self.direction}">{self.figure}{self.body}</div>'

    def cut(self, longest: int) -> "Entry":
        """The entry with a body of at most so many characters, cut between two blocks, and saying where the rest is."""
        if len(self.body) <= longest:
            return self
        kept, length = [], 0
        for block in markup.blocks(self.body):
            length += len(block)
            if length > longest:
                break
            kept.append(block)
        return replace(self, body="".join(kept) + self.continue_reading)


def entry(article: Article, source: str, site: Site) -> Entry:
    """The entry of a live article, whose body's source is `source`."""
    edition = site.editions[article.edition]
    body = markup.render(markup.Source(article.body.format, article.body.hash, source), site.base_url)
    link = addresses.absolute(site, article.path or "/")
    return Entry(
        id=site.tag(article.id),
        link=link,
        title=article.headline,
        summary=summary(article, body),
        figure=fragment("figure.html", site, edition, article=article) if article.image else "",
        body=body,
        authors=article.authors,
        categories=_categories(article, site),
        published=article.published_at,
        updated=article.shown_at,
        language=edition.code,
        direction=edition.direction,
        picture=_picture(article, site),
        continue_reading=fragment(
            "continue.html", site, edition, link=link, text=words(edition).continue_reading, title=article.headline
        ),
    )


def summary(article: Article, body: str) -> str:
    """The editor's summary, else how the text begins, else the headline: never empty."""
    if article.summary:
        return article.summary
    text = markup.plain(body)
    if len(text) > LONGEST_EXCERPT:
        text = f"{text[:LONGEST_EXCERPT].rsplit(' ', 1)[0]}…"
    return text or article.headline


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
        url=addresses.absolute(site, image.src),
        type=IMAGE_TYPES.get(ending),
        width=image.width,
        height=image.height,
        alt=image.alt,
        credit=image.credit,
    )
