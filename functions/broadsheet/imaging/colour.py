"""From each mode of Pillow to RGB in sRGB, in the picture's own tones."""

import io
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageCms

# The colour space of an ICC profile (ICC.1:2022 §7.2.8), by the modes of the images that it can be for.
_SPACES = {"L": "GRAY", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK", "LAB": "Lab"}


def straight(image: Image.Image) -> Image.Image:
    """The image in a mode of 8 bits that can be resized: L, RGB, RGBA, CMYK or LAB, with its transparency."""
    return _CONVERSIONS.get(image.mode, _to_rgb)(image)


def opaque_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A straight image in RGB: in sRGB by its profile, and white where it is transparent.

    A profile that is damaged, or for images of another kind, is ignored.
    """
    if profile and (transform := _transform(profile, image.mode)):
        converted = ImageCms.applyTransform(image, transform)
        image = converted or image
    if image.mode == "LAB":
        lab = _transform(_lab_profile(), "LAB")
        image = (ImageCms.applyTransform(image, lab) if lab else None) or image.convert("RGB")
    if image.mode != "RGBA":
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _to_rgb(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _grey(image: Image.Image) -> Image.Image:
    return _to_rgb(image) if image.has_transparency_data else image.convert("L")


def _grey16(image: Image.Image) -> Image.Image:
    """Sixteen bits of grey, of which 65,535 is white. Pillow's own conversion clips them at 255."""
    transparent = image.info.get("transparency")
    image = image.convert("I")  # the one mode with a table of 65,536 values
    tones = image.point([round(value / 257) for value in range(65_536)], "L")
    if not isinstance(transparent, int):
        return tones
    alpha = image.point([0 if value == transparent else 255 for value in range(65_536)], "L")
    return Image.merge("RGBA", (tones, tones, tones, alpha))


def _scaled(image: Image.Image) -> Image.Image:
    """Numbers without a fixed range: up to 1, up to 255, or up to 65,535, whichever holds them."""
    low, high = (float(str(value)) for value in image.convert("F").getextrema())
    white = next((limit for limit in (1.0, 255.0, 65_535.0) if low >= 0 and high <= limit), None)
    if image.mode == "I" and white == 1.0:
        white = 255.0
    floor, span = (0.0, white) if white else (low, high - low or 1.0)
    return image.convert("F").point(lambda value: value * (255 / span) - floor * (255 / span)).convert("L")


_CONVERSIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "1": _grey,
    "L": _grey,
    "I;16": _grey16,
    "I;16B": _grey16,
    "I;16L": _grey16,
    "I;16N": _grey16,
    "I": _scaled,
    "F": _scaled,
    "RGBA": lambda image: image,
    "CMYK": lambda image: image,
    "LAB": lambda image: image,
    "La": lambda image: image.convert("LA").convert("RGBA"),
    # P, PA, LA, RGBa, RGBX, YCbCr, HSV and RGB go by way of `_to_rgb`.
}


@lru_cache(maxsize=2)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The conversion from the profile to sRGB; None if the profile cannot be applied to this mode."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES.get(mode):
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, mode, "RGBA" if mode == "RGBA" else "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


@lru_cache(maxsize=1)
def _lab_profile() -> bytes:
    profile: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return profile
