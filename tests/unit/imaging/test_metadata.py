"""Damaged metadata is no reason to refuse a picture, and none of it is kept."""

import struct
import zlib

import pytest
from PIL import Image

from broadsheet.imaging import metadata
from tests.unit.imaging.pictures import (
    ORIENTATION,
    chunk,
    converted,
    encoded,
    exif,
    halves,
    is_near,
    segment,
    shown,
    with_chunks,
    with_segments,
)

JPEG = encoded(halves(), "JPEG", quality=95)
PNG = encoded(halves())
SIZES = {1: (64, 32), 3: (64, 32), 6: (32, 64), 8: (32, 64)}
# Where red is, by orientation: an image that is turned to the right has its left side at the top.
RED = {1: (4, 16), 2: (60, 16), 3: (60, 16), 4: (4, 16), 5: (16, 4), 6: (16, 4), 7: (16, 60), 8: (16, 60)}


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHLL", tag, kind, count, value)


DAMAGED = {
    "-1 / 0": exif(6, entries=2, tail=entry(0x011A, 10, 1, 38) + b"\0" * 4 + b"\xff" * 4 + b"\0" * 4),
    "an offset outside": exif(6, entries=2, tail=entry(0x010E, 2, 4_000_000_000, 4_000_000_000)),
    "an unknown type": exif(6, entries=2, tail=entry(0x010E, 999, 1, 1)),
    "a directory that is its own next": exif(6, tail=struct.pack("<L", 8)),
    "too few entries": exif(6, entries=65_535),
    "no directory after": exif(6),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_the_orientation_counts_in_damaged_exif(name: str) -> None:
    data = DAMAGED[name]
    for content in (with_segments(JPEG, segment(0xE1, data)), with_chunks(PNG, chunk(b"eXIf", data[6:]))):
        image = shown(content)
        assert image.size == (32, 64)
        assert is_near(image, (16, 4), (255, 0, 0), 20)


@pytest.mark.parametrize(
    "data", [b"", b"II", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", exif(0), exif(9), exif(6)[:20]]
)
def test_exif_without_a_readable_orientation_turns_nothing(data: bytes) -> None:
    assert metadata.orientation(data) == 1
    assert shown(with_segments(JPEG, segment(0xE1, b"Exif\0\0" + data))).size == (64, 32)


def written(turned: int) -> Image.Exif:
    """EXIF for an encoder that reads it itself: AVIF has an orientation of its own."""
    made = Image.Exif()
    made[ORIENTATION] = turned
    made[0x010E] = "Words"
    return made


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("turned", RED)
def test_a_picture_is_upright_by_each_orientation(turned: int, order: str) -> None:
    data = exif(turned, order=order)
    for content in (
        with_segments(JPEG, segment(0xE1, data)),
        with_chunks(PNG, chunk(b"eXIf", data[6:])),
        encoded(halves(), "WEBP", exif=data, quality=95),
        encoded(halves(), "AVIF", exif=written(turned), quality=95, speed=10),
    ):
        image = shown(content)
        assert image.size == ((64, 32) if turned < 5 else (32, 64))
        assert is_near(image, RED[turned], (255, 0, 0), 30)


@pytest.mark.parametrize(
    "damage",
    [
        chunk(b"tEXt", b"Comment\0words", intact=False),
        chunk(b"zTXt", b"Comment\0\0junk"),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 5_000_000)),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(b" " * 5_000_000)),
        chunk(b"iTXt", b"\xff" * 9),
        chunk(b"pHYs", b"\0"),
        chunk(b"tRNS", b"", intact=False),
        chunk(b"acTL", b"\0" * 8, intact=False),
        chunk(b"cHRM", b""),
        chunk(b"eXIf", b"Exif\0\0junk", intact=False),
    ],
)
def test_a_damaged_chunk_beside_the_pixels_is_ignored(damage: bytes) -> None:
    assert is_near(shown(with_chunks(PNG, damage)), (4, 4), (255, 0, 0))


@pytest.mark.parametrize(
    "damage",
    [
        segment(0xE1, b"Exif\0\0II*\0\xff\xff"),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<broken"),
        segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
        segment(0xE2, b"ICC_PROFILE\0"),
        segment(0xE2, b"ICC_PROFILE\0\x02\x05half"),
        segment(0xED, b"Photoshop 3.0\x008BIM\xff\xff\xff\xff\xff\xff\xff\xff"),
        segment(0xFE, b""),
        segment(0xE0, b"JFIF\0"),
        b"\xff\xff",
    ],
)
def test_a_damaged_segment_beside_the_pixels_is_ignored(damage: bytes) -> None:
    assert is_near(shown(with_segments(JPEG, damage)), (4, 4), (255, 0, 0), 20)


def test_junk_in_an_avifs_exif_is_ignored() -> None:
    content = encoded(halves(), "AVIF", exif=written(6), quality=95, speed=10)
    at = content.index(b"Words")
    for damaged in (content[: at - 30] + b"\xff" * 26 + content[at - 4 :], content.replace(b"Words", b"\xff" * 5)):
        image = shown(damaged)
        assert image.size == (32, 64)
        assert is_near(image, (16, 4), (255, 0, 0), 30)


def test_no_metadata_of_any_kind_is_in_the_variants() -> None:
    secret = b"Secret meeting place"
    jpeg = with_segments(
        JPEG,
        segment(0xE1, exif(1, tail=secret)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + secret),
        segment(0xED, b"Photoshop 3.0\0" + secret),
        segment(0xFE, secret),
    )
    png = with_chunks(PNG, chunk(b"tEXt", b"Place\0" + secret), chunk(b"eXIf", exif(1, tail=secret)[6:]))
    webp = encoded(halves(), "WEBP", exif=exif(1, tail=secret), xmp=secret)
    for content in (jpeg, png, webp + b"", jpeg + secret):
        assert secret in content
        for image in converted(content)[1].values():
            assert not dict(image.getexif())
            assert not image.info.keys() & {"exif", "xmp", "comment", "photoshop", "icc_profile"}
