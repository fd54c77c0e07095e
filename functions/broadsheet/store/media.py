"""The bucket of images.

| key | what |
|---|---|
| `uploads/<id>` | a file as it was uploaded, until it is processed; not public |
| `images/<id>/<width>.<extension>` | what CloudFront serves |
| `states/<id>.json` | the result of an upload: the image, or the reason why there is none |
"""

import base64
import json
from typing import TYPE_CHECKING, Any

from ..model.image import Upload

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

IMMUTABLE = "public, max-age=31536000, immutable"  # an image's path holds the hash of its bytes
UPLOADS = "uploads/"
TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}


class Media:
    """The bucket of that name, through an S3 client."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def presigned(self, upload: Upload, seconds: int) -> dict[str, Any]:
        """A presigned request by which this very file may be uploaded within so many seconds."""
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

    def upload(self, id: str) -> bytes | None:
        """The uploaded file, None where it was deleted."""
        return self._read(f"{UPLOADS}{id}")

    def delete_upload(self, id: str) -> None:
        """Delete the uploaded file."""
        self._client.delete_object(Bucket=self._bucket, Key=f"{UPLOADS}{id}")

    def put(self, path: str, content: bytes) -> None:
        """Store an image under its path on the site."""
        extension = path.rpartition(".")[2]
        self._client.put_object(
            Bucket=self._bucket, Key=path[1:], Body=content, ContentType=TYPES[extension], CacheControl=IMMUTABLE
        )

    def result(self, id: str) -> dict[str, Any] | None:
        """The result of an upload, None where it has not been processed."""
        content = self._read(f"states/{id}.json")
        return json.loads(content) if content else None

    def put_result(self, id: str, result: dict[str, Any]) -> None:
        """Store the result of an upload."""
        body = json.dumps(result).encode()
        self._client.put_object(Bucket=self._bucket, Key=f"states/{id}.json", Body=body, ContentType="application/json")

    def _read(self, key: str) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
