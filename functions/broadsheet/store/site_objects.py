"""The published site: what CloudFront serves, written by optimistic concurrency."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .conflict import LostRace

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# What S3 answers when the object is no longer as it was seen: changed, gone, or being changed by another right now.
LOST_CODES = ("PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict")


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an object: S3's tag for it, and the digest of its bytes and headers that it was written with."""

    etag: str
    digest: str


class Pages:
    """The objects of the site's bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def version(self, key: str) -> Version | None:
        """The state of an object now, None where there is none."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        return Version(head["ETag"], head["Metadata"].get("digest", ""))

    def read(self, key: str) -> str | None:
        """An object's text, None where there is none."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()
        except self._client.exceptions.NoSuchKey:
            return None

    def put(self, key: str, body: bytes, headers: dict[str, str], seen: Version | None) -> bool:
        """Write the object if it is still as `seen`; False where it holds the same already and nothing is written.

        `headers` are S3's arguments for them (ContentType, CacheControl). Raises `LostRace`.
        """
        wanted = digest(body, headers)
        if seen and seen.digest == wanted:
            return False
        request: dict[str, Any] = {"IfMatch": seen.etag} if seen else {"IfNoneMatch": "*"}
        self._conditionally(
            self._client.put_object, Key=key, Body=body, Metadata={"digest": wanted}, **headers, **request
        )
        return True

    def delete(self, key: str, seen: Version | None) -> bool:
        """Take the object away if it is still as `seen`; False where there is none. Raises `LostRace`."""
        if seen is None:
            return False
        self._conditionally(self._client.delete_object, Key=key, IfMatch=seen.etag)
        return True

    def _conditionally(self, call: Any, **request: Any) -> None:
        try:
            call(Bucket=self._bucket, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] in LOST_CODES:
                raise LostRace(request["Key"]) from None
            raise


def digest(body: bytes, headers: Mapping[str, str]) -> str:
    """What tells one content of an object from another."""
    return hashlib.sha256(repr(sorted(headers.items())).encode() + body).hexdigest()
