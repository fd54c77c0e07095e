"""Small pictures in every mode, and the parts of files that tests damage."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageCms

from broadsheet.services.images import convert

ORIENTATION = 0x0112


def ramp(width: int = 64, height: int = 8) -> Image.Image:
    """Grey, from black on the left to white on the right."""
    image = Image.new("L", (width, height))
    image.putdata([round(255 * x / max(1, width - 1)) for _ in range(height) for x in range(width)])
    return image


def halves(width: int = 64, height: int = 32) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    return image


def encoded(image: Image.Image, format: str = "PNG", **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **more)
    return file.getvalue()


def converted(content: bytes) -> tuple[dict[str, Any], dict[str, Image.Image]]:
    """The result of an upload, and its variants by the last part of their paths."""
    made, result = convert(content, "0a" * 32)
    return result, {path.rpartition("/")[2]: Image.open(io.BytesIO(variant)) for path, variant in made}


def shown(content: bytes) -> Image.Image:
    """The widest JPEG of a file that is accepted."""
    result, variants = converted(content)
    assert result["status"] == "ready", result
    return variants[result["image"]["src"].rpartition("/")[2]].convert("RGB")


def greys(image: Image.Image) -> list[int]:
    """The tones from left to right, in the middle row."""
    line = image.convert("L").crop((0, image.height // 2, image.width, image.height // 2 + 1))
    return list(line.tobytes())


def is_near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int], by: int = 12) -> bool:
    pixel = image.convert("RGB").getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


def srgb() -> bytes:
    profile: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile


def swapped() -> bytes:
    """A valid profile in which red is sRGB's blue, and the reverse."""
    profile = srgb()
    head, table, rest = profile[:128], profile[128:400], profile[400:]
    table = table.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    return head + table + rest


def chunk(type: bytes, body: bytes, *, intact: bool = True) -> bytes:
    """A chunk of a PNG."""
    checksum = zlib.crc32(type + body) ^ (0 if intact else 1)
    return struct.pack(">L", len(body)) + type + body + struct.pack(">L", checksum)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with further chunks after its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def png(width: int, height: int, depth: int, colour: int, rows: Sequence[bytes], *chunks: bytes) -> bytes:
    """A PNG of these rows, for the depths that Pillow does not write."""
    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data + chunk(b"IEND", b"")


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """A JPEG with further segments after its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def exif(orientation: int = 1, *, tail: bytes = b"", entries: int | None = None, order: str = "<") -> bytes:
    """EXIF data with an orientation, and then anything."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", 8)
    entry = struct.pack(f"{order}HHLHH", ORIENTATION, 3, 1, orientation, 0)
    return b"Exif\0\0" + head + struct.pack(f"{order}H", 1 if entries is None else entries) + entry + tail
