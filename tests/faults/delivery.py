"""Delivery: streams and queues bring records and messages to functions as Lambda does, failed ones again."""

from collections.abc import Callable, Mapping
from typing import Any

from broadsheet.services.publishing.causes import OTHER_OUTPUTS
from broadsheet.store.announcements import items_of
from broadsheet.store.issues import PREFIX
from broadsheet.store.subscribers import LINKS, OUTBOX, SIGN_UP
from broadsheet.store.unsettled import UNSETTLED
from tests.faults.moto_state import MotoState
from tests.faults.process import Messages, Records


class NotDone(Exception):
    """A function reported failures: the stream or queue delivers again."""


def changed(records: Records) -> list[tuple[Any, ...]]:
    """What the records say, without the sequence numbers and times that tell equal ones apart."""
    return [tuple(record.get(part) for part in ("Keys", "OldImage", "NewImage")) for record in records.values()]


def for_the_publisher(record: Mapping[str, Any]) -> bool:
    """The template's filter of the articles' stream."""
    partition: str = record["Keys"]["pk"]["S"]
    if partition == UNSETTLED:
        return bool(record["eventName"] != "REMOVE")
    return partition in OTHER_OUTPUTS or partition.startswith(PREFIX) or bool(record["Keys"]["sk"]["S"] == "META")


def for_consumers(record: Mapping[str, Any]) -> bool:
    """The template's filter of the articles' stream for the function that sends events."""
    return bool(record["eventName"] != "REMOVE" and record["Keys"]["sk"]["S"] == "META")


def for_the_mailer(record: Mapping[str, Any]) -> bool:
    """The template's filter of the subscribers' stream."""
    return record["eventName"] != "REMOVE" and record["Keys"]["sk"]["S"] in (SIGN_UP, LINKS, OUTBOX)


class Stream:
    """A table's stream as Lambda delivers it: in order, through the template's filter, again from the first failure."""

    def __init__(self, moto: MotoState, table: str, passes: Callable[[Mapping[str, Any]], bool]) -> None:
        self._moto = moto
        self._table = table
        self._passes = passes
        self.delivered = 0  # records

    def waiting(self) -> Records:
        """The records that are not delivered yet."""
        records = self._moto.records(self._table)[self.delivered :]
        return {record["SequenceNumber"]: record for record in records if self._passes(record)}

    def take(self) -> Records:
        """The records that are not delivered yet; from now on they count as delivered."""
        batch = self.waiting()
        self.delivered = len(self._moto.records(self._table))
        return batch

    def deliver(self, handle: Callable[[Records], list[str]]) -> None:
        """Deliver all waiting records to `handle`, which returns those that failed. Raises `NotDone` if any did."""
        records = self._moto.records(self._table)
        batch = self.waiting()
        failed = handle(batch) if batch else []
        if failed:
            first = min(failed, key=int)
            self.delivered = next(at for at, record in enumerate(records) if record["SequenceNumber"] == first)
            raise NotDone(f"{len(failed)} of {len(batch)} records failed")
        self.delivered = len(records)


class Queue:
    """A queue of announcements as Lambda empties it: failed messages come again. Each is delivered after its delay."""

    def __init__(self, moto: MotoState, name: str) -> None:
        self._moto = moto
        self._name = name
        self.done: frozenset[str] = frozenset()

    def waiting(self) -> Messages:
        """The messages that are not done yet."""
        sent = self._moto.messages(self._name)
        return {id: tuple(items_of(body)) for id, body in sent.items() if id not in self.done}

    def deliver(self, handle: Callable[[Messages], list[str]]) -> None:
        """Deliver all waiting messages to `handle`, which returns those that failed. Raises `NotDone` if any did."""
        batch = self.waiting()
        failed = handle(batch) if batch else []
        self.done |= batch.keys() - set(failed)
        if failed:
            raise NotDone(f"{len(failed)} of {len(batch)} messages failed")
