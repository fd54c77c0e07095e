"""IndexNow, by which a site tells search engines of changed pages: https://www.indexnow.org/documentation."""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from .peer import Peer

MAX_URLS = 10_000  # in one request


class IndexNow:
    """The endpoint with that URL, which hands submissions on to all search engines that take part."""

    def __init__(self, url: str, key: str, key_location: str) -> None:
        """`key_location` is the URL of the site's file with the key; all submitted URLs have its host."""
        self._peer = Peer(url)
        self._site = {"host": urlsplit(key_location).netloc, "key": key, "keyLocation": key_location}

    def submit(self, urls: Sequence[str]) -> None:
        """Report that the pages with these URLs were added, changed or removed, `MAX_URLS` at most.

        Raises `Unavailable`, and `Refused` where the key or the URLs are not accepted.
        """
        body = json.dumps(self._site | {"urlList": list(urls)}).encode()
        self._peer.post(body=body, headers={"Content-Type": "application/json; charset=utf-8"})
