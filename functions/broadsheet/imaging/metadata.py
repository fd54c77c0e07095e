"""What surrounds the pixels of a file. Only the orientation and the colour profile count, and damage to the rest is no
reason to refuse a picture. So the decoders get the file without it.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

# A longer profile is ignored: those of displays have a few kilobytes, those of presses up to a few megabytes.
MAX_PROFILE = 4_000_000  # bytes
# What a file has more of is dropped, and the file breaks off there: no work without end on parts of a few bytes.
MAX_SEGMENTS, MAX_CHUNKS, MAX_BLOCKS = 10_000, 500_000, 2_000_000

ORIENTATION = 0x0112
_INTEGERS = {1: "B", 3: "H", 4: "L"}  # the types of a tag: BYTE, SHORT, LONG
# A marker of a JPEG that a length follows, unlike TEM and restarts.
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")
_APP, _COMMENT, _SOS = range(0xE0, 0xF0), 0xFE, 0xDA
# How a PNG encodes values of transparency: as its samples, of 1 to 16 bits. Pillow compares them with bytes.
_GREY_STEPS = {1: 255, 2: 85, 4: 17}
# What the parts of a GIF begin with.
_EXTENSION, _IMAGE, _TRAILER, _CONTROL = 0x21, 0x2C, 0x3B, b"\xf9"
# Netscape's extension, and its predecessor.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
# An item of an AVIF or HEIC file that holds EXIF. Its orientation does not count there (ISO/IEC 23008-12 §6.5.10).
_EXIF_ITEM = re.compile(rb"(infe\x02.{3}.{4}|infe\x03.{3}.{6})Exif", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A file without metadata. `orientation` is EXIF's, 1 to 8; `profile` is an ICC profile, perhaps a damaged one.

    `scans` is the number of passes over a JPEG: one for most, several for a progressive one.
    """

    content: bytes
    orientation: int = 1
    profile: bytes | None = None
    scans: int = 1


def strip(content: bytes, format: str) -> Stripped:
    """The file without its metadata; for WebP the file itself, because its decoder does not read them."""
    match format:
        case "JPEG":
            return _jpeg(content)
        case "PNG":
            return _png(content)
        case "AVIF" | "HEIF":
            return Stripped(_EXIF_ITEM.sub(rb"\1skip", content))
        case "GIF":
            return Stripped(_gif(content))
        case _:
            return Stripped(content)


def orientation(exif: bytes) -> int:
    """The orientation in EXIF data (TIFF 6.0 §2), 1 where there is none that can be read."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}L", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(count):
            tag, type = struct.unpack_from(f"{order}HH", tiff, start + 2 + 12 * number)
            if tag == ORIENTATION:
                (value,) = struct.unpack_from(order + _INTEGERS.get(type, "H"), tiff, start + 10 + 12 * number)
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:  # the data end before the entry
        pass
    return 1


def _jpeg(content: bytes) -> Stripped:
    kept, turned, profile = [content[:2]], 1, dict[int, bytes]()
    for marker, segment, end in _segments(content):
        body = segment[4:]
        if marker == _SOS:
            kept += [segment, content[end:]]
        elif marker == 0xE1 and body.startswith(b"Exif\0"):
            turned = turned if turned != 1 else orientation(body)
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0") and len(body) > 14:
            profile[body[12]] = body[14:]
        elif _is_pixels(marker, body):
            kept.append(segment)
    joined = b"".join(profile[number] for number in sorted(profile))
    stripped = b"".join(kept)
    # In the data of a scan, every FF is followed by 00 or the number of a restart, so these find markers alone. After
    # the end there may be a film or another picture.
    end = stripped.find(b"\xff\xd9", stripped.find(bytes((0xFF, _SOS))))
    scans = stripped.count(bytes((0xFF, _SOS)), 0, end if end >= 0 else len(stripped))
    return Stripped(stripped, turned, joined if 0 < len(joined) <= MAX_PROFILE else None, scans)


def _is_pixels(marker: int, body: bytes) -> bool:
    """Whether the decoder needs the segment. JFIF and Adobe's say how colours are encoded."""
    if marker == 0xE0:
        return body.startswith(b"JFIF\0") and len(body) >= 14
    if marker == 0xEE:
        return body.startswith(b"Adobe") and len(body) >= 12
    return marker not in _APP and marker != _COMMENT


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Each segment up to the first scan's header, as its marker, its bytes and where it ends."""
    end = 2
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(content, end)
        if found is None:
            return
        start, marker = found.start(), found[1][0]
        end = start + 2 + max(2, int.from_bytes(content[start + 2 : start + 4], "big"))
        yield marker, content[start:end], end
        if marker == _SOS:
            return


def _png(content: bytes) -> Stripped:
    kept, turned, profile, depth, grey = bytearray(content[:8]), 1, None, 8, False
    for type, body, chunk, intact in _chunks(content):
        if type == b"IHDR" and len(body) == 13:
            depth, grey = body[8], body[9] == 0
        if type == b"eXIf":
            turned = orientation(body)
        elif type == b"iCCP" and intact:
            profile = _inflated(body)
        elif type == b"tRNS" and intact:
            kept += _chunk(type, _transparency(body, depth, grey=grey))
        elif type[:1].isupper() or (intact and type in (b"acTL", b"fcTL", b"fdAT")):
            kept += chunk
    return Stripped(bytes(kept), turned, profile)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes, bool]]:
    """Each chunk of a PNG: its type, its data, all its bytes, and whether its checksum is right."""
    at = 8
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(content):
            return
        (length,) = struct.unpack_from(">L", content, at)
        type, body, chunk = content[at + 4 : at + 8], content[at + 8 : at + 8 + length], content[at : at + 12 + length]
        yield type, body, chunk, chunk[-4:] == zlib.crc32(type + body).to_bytes(4, "big")
        if type == b"IEND":
            return
        at += 12 + length


def _chunk(type: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + type + body + zlib.crc32(type + body).to_bytes(4, "big")


def _transparency(body: bytes, depth: int, *, grey: bool) -> bytes:
    """The transparent colour in the values that Pillow decodes to: 16 bits of grey, 8 of all others."""
    values = [int.from_bytes(body[at : at + 2], "big") for at in range(0, len(body) - 1, 2)]
    if grey and depth in _GREY_STEPS:
        values = [value * _GREY_STEPS[depth] for value in values]
    elif depth == 16 and not grey:
        values = [value >> 8 for value in values]
    else:
        return body
    return b"".join(min(value, 0xFFFF).to_bytes(2, "big") for value in values)


def _inflated(body: bytes) -> bytes | None:
    """The profile in an iCCP chunk: a name, a null byte, the method, zlib data. None if it is damaged or too long."""
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(body.partition(b"\0")[2][1:], MAX_PROFILE)
    except zlib.error:
        return None
    return profile if inflate.eof else None


def _gif(content: bytes) -> bytes:
    """The file without comments, texts, and extensions of programs but the one that says how often it is played."""
    at = 13 + _colours(content, 10)
    kept, blocks = bytearray(content[:at]), 0
    while at < len(content) and blocks < MAX_BLOCKS and content[at] != _TRAILER:
        start, kind = at, content[at]
        if kind == _IMAGE:  # its place, its colours, the size of its codes
            at += 11 + _colours(content, at + 9)
        elif kind == _EXTENSION:
            at += 2
        else:  # decoders skip padding
            at, blocks = at + 1, blocks + 1
            continue
        needed = kind == _IMAGE or content[start + 1 : start + 2] == _CONTROL or content[at + 1 : at + 12] in _LOOPS
        at, blocks = _after_blocks(content, at, blocks)
        if needed:
            kept += content[start:at]
    return bytes(kept + content[at : at + 1])


def _after_blocks(content: bytes, at: int, blocks: int) -> tuple[int, int]:
    """Where the blocks of data end that begin here, and how many blocks the file has had by then."""
    while at < len(content) and blocks < MAX_BLOCKS:
        length, blocks = content[at], blocks + 1
        at += 1 + length
        if length == 0:
            break
    return at, blocks


def _colours(content: bytes, at: int) -> int:
    """The length of the table of colours that these flags announce."""
    flags = content[at] if at < len(content) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
