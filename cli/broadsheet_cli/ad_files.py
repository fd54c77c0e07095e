"""Ads in files: YAML with the API's fields by their names, read as front matter is.

The ad's name is the file's name without its extension. An `image`, or its `src`, that is neither a URL nor a path of
the site names a picture by its path from the file's folder. Times may be local times of the site's time zone.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import front_matter
from .errors import FileError
from .files import read_text
from .site import InvalidTime, Site
from .yaml_texts import NULLS, NotFields, read_fields

SUFFIXES = (".yaml", ".yml")
# The line that starts a document of YAML. Its line break stays, so that the lines keep their numbers.
START = re.compile(r"\A---[ \t]*(?=\r?\n)")
TIMES = ("from", "until")
FIELDS = ("edition", "image", "alt", "link", "from", "until", "weight")


@dataclass(frozen=True, slots=True)
class FileAd:
    """An ad in a file: its name, the body of the API call, and the line of each field by its path in the API.

    `picture` is the file to upload, whose result replaces the ad's `image`.
    """

    file: str
    name: str
    fields: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)
    picture: Path | None = None


def read_ad(file: Path, site: Site, times: Mapping[str, str]) -> FileAd:
    """The ad in the file, with `times` in place of its own `from` and `until`. Raises `FileError`."""
    name = str(file)
    if file.suffix.lower() not in SUFFIXES:
        raise FileError(name, f"must end in {', '.join(SUFFIXES)}")
    text = read_text(file)
    try:
        found = read_fields(START.sub("", text))
    except NotFields as error:
        raise error.in_file(name, 1) from error
    except RecursionError:
        raise FileError(name, "is nested too deeply") from None
    lines = {path: line + 1 for path, line in found.lines.items() if path not in times}
    fields = {**found.values, **times}
    for key in TIMES:
        if isinstance(value := found.values.get(key), str) and key not in times:
            fields[key] = _time(site, value, name, key, lines[key])
    if fields.get("edition") in NULLS:
        fields["edition"] = None
    image = fields.get("image")
    src = image.get("src") if isinstance(image, dict) else image
    picture = file.parent / src if isinstance(src, str) and _is_file_name(src) else None
    return FileAd(name, unicodedata.normalize("NFC", file.stem), fields, lines, picture)


def to_yaml(ad: Mapping[str, object], site: Site) -> str:
    """An ad from the API as a file, with times in the site's time zone. Reading the file gives the same ad."""
    fields = {name: ad[name] for name in FIELDS if ad.get(name) is not None}
    fields |= {name: site.local(str(fields[name])).isoformat() for name in TIMES if name in fields}
    return front_matter.to_yaml(fields)


def _time(site: Site, value: str, name: str, key: str, line: int) -> str:
    try:
        return site.time(value).isoformat()
    except InvalidTime as error:
        raise FileError(name, str(error), line=line, field=key) from None


def _is_file_name(src: str) -> bool:
    return src != "" and not src.startswith("/") and ":" not in src
