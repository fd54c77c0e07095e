"""What an article's addresses must be: which files beside the article are uploaded, and which addresses are refused.

Readers open an article at its URL, where a path relative to the article's file leads nowhere. A picture beside the file
is uploaded; any other relative address is refused, and so is a picture that the pages' Content-Security-Policy blocks.
"""

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from .body_addresses import Address, Kind
from .media_types import is_image

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/", re.IGNORECASE)
ARTICLES = frozenset({".md", ".markdown", ".json", ".html", ".htm"})
# One candidate of a `srcset`.
SIZE = re.compile(r"([^\s,](?:\S*[^\s,])?)(?:\s+[^\s,]*)?(?:,|$)")

NO_FILE = "{!r} leads to no file; write a path that is relative to this file"
BLOCKED = "{!r} is blocked by browsers, because pages load {} over https only; write https://"
ON_MACHINE = "{!r} is a file of one computer; write its path relative to this file, such as pictures/quay.jpg"
INLINE = "is a picture within the text, which the site does not keep; save it as a file and name the file"
NOT_PLACED = '{!r} is in a notation in which the command cannot replace it; write ![…](…) on one line, or src="…"'
NOT_IMAGE = "{!r} is none of JPEG, PNG, WebP, GIF, AVIF and HEIC"


class Wrong(Exception):
    """The address is refused. The text continues the name of the field."""


def local_picture(address: str, folder: Path) -> Path | None:
    """The file of a picture with this address in an article in this folder; None for one that is on the web.

    Raises `Wrong`.
    """
    scheme = _scheme(address)
    if scheme == "http":
        raise Wrong(BLOCKED.format(address, "pictures"))
    if scheme in ("data", "about"):
        raise Wrong(INLINE)
    if scheme == "file" or len(scheme) == 1:
        raise Wrong(ON_MACHINE.format(address))
    if scheme or address.startswith("/") or not address:
        return None
    file = find_file(address, folder)
    if file is None:
        raise Wrong(_no_file(address, folder))
    if not is_image(_beginning(file)):
        raise Wrong(NOT_IMAGE.format(address))
    return file


def local_file(address: Address, folder: Path) -> Path | None:
    """The picture to upload for an address in a body; None where the address stays as it is. Raises `Wrong`."""
    picture: Path | None = None
    match address.kind:
        case Kind.PICTURE:
            picture = local_picture(address.text, folder)
        case Kind.LINK:
            picture = _linked(address.text, folder)
        case Kind.RECORDING:
            _check_recording(address.text)
        case Kind.SIZES:
            _check_sizes(address.text)
    if picture and address.start < 0:
        raise Wrong(NOT_PLACED.format(address.text))
    return picture


def find_file(address: str, folder: Path) -> Path | None:
    """The file that a relative address names: as it is written, or without percent-escapes, query and fragment.

    Equal spellings of Unicode are one name: macOS writes names in another form than editors do.
    """
    for path in (address, unquote(address), unquote(re.split("[?#]", address, maxsplit=1)[0])):
        for form in ("NFC", "NFD"):
            file = folder / unicodedata.normalize(form, path)
            if _is_file(file):
                return file
    return None


def _scheme(address: str) -> str:
    found = SCHEME.match(address)
    return found[1].lower() if found else ""


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a null character
        return False


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(300)
    except OSError as error:
        raise Wrong(f"{str(file)!r} cannot be read: {error.strerror}") from error


def _no_file(address: str, folder: Path) -> str:
    if "\\" in address:
        return f"{address!r} leads to no file; write / in place of \\"
    if HOST.match(address):
        return f"{address!r} leads to no file; write https://{address} if it is on another site"
    file = folder / unquote(address)
    try:
        similar = [each.name for each in file.parent.iterdir() if each.name.casefold() == file.name.casefold()]
    except (OSError, ValueError):
        similar = []
    return f"{address!r} leads to no file; {similar[0]} has other capitals" if similar else NO_FILE.format(address)


def _linked(address: str, folder: Path) -> Path | None:
    """The picture that a link leads to. A link to the web, a path of the site, a fragment or a mail has none."""
    if not address or _scheme(address) or address.startswith(("#", "/", "www.")):
        return None
    file = find_file(address, folder)
    if file is None:
        if HOST.match(address):
            raise Wrong(f"{address!r} leads to no page; write https://{address}")
        raise Wrong(
            f"{address!r} leads to no page; write https://… for another site, or a path such as /en/ for this one"
        )
    if is_image(_beginning(file)):
        return file
    if file.suffix.lower() in ARTICLES:
        raise Wrong(
            f"{address!r} is a file that readers cannot open; write the path of the article's page, "
            "such as /en/2025/04/15/harbour-fire/"
        )
    raise Wrong(f"{address!r} is a file that the site does not serve; write the https:// address of a server that does")


def _check_recording(address: str) -> None:
    scheme = _scheme(address)
    if scheme == "http":
        raise Wrong(BLOCKED.format(address, "recordings"))
    if not address or address.startswith("/") or len(scheme) > 1:
        return
    raise Wrong(
        f"{address!r} is a recording beside the text, which the site does not serve; "
        "write the https:// address of a server that does"
    )


def _check_sizes(sizes: str) -> None:
    for address in SIZE.findall(sizes):
        scheme = _scheme(address)
        if scheme == "http":
            raise Wrong(BLOCKED.format(address, "pictures"))
        if not scheme and not address.startswith("/"):
            raise Wrong(f"{address!r} is in srcset; leave srcset out, since the site makes the sizes of a picture")
