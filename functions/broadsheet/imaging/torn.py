"""Files that break off, as after an upload or a copy that was interrupted. Browsers show what is there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile

from .result import NotAnImage, Warned

# Decoders of the other formats give nothing of a file that breaks off, and neither do browsers' of most.
FORMATS = ("JPEG", "PNG", "GIF")
# The rows of a JPEG that are missing when only its last bytes are: those of a block, and two that smooth its edge.
BLOCK = 18
MOST_MISSING = 0.1  # of the rows

Loaded = tuple[Image.Image, list[Warned]]


def load(image: ImageFile.ImageFile, again: Callable[[], ImageFile.ImageFile], format: str, scans: int) -> Loaded:
    """The image with its pixels, or another one without the rows that a file has lost, with a warning.

    `again` opens the file anew. Raises `NotAnImage` if more than a tenth of the rows is missing.
    """
    try:
        image.load()
    except (OSError, SyntaxError, EOFError):
        if format not in FORMATS:
            raise
    else:
        return image, []
    if scans > 1:  # every scan has all rows, and the missing ones make the others sharper
        return _tolerant(again()), [Warned("truncated", "The file breaks off, so the picture may be less sharp.")]
    missing = _missing_rows(again())
    rows = image.height
    if missing > max(rows * MOST_MISSING, BLOCK if format == "JPEG" and rows > BLOCK else 0):
        raise NotAnImage(f"it is broken: it breaks off after {100 * (rows - missing) // rows} % of its rows")
    whole = _tolerant(again())
    if format == "JPEG" and missing <= BLOCK:
        return whole, []
    cut = whole.crop((0, 0, whole.width, rows - missing))
    cut.info = whole.info
    return cut, [Warned("truncated", f"The file breaks off; its last rows, {_share(missing, rows)}, are cut off.")]


def _share(missing: int, rows: int) -> str:
    return f"{max(1, round(100 * missing / rows))} % of the picture"


def _missing_rows(image: ImageFile.ImageFile) -> int:
    """How many rows at the bottom the decoder did not reach, which stay black."""
    # To a JPEG that breaks off, Pillow adds the marker of its end, unless it believes that it has. Then the decoder
    # would fill the rest with grey.
    vars(image)["_ended"] = True
    box = _tolerant(image).getbbox(alpha_only=False)
    return image.height - (box[3] if box else 0)


def _tolerant(image: ImageFile.ImageFile) -> ImageFile.ImageFile:
    with _truncated_allowed():
        image.load()
    return image


@contextmanager
def _truncated_allowed() -> Iterator[None]:
    """Pillow's setting for files that break off. It is one for the process, in which nothing else decodes."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
