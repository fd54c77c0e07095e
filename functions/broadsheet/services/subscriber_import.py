"""Import of subscribers from another system, and the list of all subscribers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from ..model.config import Site
from ..model.errors import Invalid, LinkRefused, ParameterError, Rule
from ..model.newsletter.imported import PRECEDENCE, ImportedSubscriber, RowResult, import_mail, imported
from ..model.newsletter.subscriber import Subscriber
from ..model.newsletter.tokens import CURSOR, Keyring
from ..schemas.import_row import Batch, parse_row
from ..store.conflict import retrying
from ..store.subscribers import Page, Subscribers
from ..store.table import Key

TRIES = 5
MAX_SUBSCRIBERS = 50  # of a transaction, which changes at most 100 items: each subscriber, and the pending email

Row = ImportedSubscriber | RowResult
"""A valid row, or the result of another one."""
SubscribersById = dict[str, Subscriber]


def import_subscribers(
    subscribers: Subscribers, keyring: Keyring, site: Site, now: datetime, batch: Batch
) -> list[RowResult]:
    """Import up to 100 rows, and return a result for each, in their order. Idempotent.

    An invalid row does not affect the others. Rows with the same email are applied to one subscriber: those that
    suppress first, then those that unsubscribe, then the others, each in their order. Where the site sends mail, a
    subscriber whom the import subscribes has a pending email, written in the same transaction.
    The changes of up to 50 subscribers are one transaction; a dry run makes none. Raises `Busy`; then the subscribers
    of earlier transactions are imported.
    """
    parsed = [_parse(row, site, batch.source, now) for row in batch.rows]
    ids = [keyring.email_id(row.email) if isinstance(row, ImportedSubscriber) else "" for row in parsed]
    results: dict[int, RowResult] = {}
    for part in _parts(ids):
        rows = [(ids[number], parsed[number]) for number in part]
        results |= zip(part, _import_part(subscribers, site, now, batch, rows), strict=True)
    return [results[number] for number in range(len(ids))]


@retrying(TRIES)
def _import_part(
    subscribers: Subscribers, site: Site, now: datetime, batch: Batch, rows: Sequence[tuple[str, Row]]
) -> list[RowResult]:
    """Import the rows of up to 50 subscribers in one transaction, unless this is a dry run."""
    before = subscribers.get_many(id for id, _ in rows if id)
    after, results = _apply(before, rows, now)
    changes = [_as_one_change(before, one) for id, one in after.items() if one != before.get(id)]
    mails = [import_mail(before.get(one.id), one, batch.source) if site.sends_mail else None for one in changes]
    if changes and not batch.dry_run:
        subscribers.commit_all(zip(changes, mails, strict=True))
    return results if site.sends_mail else [replace(result, mail=False) for result in results]


def _parts(ids: Sequence[str]) -> Iterator[list[int]]:
    """The numbers of the rows, such that rows with the same id are in one part, and a part has up to 50 ids."""
    places = {id: place for place, id in enumerate(dict.fromkeys(ids))}
    numbers = sorted(range(len(ids)), key=lambda number: places[ids[number]])
    for _, part in groupby(numbers, lambda number: places[ids[number]] // MAX_SUBSCRIBERS):
        yield list(part)


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


def _parse(row: object, site: Site, source: str | None, now: datetime) -> Row:
    """The row, with the batch's source where it has none; the result of an invalid row."""
    try:
        parsed = parse_row(row, site, now)
    except Invalid as invalid:
        return RowResult("refused", str(invalid), invalid.errors[0].field, invalid.errors)
    return parsed if parsed.source or not source else replace(parsed, source=source)


def _apply(
    before: SubscribersById, rows: Iterable[tuple[str, Row]], now: datetime
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


def _precedence(row: Row) -> int:
    return PRECEDENCE.index(row.status) if isinstance(row, ImportedSubscriber) else len(PRECEDENCE)


def _as_one_change(before: SubscribersById, subscriber: Subscriber) -> Subscriber:
    """The subscriber with the next revision, however many rows changed it."""
    previous = before.get(subscriber.id)
    return replace(subscriber, revision=previous.revision + 1 if previous else 1)
