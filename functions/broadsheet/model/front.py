"""An edition's front page as its editors chose it: a lead, pinned articles, and an order within days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .article import Article

MAX_ARTICLES = 30  # on a front page


@dataclass(frozen=True, slots=True)
class Chosen:
    """An article by its id, and when the choice ends, in UTC and to the second; None where it has no end."""

    id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Front:
    """What an edition's editors chose. `revision` counts the changes; 0 is the edition that never chose.

    `order` has the articles whose order within their day is by hand. Expired choices are removed from what is stored,
    not when a page is rendered, so that rendering needs no clock. `updated_by` is the name of the caller who made the
    last change; None where the schedule did, or where that is not known.
    """

    edition: str
    lead: Chosen | None = None
    pinned: tuple[Chosen, ...] = ()
    order: tuple[str, ...] = ()
    revision: int = 0
    updated_by: str | None = None

    @property
    def leading(self) -> tuple[Chosen, ...]:
        """The lead and the pinned articles, as the page has them."""
        return (self.lead, *self.pinned) if self.lead else self.pinned

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all chosen articles, each once."""
        return tuple(dict.fromkeys((*(each.id for each in self.leading), *self.order)))

    def at(self, now: datetime) -> "Front":
        """The next revision without the choices that have ended; itself where none has."""
        ended = {each for each in self.leading if each.until and each.until <= now}
        if not ended:
            return self
        lead = None if self.lead in ended else self.lead
        pinned = tuple(each for each in self.pinned if each not in ended)
        return replace(self, lead=lead, pinned=pinned, revision=self.revision + 1, updated_by=None)


def arranged(front: Front, newest: Sequence[Article], chosen: Iterable[Article]) -> tuple[Article, ...]:
    """The articles of the front page: the lead, the pinned ones, then the newest day first; each once, 30 at most.

    Within a day, articles in `order` come first, in that order, and then the others, the newest first. `newest` has the
    edition's newest articles, newest first; `chosen` the articles that the front page names. Those that are not live in
    the edition are left out.
    """
    present = {each.id: each for each in (*newest, *chosen) if each.live and each.edition == front.edition}
    by_date = sorted(present.values(), key=lambda each: each.place, reverse=True)
    if front.order:
        by_hand = {id: number for number, id in enumerate(front.order)}
        by_date.sort(key=lambda each: (-each.day.toordinal(), by_hand.get(each.id, len(by_hand))))
    ids = dict.fromkeys((*(each.id for each in front.leading), *(each.id for each in by_date)))
    return tuple(present[id] for id in ids if id in present)[:MAX_ARTICLES]
