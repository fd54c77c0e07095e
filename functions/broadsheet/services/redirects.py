"""What the site answers for a path that it does not have: moved, gone, or never there."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from ..model.channel import Channel
from ..model.config import Site
from ..model.slug import name_key
from ..store.articles import Articles
from ..store.site_objects import SiteObjects

# The page, the feeds and the archive documents of a tag or an author, after the root of the edition. As a reader writes
# it, a name may hold a slash.
NAMED = re.compile(r"/(tag|author)/(.+)/(feed\.[^/]+)?")


@dataclass(frozen=True, slots=True)
class MissingPage:
    """The answer in the place of a page: a redirect to `location`, or a page that explains."""

    status: HTTPStatus
    location: str | None = None
    html: str = ""


def resolve(articles: Articles, pages: SiteObjects, site: Site, path: str) -> MissingPage:
    """301 to where the page is now, 410 where it is gone, else 404.

    CloudFront asks with `index.html` appended to a directory, as it asked the bucket.

    An article that is not live (a draft, a scheduled one) answers 404, so its path reveals nothing. A tag or an author
    is gone when its last article is, and returns with the next.
    """
    path = path.removesuffix("index.html")
    found = site.moved.get(path) or _tag_or_author(articles, site, path) or _article(articles, path)
    if isinstance(found, str):
        return MissingPage(HTTPStatus.MOVED_PERMANENTLY, location=quote(found))
    status = found or HTTPStatus.NOT_FOUND
    key = f"{site.edition_for(path).root}/{status.value}.html"[1:]
    return MissingPage(status, html=pages.read(key) or f"{status.value} {status.phrase}")


def _tag_or_author(articles: Articles, site: Site, path: str) -> str | HTTPStatus | None:
    """The path of a tag or an author whose name is spelled in another way, or 410 where it is gone."""
    edition = site.edition_at(path)
    match = NAMED.fullmatch(path.removeprefix(edition.root)) if edition else None
    if edition is None or match is None:
        return None
    kind, name, file = match.groups(default="")
    has_live = articles.has_live(Channel(edition.code, f"{kind}/{name}"))
    if has_live is not None:
        return None if has_live else HTTPStatus.GONE
    channel = Channel(edition.code, f"{kind}/{name_key(name)}")
    return None if articles.has_live(channel) is None else channel.folder(site) + file


def _article(articles: Articles, path: str) -> str | HTTPStatus | None:
    """The path that an article has now, or 410 where it was withdrawn."""
    article = articles.by_path(path if path.endswith("/") else path + "/")
    if article and article.live and article.path and article.path != path:
        return article.path
    return HTTPStatus.GONE if article and article.status == "withdrawn" else None
