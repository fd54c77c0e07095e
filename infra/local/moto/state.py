"""What moto holds, kept in a SQLite file: items, objects, messages, secrets and mails. Runs in the emulator's process.

Rows have the names of the template's resources, because each deployment gives resources other physical names. A save is
one transaction, so that the file has the state before or after it, however the process ends. It writes what has changed
since the last one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamRecord, Table
from moto.s3.models import FakeKey, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import RawMessage, ses_backends
from moto.sqs.models import Message, sqs_backends

from infra.local.account import ACCOUNT, REGION
from infra.local.moto.moto_patches import LOCK
from infra.local.moto.ses_patches import suppressed

FORMAT = "1"
"""The format of the file. Another one is refused."""

_CURRENT: Any = (None, "AWSCURRENT")
_MESSAGE = ("id", "body", "message_attributes", "sent_timestamp", "approximate_receive_count", "delayed_until")

TYPES = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"})
"""The types of resources whose data are kept."""

Row = tuple[str, bytes]
"""The text of a row, and the content of an object."""
Rows = dict[tuple[str, str, str], Row]
"""All rows, by kind, resource and key."""


class StateError(Exception):
    """The file cannot be used. The text is a sentence that says why."""


class State:
    """The file at `path`. `names` are types and physical names of the template's resources, by their logical names.

    `site` is the URL of the site, which pages in the file name. Raises StateError if the file is of another one, of
    another format, in use, or does not fit the template.
    """

    def __init__(self, path: Path, site: str, names: Mapping[str, tuple[str, str]]) -> None:
        self._path = path
        self._names = {name: (type_, physical) for name, (type_, physical) in names.items() if type_ in TYPES}
        self._about = {"format": FORMAT, "site": site}
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as unusable:
            try:
                self._file = sqlite3.connect(path, timeout=0, check_same_thread=False, isolation_level=None)
                unusable.callback(self._file.close)
                self._saved = self._read()
                self._load()
            except sqlite3.OperationalError as error:
                reason = "is in use by another local deployment" if "locked" in str(error) else f"fails: {error}"
                raise StateError(f"{path} {reason}.") from error
            except (sqlite3.DatabaseError, LookupError, TypeError, ValueError) as error:
                raise self._unfit(f"is damaged ({error})") from error
            unusable.pop_all()

    def _read(self) -> Rows:
        """All rows of the file, which is created where there is none."""
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute("CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT)")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS state"
            " (kind TEXT, resource TEXT, key TEXT, text TEXT, content BLOB, PRIMARY KEY (kind, resource, key))"
        )
        self._check(dict(self._file.execute("SELECT name, value FROM about")))
        rows = self._file.execute("SELECT kind, resource, key, text, content FROM state ORDER BY kind, resource, key")
        return {(kind, resource, key): (text, content) for kind, resource, key, text, content in rows}

    @property
    def empty(self) -> bool:
        """Whether nothing was ever saved."""
        return not self._saved

    def _check(self, about: Mapping[str, str]) -> None:
        if about and about["format"] != self._about["format"]:
            raise self._unfit("is of another version of Broadsheet")
        if about and about["site"] != self._about["site"]:
            port = about["site"].rpartition(":")[2]
            raise self._unfit(f"has pages that name {about['site']}; PORT={port} goes on with it")

    def close(self) -> None:
        """Let another deployment use the file. Nothing can be saved any more."""
        self._file.close()

    def _unfit(self, reason: str) -> StateError:
        return StateError(f"{self._path} {reason}. To begin anew, remove it: rm -r {self._path.parent}")

    # --- save ---

    def save(self, positions: Mapping[str, int]) -> None:
        """Save everything. `positions` are the numbers of the first stream record that is not processed, by table."""
        with LOCK:
            now = dict(self._rows(positions))
        gone = [key for key in self._saved if key not in now]
        changed = [(*key, *row) for key, row in now.items() if self._saved.get(key) != row]
        self._file.execute("BEGIN IMMEDIATE")
        try:
            self._file.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", self._about.items())
            self._file.executemany("DELETE FROM state WHERE (kind, resource, key) = (?, ?, ?)", gone)
            self._file.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)", changed)
            self._file.execute("COMMIT")
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._saved = now

    def _rows(self, positions: Mapping[str, int]) -> Iterator[tuple[tuple[str, str, str], Row]]:
        for name, (type_, physical) in self._names.items():
            match type_:
                case "AWS::DynamoDB::Table":
                    yield from _table_rows(name, _tables()[physical], positions.get(name))
                case "AWS::S3::Bucket":
                    yield from self._object_rows(name, s3_backends[ACCOUNT]["aws"].buckets[physical])
                case "AWS::SQS::Queue":
                    yield from _message_rows(name, _messages(physical))
                case "AWS::SecretsManager::Secret":
                    secret = secretsmanager_backends[ACCOUNT][REGION].get_secret_value(physical, *_CURRENT)
                    yield ("secret", name, ""), (secret["SecretString"], b"")
        ses = ses_backends[ACCOUNT][REGION]
        for at, mail in enumerate(ses.sent_messages):
            if isinstance(mail, RawMessage):
                yield ("mail", "", f"{at:09}"), (_json(vars(mail)), b"")
        for email, reason in suppressed(ses).items():
            yield ("suppressed", "", email), (reason, b"")

    def _object_rows(self, name: str, bucket: Any) -> Iterator[tuple[tuple[str, str, str], Row]]:
        for key in bucket.keys:
            found = bucket.keys.getlist(key)[-1]
            if isinstance(found, FakeKey):
                about = {"etag": found.etag, "at": found.last_modified, "headers": dict(found.metadata)}
                row = ("object", name, key)
                text, known = _json(about), self._saved.get(row)
                yield row, known if known and known[0] == text else (text, found.value)

    # --- load ---

    def _load(self) -> None:
        unknown = {resource for _, resource, _ in self._saved if resource} - set(self._names)
        if unknown:
            raise self._unfit(f"has data of {', '.join(sorted(unknown))}, which the template has not")
        load = {
            "item": _load_item,
            "next": _load_position,
            "record": _load_record,
            "object": _load_object,
            "message": _load_message,
            "secret": _load_secret,
            "mail": _load_mail,
            "suppressed": _load_suppressed,
        }
        for kind, name, key in self._saved:
            if kind == "item" and len(json.loads(key)) != len(_tables()[self._names[name][1]].table_key_attrs):
                raise self._unfit(f"has {name} with another key than the template")
        with LOCK:
            for (kind, resource, key), row in self._saved.items():
                load[kind](self._names.get(resource, ("", ""))[1], key, row)


def _tables() -> Mapping[str, Table]:
    return dynamodb_backends[ACCOUNT][REGION].tables


def _messages(queue: str) -> list[Message]:
    """The messages of a queue, also those that are delayed or received."""
    found: list[Message] = sqs_backends[ACCOUNT][REGION].queues[queue]._messages  # noqa: SLF001  moto shows only visible ones
    return found


def _message_rows(name: str, messages: Iterable[Message]) -> Iterator[tuple[tuple[str, str, str], Row]]:
    for at, message in enumerate(messages):
        fields = {field: getattr(message, field) for field in _MESSAGE}
        yield ("message", name, f"{at:09}"), (_json(fields), b"")


def _table_rows(name: str, table: Table, position: int | None) -> Iterator[tuple[tuple[str, str, str], Row]]:
    for item in _items(table):
        attributes = item.to_json()["Attributes"]
        key = _json([attributes[attribute] for attribute in table.table_key_attrs])
        yield ("item", name, key), (_json(attributes), b"")
    if shard := table.stream_shard:
        numbered = {int(record.record["dynamodb"]["SequenceNumber"]): record.record for record in shard.items}
        following = shard.starting_sequence_number + len(shard.items)
        kept = following if position is None else max(position, shard.starting_sequence_number)
        yield ("next", name, ""), (str(kept), b"")
        for number, record in numbered.items():
            if number >= kept:
                yield ("record", name, str(number)), (_json(record), b"")


def _items(table: Table) -> Iterable[Item]:
    items: Any = table.items  # moto's type is that of a table with a sort key
    for partition in items.values():
        yield from partition.values() if table.has_range_key else (partition,)


def _load_item(name: str, _key: str, row: Row) -> None:
    table = _tables()[name]
    attributes = json.loads(row[0])
    partition, *sort = (DynamoType(attributes[attribute]) for attribute in table.table_key_attrs)
    if sort:
        table.items[partition][sort[0]] = Item(partition, sort[0], attributes)
    else:
        table.items[partition] = Item(partition, None, attributes)  # type: ignore[assignment]  # as moto does


def _load_position(name: str, _key: str, row: Row) -> None:
    """The stream goes on with the same numbers: functions may know the earlier ones."""
    if shard := _tables()[name].stream_shard:
        shard.starting_sequence_number = int(row[0])


def _load_record(name: str, _key: str, row: Row) -> None:
    if shard := _tables()[name].stream_shard:
        record: Any = StreamRecord.__new__(StreamRecord)  # its own constructor would take the items anew
        record.record = json.loads(row[0])
        created = record.record["dynamodb"]["ApproximateCreationDateTime"]
        record.record["dynamodb"]["ApproximateCreationDateTime"] = datetime.fromisoformat(created)
        shard.items.append(record)


def _load_object(name: str, key: str, row: Row) -> None:
    about = json.loads(row[0])
    put = s3_backends[ACCOUNT]["aws"].put_object(
        name, key, row[1], etag=about["etag"].strip('"'), disable_notification=True
    )
    put.set_metadata(about["headers"])
    put.last_modified = datetime.fromisoformat(about["at"])


def _load_message(name: str, _key: str, row: Row) -> None:
    fields = json.loads(row[0])
    message = Message(fields["id"], fields["body"])
    vars(message).update(fields)
    _messages(name).append(message)


def _load_secret(name: str, _key: str, row: Row) -> None:
    secretsmanager_backends[ACCOUNT][REGION].put_secret_value(name, row[0], "", "", ["AWSCURRENT"])


def _load_mail(_name: str, _key: str, row: Row) -> None:
    fields = json.loads(row[0])
    mail = RawMessage(fields["id"], fields["source"], fields["destinations"], fields["raw_data"])
    vars(mail).update(fields)
    ses_backends[ACCOUNT][REGION].sent_messages.append(mail)


def _load_suppressed(_name: str, key: str, row: Row) -> None:
    suppressed(ses_backends[ACCOUNT][REGION])[key] = row[0]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat, sort_keys=True)
