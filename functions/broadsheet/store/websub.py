"""WebSub: the versions of feeds, the pings, and the hub itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .peer import Peer
from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class FeedVersion:
    """A feed's ETag, and when it was written, to the second."""

    etag: str
    written_at: datetime


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
        self._peer = Peer(url)

    def ping(self, topic: str) -> None:
        """Report that the feed with this URL has changed. Raises `Unavailable` and `Refused`.

        WebSub leaves the form of pings open; this is PubSubHubbub 0.4's (§7.1), which hubs understand.
        """
        self._peer.post(fields={"hub.mode": "publish", "hub.url": topic}, encode_multipart=False)
