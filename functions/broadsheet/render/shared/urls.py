"""Addresses as they are written into pages and feeds: percent-encoded, and absolute where software reads them."""

from urllib.parse import quote

from ...model.config import Site

# Everything that RFC 3986 lets stand in an address, and % because what is encoded already stays so.
KEPT = "%:/?#[]@!$&'()*+,;=~-._"


def encoded(address: str) -> str:
    """An address with what a URI cannot hold percent-encoded: Arabic letters, quotes, angle brackets."""
    return quote(address, safe=KEPT)


def absolute(site: Site, address: str) -> str:
    """A path of the site, or an address elsewhere, as an absolute URI."""
    return encoded(site.url(address) if address.startswith("/") else address)


def key(path: str) -> str:
    """The object that is served at a path ending in a slash. Keys hold letters of any script as they are."""
    return f"{path[1:]}index.html"
