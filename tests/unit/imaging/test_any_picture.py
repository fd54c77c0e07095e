"""Whatever is uploaded is an image with the right pixels, or is refused with a reason."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from broadsheet.imaging.decoding import decode
from tests.unit.imaging.pictures import (
    chunk,
    converted,
    encoded,
    exif,
    halves,
    segment,
    srgb,
    with_chunks,
    with_segments,
)

MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("1", "L", "P", "RGB"),
    "AVIF": ("L", "RGB", "RGBA"),
}
SIDEWAYS = (5, 6, 7, 8)
junk = st.binary(max_size=60)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, Image.Image, bytes, int]:
    """A valid picture in any format, mode and size, with any metadata: its format, image, file and orientation."""
    format = draw(st.sampled_from(sorted(MODES)))
    mode = draw(st.sampled_from(MODES[format]))
    size = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    image = halves(*size).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 257).convert("I;16")
    options: dict[str, Any] = {}
    if format == "JPEG":
        options = {"quality": 95, "progressive": draw(st.booleans()), "subsampling": 0}
    elif format in ("WEBP", "AVIF"):
        options = {"quality": 95} | ({"speed": 10} if format == "AVIF" else {})
    if draw(st.booleans()) and format in ("PNG", "WEBP", "JPEG"):
        options["icc_profile"] = draw(st.one_of(st.just(srgb()), st.just(srgb()[:200]), junk))
    turned = draw(st.integers(0, 9)) if format in ("PNG", "JPEG", "WEBP") else 1
    data = exif(turned, tail=draw(junk), order=draw(st.sampled_from("<>")), entries=draw(st.sampled_from((1, 2, 9999))))
    if format == "WEBP":
        options["exif"] = data
    content = encoded(image, format, **options)
    if format == "JPEG":
        content = with_segments(content, segment(0xE1, data), *(segment(n, draw(junk)) for n in (0xE2, 0xED, 0xFE)))
    elif format == "PNG":
        more = [
            chunk(type, draw(junk), intact=draw(st.booleans()))
            for type in (b"iCCP", b"zTXt", b"iTXt", b"pHYs", b"gAMA")
        ]
        content = with_chunks(content, chunk(b"eXIf", data[6:]), *([] if "icc_profile" in options else more))
    return format, image, content, turned


@given(files())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_valid_picture_is_shown_upright_in_its_size_and_tones(file: tuple[str, Image.Image, bytes, int]) -> None:
    _, image, content, turned = file
    picture = decode(content)
    expected = tuple(reversed(image.size)) if turned in SIDEWAYS else image.size
    assert (picture.width, picture.height) == expected == picture.still.size
    assert not picture.warnings
    tones = (
        image.point(lambda value: value / 257).convert("L")
        if image.mode == "I;16"
        else image.convert("RGB").convert("L")
    )
    assert abs(mean(tones) - mean(picture.still.convert("L"))) < 8
    if turned in (0, 1, 9) and image.width > 8:
        left, right = (picture.still.convert("L").getpixel((x, 0)) for x in (0, image.width - 1))
        for x, tone in ((0, left), (image.width - 1, right)):
            assert abs(int(str(tones.getpixel((x, 0)))) - int(str(tone))) < 30


def mean(image: Image.Image) -> float:
    data = image.tobytes()
    return sum(data) / len(data)


@given(files(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_damaged_picture_is_shown_or_refused_with_a_reason(
    file: tuple[str, Image.Image, bytes, int], data: st.DataObject
) -> None:
    content = bytearray(file[2])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    sent = bytes(content[: data.draw(st.one_of(st.none(), st.integers(0, len(content))))])
    result, variants = converted(sent)
    if result["status"] == "refused":
        assert result["reason"].startswith("it ")
        assert not variants
        return
    assert {name.rpartition(".")[2] for name in variants} in ({"jpg", "webp"}, {"jpeg"})
    widest = variants[result["image"]["src"].rpartition("/")[2]]
    assert widest.size == (result["image"]["width"], result["image"]["height"])
