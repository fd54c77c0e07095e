"""The media type and length of an article's recording, as its server states them.

The API stores what the client sends and requests no other server. So the command asks the server of the recording: for
an `enclosure` without its type or length, and for the first recording that the text plays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

if TYPE_CHECKING:
    import urllib3

MAX_REDIRECTS = 8  # hosts of podcasts count downloads by redirects, one after the other
CONNECT_TIMEOUT, READ_TIMEOUT = 5, 10  # seconds
# The length is that of the file, not of a compressed copy.
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "broadsheet"}
URL_CHARACTERS = "%:/?#[]@!$&'()*+,;=~-._"
PLAYERS = frozenset({"audio", "video", "amp-audio", "amp-video"})
# Of a player's alternatives, the formats that most podcast clients play.
PLAYED_EVERYWHERE = re.compile(r"audio/(mpeg|mp4|x-m4a)|video/|\.(mp3|m4a|m4v|mp4|mov)([?#]|$)", re.IGNORECASE)
CODE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)|`[^`\n]*`", re.MULTILINE | re.DOTALL)
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d\d)")


class NoRecording(Exception):
    """The URL has no recording that can be measured. The text continues the name of the field."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a server says about a file; None for what it does not say."""

    type: str | None
    length: int | None


class Recordings:
    """Measures recordings on other servers, and on `site`, if the site is known. Threads may share it."""

    def __init__(self, site: str | None = None) -> None:
        import urllib3

        self._site = site
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
        self._http = urllib3.PoolManager(maxsize=16, retries=False, timeout=timeout)

    def close(self) -> None:
        self._http.clear()

    def completed(self, article: Mapping[str, object]) -> Mapping[str, object]:
        """The article with its enclosure as the API takes it, measured where the type or the length is left out.

        An enclosure may be a URL alone, and its duration `[H:]MM:SS`. Raises `NoRecording` if an enclosure that is
        named cannot be measured; a recording in the text that cannot be measured is left to the API.
        """
        named = article.get("enclosure")
        if named is None:
            found = self._in_text(article.get("body"))
            return {**article, "enclosure": found} if found else article
        enclosure = {"url": named} if isinstance(named, str) else named
        if not isinstance(enclosure, Mapping):
            return article
        return {**article, "enclosure": self._with_measures({**enclosure, **_in_seconds(enclosure)})}

    def measure(self, url: str) -> Measured:
        """Ask the server for the file's type and length, without the file. Raises `NoRecording`."""
        response = self._request("HEAD", url)
        if response.status >= 400 or "Content-Length" not in response.headers:
            response = self._request("GET", url)  # some servers refuse HEAD or answer it without the length
        if not 200 <= response.status < 300:
            raise NoRecording(f"cannot be measured: the server answers {response.status}")
        type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if type.startswith(("text/", "image/")):
            raise NoRecording(f"is served as {type}, which is neither audio nor video")
        return Measured(type if type.startswith(("audio/", "video/")) else None, _length(response))

    def _with_measures(self, enclosure: Mapping[str, object]) -> Mapping[str, object]:
        url = enclosure.get("url")
        missing = [name for name in ("type", "length") if enclosure.get(name) is None]
        if not missing or not isinstance(url, str) or not url.startswith(("https://", "/")):
            return enclosure
        measured = self.measure(url)
        found = {"type": measured.type, "length": measured.length}
        return {**enclosure, **{name: found[name] for name in missing if found[name] is not None}}

    def _in_text(self, body: object) -> Mapping[str, object] | None:
        """The first recording that a body plays, measured; None if there is none, or its server does not say enough."""
        text = body.get("text") if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(text, str):
            return None
        url = _first_played(text if body.get("format") == "html" else CODE.sub("", text))
        if not url or not re.match(r"https://|/(?!/)", url):
            return None
        try:
            measured = self.measure(url)
        except NoRecording:
            return None
        if measured.type is None or measured.length is None:
            return None
        return {"url": url, "type": measured.type, "length": measured.length}

    def _request(self, method: str, url: str) -> urllib3.BaseHTTPResponse:
        """The response after all redirects, without its body."""
        from urllib3.exceptions import HTTPError

        if url.startswith("/"):
            if self._site is None:
                raise NoRecording("is a path of the site, whose URL the command does not know: add type and length")
            url = self._site + url
        headers = HEADERS | ({"Range": "bytes=0-0"} if method == "GET" else {})
        for _ in range(MAX_REDIRECTS + 1):
            if not url.startswith(("https://", f"{self._site}/")):
                raise NoRecording(f"redirects to {url}, which is not https")
            try:
                response = self._http.request(method, url, headers=headers, redirect=False, preload_content=False)
                response.close()
                target = response.get_redirect_location()
                url = urljoin(url, target or "")
            except (HTTPError, ValueError) as error:
                reason = str(error).rpartition("): ")[2]  # without urllib3's names of its objects
                raise NoRecording(f"cannot be measured: {reason}") from error
            if not target:
                return response
        raise NoRecording(f"redirects more than {MAX_REDIRECTS} times")


def _length(response: urllib3.BaseHTTPResponse) -> int | None:
    """The size of the whole file, also in a response that has one byte of it; None if the response does not say."""
    if response.status == 206:
        stated = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        stated = response.headers.get("Content-Length", "")
    return int(stated) or None if stated.isascii() and stated.isdigit() else None


def _in_seconds(enclosure: Mapping[str, object]) -> dict[str, object]:
    duration = enclosure.get("duration")
    clock = CLOCK.fullmatch(duration) if isinstance(duration, str) else None
    if clock is None:
        return {}
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    return {"duration": hours * 3600 + minutes * 60 + seconds}


def _first_played(html: str) -> str | None:
    """The URL of the first recording with a player, percent-encoded; of its alternatives the most playable one."""
    parser = _Players()
    with suppress(AssertionError):  # older versions of the parser raise it at `<![word[`
        parser.feed(html)
    files = parser.files
    best = min(files, key=lambda file: not PLAYED_EVERYWHERE.search(" ".join(file)), default=None)
    return quote(best[1].strip(), safe=URL_CHARACTERS) if best else None


class _Players(HTMLParser):
    """Collects the files of the first player, each as its type and its URL. A film without sound is none."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, str]] = []
        self._inside = self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in PLAYERS:
            self._done = self._done or bool(self.files)
            self._inside = "muted" not in given
        if self._inside and not self._done and (tag in PLAYERS or tag == "source") and given.get("src"):
            self.files.append((given.get("type") or "", given["src"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in PLAYERS:
            self._inside = False
