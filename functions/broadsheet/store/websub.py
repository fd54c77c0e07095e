"""WebSub's hub, which tells feed readers of changes: what it may have to be told, what it was told, and the telling."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import urllib3
from botocore.exceptions import ClientError
from urllib3.exceptions import HTTPError

from .rows import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

FEEDS_IN_A_MESSAGE = 100  # a key has 1,024 bytes at most, and SQS takes 256 KB
PATIENCE = urllib3.Timeout(connect=3, read=5)


class HubDown(Exception):
    """Nobody answers, or the hub says that it cannot now: whatever it is asked next, it would be the same."""


class HubRefused(Exception):
    """The hub is there, and does not want to hear of this feed."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One writing of an object: S3's tag for its bytes, and when it was, to the second."""

    etag: str
    at: datetime


class WebSubQueue:
    """The queue, by its URL, of what the hub may have to be told. A message is shown only after a while."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, feeds: Iterable[str]) -> None:
        """Have somebody look whether the hub must be told of these feeds, by their keys."""
        keys = list(feeds)
        for start in range(0, len(keys), FEEDS_IN_A_MESSAGE):
            message = {"feeds": keys[start : start + FEEDS_IN_A_MESSAGE]}
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message, ensure_ascii=False))


def feeds_of(message: str) -> list[str]:
    """The keys that a message of the queue names."""
    return [str(key) for key in json.loads(message)["feeds"]]


class Feeds:
    """The feeds as they stand in the site's bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def written(self, feed: str) -> ObjectVersion | None:
        """The writing that stands now, None where there is no such feed."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=feed)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        return ObjectVersion(head["ETag"], head["LastModified"])


class HubPings:
    """What the hub was last told of each feed, in rows of the articles' table that nothing else reads."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def written(self, feed: str) -> ObjectVersion | None:
        """The writing that the hub was last told of, None where it never was."""
        found = self._client.get_item(TableName=self._table, Key=to_item(_key(feed)), ConsistentRead=True)
        if "Item" not in found:
            return None
        row = from_item(found["Item"])
        return ObjectVersion(row["etag"], datetime.fromisoformat(row["written_at"]))

    def record(self, feed: str, writing: ObjectVersion) -> None:
        """Keep that the hub has been told of this writing."""
        row = _key(feed) | {"etag": writing.etag, "written_at": writing.at.isoformat()}
        self._client.put_item(TableName=self._table, Item=to_item(row))


class Hub:
    """The hub by its address. Its connections are kept as long as this object is."""

    def __init__(self, url: str) -> None:
        self._url = url
        # It tries nothing again, and follows no redirect; who else may be told is the operator's to say.
        self._http = urllib3.PoolManager(retries=False, timeout=PATIENCE)

    def tell(self, topic: str) -> None:
        """Say that the feed at this address has changed. Raises `HubDown` or `HubRefused`.

        The words are those that PubSubHubbub had for it, and that hubs understand; WebSub leaves them open.
        """
        fields = {"hub.mode": "publish", "hub.url": topic}
        try:
            status = self._http.request("POST", self._url, fields=fields, encode_multipart=False).status
        except HTTPError as error:
            raise HubDown(type(error).__name__) from None
        if status == 429 or status >= 500:
            raise HubDown(str(status))
        if not 200 <= status < 300:
            raise HubRefused(str(status))


def _key(feed: str) -> dict[str, str]:
    return {"pk": f"WEBSUB#{feed}", "sk": "PING"}
