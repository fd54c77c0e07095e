"""The variants of an upload, the uploads that are refused, and the metadata that is removed."""

import hashlib
import io
import random
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageCms

from broadsheet.imaging.decoding import decode
from broadsheet.imaging.result import NotAnImage
from broadsheet.services.images import process_upload
from broadsheet.store.media import Media
from tests.world import World

ORIENTATION, GPS = 0x0112, 0x8825


def drawn(width: int = 2000, height: int = 1000, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right, in any mode."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    return image.convert(mode)


def encoded(image: Image.Image, format: str = "JPEG", **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **more)
    return file.getvalue()


@pytest.fixture
def media(world: World) -> Media:
    return Media(world.clients.s3, world.deployment.name("Media"))


@pytest.fixture
def send(world: World, media: Media) -> Callable[[bytes], dict[str, Any]]:
    """Upload and process a file, and return the result."""

    def send(content: bytes) -> dict[str, Any]:
        id = hashlib.sha256(content).hexdigest()
        world.clients.s3.put_object(Bucket=world.deployment.name("Media"), Key=f"uploads/{id}", Body=content)
        process_upload(media, id)
        result = media.result(id)
        assert result
        return result

    return send


def stored(world: World) -> dict[str, bytes]:
    bucket = world.deployment.name("Media")
    listed = world.clients.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"]: world.clients.s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed}


def variants(world: World) -> dict[str, Image.Image]:
    return {
        key.rpartition("/")[2]: Image.open(io.BytesIO(content))
        for key, content in stored(world).items()
        if key.startswith("images/")
    }


@pytest.mark.parametrize(
    ("width", "widths"), [(2000, (480, 960, 1600)), (1600, (480, 960, 1600)), (700, (480, 700)), (1, (1,))]
)
def test_an_image_has_variants_up_to_its_own_width_in_both_formats(
    world: World, send: Callable[[bytes], dict[str, Any]], width: int, widths: tuple[int, ...]
) -> None:
    content = encoded(drawn(width, max(1, width // 2)), quality=95)
    result = send(content)
    made = variants(world)
    assert {name: (image.format, image.width) for name, image in made.items()} == {
        f"{each}.{extension}": (format, each)
        for each in widths
        for extension, format in (("webp", "WEBP"), ("jpg", "JPEG"))
    }
    widest = made[f"{widths[-1]}.jpg"]
    src = f"/images/{hashlib.sha256(content).hexdigest()}/{widths[-1]}.jpg"
    assert result == {"status": "ready", "image": {"src": src, "width": widest.width, "height": widest.height}}


def test_the_upload_is_deleted_and_processing_is_idempotent(
    world: World, media: Media, send: Callable[[bytes], dict[str, Any]]
) -> None:
    content = encoded(drawn())
    send(content)
    before = stored(world)
    assert not [key for key in before if key.startswith("uploads/")]
    process_upload(media, hashlib.sha256(content).hexdigest())
    assert stored(world) == before
    send(content)
    assert stored(world) == before


def test_variants_have_no_metadata(world: World, send: Callable[[bytes], dict[str, Any]]) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Secret meeting place"
    exif.get_ifd(GPS)[2] = (37.0, 58.0, 0.0)
    content = encoded(drawn(), exif=exif, comment=b"Secret comment", icc_profile=srgb())
    assert b"Secret" in content
    send(content)
    for image in variants(world).values():
        assert not dict(image.getexif())
        assert not image.info.keys() & {"exif", "icc_profile", "comment", "xmp"}
    assert not [key for key, content in stored(world).items() if b"Secret" in content]


def srgb() -> bytes:
    profile: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile


def test_variants_are_upright(world: World, send: Callable[[bytes], dict[str, Any]]) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be rotated to the right, so its left side becomes its top
    assert send(encoded(drawn(), exif=exif))["image"]["height"] == 2000
    image = variants(world)["480.jpg"].convert("RGB")
    top, bottom = (image.getpixel((240, at)) for at in (10, image.height - 10))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[0] > 200, top[2] < 50) == (True, True)
    assert (bottom[0] < 50, bottom[2] > 200) == (True, True)


@pytest.mark.parametrize(
    "content",
    [
        encoded(drawn(mode="CMYK")),
        encoded(drawn(mode="L")),
        encoded(drawn(mode="P"), "PNG", transparency=0),
        encoded(drawn(mode="RGBA"), "PNG"),
        encoded(drawn(mode="1"), "PNG"),
        encoded(drawn(mode="I;16"), "PNG"),
        encoded(drawn(), "WEBP"),
        encoded(drawn(), "AVIF"),
        encoded(drawn(300, 200), "GIF", save_all=True, append_images=[drawn(300, 200, "L")]),
    ],
    ids=["cmyk", "grey", "palette", "alpha", "bits", "16-bit", "webp", "avif", "animated"],
)
def test_every_mode_of_the_formats_is_processed(send: Callable[[bytes], dict[str, Any]], content: bytes) -> None:
    assert send(content)["status"] == "ready"


def test_transparency_becomes_white() -> None:
    image = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert decode(encoded(image, "PNG")).still.getpixel((5, 5)) == (255, 255, 255)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
TRUNCATED = encoded(Image.frombytes("RGB", (600, 600), random.Random(1).randbytes(600 * 600 * 3)))[:40_000]  # noqa: S311  noise, the same each time


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an image"),
        (b"Not an image at all.", "not an image"),
        (SVG, "not an image"),
        (b"%PDF-1.7\n", "not an image"),
        (encoded(drawn(300, 200), "TIFF"), "not an image"),
        (encoded(drawn(300, 200), "BMP"), "not an image"),
        (TRUNCATED, "broken"),
        (encoded(drawn(300, 200), "PNG")[:200], "broken"),
    ],
    ids=["empty", "text", "svg", "pdf", "tiff", "bmp", "truncated", "torn"],
)
def test_a_file_that_is_not_a_whole_image_is_refused_with_the_reason(
    world: World, send: Callable[[bytes], dict[str, Any]], content: bytes, reason: str
) -> None:
    result = send(content)
    assert result["status"] == "refused"
    assert reason in result["reason"]
    assert [key.partition("/")[0] for key in stored(world)] == ["states"]


def test_a_decompression_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = encoded(Image.new("1", (20_000, 5_001)), "PNG")
    assert len(bomb) < 100_000
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(NotAnImage, match=r"20,000 × 5,001 pixels, and PNG files may have at most 100,000,000 in all"):
        decode(bomb)
