"""An article as editors name it on the command line: by its id, the URL of its page, or the path of that URL."""

from http import HTTPStatus
from itertools import chain
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from .client import Client
from .errors import InvalidId, Refused, Unavailable, UnknownUrl
from .site import Site

CANNOT_BE_FOUND = (Refused, Unavailable, InvalidId)


def find(client: Client, site: Site, reference: str) -> dict[str, object]:
    """The article, perhaps without its body. A withdrawn one, too; and every URL that it ever had finds it.

    Raises `UnknownUrl` for a URL of another site or of no article, else the errors of `Client.get`.
    """
    if not is_url(reference):
        return _by_id(client, site, reference)
    article = client.find(path_of(site, reference))
    if article is None:
        raise UnknownUrl(reference, f"no article has or had this path on {site.url}")
    return article


def _by_id(client: Client, site: Site, id: str) -> dict[str, object]:
    try:
        return client.get(id)
    except Refused as refused:
        if refused.problem.status != HTTPStatus.GONE:
            raise
        lists = (client.list(edition=edition, status="withdrawn") for edition in site.editions)
        withdrawn = (article for article in chain.from_iterable(lists) if article["id"] == id)
        if found := next(withdrawn, None):
            return found
        raise


def id_of(client: Client, reference: str) -> str:
    """The id of the article, not looked up if it is named by its id. Raises as `find` does."""
    return str(find(client, client.site(), reference)["id"]) if is_url(reference) else reference


def is_url(reference: str) -> bool:
    """Whether it is a URL or a path, and not an id: ids have no slash."""
    return "/" in reference


def path_of(site: Site, url: str) -> str:
    """The path of a URL of the site, as the API spells it. The scheme may be left out, and the host of a path.

    Raises `UnknownUrl` for a URL of another site.
    """
    absolute = url if "://" in url or url.startswith("/") else f"https://{url}"
    if not url.startswith("/") and not site.has_host_of(absolute):
        raise UnknownUrl(url, f"is not a URL of {site.url}")
    path = absolute.split("#")[0].split("?")[0] if url.startswith("/") else urlsplit(absolute).path
    return f"/{normalize('NFC', unquote(path)).strip('/')}/"
