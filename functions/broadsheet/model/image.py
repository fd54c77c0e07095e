"""Pictures that editors upload: what they are called, and which sizes there are of each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Of each picture there is one as wide as each of these, but none wider than itself.
WIDTHS = (480, 960, 1600)  # pixels
# The best first; the last is the one that everything can show.
ENDINGS = ("webp", "jpg")
# A picture's id is the SHA-256 of the file that was sent, so the same file is the same picture.
ID = re.compile(r"[0-9a-f]{64}")
_SRC = re.compile(r"/images/([0-9a-f]{64})/([1-9][0-9]{0,3})\.jpg")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file: its SHA-256 in hexadecimal, its size in bytes, its media type."""

    sha256: str
    size: int
    type: str


def widths(width: int) -> Sequence[int]:
    """The widths that there are of a picture so wide, in pixels, the smallest first."""
    return sorted({min(width, each) for each in WIDTHS})


def image_path(id: str, width: int, ending: str = ENDINGS[-1]) -> str:
    """Where the picture of that width is."""
    return f"/images/{id}/{width}.{ending}"


def sources(src: str, ending: str) -> Sequence[tuple[str, int]]:
    """The addresses of an uploaded picture in every width, with these; none of a picture from elsewhere.

    `src` is where its widest is, which its name tells.
    """
    found = _SRC.fullmatch(src)
    return [(image_path(found[1], width, ending), width) for width in widths(int(found[2]))] if found else []
