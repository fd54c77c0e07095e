"""Makes the images that pages show of an upload: in several sizes, and without metadata."""

import io
import struct
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ..deadline import UNLIMITED, Deadline
from ..model.image import EXTENSIONS, WIDTHS, image_path, widths
from ..store.media import Media

# The decoders that are tried; each looks at the bytes, not at the file's name. SVG is missing: it can hold scripts.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 50_000_000
TOO_LARGE = f"it has more than {MAX_PIXELS:,} pixels"
ENCODERS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
}


class NotAnImage(Exception):
    """The upload is not an image that pages can show. The message tells the editor why."""


def process_upload(media: Media, id: str, deadline: Deadline = UNLIMITED) -> None:
    """Make the variants of an upload, store the result, and delete the upload. Idempotent.

    The result is written after the variants, so a client that reads it finds them. An upload that does not exist was
    processed before. Raises `OutOfTime`.
    """
    content = media.upload(id)
    if content is None:
        return
    try:
        image = decode(content)
    except NotAnImage as error:
        result: dict[str, Any] = {"status": "refused", "reason": str(error)}
    else:
        for path, variant in variants(image, id):
            deadline.check()
            media.put(path, variant)
        width = min(image.width, WIDTHS[-1])
        height = _height(image, width)
        result = {"status": "ready", "image": {"src": image_path(id, width), "width": width, "height": height}}
    media.put_result(id, result)
    media.delete_upload(id)


def decode(content: bytes) -> Image.Image:
    """The first frame of an image file: upright, in sRGB, transparency replaced by white, without metadata.

    Raises `NotAnImage`.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NotAnImage(TOO_LARGE)
            # JPEG only: decode at a smaller scale that is large enough.
            image.draft(None, (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            return _opaque_srgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise NotAnImage(f"it is not an image in one of the formats {', '.join(FORMATS)}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # Pillow's own limit, which is higher
        raise NotAnImage(TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        raise NotAnImage(f"it is broken: {error}") from None


def variants(image: Image.Image, id: str) -> Iterator[tuple[str, bytes]]:
    """The image in every width and format, each with its path on the site."""
    for width in widths(image.width):
        resized = image.resize((width, _height(image, width)), Image.Resampling.LANCZOS)
        for extension in EXTENSIONS:
            encoded = io.BytesIO()
            resized.save(encoded, **ENCODERS[extension])
            yield image_path(id, width, extension), encoded.getvalue()


def _height(image: Image.Image, width: int) -> int:
    return max(1, round(image.height * width / image.width))


def _opaque_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        image = image.convert("RGBA")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
        except ImageCms.PyCMSError:
            pass  # the profile is not for this kind of image, so its colours are taken as they are
    opaque = Image.new("RGB", image.size, "white")
    if image.mode == "RGBA":
        opaque.paste(image, mask=image)
    else:
        opaque.paste(image.convert("RGB"))
    return opaque
