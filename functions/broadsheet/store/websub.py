"""WebSub: the queue of feeds that may have changed, their versions, the pings, and the hub itself."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import urllib3
from botocore.exceptions import ClientError
from urllib3.exceptions import HTTPError

from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

FEEDS_IN_A_MESSAGE = 100  # a key has 1,024 bytes at most, and SQS takes 256 KB
TIMEOUT = urllib3.Timeout(connect=3, read=5)  # seconds


class HubDown(Exception):
    """The hub does not answer, or answers that it cannot work now. Any other ping would fail as well."""


class HubRefused(Exception):
    """The hub refuses this feed."""


@dataclass(frozen=True, slots=True)
class FeedVersion:
    """A feed's ETag, and when it was written, to the second."""

    etag: str
    written_at: datetime


class WebSubQueue:
    """The queue with that URL, of feeds that the hub may have to be pinged for. It delays each message."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, feeds: Iterable[str]) -> None:
        """Ask for a look at the feeds with these keys."""
        keys = list(feeds)
        for start in range(0, len(keys), FEEDS_IN_A_MESSAGE):
            message = {"feeds": keys[start : start + FEEDS_IN_A_MESSAGE]}
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message, ensure_ascii=False))


def feeds_of(message: str) -> list[str]:
    """The keys of the feeds in a message of the queue."""
    return [str(key) for key in json.loads(message)["feeds"]]


class Feeds:
    """The feeds in the site's bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def version(self, feed: str) -> FeedVersion | None:
        """The version of the feed now, None where there is no such feed."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=feed)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        return FeedVersion(head["ETag"], head["LastModified"])


class HubPings:
    """The object version of each feed in the hub's last ping, in rows of the articles table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def last(self, feed: str) -> FeedVersion | None:
        """The version in the last ping, None where there was none."""
        row = self._table.row(f"WEBSUB#{feed}", "PING")
        return FeedVersion(row["etag"], datetime.fromisoformat(row["written_at"])) if row else None

    def record(self, feed: str, version: FeedVersion) -> None:
        """Record that the hub was pinged for this version."""
        row = {"etag": version.etag, "written_at": version.written_at.isoformat()}
        self._table.put({"pk": f"WEBSUB#{feed}", "sk": "PING"} | row)


class Hub:
    """The hub with that URL. Connections are kept as long as this object is."""

    def __init__(self, url: str) -> None:
        self._url = url
        # No retries: the queue retries. No redirects: the operator decides which hub gets pings.
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def ping(self, topic: str) -> None:
        """Report that the feed with this URL has changed. Raises `HubDown` and `HubRefused`.

        WebSub leaves the form of pings open; this is PubSubHubbub 0.4's (§7.1), which hubs understand.
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
