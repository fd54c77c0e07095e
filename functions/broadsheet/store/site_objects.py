"""The objects of the site's bucket, which CloudFront serves, written by optimistic concurrency."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .conflict import LostRace

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# S3's error codes when the object was changed or deleted since it was read, or another write to it is in progress.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
LOST_CODES = ("PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict")
MAX_REMEMBERED = 10_000  # versions that a process keeps of what it wrote


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One state of an object: its ETag, and the digest of its bytes and headers, which is stored in its metadata.

    A `remembered` one was written by this process earlier; another client may have changed the object since.
    """

    etag: str
    digest: str
    remembered: bool = field(default=False, compare=False)


class SiteObjects:
    """The objects of the site's bucket, by key. May be used by several threads, each with keys of its own."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._written: dict[str, ObjectVersion] = {}

    def last_known(self, key: str) -> ObjectVersion | None:
        """The version that this process wrote last, without a call to S3, or else the version of the object now.

        Conditional writes over a version that is not the present one raise `LostRace`, and it is forgotten.
        """
        return self._written.get(key) or self.version(key)

    def version(self, key: str) -> ObjectVersion | None:
        """The version of an object now, None where there is none."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        return ObjectVersion(head["ETag"], head["Metadata"].get("digest", ""))

    def read(self, key: str) -> str | None:
        """The text of an object, None where there is none."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()
        except self._client.exceptions.NoSuchKey:
            return None

    def put(self, key: str, body: bytes, headers: dict[str, str], seen: ObjectVersion | None) -> bool:
        """Write the object over the version `seen`. False, and no write, where that version has the same content.

        `headers` are arguments of S3's PutObject (ContentType, CacheControl). Raises `LostRace`, also where a
        remembered version has the same content and is not the present one.
        """
        wanted = digest(body, headers)
        if seen and seen.digest == wanted:
            self._check(key, seen)
            return False
        condition: dict[str, Any] = {"IfMatch": seen.etag} if seen else {"IfNoneMatch": "*"}
        put = self._conditionally(
            self._client.put_object, Key=key, Body=body, Metadata={"digest": wanted}, **headers, **condition
        )
        self._remember(key, ObjectVersion(put["ETag"], wanted, remembered=True))
        return True

    def delete(self, key: str, seen: ObjectVersion | None) -> bool:
        """Delete the version `seen` of the object. False where that is None. Raises `LostRace`."""
        if seen is None:
            return False
        self._conditionally(self._client.delete_object, Key=key, IfMatch=seen.etag)
        return True

    def _check(self, key: str, seen: ObjectVersion) -> None:
        """Raise `LostRace` where a remembered version is not the present one."""
        if seen.remembered and self.version(key) != seen:
            self._written.pop(key, None)
            raise LostRace(key)

    def _remember(self, key: str, version: ObjectVersion) -> None:
        if len(self._written) >= MAX_REMEMBERED:
            self._written.clear()
        self._written[key] = version

    def _conditionally(self, call: Any, **request: Any) -> Any:
        self._written.pop(request["Key"], None)  # until the response says what was written
        with conditional_write(request["Key"]):
            return call(Bucket=self._bucket, **request)


@contextmanager
def conditional_write(key: str) -> Iterator[None]:
    """Raise `LostRace` where S3 refuses the conditional write within, because another client wrote the object."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in LOST_CODES:
            raise LostRace(key) from None
        raise


def digest(body: bytes, headers: Mapping[str, str]) -> str:
    """A digest of an object's bytes and headers: equal for equal content."""
    return hashlib.sha256(repr(sorted(headers.items())).encode() + body).hexdigest()
