"""An article with its pictures uploaded: addresses of files beside it become addresses of images of the site."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Protocol

from . import body_addresses
from .addresses import Wrong, local_file, local_picture
from .body_addresses import Address
from .client import Warned
from .errors import FieldError, FileError, Refused, Unavailable
from .field_advice import advice
from .files import FileArticle
from .messages import FieldErrors
from .pictures import Image


class Uploads(Protocol):
    """Where pictures are uploaded, see `Pictures`."""

    def start(self, file: Path) -> Future[Image]: ...


@dataclass(slots=True)
class _Place:
    """Where an article names a picture: its field, the line there, and the address as it is written."""

    field: str
    written: str
    file: Path
    line: int | None = None
    address: Address | None = None


def illustrated(article: FileArticle, pictures: Uploads) -> tuple[FileArticle, tuple[Warned, ...]]:
    """The article with the images of its pictures, and what those lost.

    Nothing is uploaded for an article with a field or an address that is refused. Raises `FieldErrors` with all of
    them, or with every picture that is refused.
    """
    wrong = [*advice(article.article)]
    places: list[_Place] = []
    for found in _places(article):
        if isinstance(found, FieldError):
            wrong.append(found)
        else:
            places.append(found)
    if wrong:
        raise FieldErrors(*wrong)
    started = [(place, pictures.start(place.file)) for place in places]
    images: list[tuple[_Place, Image]] = []
    for place, future in started:
        try:
            images.append((place, future.result()))
        except FileError as error:
            wrong.append(FieldError(place.field, f"{place.written!r} is refused: {error.rule}", place.line))
        except (Refused, Unavailable) as error:
            wrong.append(FieldError(place.field, f"{place.written!r} is refused: {error}", place.line))
    if wrong:
        raise FieldErrors(*wrong)
    warnings = tuple(
        Warned(f"{place.written!r}: {warning}", place.line, place.field)
        for place, image in images
        for warning in image.warnings
    )
    return _with(article, images), warnings


def _places(article: FileArticle) -> Iterator[_Place | FieldError]:
    """The pictures that an article names as files, and the addresses that are refused."""
    folder = article.file.parent
    image = article.article.get("image")
    source = image.get("src") if isinstance(image, Mapping) else None
    if isinstance(source, str):
        try:
            if file := local_picture(source, folder):
                yield _Place("image.src", source, file)
        except Wrong as error:
            yield FieldError("image.src", str(error))
    format, text = _body(article)
    for address in body_addresses.find(format, text):
        try:
            if file := local_file(address, folder):
                yield _Place("body.text", address.text, file, address.line, address)
        except Wrong as error:
            yield FieldError("body.text", str(error), address.line)


def _body(article: FileArticle) -> tuple[str, str]:
    body = article.article.get("body")
    if not isinstance(body, Mapping):
        return "", ""
    text = body.get("text")
    return str(body.get("format")), text if isinstance(text, str) else ""


def _with(article: FileArticle, images: list[tuple[_Place, Image]]) -> FileArticle:
    fields = dict(article.article)
    sources: dict[Address, str] = {}
    for place, image in images:
        if place.address is not None:
            sources[place.address] = _source(place.address, image, _body(article)[1])
        elif isinstance(given := fields["image"], Mapping):
            own = {name: value for name, value in given.items() if value is not None}
            fields["image"] = {"width": image.width, "height": image.height, **own, "src": image.src}
    if sources:
        body = fields["body"]
        text = body_addresses.replaced(_body(article)[1], sources)
        fields["body"] = {**body, "text": text} if isinstance(body, Mapping) else body
    return replace(article, article=fields)


def _source(address: Address, image: Image, text: str) -> str:
    """What stands in place of the address: an `<img>` without a size is given the image's, so that its room is kept."""
    src = escape(image.src)
    if not address.unsized:
        return src
    quote = text[address.end : address.end + 1]
    if quote in ('"', "'"):
        return f"{src}{quote} width={quote}{image.width}{quote} height={quote}{image.height}"
    return f"{src} width={image.width} height={image.height}"
