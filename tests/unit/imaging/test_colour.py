"""Tones and colours of every mode and depth, with and without profiles."""

import struct

import pytest
from PIL import Image, ImageCms

from broadsheet.imaging.colour import opaque_srgb, straight
from tests.unit.imaging.pictures import (
    chunk,
    encoded,
    greys,
    halves,
    is_near,
    png,
    ramp,
    shown,
    srgb,
    swapped,
    with_chunks,
)

SIXTEEN = ("I;16", "I;16B", "I;16L")
RISING = [round(255 * x / 63) for x in range(64)]


def in_mode(mode: str) -> Image.Image:
    """The ramp in any mode of Pillow."""
    image = ramp()
    if mode in SIXTEEN:
        deep = image.convert("I").point(lambda value: value * 257)
        return deep.convert("I;16").convert("I").convert(mode)
    if mode in ("La", "RGBa"):
        return image.convert(mode.upper()).convert(mode)
    if mode == "PA":
        return image.convert("P").convert("PA")
    if mode == "HSV":
        return image.convert("RGB").convert("HSV")
    if mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        made = ImageCms.profileToProfile(image.convert("RGB"), ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
        assert made
        return made
    return image.convert(mode)


@pytest.mark.parametrize(
    "mode",
    ["L", "P", "PA", "LA", "La", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", *SIXTEEN],
)
def test_a_ramp_from_black_to_white_stays_one_in_every_mode(mode: str) -> None:
    image = opaque_srgb(straight(in_mode(mode)), None)
    assert image.mode == "RGB"
    assert max(abs(one - other) for one, other in zip(greys(image), RISING, strict=True)) <= 3


def test_numbers_without_a_range_are_scaled_to_the_range_that_holds_them() -> None:
    fractions = ramp().convert("F").point(lambda value: value * (1 / 255) + 0)
    wide = ramp().convert("F").point(lambda value: value * 4 + -100)
    for image in (fractions, wide):
        assert max(abs(one - other) for one, other in zip(greys(straight(image)), RISING, strict=True)) <= 2
    assert greys(straight(Image.new("F", (1, 1), 1e9))) == [0]


@pytest.mark.parametrize("colour", [0, 2, 4, 6], ids=["grey", "rgb", "grey-alpha", "rgb-alpha"])
def test_sixteen_bits_a_channel_keep_their_tones(colour: int) -> None:
    channels = {0: 1, 2: 3, 4: 1, 6: 3}[colour]
    alpha = b"\xff\xff" if colour >= 4 else b""
    row = b"".join(struct.pack(">H", round(65_535 * x / 63)) * channels + alpha for x in range(64))
    seen = greys(shown(png(64, 8, 16, colour, [row] * 8)))
    assert max(abs(one - other) for one, other in zip(seen, RISING, strict=True)) <= 6


@pytest.mark.parametrize(
    ("depth", "colour", "row", "transparent"),
    [
        (1, 0, bytes((0b11110000,)), b"\0\x01"),
        (2, 0, bytes((0b01010101, 0)), b"\0\x01"),
        (4, 0, bytes((0x77, 0x77, 0, 0)), b"\0\x07"),
        (8, 0, b"\x50" * 4 + b"\0" * 4, b"\0\x50"),
        (16, 0, b"\x50\x51" * 4 + b"\0\0" * 4, b"\x50\x51"),
        (8, 2, b"\x50\0\0" * 4 + b"\0\0\0" * 4, b"\0\x50\0\0\0\0"),
        (16, 2, b"\x50\x51\0\0\0\0" * 4 + b"\0\0\0\0\0\0" * 4, b"\x50\x51\0\0\0\0"),
    ],
    ids=["1-bit", "2-bit", "4-bit", "grey", "16-bit-grey", "rgb", "16-bit-rgb"],
)
def test_one_transparent_colour_becomes_white_at_every_depth(
    depth: int, colour: int, row: bytes, transparent: bytes
) -> None:
    image = shown(png(8, 8, depth, colour, [row] * 8, chunk(b"tRNS", transparent)))
    assert is_near(image, (1, 4), (255, 255, 255), 20)
    assert is_near(image, (6, 4), (0, 0, 0), 20)


def test_cmyk_is_not_inverted() -> None:
    assert is_near(shown(encoded(halves().convert("CMYK"), "JPEG", quality=95)), (4, 4), (255, 0, 0), 20)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_counts_in_every_mode_that_it_fits(mode: str) -> None:
    image = halves().quantize(4) if mode == "P" else halves().convert(mode)
    assert is_near(shown(encoded(image, "PNG", icc_profile=swapped())), (4, 4), (0, 0, 255), 40)
    assert is_near(shown(encoded(image, "PNG", icc_profile=srgb())), (4, 4), (255, 0, 0))


def test_a_profile_counts_in_jpeg_and_webp() -> None:
    for format in ("JPEG", "WEBP"):
        assert is_near(shown(encoded(halves(), format, icc_profile=swapped())), (4, 4), (0, 0, 255), 40)


@pytest.mark.parametrize(
    "profile",
    [b"", b"no profile", srgb()[:300], srgb().replace(b"RGB ", b"GRAY", 1), srgb()[:100] + b"\xff" * 400],
    ids=["empty", "text", "cut", "grey", "overwritten"],  # a profile has the time at which it was made
)
def test_a_damaged_or_unfit_profile_is_ignored(profile: bytes) -> None:
    for format in ("JPEG", "PNG", "WEBP"):
        assert is_near(shown(encoded(halves(), format, icc_profile=profile)), (4, 4), (255, 0, 0))
    assert greys(shown(encoded(ramp(), "JPEG", icc_profile=swapped(), quality=95)))[0] < 8


def test_a_profile_with_a_wrong_checksum_is_ignored() -> None:
    image = with_chunks(encoded(halves()), chunk(b"iCCP", b"a\0\0junk", intact=False))
    assert is_near(shown(image), (4, 4), (255, 0, 0))
