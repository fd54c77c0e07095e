"""The enclosures of an article: the file that its editor named, and those that players in its text play."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from ...model.config import Site
from ...model.enclosure import MEDIA_TYPE, PLAYED_EVERYWHERE, Enclosure, media_type
from . import urls
from .markup import TAG

ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')

Player = tuple[Enclosure, ...]


def enclosures(named: Enclosure | None, body: str, site: Site) -> tuple[Enclosure, ...]:
    """The enclosures with absolute URLs, each once: the editor's first, then one for each player, in their order.

    `body` is sanitised HTML. A player in the text that plays the editor's file too adds none.
    """
    own = _absolute(named, site)
    found = {own.url: own} if own else {}
    for player in _players(body):
        if not any(file.url in found for file in player) and (best := _best(player)):
            found[best.url] = best
    return tuple(found.values())


def unplayed(named: Enclosure | None, body: str, site: Site) -> Enclosure | None:
    """The editor's enclosure with its absolute URL, unless a player in the text plays it."""
    own = _absolute(named, site)
    return None if any(own and file.url == own.url for player in _players(body) for file in player) else own


def _absolute(named: Enclosure | None, site: Site) -> Enclosure | None:
    return named and replace(named, url=urls.absolute(site, named.url))


def _best(player: Player) -> Enclosure | None:
    """The file of a player that most podcast clients play, else the first of a known type."""
    known = [file for file in player if file.type]
    return min(known, key=lambda file: file.type not in PLAYED_EVERYWHERE, default=None)


def _players(body: str) -> Iterator[Player]:
    """The alternative files of each player in sanitised HTML; an unknown type is empty.

    A film without sound is a moving picture, and no recording.
    """
    name, files = "", list[Enclosure]()
    for tag in TAG.finditer(body):
        if tag[1]:
            if tag[2] == name:
                yield from [tuple(files)] if files else []
                name = ""
            continue
        given = {key: unescape(value) for key, value in ATTRIBUTE.findall(tag[3])}
        if tag[2] in ("audio", "video") and "muted" not in given:
            name, files = tag[2], []
        if name and tag[2] in (name, "source") and "src" in given:
            files.append(_file(given, name))


def _file(given: dict[str, str], player: str) -> Enclosure:
    url = urls.encoded(given["src"])
    stated = given.get("type", "").partition(";")[0].strip().lower()
    type = stated if MEDIA_TYPE.fullmatch(stated) else media_type(url, player)
    return Enclosure(url, type or "")
