"""Every kind of output of the site, in waves. A new kind of page is one module and one line in `WAVES`.

Write order: new objects first, existing ones second, deletions last, so no link ever points to a missing object. Within
new and existing objects, the publisher writes wave after wave. The objects of a wave are written in any order, and at
once, so nothing that readers come to in a wave may link to a new object of the same wave:

- Readers come to a new day or month only by its articles' pages, and to an article's page only by what is written after
  it: fronts, channels and feeds.
- Readers visit fronts, channels and feeds on their own.
- Readers come to an issue of the newsletter by the page and the feeds that list it, and by its mail.
- Feeds are the last objects that an article's page links to. So where the page and the feeds of its tags and authors
  exist, everything that it links to exists.
- After the feeds come objects that only software reads: heatmaps of months, archive documents, sitemaps. Existing
  archive documents follow their feed, because the feed gives up the entries that move into them.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from .. import build
from ..model.channel import permanent_channels
from ..model.config import Site
from ..model.newsletter.issue import IssueKey
from .feeds.channel_feeds import archive_documents, feeds
from .feeds.issue_feeds import issue_feeds
from .feeds.sitemaps import issue_sitemaps, news_sitemaps, pages_sitemap, sitemap_index, sitemaps
from .pages.ads import ads
from .pages.archive import archive_fronts, days, month_heatmaps, months, years
from .pages.article import article_pages
from .pages.channel import channel_pages
from .pages.channel_months import channel_months
from .pages.feed_directory import feed_directories, opml
from .pages.fronts import fragments, fronts
from .pages.issues import issue_lists, issue_pages
from .pages.related import related_cards
from .pages.static import (
    asset_files,
    error_pages,
    indexnow_key,
    language_chooser,
    manifests,
    openapi,
    robots_and_ads_txt,
)
from .shared.serving import TEXT
from .shared.target import ChangeSet, Output, RenderedObject, Target

# Objects that depend on code and settings alone.
STATIC_OUTPUTS: tuple[Output, ...] = (
    asset_files,
    manifests,
    language_chooser,
    robots_and_ads_txt,
    indexnow_key,
    openapi,
    error_pages,
)
WAVES: tuple[tuple[Output, ...], ...] = (
    (
        days,
        months,
        years,
        channel_months,
    ),
    (article_pages,),
    (
        related_cards,
        archive_fronts,
        fragments,
        issue_pages,
    ),
    (
        fronts,
        channel_pages,
        issue_feeds,
    ),
    (
        feeds,
        issue_lists,
        issue_sitemaps,
    ),
    (
        feed_directories,
        opml,
        month_heatmaps,
        archive_documents,
        sitemaps,
        news_sitemaps,
        pages_sitemap,
        sitemap_index,
    ),
)
OUTPUTS: tuple[Output, ...] = tuple(chain(*WAVES))
# Objects that depend on the ads in the table, and on no article.
AD_OUTPUTS: tuple[Output, ...] = (ads,)
# Objects that depend on what editors chose for front pages, and on articles.
FRONT_OUTPUTS: tuple[Output, ...] = (fronts,)
# The object that follows the clock: a row of the table has its time.
NEWS_OUTPUTS: tuple[Output, ...] = (news_sitemaps,)
# Objects that show an issue of the newsletter.
ISSUE_OUTPUTS: tuple[Output, ...] = (issue_pages, issue_feeds, issue_lists, issue_sitemaps)
# What each build renders again, whatever articles there are. What they link to is published with them, which
# holds for no other output: a feed may link to an archive document that another run is about to write.
PERMANENT_PAGES: tuple[Output, ...] = (fronts, channel_pages, issue_lists, pages_sitemap)

_WAVE_OF = {output: number for number, wave in enumerate(WAVES) for output in wave}


def targets(changes: ChangeSet, statics_current: bool) -> list[Target]:
    """The targets for a change set, each key once; and unless `statics_current`, those of the build before them."""
    wanted = _targets(OUTPUTS, changes)
    if not statics_current:
        keys = {target.key for target in wanted}
        *of_build, manifest = build_targets(changes.site)
        wanted = [*(target for target in of_build if target.key not in keys), *wanted, manifest]
    return list({target.key: target for target in reversed(wanted)}.values())[::-1]


def build_targets(site: Site) -> list[Target]:
    """All that exists before any article: static outputs, pages of permanent channels, the rest as create-only targets.

    The last one is the build manifest: while it is current, the site has all of these, as this code and these settings
    render them. Create-only targets, such as feeds, follow when an article on them changes.
    """
    pages = site_targets(PERMANENT_PAGES, site)
    known = {target.key for target in pages}
    others = [replace(target, create_only=True) for target in _initial_targets(site) if target.key not in known]
    manifest = build_manifest(site)
    last = Target(build.MANIFEST, (), lambda _site, _snapshot: manifest, wave=len(WAVES))
    return [*site_targets(STATIC_OUTPUTS, site), *others, *pages, last]


def site_targets(outputs: Iterable[Output], site: Site) -> list[Target]:
    """The targets of outputs for a whole site, whatever articles it has: those of all permanent channels."""
    return _targets(outputs, _no_articles(site))


def issue_targets(key: IssueKey, site: Site) -> list[Target]:
    """The targets of an issue of the newsletter that was composed."""
    return _targets(ISSUE_OUTPUTS, ChangeSet(site, composed=(key,)))


def build_manifest(site: Site) -> RenderedObject:
    """The object that says which code and settings wrote the targets of the build."""
    return TEXT.output(build.manifest(site))


def _targets(outputs: Iterable[Output], changes: ChangeSet) -> list[Target]:
    """The targets of outputs, each in its output's wave. Outputs that are in no wave are in the first, after assets."""
    return [replace(target, wave=_wave_of(output)) for output in outputs for target in output(changes)]


def _wave_of(output: Output) -> int:
    """Assets come before all pages, which load them."""
    return -1 if output is asset_files else _WAVE_OF.get(output, 0)


def _initial_targets(site: Site) -> list[Target]:
    """The targets that a site without articles has besides: ads, and the pages and feeds of permanent channels."""
    return site_targets((*AD_OUTPUTS, *OUTPUTS), site)


def _no_articles(site: Site) -> ChangeSet:
    newsletters = tuple(site.editions) if site.sends_mail else ()
    return ChangeSet(site, channels=permanent_channels(site), newsletters=newsletters)
