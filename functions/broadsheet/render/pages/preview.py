"""What a preview adds to a page of the site: a bar that says so, a script that follows changes, and its own links."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from urllib.parse import unquote

from ...model.article import Article
from ...model.config import Edition, Site
from ..shared import assets, urls
from ..shared.locale import locale
from ..shared.target import RenderedObject
from ..shared.templating import fragment
from .archive import DAY

TAG = re.compile(r"<[a-z][^<>]*>")
LINK = re.compile(r' (href|data-fragment)="(/[^"#?]*)')
HEAD_END, MASTHEAD = "</head>", '<header class="masthead">'
SCRIPT = '<script src="/assets/preview.js" defer></script>\n'

NamedPaths = Sequence[tuple[str, str]]
"""Pages with their names in the edition's language."""


@dataclass(frozen=True, slots=True)
class PreviewLinks:
    """The addresses of a preview: `root` is its path without the last slash, `keys` the objects that it shows.

    Paths of all other objects lead to the site itself. `on_site` is the path of the same article on the site.
    """

    root: str
    keys: Collection[str]
    ends_at: datetime
    on_site: str | None = None

    def shows(self, path: str) -> bool:
        """Whether the preview shows the page or fragment at that path of the site."""
        return urls.key(unquote(path)) in self.keys

    def within(self, path: str) -> str:
        """The path within the preview. Its root opens its first page, so a front page at `/` is `index.html` there."""
        return f"{self.root}/index.html" if path == "/" else f"{self.root}{path}"

    def of(self, path: str) -> str:
        """The path within the preview, percent-encoded, if the preview shows it; else the site's."""
        return urls.encoded(self.within(path) if self.shows(path) else path)


def article_pages(article: Article, edition: Edition) -> NamedPaths:
    """The pages that show an article: itself, the front page, its section and its day; a static page alone."""
    texts = locale(edition)
    if article.is_page:
        return ((article.headline, article.path or "/"),)
    return (
        (texts.preview.article, article.path or "/"),
        (texts.layout.front_page, f"{edition.root}/"),
        (edition.sections.get(article.section, article.section), f"{edition.root}/section/{article.section}/"),
        (texts.dates.day(article.day), DAY.path(edition.root, article.day)),
    )


def front_pages(editions: Iterable[Edition]) -> NamedPaths:
    """The front pages of the editions."""
    return tuple((edition.name, f"{edition.root}/") for edition in editions)


def as_preview(
    rendered: RenderedObject, path: str, edition: Edition, site: Site, links: PreviewLinks, named: NamedPaths
) -> tuple[RenderedObject, str]:
    """The page or fragment of that path in a preview, and its entity tag: another one after each change of it.

    A page gets a bar with links to the pages in `named`. Without the bar, its script and the root of its links it is
    what the publisher would write.
    """
    # A preview may be shown before the publisher has written the assets of new code by their hashed paths.
    plain = assets.with_plain_paths(rendered.body.decode())
    html = TAG.sub(lambda tag: LINK.sub(lambda link: _within(link, links), tag[0]), plain)

    def with_bar(etag: str) -> str:
        bar = fragment(
            "preview.html",
            site,
            edition,
            root=links.root,
            etag=etag,
            until=locale(edition).dates.moment(site.local(links.ends_at)),
            named=[(name, links.of(target), target == path) for name, target in named],
            on_site=links.on_site,
        )
        return html.replace(HEAD_END, SCRIPT + HEAD_END, 1).replace(MASTHEAD, f"{bar}\n{MASTHEAD}", 1)

    made = with_bar if MASTHEAD in html else lambda _: html
    # The page names its tag, so the tag is made of the page without one.
    etag = hashlib.sha256(made("").encode()).hexdigest()[:32]
    return replace(rendered, body=made(etag).encode()), etag


def _within(link: re.Match[str], links: PreviewLinks) -> str:
    name, path = link.groups()
    return f' {name}="{links.within(path)}' if links.shows(unescape(path)) else link[0]
