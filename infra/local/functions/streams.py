"""DynamoDB streams as Lambda reads them: filtered, in batches, retried in order, and given up into a queue."""

from __future__ import annotations

import base64
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from infra.local.functions import dead_letters
from infra.local.functions.event_filters import matches
from infra.local.functions.event_sources import StreamMapping
from infra.local.functions.invocation import Invocation
from infra.local.functions.runtime import Function
from infra.local.moto.clients import Cloud
from infra.local.moto.emulator import Emulator

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds between two tries of a batch: doubled each time. Lambda takes longer; nobody wants to wait for it here."""

Record = dict[str, Any]


class StreamReader:
    """Feeds one mapping's function from one table's stream, one batch after the other, until closed.

    A stream has one shard here, so records reach the function in the order of their writes. `drained` is how many
    writes the emulator had counted when this reader last looked for records and then dealt with all it found. `clock`
    gives the seconds since 1970 by which a record is too old to be tried.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        function: Function,
        cloud: Cloud,
        emulator: Emulator,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.mapping, self.function = mapping, function
        self.drained = -1
        self._cloud, self._emulator, self._clock = cloud, emulator, clock
        self._closed = threading.Event()
        self._iterator, self._shard = self._open()
        self._thread = threading.Thread(target=self._run, name=mapping.name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more. A batch that is with the function is its last."""
        self._closed.set()

    def _open(self) -> tuple[str, str]:
        stream = self.mapping.stream
        [shard] = self._cloud.streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        iterator = self._cloud.streams.get_shard_iterator(
            StreamArn=stream,
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON" if self.mapping.from_the_start else "LATEST",
        )["ShardIterator"]
        return iterator, shard["ShardId"]

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                written = self._emulator.wait_for_write(self.drained)
                while records := self._read():
                    self._deliver(records)
                self.drained = written
            except Exception:  # noqa: BLE001  a fault here is shown, and one bad batch does not end all publishing
                if not self._closed.is_set():
                    traceback.print_exc()
                    self._closed.wait(LONGEST_PAUSE)

    def _read(self) -> list[Record]:
        """The next records, whether they pass the filter or not."""
        answer = self._cloud.streams.get_records(ShardIterator=self._iterator, Limit=1000)
        self._iterator = answer["NextShardIterator"]
        return [_as_lambda_has_it(record, self.mapping.stream) for record in answer["Records"]]

    def _deliver(self, records: Sequence[Record]) -> None:
        patterns = self.mapping.patterns
        wanted = [record for record in records if not patterns or any(matches(pattern, record) for pattern in patterns)]
        size = self.mapping.batch_size
        for start in range(0, len(wanted), size):
            self._persist(wanted[start : start + size], attempts=0)

    def _persist(self, batch: Sequence[Record], attempts: int) -> None:
        """Hand the batch to the function until none of it is left, or until it was tried often enough or is too old."""
        invocation: Invocation | None = None
        while not self._closed.is_set():
            batch = self._young_enough(batch, invocation, attempts)
            if not batch:
                return
            invocation = self.function.call({"Records": batch}, f"the stream of {self.mapping.table}: {len(batch)}")
            if invocation.error and self.function.fault:
                # Code that cannot be loaded is being edited. To give its events up would lose them for a typing error.
                self._closed.wait(LONGEST_PAUSE)
                continue
            failed = self._failed(batch, invocation)
            if not failed:
                return
            came_some_way = len(failed) < len(batch)
            attempts = 1 if came_some_way else attempts + 1
            batch = failed
            most = self.mapping.retries.most
            self._pause(attempts)
            if self.mapping.bisects and len(batch) > 1 and not came_some_way:
                middle = len(batch) // 2
                self._persist(batch[:middle], attempts - 1)  # to split is no try of its own
                batch, attempts = batch[middle:], attempts - 1
            elif most is not None and attempts > most:
                self._give_up(batch, invocation, attempts, "RetryAttemptsExhausted")
                return

    def _young_enough(self, batch: Sequence[Record], invocation: Invocation | None, attempts: int) -> Sequence[Record]:
        """The batch without the records whose age is over the mapping's; these are given up."""
        oldest = self.mapping.retries.oldest
        if oldest is None:
            return batch
        since = self._clock() - oldest
        expired = [record for record in batch if record["dynamodb"]["ApproximateCreationDateTime"] < since]
        if expired:
            self._give_up(expired, invocation, attempts, "RecordAgeExceeded")
        return batch[len(expired) :]  # a stream's records are in the order of their age

    def _failed(self, batch: Sequence[Record], invocation: Invocation) -> Sequence[Record]:
        """What is to be tried again: from the first record on that failed, since order must be kept."""
        if invocation.error:
            return batch
        if not self.mapping.reports_failures:
            return ()
        reported = invocation.reported
        if reported is None:
            return batch
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        if not reported.issubset(numbers):
            return batch  # a report that makes no sense means that all failed
        first = min((numbers.index(number) for number in reported), default=len(batch))
        return batch[first:]

    def _pause(self, attempts: int) -> None:
        self._closed.wait(min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE))

    def _give_up(self, batch: Sequence[Record], invocation: Invocation | None, attempts: int, why: str) -> None:
        if not self.mapping.retries.queue:
            return
        first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
        place = {
            "shardId": self._shard,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(batch),
            "streamArn": self.mapping.stream,
        }
        dead_letters.send(
            self._cloud,
            self.mapping.retries.queue,
            self.function.spec,
            invocation,
            attempts,
            why,
            {"DDBStreamBatchInfo": place},
        )


def _arrival(record: Record) -> str:
    return dead_letters.timestamp(datetime.fromtimestamp(record["ApproximateCreationDateTime"]).astimezone())


def _as_lambda_has_it(record: Record, stream: str) -> Record:
    """A record as it is in Lambda's event: plain JSON, times as numbers, bytes in base64."""
    return {**dict(_plain(record)), "eventSourceARN": stream}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
