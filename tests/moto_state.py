"""What moto holds in this process, put back after a test: a tenth of the price of another deployment."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from unittest import mock

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import FakeKey, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from infra.local.account import ACCOUNT, REGION


@contextmanager
def restored() -> Iterator[None]:
    """Put every table, stream, bucket, queue, parameter and the sent mails back as they are now.

    Tables, buckets and queues must exist already, and stay.
    """
    tables = dynamodb_backends[ACCOUNT][REGION].tables
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    queues = sqs_backends[ACCOUNT][REGION].queues
    mails = ses_backends[ACCOUNT][REGION].sent_messages
    items = {name: deepcopy(dict(table.items)) for name, table in tables.items()}
    streams = {name: list(table.stream_shard.items) for name, table in tables.items() if table.stream_shard}
    objects = {name: {key: bucket.keys.getlist(key) for key in bucket.keys} for name, bucket in buckets.items()}
    sent = list(mails)
    parameters = ssm_backends[ACCOUNT][REGION]._parameters  # noqa: SLF001  moto has no call that drops a version
    values = {name: list(versions) for name, versions in parameters.items()}
    with kept_keys():
        yield
        for name, bucket in buckets.items():
            bucket.keys = _VersionedKeyStore()
            for key, versions in objects[name].items():
                bucket.keys.setlist(key, list(versions))
    for name, table in tables.items():
        table.items = defaultdict(dict, items[name])
        if table.stream_shard:
            table.stream_shard.items = streams[name]
    for queue in queues.values():
        queue._messages.clear()  # noqa: SLF001  moto has no call that takes out delayed messages too
        queue._pending_messages.clear()  # noqa: SLF001  as above
        queue.deleted_messages.clear()
    mails[:] = sent
    parameters.clear()
    parameters.update(values)


@contextmanager
def kept_keys() -> Iterator[None]:
    """moto closes an object that is overwritten; in here it stays readable, since it may be put back.

    When the block ends, those that are in no bucket are closed: an open one that the garbage collector finds later
    would warn in whichever test runs then.
    """
    dispose = FakeKey.dispose
    overwritten: list[FakeKey] = []

    def keep(key: FakeKey, garbage: bool = False) -> None:
        if garbage:
            dispose(key, garbage)
        else:
            key.disposed = True
            overwritten.append(key)

    with mock.patch.object(FakeKey, "dispose", keep):
        yield
    buckets = s3_backends[ACCOUNT]["aws"].buckets.values()
    stored = {id(version) for bucket in buckets for key in bucket.keys for version in bucket.keys.getlist(key)}
    for key in overwritten:
        if id(key) not in stored:
            dispose(key)


def site_objects(bucket: str) -> dict[str, bytes]:
    """The newest version of every object of a bucket, by key; those that were deleted are left out."""
    keys = s3_backends[ACCOUNT]["aws"].buckets[bucket].keys
    newest = {key: keys.getlist(key)[-1] for key in sorted(keys)}
    return {key: bytes(found.value) for key, found in newest.items() if isinstance(found, FakeKey)}
