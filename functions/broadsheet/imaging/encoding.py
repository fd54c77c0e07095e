"""Encodes a picture in every width and format of pages."""

import io
from collections.abc import Iterator
from typing import Any

from PIL import Image

from ..model.image import MAX_WEBP_SIDE, widths
from .result import Picture

ENCODERS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
}
# Encoding a frame takes a third of the time by this method, and the file is a tenth larger.
MOVING: dict[str, Any] = {"format": "WEBP", "quality": 70, "method": 1}


def widest(picture: Picture) -> tuple[int, int]:
    """Width and height of the widest variant."""
    return _size(picture, widths(picture.width)[-1])


def has_webp(picture: Picture) -> bool:
    """Whether its variants exist in WebP, which holds no taller ones."""
    return widest(picture)[1] <= MAX_WEBP_SIDE


def variants(picture: Picture) -> Iterator[tuple[int, str, bytes]]:
    """Each variant, as its width, its format and its bytes."""
    for width in widths(picture.width):
        to = _size(picture, width)
        still = _resized(picture.still, to)
        yield width, "jpg", _encoded(still, ENCODERS["jpg"])
        if not has_webp(picture):
            continue
        if picture.animation is None:
            yield width, "webp", _encoded(still, ENCODERS["webp"])
            continue
        first, *others = (_resized(frame, to) for frame in picture.animation.frames)
        moving = {"save_all": True, "append_images": others, "duration": list(picture.animation.durations)}
        yield width, "webp", _encoded(first, MOVING | moving | {"loop": picture.animation.plays})


def _size(picture: Picture, width: int) -> tuple[int, int]:
    return width, max(1, round(picture.height * width / picture.width))


def _resized(image: Image.Image, to: tuple[int, int]) -> Image.Image:
    return image if image.size == to else image.resize(to, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()
