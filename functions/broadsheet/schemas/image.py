"""The reading of what an editor says of a file to be uploaded. Every wrong field is named at once."""

import re

from marshmallow import fields, validate

from ..model.errors import Invalid
from ..model.image import ID, Upload
from .article import Strict, Text, one_of, read

TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
LARGEST = 20_000_000  # bytes


def parse_upload(sent: object) -> Upload:
    """The upload in a request's JSON. Raises `Invalid`."""
    loaded, errors = read(UploadSchema(), sent, "upload")
    if errors:
        raise Invalid(tuple(errors))
    return Upload(**loaded)


_SIZE = f"must be a whole number of bytes from 1 to {LARGEST:,}"


class UploadSchema(Strict):
    sha256 = Text(
        required=True,
        validate=validate.Regexp(re.compile(f"{ID.pattern}\\Z"), error="must be the file's SHA-256 as 64 of 0-9 a-f"),
    )
    size = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, LARGEST, error=_SIZE),
        error_messages={"required": "is required", "invalid": _SIZE, "null": _SIZE},
    )
    type = Text(required=True, **one_of(*TYPES))
