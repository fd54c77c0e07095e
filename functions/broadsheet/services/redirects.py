"""What the site answers for an address that it does not have: moved, gone, or never there."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from ..model.channel import Channel
from ..model.config import Site
from ..model.slug import name_key
from ..store.articles import Articles
from ..store.site_objects import SiteObjects

# The page, the feeds and the archive documents of a tag or an author. As a reader writes it, a name may hold a slash.
NAMED = re.compile(r"/([^/]+)/(tag|author)/(.+)/(feed\.[^/]+)?")


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer in place of a page: a redirect's `location`, or a page that helps a person on."""

    status: HTTPStatus
    location: str | None = None
    html: str = ""


def explain(articles: Articles, pages: SiteObjects, site: Site, path: str) -> Missing:
    """Why `path` is not on the site: 301 to where it lives now, 410 where it is gone for good, else 404.

    CloudFront asks with the directory's index put in, as it asked the bucket.

    An article that is not live (a draft, one that waits for its time) answers 404: its address tells nothing of it. A
    tag or an author is gone when its last article is, and comes back with the next.
    """
    path = path.removesuffix("index.html")
    found = site.moved.get(path) or _named(articles, site, path) or _article(articles, path)
    if isinstance(found, str):
        return Missing(HTTPStatus.MOVED_PERMANENTLY, location=quote(found))
    status = found or HTTPStatus.NOT_FOUND
    edition = path.split("/")[1] if path.count("/") > 1 else ""
    code = edition if edition in site.editions else next(iter(site.editions))
    return Missing(status, html=pages.read(f"{code}/{status.value}.html") or f"{status.value} {status.phrase}")


def _named(articles: Articles, site: Site, path: str) -> str | HTTPStatus | None:
    """Of a tag or an author: where its address leads, whose name may be written in many ways, or that it is gone."""
    match = NAMED.fullmatch(path)
    if match is None or match[1] not in site.editions:
        return None
    edition, kind, name, file = match.groups(default="")
    used = articles.used(Channel(edition, f"{kind}/{name}"))
    if used is not None:
        return None if used else HTTPStatus.GONE
    channel = Channel(edition, f"{kind}/{name_key(name)}")
    return None if articles.used(channel) is None else channel.folder + file


def _article(articles: Articles, path: str) -> str | HTTPStatus | None:
    """Of an article: where it is now, or that it was withdrawn."""
    article = articles.owner(path if path.endswith("/") else path + "/")
    if article and article.live and article.path and article.path != path:
        return article.path
    return HTTPStatus.GONE if article and article.status == "withdrawn" else None
