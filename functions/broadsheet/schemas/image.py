"""The schema of an upload: the metadata of an image file that an editor wants to upload."""

from ..model.errors import Rule
from ..model.image import ID, Upload
from .fields import Choice, Object, Text, WholeNumber, read, refuse

TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic", "image/heif")
LARGEST = 50_000_000  # bytes

SHA256_RULE = Rule("not_sha256", "must be the file's SHA-256, as 64 characters of 0-9 a-f")

UPLOAD = Object(
    {
        "sha256": Text(pattern=ID, rule=SHA256_RULE),
        "size": WholeNumber(1, LARGEST, "bytes"),
        "type": Choice(*TYPES),
    }
)


def parse_upload(sent: object) -> Upload:
    """The upload in a request's JSON. Raises `Invalid` with every broken rule."""
    values, errors = read(UPLOAD, sent, "upload")
    refuse(errors)
    return Upload(**values)
