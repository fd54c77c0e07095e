"""URLs as they are written into pages and feeds: percent-encoded, and absolute where software reads them."""

from urllib.parse import quote, urlsplit

from ...model.config import Site

# The characters that RFC 3986 allows in a URI, and %, so that encoding twice changes nothing.
ALLOWED = "%:/?#[]@!$&'()*+,;=~-._"


def encoded(url: str) -> str:
    """The URL or path with the characters that a URI cannot hold percent-encoded: Arabic letters, quotes, brackets."""
    return quote(url, safe=ALLOWED)


def absolute(site: Site, url: str) -> str:
    """A path of the site, or a URL elsewhere, as an absolute URI."""
    return encoded(site.url(url) if url.startswith("/") else url)


def host(url: str) -> str:
    """The host of a URL, as readers know it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def key(path: str) -> str:
    """The key of the object that is served at a path. Keys are not percent-encoded."""
    return f"{path[1:]}index.html" if path.endswith("/") else path[1:]


def indexnow_key_file(key: str) -> str:
    """The path of the file that holds this key of IndexNow. At the root, it stands for the whole site."""
    return f"/{key}.txt"
