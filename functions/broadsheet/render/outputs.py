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

from ..model.channel import permanent_channels
from ..model.config import Site
from ..model.queries import Snapshot
from .feeds.channel_feeds import archive_documents, feeds
from .feeds.sitemaps import news_sitemaps, sitemap_index, sitemaps
from .pages.ads import ads
from .pages.archive import archive_fronts, days, month_heatmaps, months, years
from .pages.article import article_pages
from .pages.channel import channel_pages
from .pages.channel_months import channel_months
from .pages.feed_directory import feed_directories, opml
from .pages.fronts import fragments, fronts
from .pages.static import assets, error_pages, language_chooser, openapi, robots_and_ads_txt
from .shared.serving import TEXT
from .shared.target import ChangeSet, Output, RenderedObject, Target

# What hangs on no article.
STATIC_OUTPUTS: tuple[Output, ...] = (assets, language_chooser, robots_and_ads_txt, openapi, error_pages)
OUTPUTS: tuple[Output, ...] = (
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
    feed_directories,
    opml,
    month_heatmaps,
    archive_documents,
    sitemaps,
    news_sitemaps,
    sitemap_index,
)
# What stands from the first day, and hangs on no article either, but on the table.
AD_OUTPUTS: tuple[Output, ...] = (ads,)

EMPTY_SNAPSHOT = Snapshot({}, {})
BUILD_MANIFEST = "build-manifest.txt"


def targets(changes: ChangeSet, statics_current: bool) -> list[Target]:
    """Every object that changes touch, once; and all that hangs on no article unless the `statics_current`.

    Of the channels that stand by themselves, pages and feeds are wanted where there are none yet. The last object is a
    record: while it is there as `build_manifest` has it, so is all of this, as this code and these settings make it.
    """
    wanted = [target for output in OUTPUTS for target in output(changes)]
    if not statics_current:
        bare = _bare(changes.site)
        opened = [replace(target, once=True) for output in (*AD_OUTPUTS, *OUTPUTS) for target in output(bare)]
        keys = {target.key for target in wanted}
        laid = build_manifest(changes.site)
        wanted = [
            *(target for output in STATIC_OUTPUTS for target in output(bare)),
            *(target for target in opened if target.key not in keys),
            *wanted,
            Target(BUILD_MANIFEST, (), lambda _site, _facts: laid),
        ]
    return list({target.key: target for target in reversed(wanted)}.values())[::-1]


def ad_targets(site: Site) -> list[Target]:
    """Every object that changes of other things than articles touch."""
    return [target for output in AD_OUTPUTS for target in output(_bare(site))]


def build_manifest(site: Site) -> RenderedObject:
    """What tells whether the ground is laid."""
    bare = _bare(site)
    laid = [(target.key, target.render(site, EMPTY_SNAPSHOT)) for output in STATIC_OUTPUTS for target in output(bare)]
    opened = [target.key for output in (*AD_OUTPUTS, *OUTPUTS) for target in output(bare)]
    return TEXT.output(f"{hashlib.sha256(repr((laid, opened)).encode()).hexdigest()}\n")


def _bare(site: Site) -> ChangeSet:
    return ChangeSet(site, (), permanent_channels(site), {}, {}, {})
