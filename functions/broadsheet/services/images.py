"""From a file that somebody sent to pictures that pages can show: smaller, and nothing in them but what is seen."""

import io
import struct
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ..deadline import UNLIMITED, Deadline
from ..model.image import ENDINGS, WIDTHS, image_path, widths
from ..store.media import Media

# What is taken; each by a decoder of its own, which looks at the bytes and not at the name. SVG is not among them: it
# can hold scripts.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MOST_PIXELS = 50_000_000
TOO_LARGE = f"it has more than {MOST_PIXELS:,} pixels"
SAVED: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
}


class NotAnImage(Exception):
    """The file is none that can be shown; why, in a sentence for its editor."""


def process_upload(media: Media, id: str, deadline: Deadline = UNLIMITED) -> None:
    """Make the pictures of an uploaded file, note what became of it, and forget the file. Again is fine.

    The note is written last, so a client that reads it finds the pictures. A file that is gone was taken in before.
    Raises `OutOfTime` before a picture that the deadline has no time for.
    """
    content = media.uploaded(id)
    if content is None:
        return
    try:
        picture = opened(content)
    except NotAnImage as error:
        state: dict[str, Any] = {"status": "refused", "reason": str(error)}
    else:
        for at, variant in variants(picture, id):
            deadline.check()
            media.put(at, variant)
        width = min(picture.width, WIDTHS[-1])
        height = _height(picture, width)
        state = {"status": "ready", "image": {"src": image_path(id, width), "width": width, "height": height}}
    media.put_state(id, state)
    media.forget(id)


def opened(content: bytes) -> Image.Image:
    """The picture in a file as it is to be seen: upright, in sRGB, on white where it was transparent, its first frame.

    Nothing of the file's metadata is in it. Raises `NotAnImage`.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise NotAnImage(TOO_LARGE)
            # A JPEG is read no larger than it is needed.
            image.draft(None, (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            return _plain(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise NotAnImage(f"it is no picture in one of the formats {', '.join(FORMATS)}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # Pillow's own limit, which is higher
        raise NotAnImage(TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        raise NotAnImage(f"it is broken: {error}") from None


def variants(picture: Image.Image, id: str) -> Iterator[tuple[str, bytes]]:
    """The picture in every width and format, each after its address."""
    for width in widths(picture.width):
        smaller = picture.resize((width, _height(picture, width)), Image.Resampling.LANCZOS)
        for ending in ENDINGS:
            written = io.BytesIO()
            smaller.save(written, **SAVED[ending])
            yield image_path(id, width, ending), written.getvalue()


def _height(picture: Image.Image, width: int) -> int:
    return max(1, round(picture.height * width / picture.width))


def _plain(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        image = image.convert("RGBA")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
        except ImageCms.PyCMSError:
            pass  # a profile that fits no colours of the picture says nothing of it
    plain = Image.new("RGB", image.size, "white")
    if image.mode == "RGBA":
        plain.paste(image, mask=image)
    else:
        plain.paste(image.convert("RGB"))
    return plain
