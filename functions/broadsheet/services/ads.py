"""What editors do with ads: they put and delete them. Each call is idempotent and may run beside others."""

from dataclasses import replace
from typing import Literal, NamedTuple

from ..model.ad import Ad
from ..model.precondition import Precondition
from ..store.ads import Ads
from ..store.conflict import retrying

TRIES = 8


class PutAd(NamedTuple):
    """The ad as it is now, and what the call did."""

    ad: Ad
    outcome: Literal["created", "replaced", "unchanged"]


def put(ads: Ads, sent: Ad, precondition: Precondition, by: str) -> PutAd:
    """Store the ad with the next revision, by the caller of that name. A deleted ad's revisions go on in the next one.

    The same ad again writes nothing: the schedule starts and ends it. A request that was done before, and whose answer
    was lost, succeeds again (RFC 9110 §13.1.1). Raises `Stale` and `Busy`.
    """
    mine: PutAd | None = None

    @retrying(TRIES)
    def attempt() -> PutAd:
        nonlocal mine
        current = ads.get(sent.name)
        if mine and current == mine.ad:
            return mine  # an earlier attempt won the race, and only its answer was lost
        same = current is not None and current == _as_of(current, sent)
        precondition.check("the ad", current, done=same)
        if current and same:
            return PutAd(current, "unchanged")
        last = current.revision if current else ads.last_revision(sent.name)
        mine = PutAd(replace(sent, revision=last + 1, updated_by=by), "replaced" if current else "created")
        ads.put(current, mine.ad)
        return mine

    return attempt()


def delete(ads: Ads, name: str, precondition: Precondition) -> Ad | None:
    """Delete the ad, and return it as it was; None for one that does not exist. Raises `Stale` and `Busy`."""
    deleted: Ad | None = None

    @retrying(TRIES)
    def attempt() -> Ad | None:
        nonlocal deleted
        current = ads.get(name)
        if current is None:
            return deleted  # an earlier attempt won the race, and only its answer was lost
        precondition.check("the ad", current)
        deleted = current
        ads.delete(current)
        return deleted

    return attempt()


def _as_of(current: Ad, sent: Ad) -> Ad:
    """The ad that was sent, with what the system adds as it is now."""
    return replace(sent, live=current.live, revision=current.revision, updated_by=current.updated_by)
