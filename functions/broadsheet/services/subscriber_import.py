"""Subscribers come with a list that was kept elsewhere, and everybody is listed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ..model.config import Site
from ..model.errors import Busy, FieldError, Invalid, LinkRefused
from ..model.newsletter.imported import ImportedSubscriber, RowResult, imported
from ..model.newsletter.subscriber import Subscriber
from ..model.newsletter.tokens import CURSOR, Keyring
from ..schemas.import_row import parse_row
from ..store.conflict import attempts
from ..store.subscriber_list import Page, Roll
from ..store.subscribers import LostRace

TRIES = 5

Known = dict[str, Subscriber]


def import_subscribers(
    roll: Roll, keyring: Keyring, site: Site, now: datetime, rows: Sequence[object], *, dry_run: bool
) -> list[RowResult]:
    """Take in up to a hundred rows; what became of each, in their order. A bad one spoils no other.

    Rows of one address are one reader: the second is judged as if the first had been taken in. The same rows again
    change nothing. All changes are made at once, on whatever others make of the readers meanwhile; a dry run makes
    none. Raises `Busy`, and then nothing is changed.
    """
    arrivals = [_read(row, site, now) for row in rows]
    ids = [keyring.email_id(arrival.email) if isinstance(arrival, ImportedSubscriber) else "" for arrival in arrivals]
    for _ in attempts(TRIES):
        before = roll.those(filter(None, ids))
        after, outcomes = _judge(before, zip(ids, arrivals, strict=True), now)
        changes = [_one_revision_on(before, reader) for id, reader in after.items() if reader != before.get(id)]
        if dry_run or not changes:
            return outcomes
        try:
            roll.commit_all(changes)
        except LostRace:
            continue
        return outcomes
    raise Busy("Others keep changing these subscriptions; please try again.")


def list_subscribers(
    roll: Roll, keyring: Keyring, limit: int, cursor: str | None, segment: int, segments: int, now: datetime
) -> tuple[Page, str | None]:
    """A page of all subscribers, and the cursor of the next. Raises `Invalid` for a cursor of another listing."""
    after = _place(keyring, cursor, segment, segments, now) if cursor else None
    page = roll.page(limit, after, segment, segments)
    if page.next is None:
        return page, None
    return page, keyring.sign(CURSOR, now, *page.next, f"{segment}/{segments}")


def _place(keyring: Keyring, cursor: str, segment: int, segments: int, now: datetime) -> tuple[str, str]:
    try:
        pk, sk, part = keyring.open(CURSOR, now, cursor)
    except LinkRefused:
        part = None
    if part != f"{segment}/{segments}":
        raise Invalid((FieldError("cursor", "must be the `next` of a page of the same segment"),))
    return pk, sk


def _read(row: object, site: Site, now: datetime) -> ImportedSubscriber | RowResult:
    try:
        return parse_row(row, site, now)
    except Invalid as invalid:
        return RowResult("refused", str(invalid), invalid.errors[0].field)


def _judge(
    before: Known, rows: Iterable[tuple[str, ImportedSubscriber | RowResult]], now: datetime
) -> tuple[Known, list[RowResult]]:
    """All readers after the rows, and what became of each row."""
    readers, outcomes = dict(before), []
    for id, arrival in rows:
        if isinstance(arrival, RowResult):
            outcomes.append(arrival)
            continue
        reader, outcome = imported(readers.get(id), id, arrival, now)
        if reader:
            readers[id] = reader
        outcomes.append(outcome)
    return readers, outcomes


def _one_revision_on(before: Known, reader: Subscriber) -> Subscriber:
    """The reader as one change of what was there, however many rows were about them."""
    known = before.get(reader.id)
    return replace(reader, revision=known.revision + 1 if known else 1)
