"""The media types of images: by a file's first bytes, which browsers go by too, or else by its name."""

LARGEST_IMAGE = 50_000_000  # bytes

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypavis", "image/avif"),
    (4, b"ftyphe", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
)
_SUFFIXES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".hif": "image/heif",
    ".png": "image/png",
    ".webp": "image/webp",
}


def media_type(content: bytes, suffix: str) -> str:
    """The media type of a file with this content and this suffix, such as `.png`; JPEG's if neither tells.

    The API refuses a file whose content is none of these types, whatever it is called.
    """
    for at, signature, type in _SIGNATURES:
        if content.startswith(signature, at):
            return type
    return _SUFFIXES.get(suffix, "image/jpeg")


def is_image(content: bytes) -> bool:
    """Whether a file that begins with this content may be an image in one of the formats that the API takes."""
    return content[4:8] == b"ftyp" or any(content.startswith(signature, at) for at, signature, _ in _SIGNATURES)
