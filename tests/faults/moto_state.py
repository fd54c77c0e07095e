"""moto's state: copied, restored and read without a call that would be counted."""

import copy
import email
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.s3.models import FakeBucket, FakeKey, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.ses.models import ses_backends
from moto.sqs.models import Message, sqs_backends
from moto.stepfunctions.models import Execution, stepfunctions_backends

from broadsheet.model.newsletter.bounces import ISSUE_TAG, SUBSCRIBER_TAG
from broadsheet.store.rows import from_item
from infra.local.account import ACCOUNT, REGION
from infra.local.moto.ses_patches import suppressed
from infra.local.resources import Deployment
from tests.events import checked

STREAMED = ("Articles", "Subscribers")
TABLES = (*STREAMED, "Keys", "Deliveries")
BUCKETS = ("Bodies", "Site", "Media", "Previews")
QUEUES = ("WebSubQueue", "IndexNowQueue")
CONSUMER = "consumer"
"""The queue of the consumer of events, which `tests.events.Consumer` makes."""

Row = dict[str, Any]
Items = dict[DynamoType, dict[DynamoType, Item]]
SavedObjects = dict[str, list[FakeKey]]
"""The versions of each object of a bucket, by key."""

LEFT_OUT = ("Content-Type", "Message-ID")
"""Headers that differ between two copies of one mail: the boundary of parts is random, and SES sets the Message-ID."""


@dataclass(frozen=True)
class Mail:
    """A mail as its recipient sees it. Two copies of one mail are equal."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


@dataclass(frozen=True)
class SavedState:
    """Everything that was stored, sent, streamed and pinged at one moment."""

    tables: dict[str, Items]
    streams: dict[str, tuple[Any, ...]]
    buckets: dict[str, SavedObjects]
    mails: tuple[Any, ...]
    suppressed: dict[str, str]
    messages: dict[str, tuple[Message, ...]]
    events: tuple[Message, ...]
    pings: tuple[tuple[str, Any], ...]
    submissions: tuple[tuple[str, Any], ...]
    executions: tuple[Execution, ...]


class MotoState:
    """The tables, buckets, mails, messages and events of one deployment, under `kept_keys()`; pings to its hub, and
    submissions to search engines.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.names = {deployment.name(name): name for name in (*TABLES, *BUCKETS)}
        tables = dynamodb_backends[ACCOUNT][REGION].tables
        buckets = s3_backends[ACCOUNT]["aws"].buckets
        self._tables: dict[str, Table] = {name: tables[deployment.name(name)] for name in TABLES}
        self._buckets: dict[str, FakeBucket] = {name: buckets[deployment.name(name)] for name in BUCKETS}
        self._mails: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
        self._suppressed = suppressed(ses_backends[ACCOUNT][REGION])
        queues = sqs_backends[ACCOUNT][REGION].queues
        of = {name: queues[deployment.name(name).rpartition("/")[2]] for name in QUEUES}
        # No public attribute has the delayed ones.
        self._messages: dict[str, list[Message]] = {name: of[name]._messages for name in QUEUES}  # noqa: SLF001
        self._events: list[Message] = queues[CONSUMER]._messages  # noqa: SLF001  # as these
        machines = stepfunctions_backends[ACCOUNT][REGION].state_machines
        self._executions = next(one for one in machines if one.arn == deployment.sending_machine).executions
        self._pings: list[tuple[str, Any]] = []
        self._submissions: list[tuple[str, Any]] = []
        self._fingerprints: dict[str, int] = {}

    def save(self) -> SavedState:
        """A copy of everything."""
        return SavedState(
            {name: _copied(table.items) for name, table in self._tables.items()},
            {name: tuple(self._shard(name).items) for name in STREAMED},
            {name: self._versions(name) for name in BUCKETS},
            tuple(self._mails),
            dict(self._suppressed),
            {name: tuple(messages) for name, messages in self._messages.items()},
            tuple(self._events),
            tuple(self._pings),
            tuple(self._submissions),
            tuple(map(copy.copy, self._executions)),
        )

    def restore(self, saved: SavedState) -> None:
        """Everything as it was when it was saved."""
        for name, table in self._tables.items():
            table.items = defaultdict(dict, _copied(saved.tables[name]))
        for name in STREAMED:
            self._shard(name).items = list(saved.streams[name])
        for name, bucket in self._buckets.items():
            bucket.keys = _VersionedKeyStore()
            for key, versions in saved.buckets[name].items():
                bucket.keys.setlist(key, list(versions))
        self._mails[:] = saved.mails
        self._suppressed.clear()
        self._suppressed.update(saved.suppressed)
        for name, messages in self._messages.items():
            messages[:] = saved.messages[name]
        self._events[:] = saved.events
        self._pings[:] = saved.pings
        self._submissions[:] = saved.submissions
        self._executions[:] = map(copy.copy, saved.executions)
        self._fingerprints.clear()

    def rows(self, table: str) -> list[Row]:
        """Every row of a table, in the order of its keys."""
        rows = (from_item(item) for item in self._items(table))
        return sorted(rows, key=lambda row: (row["pk"], row["sk"]))

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object of a bucket, by key."""
        newest = {key: versions[-1] for key, versions in self._versions(bucket).items()}
        return {key: found.value for key, found in newest.items() if isinstance(found, FakeKey)}  # no delete marker

    def object(self, bucket: str, key: str) -> bytes | None:
        """One object's bytes, None where there is none."""
        found = self._buckets[bucket].keys.get(key)
        return None if found is None else bytes(found.value)

    def records(self, table: str) -> list[dict[str, Any]]:
        """All records of the table's stream."""
        records = (record.to_json() for record in self._shard(table).items)
        return [record["dynamodb"] | {"eventName": record["eventName"]} for record in records]

    def mails(self) -> list[Mail]:
        """Every mail that was sent."""
        return [_mail(mail.raw_data) for mail in self._mails]

    def issue_mails(self) -> list[tuple[str, str]]:
        """Of each mail of an issue that was sent: the issue, and the subscriber's id."""
        tags = (mail.envelope["tags"] for mail in self._mails)
        return [(*each[ISSUE_TAG], *each[SUBSCRIBER_TAG]) for each in tags if ISSUE_TAG in each]

    def executions(self) -> dict[str, str]:
        """The status of each execution of the state machine that sends issues, by name."""
        return {execution.name: execution.status for execution in self._executions}

    def end_execution(self, name: str, status: str) -> None:
        """An execution ends with that status."""
        next(execution for execution in self._executions if execution.name == name).status = status

    def suppressed(self) -> set[str]:
        """The addresses on SES's suppression list."""
        return set(self._suppressed)

    def messages(self, queue: str) -> dict[str, str]:
        """All messages that were ever sent to a queue of announcements, by id."""
        return {message.id: message.body for message in self._messages[queue]}

    def events(self) -> list[str]:
        """The detail of every event that the consumer got, in their order."""
        return [json.dumps(checked(json.loads(message.body))["detail"]) for message in self._events]

    def ping(self, topic: str) -> None:
        """The hub is pinged about a feed, and fetches it."""
        self._pings.append((topic, self.state("Site", topic)))

    def pings(self) -> list[tuple[str, Any]]:
        """The feeds that the hub was pinged about, each with the version that it fetched."""
        return list(self._pings)

    def submit(self, page: str) -> None:
        """A page is submitted to search engines, which fetch it."""
        self._submissions.append((page, self.state("Site", f"{page}index.html")))

    def submissions(self) -> list[tuple[str, Any]]:
        """The pages that were submitted, each with the version that search engines fetched; None where it is gone."""
        return list(self._submissions)

    def state(self, name: str, key: str = "") -> Any:
        """A value that is equal for equal states of a table, or of one object of a bucket."""
        if name in self._buckets:
            found = self._buckets[name].keys.get(key)
            return None if found is None else (found.etag, tuple(sorted(found.metadata.items())))
        if name not in self._fingerprints:
            self._fingerprints[name] = hash(tuple(sorted(json.dumps(item) for item in self._items(name))))
        return self._fingerprints[name]

    def written(self) -> None:
        """Call this after each write to a table: `state` is computed again."""
        self._fingerprints.clear()

    def _items(self, table: str) -> Iterator[dict[str, Any]]:
        for partition in self._tables[table].items.values():
            for item in partition.values():
                yield item.to_json()["Attributes"]

    def _versions(self, bucket: str) -> SavedObjects:
        keys = self._buckets[bucket].keys
        return {key: list(keys.getlist(key)) for key in sorted(keys)}

    def _shard(self, table: str) -> Any:
        shard = self._tables[table].stream_shard
        assert shard is not None, f"{table} has no stream"
        return shard


def _copied(items: Items) -> Items:
    """A copy as deep as it must be: an update of an item replaces attributes, and never changes one in place."""
    return {pk: {sk: _copy(item) for sk, item in partition.items()} for pk, partition in items.items()}


def _copy(item: Item) -> Item:
    copy = Item(item.hash_key, item.range_key, {})
    copy.attrs = LimitedSizeDict()
    dict.update(copy.attrs, item.attrs)
    return copy


def _mail(source: str) -> Mail:
    mail = email.message_from_string(source, policy=SMTP)
    assert isinstance(mail, EmailMessage)
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    texts = [str(part.get_content()) for part in parts if isinstance(part, EmailMessage)]
    return Mail(tuple((name, str(value)) for name, value in mail.items() if name not in LEFT_OUT), *texts)
