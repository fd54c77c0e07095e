"""Images that editors upload: their ids, widths, formats and paths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Each image exists in these widths, but in none above its own.
WIDTHS = (480, 960, 1600)  # pixels
# No side of an upload, or of the image of an article, has more pixels.
MAX_SIDE = 30_000
# WebP holds no larger side. The variants of a taller image are JPEGs only, and end in .jpeg, so that the path tells.
MAX_WEBP_SIDE = 16_383
# The SHA-256 of the uploaded file, so the same file is the same image.
ID = re.compile(r"[0-9a-f]{64}")
_SRC = re.compile(r"/images/([0-9a-f]{64})/([1-9][0-9]{0,3})\.(jpg|jpeg)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file: its SHA-256 in hexadecimal, its size in bytes, its media type."""

    sha256: str
    size: int
    type: str


def widths(width: int) -> Sequence[int]:
    """The widths in which an image of that width exists, in pixels, the smallest first."""
    return sorted({min(width, each) for each in WIDTHS})


def image_path(id: str, width: int, extension: str) -> str:
    """The path of the image in that width and format: `webp`, `jpg`, or `jpeg` where there is no WebP."""
    return f"/images/{id}/{width}.{extension}"


def sources(src: str, type: str) -> Sequence[tuple[str, int]]:
    """The paths of an uploaded image as `webp` or `jpeg` in every width, each with its width.

    None for an image from elsewhere, and none as WebP for one that is too tall. `src` is the path of the widest JPEG.
    """
    found = _SRC.fullmatch(src)
    if not found or (type == "webp" and found[3] == "jpeg"):
        return []
    extension = "webp" if type == "webp" else found[3]
    return [(image_path(found[1], width, extension), width) for width in widths(int(found[2]))]


def fills(src: str, width: int, height: int, box: int) -> bool:
    """Whether an image of this size, in pixels, fills a box of 16 to 9 that wide without being enlarged.

    Vector graphics fill every box.
    """
    return src.endswith(".svg") or min(width, height * 16 // 9) >= box
