"""The media type that the command declares for a file."""

import pytest

from broadsheet_cli.media_types import media_type


@pytest.mark.parametrize(
    ("content", "suffix", "type"),
    [
        (b"\xff\xd8\xff\xe0", ".png", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", ".jpg", "image/png"),
        (b"GIF89a", "", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", ".jpg", "image/webp"),
        (b"\0\0\0\x1cftypheic", ".jpg", "image/heic"),
        (b"\0\0\0\x1cftypmif1", "", "image/heif"),
        (b"\0\0\0\x1cftypavif", ".heic", "image/avif"),
        (b"unknown", ".heic", "image/heic"),
        (b"unknown", ".webp", "image/webp"),
        (b"<svg/>", ".svg", "image/jpeg"),
        (b"", "", "image/jpeg"),
    ],
)
def test_a_files_content_counts_before_its_name(content: bytes, suffix: str, type: str) -> None:
    assert media_type(content, suffix) == type
