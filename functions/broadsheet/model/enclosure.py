"""Enclosures: the audio and video files of articles, which podcast clients download."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

MEDIA_TYPE = re.compile(r"(?:audio|video)/[a-z0-9][a-z0-9.+-]{0,80}")
# Not `mimetypes`, whose table differs between machines; the same article must give the same bytes.
TYPES = {
    "3gp": "video/3gpp",
    "aac": "audio/aac",
    "aif": "audio/aiff",
    "aiff": "audio/aiff",
    "flac": "audio/flac",
    "m4a": "audio/x-m4a",
    "m4b": "audio/x-m4a",
    "m4v": "video/x-m4v",
    "mka": "audio/x-matroska",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpga": "audio/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
}
# These formats hold audio alone or films, and one suffix serves both.
CONTAINERS = frozenset({"3gpp", "mp4", "ogg", "webm"})
# What Apple Podcasts and most other clients play.
PLAYED_EVERYWHERE = frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a", "video/mp4", "video/quicktime", "video/x-m4v"})


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An audio or video file. `url` is an https URL or a path of the site, in a feed always an absolute URL.

    `length` is in bytes and `duration` in seconds; each is None where it is not known.
    """

    url: str
    type: str
    length: int | None = None
    duration: int | None = None
    title: str = ""


def media_type(url: str, player: str = "") -> str | None:
    """The media type of the file at a URL, by its suffix. None where the suffix does not tell.

    `player` is the element that plays the file, `audio` or `video`: it decides for formats that hold either.
    """
    path = urlsplit(url).path
    found = TYPES.get(path.rpartition(".")[2].lower()) if "." in path.rpartition("/")[2] else None
    if found and player and found.partition("/")[2] in CONTAINERS:
        return f"{player}/{found.partition('/')[2]}"
    return found
