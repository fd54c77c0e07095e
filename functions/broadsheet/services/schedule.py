"""Scheduled articles go live when their time comes, and advertising comes and goes.

Run it every minute; twice, late or beside itself is fine.
"""

from datetime import datetime

from ..deadline import UNLIMITED, Deadline
from ..model.article import release
from ..store.ads import Ads
from ..store.articles import Articles, LostRace
from ..store.conflict import attempts
from ..telemetry import logger

BATCH = 100
TRIES = 8


class Unreleased(Exception):
    """Some articles cannot be released; all others whose time has come are live."""


def release_due(articles: Articles, now: datetime, deadline: Deadline = UNLIMITED) -> int:
    """Make every article live whose time has come, and say how many were.

    An article that an editor changes at this moment is left to that change, or to the next minute. The batch and the
    deadline are bounds on one run; what is left over is the next run's. Raises `Unreleased` at the end, so that one
    article that cannot go live does not hold up those after it.
    """
    released = 0
    broken = []
    for id in articles.due(now, BATCH):
        if deadline.left <= 0:
            logger.info("the rest of the articles have to wait for the next run")
            break
        try:
            released += _release(articles, id, now)
        except Exception:  # noqa: BLE001  # whatever it is, it is one article's; the next minute tries it again
            logger.exception("an article cannot be released", extra={"article": id})
            broken.append(id)
    if broken:
        raise Unreleased(", ".join(broken))
    return released


def update_ads(ads: Ads, now: datetime) -> int:
    """Show every ad whose time has come and no other, and say how many changed.

    One that an editor changes at this moment is as that change has it.
    """
    turned = ((ad, ad.at(now)) for ad in ads.all())
    return sum(ads.replace(before, after) for before, after in turned if before != after)


def _release(articles: Articles, id: str, now: datetime) -> bool:
    """Make the article live if its time has come; False where it is not waiting, or others win every race."""
    for _ in attempts(TRIES):
        waiting = articles.get(id)
        live = release(waiting, now) if waiting else None
        if live is None or live is waiting:
            return False
        try:
            articles.commit(waiting, live)
        except LostRace:
            continue  # often not over this article, but over the counts of its year
        return True
    return False
