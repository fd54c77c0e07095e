"""What happens by the clock: articles go live, ads start and end, choices for front pages and news sitemaps end.

The first runs after a deployment have the publisher write what code and settings make (docs/adr/0031).

All are idempotent, and may run late or concurrently.
"""

from contextlib import suppress
from datetime import datetime

from .. import build
from ..deadline import UNLIMITED, Deadline
from ..model.article import release
from ..model.config import Site
from ..model.errors import Busy
from ..store.ads import Ads
from ..store.articles import Articles
from ..store.conflict import LostRace, retrying
from ..store.fronts import Fronts
from ..store.news_window import NEWS_PERIOD, NewsWindow
from ..store.site_objects import SiteObjects
from ..store.unsettled import UnsettledCauses
from ..telemetry import logger

BATCH = 100
TRIES = 8


class Unreleased(Exception):
    """Some due articles cannot be released; all others are live."""


def release_due(articles: Articles, now: datetime, deadline: Deadline = UNLIMITED) -> int:
    """Make the articles live whose time has come, and return how many were released.

    An article that other clients keep changing is left to the next run, like articles beyond `BATCH` or the deadline.
    Raises `Unreleased` at the end, so that an article that cannot be released does not hold up those after it.
    """
    released = 0
    failed = []
    for id in articles.due(now, BATCH):
        if deadline.left <= 0:
            logger.info("the rest of the articles have to wait for the next run")
            break
        try:
            released += _release(articles, id, now)
        except Busy:
            logger.info("other clients keep changing an article; the next run releases it", extra={"article": id})
        except Exception:  # noqa: BLE001  # any error concerns one article, and the next run tries it again
            logger.exception("an article cannot be released", extra={"article": id})
            failed.append(id)
    if failed:
        raise Unreleased(", ".join(failed))
    return released


def update_ads(ads: Ads, now: datetime) -> int:
    """Start and end ads whose time has come, and return how many were changed.

    An ad that an editor changes at the same time keeps the editor's change.
    """
    updated = 0
    for before in ads.all():
        after = before.at(now)
        if before != after and ads.replace(before, after):
            logger.info("an ad started or ended", extra={"ad": after.name, "live": after.live})
            updated += 1
    return updated


def update_fronts(fronts: Fronts, now: datetime) -> int:
    """Remove the choices for front pages that have ended, and return how many front pages were changed.

    A choice that an editor changes at the same time keeps the editor's change; the next run looks at it again.
    """
    updated = 0
    for before in fronts.all():
        after = before.at(now)
        if after is not before:
            with suppress(LostRace):
                fronts.replace(before, after)
                about = {"edition": after.edition, "revision": after.revision}
                logger.info("a choice for a front page has ended", extra=about)
                updated += 1
    return updated


def update_news(window: NewsWindow, now: datetime) -> bool:
    """Let the news sitemap start two days ago, at a full hour, and return whether it moved: once an hour."""
    since = now.replace(minute=0, second=0, microsecond=0) - NEWS_PERIOD
    before = window.since()
    if before is not None and before >= since:
        return False
    with suppress(LostRace):  # another run of this hour was first
        window.move(before, since)
        return True
    return False


def request_build(objects: SiteObjects, causes: UnsettledCauses, site: Site, now: datetime) -> bool:
    """Have the publisher write the objects of this build where the site has those of another one, or none.

    Returns whether it was requested. While the site is not of this build, that is once in five minutes; the publisher
    does nothing where another run was faster.
    """
    manifest = build.manifest(site)
    if objects.read(build.MANIFEST) == manifest:
        return False
    with suppress(LostRace):  # it was requested a moment ago
        causes.request_build(manifest, now.timestamp())
        logger.info("the site is of another build; the publisher brings it up to date")
        return True
    return False


@retrying(TRIES)  # most lost races are not over the article, but over the counts of its year
def _release(articles: Articles, id: str, now: datetime) -> bool:
    """Make the article live if its time has come; False where it is not scheduled any more. Raises `Busy`."""
    scheduled = articles.get(id)
    live = release(scheduled, now) if scheduled else None
    if live is None or live is scheduled:
        return False
    articles.commit(scheduled, live)
    logger.info("a scheduled article is live", extra={"article": id, "revision": live.revision})
    return True
