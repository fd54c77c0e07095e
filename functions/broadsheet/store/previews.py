"""Previews, in a bucket of their own under their names. S3 deletes each within two days of its last change."""

import json
from typing import TYPE_CHECKING, Any

from ..model.preview import Preview
from .rows import parsed
from .site_objects import conditional_write

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class Previews:
    """The bucket of that name, through an S3 client."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, name: str) -> tuple[Preview, str] | None:
        """The preview and its version, None where there is none. It may have ended."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=name)
        except self._client.exceptions.NoSuchKey:
            return None
        stored = json.loads(found["Body"].read())
        times = {field: parsed(stored[field]) for field in ("started_at", "put_at")}
        return Preview(name=name, sent=stored["sent"], **times), found["ETag"]

    def put(self, preview: Preview, seen: str | None) -> None:
        """Store the preview in the place of the version `seen`; None: where there is none. Raises `LostRace`."""
        stored = {"started_at": preview.started_at.isoformat(), "put_at": preview.put_at.isoformat()}
        body = json.dumps(stored | {"sent": preview.sent}).encode()
        condition: dict[str, Any] = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
        with conditional_write(preview.name):
            self._client.put_object(
                Bucket=self._bucket, Key=preview.name, Body=body, ContentType="application/json", **condition
            )

    def delete(self, name: str) -> None:
        """Delete the preview, if there is one."""
        self._client.delete_object(Bucket=self._bucket, Key=name)
