"""Lambda's polling of DynamoDB streams: filters, batches, retries in order, dead letters."""

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
from infra.local.moto.clients import AwsClients
from infra.local.moto.emulator import Emulator

FIRST_DELAY, MAX_DELAY = 0.1, 1.0
"""Seconds between two attempts; doubled each time. On AWS delays are longer."""

Record = dict[str, Any]


class StreamReader:
    """Reads the stream of a mapping and invokes its function with one batch after the other, until closed.

    A stream has one shard here, so the function gets records in the order of the writes, and at once: batching windows
    are not waited for. `drained` is the emulator's count of writes to `table` before the last poll whose records have
    all been processed. `position` is the sequence number of the first record that may not have been. `clock` gives
    seconds since 1970, for the age of records.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        function: Function,
        clients: AwsClients,
        emulator: Emulator,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.mapping, self.function = mapping, function
        self.table = mapping.stream.split("/")[1]
        """Its physical name."""
        self.drained = -1
        self.position = 0
        self._cloud, self._emulator, self._clock = clients, emulator, clock
        self._closed = threading.Event()
        self._iterator, self._shard = self._open()
        self._thread = threading.Thread(target=self._run, name=mapping.name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading. A running invocation is the last one."""
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
                written = self._emulator.wait_for_write(self.table, self.drained)
                while records := self._read():
                    self._deliver(records)
                    if not self._closed.is_set():  # otherwise the delivery may have been cut short
                        self.position = int(records[-1]["dynamodb"]["SequenceNumber"]) + 1
                self.drained = written
            except Exception:  # noqa: BLE001  one failed batch must not end the reading; the traceback is printed
                if not self._closed.is_set():
                    traceback.print_exc()
                    self._closed.wait(MAX_DELAY)

    def _read(self) -> list[Record]:
        """The next records, before filtering."""
        response = self._cloud.streams.get_records(ShardIterator=self._iterator, Limit=1000)
        self._iterator = response["NextShardIterator"]
        return [_lambda_record(record, self.mapping.stream) for record in response["Records"]]

    def _deliver(self, records: Sequence[Record]) -> None:
        patterns = self.mapping.patterns
        matching = [
            record for record in records if not patterns or any(matches(pattern, record) for pattern in patterns)
        ]
        size = self.mapping.batch_size
        for start in range(0, len(matching), size):
            self._process(matching[start : start + size], attempts=0)

    def _process(self, batch: Sequence[Record], attempts: int) -> None:
        """Invoke the function until the batch has succeeded, has no retries left, or is too old."""
        invocation: Invocation | None = None
        while not self._closed.is_set():
            batch = self._without_expired(batch, invocation, attempts)
            if not batch:
                return
            invocation = self.function.call({"Records": batch}, f"stream of {self.mapping.table}: {len(batch)}")
            if invocation.error and self.function.fault:
                # A developer is editing code that cannot be loaded. Giving up would lose events because of a typo.
                self._closed.wait(MAX_DELAY)
                continue
            failed = self._failed(batch, invocation)
            if not failed:
                return
            progressed = len(failed) < len(batch)
            attempts = 1 if progressed else attempts + 1
            batch = failed
            maximum = self.mapping.retries.maximum
            self._pause(attempts)
            if self.mapping.bisects and len(batch) > 1 and not progressed:
                middle = len(batch) // 2
                self._process(batch[:middle], attempts - 1)  # splitting is not an attempt
                batch, attempts = batch[middle:], attempts - 1
            elif maximum is not None and attempts > maximum:
                self._give_up(batch, invocation, attempts, "RetryAttemptsExhausted")
                return

    def _without_expired(
        self, batch: Sequence[Record], invocation: Invocation | None, attempts: int
    ) -> Sequence[Record]:
        """The batch without records older than the mapping's limit; those are given up."""
        max_age = self.mapping.retries.max_age
        if max_age is None:
            return batch
        since = self._clock() - max_age
        expired = [record for record in batch if record["dynamodb"]["ApproximateCreationDateTime"] < since]
        if expired:
            self._give_up(expired, invocation, attempts, "RecordAgeExceeded")
        return batch[len(expired) :]  # records are in the order of their age

    def _failed(self, batch: Sequence[Record], invocation: Invocation) -> Sequence[Record]:
        """The records to retry: all from the first failed one on, to keep the order."""
        if invocation.error:
            return batch
        if not self.mapping.reports_failures:
            return ()
        reported = invocation.reported
        if reported is None:
            return batch
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        if not reported.issubset(numbers):
            return batch  # an invalid report means that all failed
        first = min((numbers.index(number) for number in reported), default=len(batch))
        return batch[first:]

    def _pause(self, attempts: int) -> None:
        self._closed.wait(min(FIRST_DELAY * 2 ** (attempts - 1), MAX_DELAY))

    def _give_up(self, batch: Sequence[Record], invocation: Invocation | None, attempts: int, condition: str) -> None:
        if not self.mapping.retries.queue:
            return
        first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
        position = {
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
            condition,
            {"DDBStreamBatchInfo": position},
        )


def _arrival(record: Record) -> str:
    return dead_letters.timestamp(datetime.fromtimestamp(record["ApproximateCreationDateTime"]).astimezone())


def _lambda_record(record: Record, stream: str) -> Record:
    """A record in the format of Lambda's event: JSON, with timestamps as numbers and bytes in base64."""
    return {**dict(_to_json(record)), "eventSourceARN": stream}


def _to_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
