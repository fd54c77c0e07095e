"""How each kind of object is served: its media type, and how long a cache may keep it.

A copy of a page may be shown while a fresh one is fetched (`stale-while-revalidate`, RFC 5861 §3), so a reader seldom
waits. Feeds promise five minutes to readers, and say so in their own words too: `FEED_MINUTES` is their `ttl` and
update period. CloudFront keeps a feed for seconds, and never shows an old one meanwhile: a hub that is told of a change
fetches at once, and must not pass on what was there before.
"""

from dataclasses import dataclass

from .target import RenderedObject

FEED_MINUTES = 5

PAGES = "public, max-age=60, stale-while-revalidate=300"
FEEDS = f"public, max-age={FEED_MINUTES * 60}, s-maxage=5"
# Nothing but a correction changes an archive document.
ARCHIVES = "public, max-age=86400, s-maxage=60"
ASSETS = "public, max-age=3600, stale-while-revalidate=86400"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    `content_type` is what readers get. The bucket holds the object as `stored_type`, if that is another: CloudFront
    compresses neither Atom nor JSON Feed by their own names, so it learns them on the way out.
    """

    content_type: str
    cache_control: str
    stored_type: str | None = None

    def output(self, content: str | bytes) -> RenderedObject:
        """The content as an object of this kind, in UTF-8."""
        body = content.encode() if isinstance(content, str) else content
        return RenderedObject(body, self.stored_type or self.content_type, self.cache_control)


PAGE = Kind("text/html; charset=utf-8", PAGES)
STYLE = Kind("text/css; charset=utf-8", ASSETS)
SCRIPT = Kind("text/javascript; charset=utf-8", ASSETS)
ICON = Kind("image/svg+xml", ASSETS)
TEXT = Kind("text/plain; charset=utf-8", PAGES)
API = Kind("application/json", ASSETS)
SITEMAP = Kind("application/xml; charset=utf-8", PAGES)
# CloudFront does not compress text/x-opml, and OPML 2.0 allows plain XML.
OPML = Kind("application/xml; charset=utf-8", PAGES)
# The template's function FeedLinks knows these types too.
RSS = Kind("application/rss+xml; charset=utf-8", FEEDS)
ATOM = Kind("application/atom+xml; charset=utf-8", FEEDS, stored_type="application/xml; charset=utf-8")
JSON_FEED = Kind("application/feed+json; charset=utf-8", FEEDS, stored_type="application/json; charset=utf-8")
