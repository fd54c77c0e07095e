"""The bodies of articles, in S3 under the SHA-256 of their source. An object never changes."""

from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CACHED = 32_000_000  # characters of bodies that a process keeps: thousands of usual length


class Bodies:
    """The bucket of that name. Bodies that were read or written are cached. May be used by several threads."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._cache: LRUCache[str, str] = LRUCache(CACHED, len)
        self._lock = Lock()

    def get(self, hash: str) -> str:
        """The source with that hash, which exists for every hash that the table has ever named."""
        with self._lock:
            text = self._cache.get(hash)
        if text is None:
            text = self._client.get_object(Bucket=self._bucket, Key=hash)["Body"].read().decode()
            self._keep(hash, text)
        return text

    def put(self, hash: str, text: str) -> None:
        """Store the source. Idempotent, also beside other clients."""
        with self._lock:
            if hash in self._cache:
                return
        self._client.put_object(
            Bucket=self._bucket, Key=hash, Body=text.encode(), ContentType="text/plain; charset=utf-8"
        )
        self._keep(hash, text)

    def _keep(self, hash: str, text: str) -> None:
        with self._lock:
            self._cache[hash] = text
