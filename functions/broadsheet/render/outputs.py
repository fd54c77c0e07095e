"""Every kind of output that the site has, in the order of writing.

New objects stand before those that stood, which readers come to and which lead to them; so nobody is led to what is
not there. Among the new ones, assets come before the pages that ask for them, and an article's page after its day, but
before all that readers and their software may come to by themselves, new or not: fronts, tags, feeds. The feeds are the
last that an article's page leads to: where it and those of its tags and authors are, so is all of that, and whoever
lists the article need look for nothing else. Behind them is what only software comes to: pictures of months, archive
documents, sitemaps. Archive documents that stood follow their feed, which takes from them what is to leave them. A
further kind of page is one module and one line here.
"""

import hashlib
from dataclasses import replace

from ..model.channel import standing
from ..model.config import Site
from ..model.queries import Facts
from .feeds.channel_feeds import archives, feeds
from .feeds.sitemaps import news, sitemap_index, sitemaps
from .pages.ads import advertising
from .pages.archive import archive_fronts, days, months, pictures, years
from .pages.article import article_pages
from .pages.channel import channel_pages
from .pages.channel_months import channel_months
from .pages.feed_directory import feed_pages, opml
from .pages.fronts import fragments, fronts
from .pages.static import assets, description, notes, notices, root
from .shared.serving import TEXT
from .shared.target import Output, Surface, Target, Touched

# What hangs on no article.
GROUND: tuple[Surface, ...] = (assets, root, notes, description, notices)
SURFACES: tuple[Surface, ...] = (
    days,
    months,
    years,
    channel_months,
    article_pages,
    archive_fronts,
    fragments,
    fronts,
    channel_pages,
    feeds,
    feed_pages,
    opml,
    pictures,
    archives,
    sitemaps,
    news,
    sitemap_index,
)
# What stands from the first day, and hangs on no article either, but on the table.
APART: tuple[Surface, ...] = (advertising,)

NOTHING = Facts({}, {})
RECORDED = "ground.txt"


def targets(touched: Touched, grounded: bool) -> list[Target]:
    """Every object that changes touch, once, and unless the site is `grounded` what it stands on before any article.

    Of the channels that stand by themselves, pages and feeds are wanted where there are none yet. The last object is a
    record: while it is there as `record` has it, so is all of this, as this code and these settings make it.
    """
    wanted = [target for surface in SURFACES for target in surface(touched)]
    if not grounded:
        bare = _bare(touched.site)
        opened = [replace(target, once=True) for surface in (*APART, *SURFACES) for target in surface(bare)]
        keys = {target.key for target in wanted}
        laid = record(touched.site)
        wanted = [
            *(target for surface in GROUND for target in surface(bare)),
            *(target for target in opened if target.key not in keys),
            *wanted,
            Target(RECORDED, (), lambda _site, _facts: laid),
        ]
    return list({target.key: target for target in reversed(wanted)}.values())[::-1]


def apart(site: Site) -> list[Target]:
    """Every object that changes of other things than articles touch."""
    return [target for surface in APART for target in surface(_bare(site))]


def record(site: Site) -> Output:
    """What tells whether the ground is laid."""
    bare = _bare(site)
    laid = [(target.key, target.render(site, NOTHING)) for surface in GROUND for target in surface(bare)]
    opened = [target.key for surface in (*APART, *SURFACES) for target in surface(bare)]
    return TEXT.output(f"{hashlib.sha256(repr((laid, opened)).encode()).hexdigest()}\n")


def _bare(site: Site) -> Touched:
    return Touched(site, (), standing(site), {}, {}, {})
