"""Events about articles, for other systems: `docs/events.md` says what they may rely on (docs/adr/0025).

Delivery is at least once. The stream reports each change that was committed, in order for each article, until the
function has sent its event. An event that comes again has the same id and the same content, since it is made of the
record alone.
"""

import json
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..deadline import UNLIMITED, Deadline
from ..model.article_event import ArticleEvent, EventKind, event_of
from ..model.config import Site
from ..render.shared.urls import absolute
from ..store.article_rows import log_position, states_of
from ..store.aws import is_outage
from ..store.dead_letters import SetAside
from ..store.event_bus import INVALID, MOST_ENTRIES, PERMANENT, Entry, EventBus
from ..store.rows import instant
from ..telemetry import logger

TYPES: Mapping[EventKind, str] = {
    "published": "Article Published",
    "changed": "Article Changed",
    "withdrawn": "Article Withdrawn",
}
Records = Mapping[str, Mapping[str, Any]]
"""What records of the articles' stream report (their `dynamodb`), by sequence number."""


class _Due(NamedTuple):
    """An event that is to be sent, and the sequence number of its record."""

    sequence: str
    event: ArticleEvent
    entry: Entry


def send_batch(
    bus: EventBus, site: Site, records: Records, set_aside: SetAside, deadline: Deadline = UNLIMITED
) -> list[str]:
    """Send the events of a batch of records. Returns the sequence numbers that the stream must deliver again.

    After a failure the rest is not sent: the stream delivers it again with what failed, and an article's events stay in
    their order. A record that the code or EventBridge would refuse again is `set_aside`, so that it does not block its
    shard.
    """
    due, failed = _due(records, site, set_aside)
    while due and not failed and deadline.left > 0:
        part, due = due[:MOST_ENTRIES], due[MOST_ENTRIES:]
        failed = _send(bus, part, set_aside)
    if due:
        logger.info("the rest of the events have to wait", extra={"events": len(due)})
    return failed + [each.sequence for each in due]


def detail(event: ArticleEvent, site: Site) -> dict[str, Any]:
    """The detail of an event: nothing but what readers can see, or saw last of a withdrawn article."""
    article = event.shown
    return {
        "event_id": log_position(event.current),
        "event": event.kind,
        "id": article.id,
        "edition": article.edition,
        "url": absolute(site, article.path or ""),
        "headline": article.headline,
        "kind": article.kind,
        "section": article.section or None,
        "tags": list(article.tags),
        "authors": list(article.authors),
        "published_at": instant(article.published_at),
        "updated_at": instant(article.updated_at),
        "revision": event.current.revision,
        "sequence": event.sequence,
    }


def entry_of(event: ArticleEvent, site: Site) -> Entry:
    """The event as the bus takes it."""
    text = json.dumps(detail(event, site), ensure_ascii=False, separators=(",", ":"))
    return Entry(TYPES[event.kind], event.current.changed_at, text)


def _due(records: Records, site: Site, set_aside: SetAside) -> tuple[list[_Due], list[str]]:
    """The events that the records call for, and the sequence numbers of records that could not be set aside."""
    due: list[_Due] = []
    failed: list[str] = []
    for sequence, record in records.items():
        try:
            event = event_of(*states_of(record))
            if event:
                due.append(_Due(sequence, event, entry_of(event, site)))
        except Exception as error:  # noqa: BLE001  # any error concerns one record, and comes again
            # Without the error's message, which may quote an article that is not public.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("a record makes no event", extra={"error": type(error).__name__, "where": where})
            if not set_aside([sequence]):
                failed.append(sequence)
    return due, failed


def _send(bus: EventBus, part: Sequence[_Due], set_aside: SetAside) -> list[str]:
    """Send some events in one call. Returns the sequence numbers of those that failed and may succeed later."""
    refused = _refused(bus, part)
    return [each.sequence for place, each in enumerate(part) if not _is_done(each, refused.get(place), set_aside)]


def _refused(bus: EventBus, part: Sequence[_Due]) -> dict[int, str]:
    """Send some events in one call. Returns the codes of those that failed, by their places.

    EventBridge refuses some calls as a whole; then each event is sent alone, so that one does not fail the others.
    """
    try:
        return bus.put([each.entry for each in part])
    except Exception as error:  # noqa: BLE001  # the stream delivers the records again, or the operator sends them
        if is_outage(error):
            return dict.fromkeys(range(len(part)), type(error).__name__)
        if len(part) == 1:
            return {0: INVALID}
    return {place: code for place, each in enumerate(part) for code in _refused(bus, [each]).values()}


def _is_done(due: _Due, code: str | None, set_aside: SetAside) -> bool:
    """Whether the event is sent, or set aside because EventBridge would refuse it again."""
    about = {"article": due.event.current.id, "event": due.event.kind, "revision": due.event.current.revision}
    if code is None:
        logger.info("an event is sent", extra=about)
        return True
    logger.error("an event cannot be sent", extra=about | {"code": code})
    return code in PERMANENT and set_aside([due.sequence])
