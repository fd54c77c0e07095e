"""How each kind of object is served: its media type, and how long a cache may keep it.

A copy may be shown while a fresh one is fetched (`stale-while-revalidate`, RFC 5861 §3), so a reader seldom waits.
Feeds promise the same five minutes in their own words: `FEED_MINUTES` is their `ttl` and update period too.
"""

from dataclasses import dataclass

from .target import Output

FEED_MINUTES = 5

PAGES = "public, max-age=60, stale-while-revalidate=300"
FEEDS = f"public, max-age={FEED_MINUTES * 60}, stale-while-revalidate=600"
ASSETS = "public, max-age=3600, stale-while-revalidate=86400"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object."""

    content_type: str
    cache_control: str

    def output(self, content: str | bytes) -> Output:
        """The content as an object of this kind, in UTF-8."""
        body = content.encode() if isinstance(content, str) else content
        return Output(body, self.content_type, self.cache_control)


PAGE = Kind("text/html; charset=utf-8", PAGES)
STYLE = Kind("text/css; charset=utf-8", ASSETS)
SCRIPT = Kind("text/javascript; charset=utf-8", ASSETS)
ICON = Kind("image/svg+xml", ASSETS)
RSS = Kind("application/rss+xml; charset=utf-8", FEEDS)
ATOM = Kind("application/atom+xml; charset=utf-8", FEEDS)
JSON_FEED = Kind("application/feed+json; charset=utf-8", FEEDS)
