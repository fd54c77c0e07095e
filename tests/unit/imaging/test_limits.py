"""Sizes that are refused before anything is decoded, sizes that only JPEG holds, and formats by content."""

import struct

import pytest
from PIL import Image

from broadsheet.imaging import limits
from broadsheet.imaging.decoding import decode
from broadsheet.imaging.result import NotAnImage
from broadsheet.model.image import sources
from tests.unit.imaging.pictures import chunk, converted, encoded, halves, is_near, segment, shown

BOX = b"\0\0\0\x18ftyp%b\0\0\0\0"


def claiming(width: int, height: int, format: str) -> bytes:
    """A file that claims this size."""
    match format:
        case "PNG":
            header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
            return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"\0") + chunk(b"IEND", b"")
        case "GIF":
            screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0" * 6
            return b"GIF89a" + screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\0;"
        case "JPEG":
            jpeg = encoded(halves(), "JPEG")
            at = jpeg.index(b"\xff\xc0") + 5
            return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
    header = struct.pack("<L", 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0" + header


@pytest.mark.parametrize(
    ("width", "height", "format", "rule"),
    [
        (49_000_000, 1, "PNG", "49,000,000 × 1 pixels, and a side may have at most 30,000"),
        (1, 40_000, "PNG", "1 × 40,000 pixels, and a side may have at most 30,000"),
        (10_000, 10_001, "PNG", "PNG files may have at most 100,000,000 in all"),
        (65_000, 65_000, "GIF", "pixels"),
        (40_000, 1, "GIF", "a side may have at most 30,000"),
        (65_000, 1, "JPEG", "a side may have at most 30,000"),
        (20_000, 20_000, "JPEG", "pixels"),
        (16_000, 16_000, "JPEG", "JPEG files may have at most 250,000,000 in all"),
    ],
)
def test_a_size_over_a_limit_is_refused_before_it_is_decoded(
    width: int, height: int, format: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = claiming(width, height, format)
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(NotAnImage) as refusal:
        decode(content)
    assert rule in str(refusal.value)


def test_a_webp_that_claims_a_huge_size_is_refused() -> None:
    result, _ = converted(claiming(16_000_000, 200, "WEBP"))
    assert result["status"] == "refused"


def test_a_jpeg_in_too_many_scans_is_refused() -> None:
    content = encoded(halves(), "JPEG", progressive=True)
    result, _ = converted(content[:-2] + content[content.rindex(b"\xff\xda") : -2] * limits.MAX_SCANS + content[-2:])
    assert "more than 64 scans" in result["reason"]


def test_an_image_that_is_too_tall_for_webp_exists_as_jpeg_and_its_path_says_so() -> None:
    result, variants = converted(encoded(Image.new("L", (500, 16_400)), "PNG"))
    assert result["image"] == {"src": f"/images/{'0a' * 32}/500.jpeg", "width": 500, "height": 16_400}
    assert {name: image.size for name, image in variants.items()} == {
        "480.jpeg": (480, 15_744),
        "500.jpeg": (500, 16_400),
    }
    src = result["image"]["src"]
    assert sources(src, "webp") == []
    assert [path.rpartition("/")[2] for path, _ in sources(src, "jpeg")] == ["480.jpeg", "500.jpeg"]


def test_a_wide_and_flat_picture_has_a_height() -> None:
    result, _ = converted(encoded(Image.new("L", (20_000, 1)), "PNG"))
    assert (result["image"]["width"], result["image"]["height"]) == (1600, 1)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (encoded(halves(), "TIFF"), "it is a TIFF file, and is not an image in one of the formats JPEG, PNG"),
        (encoded(halves(), "BMP"), "a BMP file"),
        (b"\xff\x0a" + b"\0" * 20, "a JPEG XL file"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG file"),
        (b"%PDF-1.7", "a PDF file"),
        (BOX % b"mp42" + b"isommp42", "it is not an image in one of the formats"),
        (b"", "it is not an image in one of the formats"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(content: bytes, named: str) -> None:
    result, _ = converted(content)
    assert named in result["reason"]
    assert "HEIC" in result["reason"]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_file_is_read_by_its_content(format: str) -> None:
    assert is_near(shown(encoded(halves(), format)), (4, 4), (255, 0, 0), 30)


MANY = 100_000


@pytest.mark.parametrize(
    ("format", "parts"),
    [
        ("JPEG", segment(0xE5, b"") * MANY),
        ("JPEG", b"\xff" * MANY),
        ("PNG", chunk(b"tEXt", b"") * MANY),
        ("GIF", b"\x21\xfe" + b"\x01a" * MANY + b"\0"),
    ],
)
def test_metadata_in_many_small_parts_are_dropped_or_refused(format: str, parts: bytes) -> None:
    content = encoded(halves(), format)
    at = {"JPEG": 2, "PNG": 33, "GIF": content.find(b"\x2c\0\0\0\0")}[format]
    result, _ = converted(content[:at] + parts + content[at:])
    assert (result["status"] == "refused") == (format == "JPEG" and len(parts) > MANY)


def test_what_follows_a_jpeg_does_not_count() -> None:
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda" * 1000
    assert is_near(shown(encoded(halves(), "JPEG", quality=95) + film), (4, 4), (255, 0, 0), 20)
