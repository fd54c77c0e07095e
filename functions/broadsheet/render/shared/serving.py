"""How each kind of object is served: its media type, and how long caches may keep it.

Caches may serve a stale page while they fetch a fresh one (`stale-while-revalidate`, RFC 5861 §3), so readers seldom
wait. Feed readers may keep a feed for five minutes, as its `ttl` and update period say (`FEED_MINUTES`). CloudFront
keeps a feed for seconds and never serves a stale one, because a WebSub hub fetches a feed right after its ping and
distributes what it gets.
"""

from dataclasses import dataclass

from .target import RenderedObject

PAGE_SECONDS, STALE_PAGE_SECONDS = 60, 300
FEED_MINUTES = 5
# How long caches may still show the state before a change, from the moment that it is published.
STALE_SECONDS = {"pages": PAGE_SECONDS + STALE_PAGE_SECONDS, "feeds": FEED_MINUTES * 60}

PAGES = f"public, max-age={PAGE_SECONDS}, stale-while-revalidate={STALE_PAGE_SECONDS}"
FEEDS = f"public, max-age={FEED_MINUTES * 60}, s-maxage=5"
# Archive documents change only by corrections and removals.
ARCHIVES = "public, max-age=86400, s-maxage=60"
ASSETS = "public, max-age=3600, stale-while-revalidate=86400"
# Objects whose paths have a hash of their content (RFC 8246).
HASHED = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Clients get `content_type`. If the bucket stores another type, it is `stored_type`: CloudFront does not compress
    the types of Atom and JSON Feed, so a CloudFront function sets them in the response.
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
PNG = Kind("image/png", ASSETS)
ICO = Kind("image/vnd.microsoft.icon", ASSETS)
# What a paper may have in its folder `static/`, besides the types above.
STATIC = {
    ".avif": Kind("image/avif", ASSETS),
    ".gif": Kind("image/gif", ASSETS),
    ".jpeg": Kind("image/jpeg", ASSETS),
    ".jpg": Kind("image/jpeg", ASSETS),
    ".json": Kind("application/json", ASSETS),
    ".pdf": Kind("application/pdf", ASSETS),
    ".txt": Kind("text/plain; charset=utf-8", ASSETS),
    ".webp": Kind("image/webp", ASSETS),
    ".woff": Kind("font/woff", ASSETS),
    ".woff2": Kind("font/woff2", ASSETS),
}
MANIFEST = Kind("application/manifest+json", ASSETS)
TEXT = Kind("text/plain; charset=utf-8", PAGES)
API = Kind("application/json", ASSETS)
SITEMAP = Kind("application/xml; charset=utf-8", PAGES)
# CloudFront does not compress text/x-opml, and OPML 2.0 allows plain XML.
OPML = Kind("application/xml; charset=utf-8", PAGES)
# The template's CloudFront function FeedLinks has the same types.
RSS = Kind("application/rss+xml; charset=utf-8", FEEDS)
ATOM = Kind("application/atom+xml; charset=utf-8", FEEDS, stored_type="application/xml; charset=utf-8")
JSON_FEED = Kind("application/feed+json; charset=utf-8", FEEDS, stored_type="application/json; charset=utf-8")
