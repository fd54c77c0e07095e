"""The sources of the articles' bodies, in S3 under their own SHA-256: what is there never changes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

REMEMBERED = 32_000_000  # characters of bodies that a warm function keeps: the newest thousands, of a usual length


class Bodies:
    """The bucket by name. A body that was read or written once is remembered, as it cannot change."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._known: dict[str, str] = {}
        self._size = 0

    def get(self, hash: str) -> str:
        """The source with that hash. It is there for every hash that the table has ever named."""
        if hash not in self._known:
            found = self._client.get_object(Bucket=self._bucket, Key=hash)
            self._remember(hash, found["Body"].read().decode())
        return self._known[hash]

    def put(self, hash: str, text: str) -> None:
        """Keep the source. Putting it again, or beside another who puts the same, changes nothing."""
        if hash in self._known:
            return
        self._client.put_object(
            Bucket=self._bucket, Key=hash, Body=text.encode(), ContentType="text/plain; charset=utf-8"
        )
        self._remember(hash, text)

    def _remember(self, hash: str, text: str) -> None:
        self._known[hash] = text
        self._size += len(text)
        while self._size > REMEMBERED:
            self._size -= len(self._known.pop(next(iter(self._known))))
