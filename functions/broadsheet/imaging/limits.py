"""What is too large to be processed in the memory and the time of the function. Checked before anything is decoded."""

from ..model.image import MAX_SIDE

# A picture of this size takes at most 1,200 MB of the function's 1,769 MB. Most JPEGs are decoded row by row and at a
# smaller scale; one in scans, such as a progressive one, is kept whole meanwhile.
MAX_PIXELS = {
    "JPEG": 250_000_000,
    "PNG": 100_000_000,
    "WEBP": 60_000_000,
    "GIF": 100_000_000,
    "AVIF": 60_000_000,
    "HEIF": 60_000_000,
}
MAX_PIXELS_IN_SCANS = 120_000_000
# A JPEG is decoded once for each of its scans. Encoders write about ten.
MAX_SCANS = 64
# An image with more pixels is reduced to the width of its widest variant before its colours are converted.
MAX_DECODED = 50_000_000
# An animation is encoded frame by frame, in each width.
MAX_FRAMES = 500
MAX_ANIMATED_PIXELS = 60_000_000

_NAMES = {"WEBP": "WebP", "HEIF": "HEIC"}


def too_large(width: int, height: int, format: str, *, in_scans: bool) -> str | None:
    """The limit that an image of this size exceeds, None if it exceeds none."""
    if max(width, height) > MAX_SIDE:
        rule = f"a side may have at most {MAX_SIDE:,}"
    elif width * height > (MAX_PIXELS_IN_SCANS if in_scans else MAX_PIXELS[format]):
        rule = in_all(format, in_scans=in_scans)
    else:
        return None
    return f"it has {width:,} × {height:,} pixels, and {rule}"


def in_all(format: str, *, in_scans: bool = False) -> str:
    """The limit on the pixels of a format."""
    if in_scans:
        return f"progressive JPEG files may have at most {MAX_PIXELS_IN_SCANS:,} in all"
    return f"{_NAMES.get(format, format)} files may have at most {MAX_PIXELS[format]:,} in all"


def too_slow(scans: int) -> str | None:
    """The limit that a JPEG with so many scans exceeds, None if it exceeds none."""
    return f"it is a JPEG image in more than {MAX_SCANS} scans" if scans > MAX_SCANS else None


def too_long(frames: int, width: int, height: int) -> str | None:
    """The limit that an animation of at least so many frames exceeds, None if it exceeds none."""
    if frames > MAX_FRAMES:
        return f"more than {MAX_FRAMES} frames"
    if frames * width * height > MAX_ANIMATED_PIXELS:
        return f"more than {MAX_ANIMATED_PIXELS:,} pixels in all its frames together"
    return None
