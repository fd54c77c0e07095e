"""Import of subscribers from another system, and the list of all subscribers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ..model.config import Site
from ..model.errors import Invalid, LinkRefused, ParameterError, Rule
from ..model.newsletter.imported import PRECEDENCE, ImportedSubscriber, RowResult, imported
from ..model.newsletter.subscriber import Subscriber
from ..model.newsletter.tokens import CURSOR, Keyring
from ..schemas.import_row import parse_row
from ..store.conflict import retrying
from ..store.subscribers import Page, Subscribers
from ..store.table import Key

TRIES = 5

SubscribersById = dict[str, Subscriber]


def import_subscribers(
    subscribers: Subscribers, keyring: Keyring, site: Site, now: datetime, rows: Sequence[object], *, dry_run: bool
) -> list[RowResult]:
    """Import up to 100 rows, and return a result for each, in their order. Idempotent.

    An invalid row does not affect the others. Rows with the same email are applied to one subscriber: those that
    suppress first, then those that unsubscribe, then the others, each in their order.
    All changes are made in one transaction; a dry run makes none. Raises `Busy`; then nothing is changed.
    """
    parsed = [_parse(row, site, now) for row in rows]
    ids = [keyring.email_id(row.email) if isinstance(row, ImportedSubscriber) else "" for row in parsed]

    @retrying(TRIES)
    def attempt() -> list[RowResult]:
        before = subscribers.get_many(filter(None, ids))
        after, results = _apply(before, zip(ids, parsed, strict=True), now)
        changes = [_as_one_change(before, one) for id, one in after.items() if one != before.get(id)]
        if changes and not dry_run:
            subscribers.commit_all(changes)
        return results

    return attempt()


def list_subscribers(
    subscribers: Subscribers,
    keyring: Keyring,
    limit: int,
    cursor: str | None,
    segment: int,
    segments: int,
    now: datetime,
) -> tuple[Page, str | None]:
    """A page of all subscribers, and the cursor of the next page. Raises `Invalid` for a cursor of another segment."""
    after = _position(keyring, cursor, segment, segments, now) if cursor else None
    page = subscribers.scan(limit, after, segment, segments)
    if page.next is None:
        return page, None
    return page, keyring.sign(CURSOR, now, *page.next, f"{segment}/{segments}")


def _position(keyring: Keyring, cursor: str, segment: int, segments: int, now: datetime) -> Key:
    try:
        pk, sk, part = keyring.verify(CURSOR, now, cursor)
    except LinkRefused:
        part = None
    if part != f"{segment}/{segments}":
        rule = Rule("bad_cursor", "must be the `next` of a page of the same segment")
        raise Invalid((ParameterError("cursor", rule),))
    return pk, sk


def _parse(row: object, site: Site, now: datetime) -> ImportedSubscriber | RowResult:
    try:
        return parse_row(row, site, now)
    except Invalid as invalid:
        return RowResult("refused", str(invalid), invalid.errors[0].field, invalid.errors)


def _apply(
    before: SubscribersById, rows: Iterable[tuple[str, ImportedSubscriber | RowResult]], now: datetime
) -> tuple[SubscribersById, list[RowResult]]:
    """The subscribers after the rows, and the result of each row, in the order of the rows."""
    after = dict(before)
    results: dict[int, RowResult] = {}
    for number, (id, row) in sorted(enumerate(rows), key=lambda numbered: _precedence(numbered[1][1])):
        if isinstance(row, RowResult):
            results[number] = row
            continue
        subscriber, results[number] = imported(after.get(id), id, row, now)
        if subscriber:
            after[id] = subscriber
    return after, [results[number] for number in range(len(results))]


def _precedence(row: ImportedSubscriber | RowResult) -> int:
    return PRECEDENCE.index(row.status) if isinstance(row, ImportedSubscriber) else len(PRECEDENCE)


def _as_one_change(before: SubscribersById, subscriber: Subscriber) -> Subscriber:
    """The subscriber with the next revision, however many rows changed it."""
    previous = before.get(subscriber.id)
    return replace(subscriber, revision=previous.revision + 1 if previous else 1)
