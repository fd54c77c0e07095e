"""Images that editors upload: their ids, widths, formats and paths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Each image exists in these widths, but in none above its own.
WIDTHS = (480, 960, 1600)  # pixels
# The smallest files first; the last format is the one that every client can show.
EXTENSIONS = ("webp", "jpg")
# The SHA-256 of the uploaded file, so the same file is the same image.
ID = re.compile(r"[0-9a-f]{64}")
_SRC = re.compile(r"/images/([0-9a-f]{64})/([1-9][0-9]{0,3})\.jpg")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file: its SHA-256 in hexadecimal, its size in bytes, its media type."""

    sha256: str
    size: int
    type: str


def widths(width: int) -> Sequence[int]:
    """The widths in which an image of that width exists, in pixels, the smallest first."""
    return sorted({min(width, each) for each in WIDTHS})


def image_path(id: str, width: int, extension: str = EXTENSIONS[-1]) -> str:
    """The path of the image in that width and format."""
    return f"/images/{id}/{width}.{extension}"


def sources(src: str, extension: str) -> Sequence[tuple[str, int]]:
    """The paths of an uploaded image in every width, each with its width; none for an image from elsewhere.

    `src` is the path of the widest, which holds its width.
    """
    found = _SRC.fullmatch(src)
    return [(image_path(found[1], width, extension), width) for width in widths(int(found[2]))] if found else []
