"""The formats of pictures, by the first bytes of a file. Its name and its media type do not count, as in browsers."""

ACCEPTED = "JPEG, PNG, WebP, GIF, AVIF, HEIC"

# SVG is not among them: it can hold scripts.
_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_BRANDS = {
    "AVIF": (b"avif", b"avis"),
    "HEIF": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
}
# What editors send instead.
_OTHERS = (
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"%PDF-", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\x01\0", "ICO"),
)


def of(content: bytes) -> str | None:
    """Pillow's name for the format, None for a file in none that is accepted."""
    for signature, format in _SIGNATURES:
        if content.startswith(signature):
            return format
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] != b"ftyp":
        return None
    # The brands: the major one first, then a version, then the compatible ones. AVIF files name mif1 too.
    size = min(int.from_bytes(content[:4], "big"), 256)
    brands = [content[8:12], *(content[at : at + 4] for at in range(16, size, 4))]
    return next((format for format, known in _BRANDS.items() if any(brand in known for brand in brands)), None)


def refusal(content: bytes) -> str:
    """Why a file in no accepted format is refused."""
    name = next((name for signature, name in _OTHERS if content.startswith(signature)), None)
    if name is None and b"<svg" in content[:1000].lower():
        name = "SVG"
    found = f"it is {'an' if name[0] in 'IS' else 'a'} {name} file, and " if name else "it "
    return f"{found}is not an image in one of the formats {ACCEPTED}"
