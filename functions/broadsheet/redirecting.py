"""What the site answers for an address that it does not have: moved, withdrawn, or never there."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from .model.site import Site
from .store.articles import Articles
from .store.site import Pages


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer in place of a page: a redirect's `location`, or a page that helps a person on."""

    status: HTTPStatus
    location: str | None = None
    html: str = ""


def explain(articles: Articles, pages: Pages, site: Site, path: str) -> Missing:
    """Why `path` is not on the site: 301 to where its article lives now, 410 where it was withdrawn, else 404.

    CloudFront asks with the directory's index put in, as it asked the bucket.

    An article that is not live (a draft, one that waits for its time) answers 404: its address tells nothing of it.
    """
    path = path.removesuffix("index.html")
    article = articles.owner(path if path.endswith("/") else path + "/")
    if article and article.live and article.path and article.path != path:
        return Missing(HTTPStatus.MOVED_PERMANENTLY, location=quote(article.path))
    status = HTTPStatus.GONE if article and article.status == "withdrawn" else HTTPStatus.NOT_FOUND
    edition = path.split("/")[1] if path.count("/") > 1 else ""
    code = edition if edition in site.editions else next(iter(site.editions))
    return Missing(status, html=pages.read(f"{code}/{status.value}.html") or f"{status.value} {status.phrase}")
