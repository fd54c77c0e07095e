"""Scheduled articles go live when their time comes. Run it every minute; twice, late or beside itself is fine."""

from datetime import datetime

from .model.article import release
from .store.articles import Articles, LostRace

BATCH = 100


def release_due(articles: Articles, now: datetime) -> int:
    """Make every article live whose time has come, and say how many were.

    An article that an editor changes at this moment is left to that change, or to the next minute. The batch is a
    bound on one run; what is left over is the next run's.
    """
    released = 0
    for id in articles.due(now, BATCH):
        waiting = articles.get(id)
        if waiting is None:
            continue
        live = release(waiting, now)
        if live is waiting:
            continue
        try:
            articles.commit(waiting, live)
        except LostRace:
            continue
        released += 1
    return released
