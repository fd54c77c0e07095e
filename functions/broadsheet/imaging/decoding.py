"""Decodes any file that browsers show as a picture: upright, in sRGB, white where it was transparent."""

import io
import warnings
from functools import partial

import pi_heif  # type: ignore[import-untyped]  # it has no types
from PIL import Image, ImageFile

from ..model.image import WIDTHS
from . import animation, formats, limits, metadata, torn
from .colour import opaque_srgb, straight
from .metadata import Stripped
from .result import NotAnImage, Picture

pi_heif.register_heif_opener()
# Pillow raises an error at twice this number, which is above every limit here.
Image.MAX_IMAGE_PIXELS = max(limits.MAX_PIXELS.values()) // 2 + 1

# What turns an image upright, by EXIF's orientation (JEITA CP-3451 §4.6.4).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = frozenset({5, 6, 7, 8})
ENOUGH = 2 * WIDTHS[-1]  # pixels: reduced to no less than this, an image is resized without visible loss


def decode(content: bytes) -> Picture:
    """The picture in a file. Raises `NotAnImage`; for unknown kinds of damage, any error of a decoder."""
    format = formats.of(content)
    if format is None:
        raise NotAnImage(formats.refusal(content))
    file = metadata.strip(content, format)
    del content
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the decoders warn of large sizes and odd data, which are handled here
        return _decode(file, format)


def _decode(file: Stripped, format: str) -> Picture:
    image = _opened(file, format)
    if reason := limits.too_large(*image.size, format, in_scans=file.scans > 1) or limits.too_slow(file.scans):
        raise NotAnImage(reason)
    turned = _orientation(image, file, format)
    width, height = reversed(image.size) if turned in SIDEWAYS else image.size
    shrink = partial(_draft, sideways=turned in SIDEWAYS)
    shrink(image)
    whole, warned = torn.load(image, lambda: shrink(_opened(file, format)), format, file.scans)
    if whole is not image:  # its last rows may be missing
        kept = whole.height / image.height
        width, height = (round(width * kept), height) if turned in SIDEWAYS else (width, round(height * kept))
    finish = partial(_finished, turned=turned, profile=file.profile or image.info.get("icc_profile"))
    still = finish(whole)
    moving, left_out = animation.read(image, finish, still) if whole is image else (None, [])
    return Picture(still, max(1, width), max(1, height), moving, [*warned, *left_out])


def _opened(file: Stripped, format: str) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(file.content), formats=(format,))
    except Image.DecompressionBombError:
        raise NotAnImage(f"it has too many pixels: {limits.in_all(format)}") from None


def _orientation(image: Image.Image, file: Stripped, format: str) -> int:
    """EXIF's orientation. Pillow reports an AVIF's own one as EXIF's; libheif applies a HEIC's."""
    if format in ("WEBP", "AVIF"):
        return metadata.orientation(image.info.get("exif", b""))
    return file.orientation


def _draft(image: ImageFile.ImageFile, *, sideways: bool) -> ImageFile.ImageFile:
    """Have a JPEG decoded at a half, a quarter or an eighth of its size. Of other formats this changes nothing."""
    across = image.height if sideways else image.width
    enough = _enough(image)
    if across >= 2 * enough:
        image.draft(None, (1, enough) if sideways else (enough, 1))
    return image


def _finished(image: Image.Image, *, turned: int, profile: bytes | None) -> Image.Image:
    image = _shrunk(straight(image), sideways=turned in SIDEWAYS)
    image = opaque_srgb(image, profile)
    return image.transpose(TURNS[turned]) if turned in TURNS else image


def _shrunk(image: Image.Image, *, sideways: bool) -> Image.Image:
    factor = _enough(image) / (image.height if sideways else image.width)
    if factor >= 1:
        return image
    to = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(to, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _enough(image: Image.Image) -> int:
    """The width to which an image may be reduced: less, if its pixels take much memory."""
    return ENOUGH if image.width * image.height <= limits.MAX_DECODED else WIDTHS[-1]
