"""The bucket of pictures.

| key | what |
|---|---|
| `uploads/<id>` | a file as it was sent, until it has been looked at; nobody but us can read it |
| `images/<id>/<width>.<ending>` | what CloudFront serves |
| `states/<id>.json` | what became of the file |
"""

import base64
import json
from typing import TYPE_CHECKING, Any

from ..model.image import Upload

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

FOREVER = "public, max-age=31536000, immutable"  # a picture's address is made from its bytes
UPLOADS = "uploads/"
TYPES = {"jpg": "image/jpeg", "webp": "image/webp"}


class Media:
    """The bucket by name, through an S3 client."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def invitation(self, upload: Upload, seconds: int) -> dict[str, Any]:
        """The request by which this very file, and no other, may be sent within so many seconds."""
        checksum = base64.b64encode(bytes.fromhex(upload.sha256)).decode()
        signed = {
            "Bucket": self._bucket,
            "Key": f"{UPLOADS}{upload.sha256}",
            "ContentType": upload.type,
            "ContentLength": upload.size,
            "ChecksumSHA256": checksum,
        }
        url = self._client.generate_presigned_url("put_object", Params=signed, ExpiresIn=seconds)
        headers = {"Content-Type": upload.type, "Content-Length": str(upload.size), "x-amz-checksum-sha256": checksum}
        return {"method": "PUT", "url": url, "headers": headers}

    def uploaded(self, id: str) -> bytes | None:
        """The file that was sent, None where it is not there any more."""
        return self._read(f"{UPLOADS}{id}")

    def forget(self, id: str) -> None:
        """Delete the file that was sent."""
        self._client.delete_object(Bucket=self._bucket, Key=f"{UPLOADS}{id}")

    def put(self, address: str, content: bytes) -> None:
        """Put a picture at its address."""
        ending = address.rpartition(".")[2]
        self._client.put_object(
            Bucket=self._bucket, Key=address[1:], Body=content, ContentType=TYPES[ending], CacheControl=FOREVER
        )

    def state(self, id: str) -> dict[str, Any] | None:
        """What became of the file, None where nothing has yet."""
        content = self._read(f"states/{id}.json")
        return json.loads(content) if content else None

    def put_state(self, id: str, state: dict[str, Any]) -> None:
        """Note what became of the file."""
        body = json.dumps(state).encode()
        self._client.put_object(Bucket=self._bucket, Key=f"states/{id}.json", Body=body, ContentType="application/json")

    def _read(self, key: str) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
