"""The schema of an upload."""

from typing import Any

import pytest

from broadsheet.model.errors import Invalid
from broadsheet.model.image import Upload
from broadsheet.schemas.image import parse_upload
from tests.unit.schemas.broken import Broken, broken

SENT = {"sha256": "0a" * 32, "size": 50_000_000, "type": "image/avif"}


def test_an_upload_has_a_digest_a_size_and_a_type() -> None:
    assert parse_upload(SENT) == Upload("0a" * 32, 50_000_000, "image/avif")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"sha256": "0A" * 32}, Broken("sha256", "must be the file's SHA-256, as 64 characters of 0-9 a-f")),
        ({"size": 50_000_001}, Broken("size", "must be a whole number of bytes from 1 to 50,000,000")),
        (
            {"type": "image/svg+xml"},
            Broken(
                "type",
                "must be one of image/jpeg, image/png, image/webp, image/gif, image/avif, image/heic, image/heif",
            ),
        ),
        ({"name": "a.jpg"}, Broken("name", "is not a known field")),
    ],
)
def test_a_broken_rule_is_reported(changed: dict[str, Any], error: Broken) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_upload(SENT | changed)
    assert broken(refusal.value.errors) == [error]
