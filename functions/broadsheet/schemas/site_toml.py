"""The schema of `site.toml`. `make check`, `make build`, the local deployment and the smoke test validate the file.

`python -m broadsheet.schemas.site_toml FILE` prints every broken rule with its line, and exits with 1.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ..model.config import WEEKDAYS, Site, SiteError, load_toml, parse_site
from ..model.errors import FieldError, Rule
from ..model.slug import name_key
from ..model.text import VISIBLE
from .email import Email
from .fields import (
    INVALID,
    NOT_TEXT,
    REQUIRED,
    Boolean,
    BrokenRule,
    Choice,
    Field,
    ListOf,
    Object,
    Text,
    WholeNumber,
    read,
)

LINE = re.compile(r"[^\x00-\x1f\x7f]+")
TITLE = re.compile(rf"(?=.*{VISIBLE}){LINE.pattern}")
CODE = re.compile(r"(?!api$)[a-z]{2,3}(-[a-z0-9]{2,8})*")  # /api/ belongs to the API
SECTION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Browsers read a path with two slashes at the start as another site's URL.
PATH = re.compile(r"/([^/\\?#\x00-\x20\x7f][^\\?#\x00-\x20\x7f]*)?")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
PODCAST_IMAGE = re.compile(r"(?:https://[^\s/?#]+/|/(?!/))[^\s?#]*\.(?:jpg|png)")
PICTURE = re.compile(r"(?:https://[^\s/?#]+/|/(?!/))[^\s?#]*")
LINK = re.compile(r"https://[^\s/?#]+(?:/\S*)?")
# The site's paths as links have them, and URLs of other sites.
TARGET = re.compile(rf"{PATH.pattern}|{LINK.pattern}")
MAX_ENTRIES = 12  # of a menu
MAX_WORDS = 2_000  # characters about an author
MAX_ADDRESS = 300  # characters of a postal address
ASSET = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(svg|png)")
SOCIAL_PICTURE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.png")
TAG_AUTHORITY = re.compile(r"[a-z0-9.-]+\.[a-z]{2,},\d{4}(-\d\d(-\d\d)?)?")


def _format(message: str) -> Rule:
    return Rule("wrong_format", message)


class Table(Object):
    """A table with these keys and no others."""

    type_rule = Rule("wrong_type", "must be a table")

    def __init__(self, fields: Mapping[str, Field], default: Any = REQUIRED) -> None:
        super().__init__(fields, default)
        self.unknown_rule = Rule("unknown_field", f"is not a setting; the settings here are {', '.join(fields)}")


class TableOf(Field):
    """A table whose keys the operator chooses. A rule of a key is reported at the path of its value."""

    def __init__(self, key: Field, value: Field, empty_rule: str = "", default: Any = REQUIRED) -> None:
        super().__init__(default)
        self.key = key
        self.value = value
        self.empty_rule = empty_rule

    def read(self, value: Any, path: str, errors: list[FieldError]) -> Any:
        table = super().read(value, path, errors)
        if table is INVALID:
            return INVALID
        for key, inner in table.items():
            self.key.read(key, f"{path}.{key}", errors)
            self.value.read(inner, f"{path}.{key}", errors)
        return table

    def parse(self, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise BrokenRule(Table.type_rule)
        if not value and self.empty_rule:
            raise BrokenRule(Rule("too_few", self.empty_rule))
        return value


class BaseUrl(Field):
    """The site's scheme and host."""

    def parse(self, value: Any) -> str:
        parts = urlsplit(value.rstrip("/")) if isinstance(value, str) else urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise BrokenRule(_format("must be http:// or https:// and a host, without a path"))
        return str(value)


class TimeZone(Field):
    """A time zone of the IANA database."""

    def parse(self, value: Any) -> str:
        try:
            ZoneInfo(value if isinstance(value, str) else "")
        except (KeyError, ValueError, OSError):  # OSError for a directory of the database, like Europe
            raise BrokenRule(_format("must be a time zone of the IANA database, like Europe/Athens")) from None
        return str(value)


class MovedPath(Field):
    """A path of the former system, or the path that it has moved to."""

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise BrokenRule(NOT_TEXT)
        if not PATH.fullmatch(value):
            raise BrokenRule(_format(f"must name paths that start with one slash, unlike {value!r}"))
        if not value.endswith("/") and "." not in value.rpartition("/")[2]:
            raise BrokenRule(_format(f"must name paths that end in a slash or a file name, unlike {value!r}"))
        return value


class AuthorKey(Field):
    """The last segment of the path of an author's page."""

    def parse(self, value: Any) -> str:
        if value != name_key(value):
            raise BrokenRule(_format(f"must have the key in the path of the author's page, like {name_key(value)}"))
        return str(value)


def _title(default: Any = REQUIRED) -> Text:
    return Text(pattern=TITLE, rule=_format("must be a text of one line that is not empty"), default=default)


def _file(pattern: re.Pattern[str], kind: str) -> Text:
    """The name of a file in the paper's folder or in `render/assets/`."""
    rule = _format(f"must be the name of {kind} in lower-case letters, digits and hyphens")
    return Text(pattern=pattern, rule=rule, default=None)


PODCAST = Table(
    {
        # Apple's categories, without the narrower ones in them.
        "category": Choice(
            *("Arts", "Business", "Comedy", "Education", "Fiction", "Government", "Health & Fitness", "History"),
            *("Kids & Family", "Leisure", "Music", "News", "Religion & Spirituality", "Science"),
            *("Society & Culture", "Sports", "Technology", "True Crime", "TV & Film"),
        ),
        "explicit": Boolean(),
        "image": Text(
            pattern=PODCAST_IMAGE,
            rule=_format("must be an https:// URL or a path of the site, and end in .jpg or .png"),
        ),
        "author": _title(default=None),
        "email": Email(default=None),
    }
)
AUTHOR = Table(
    {
        "role": _title(default=None),
        "words": Text(MAX_WORDS, re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]*"), _format("must be a text"), default=None),
        "picture": Text(
            pattern=PICTURE,
            rule=_format("must be an https:// URL or a path of the site, of a square picture"),
            default=None,
        ),
        "links": ListOf(Text(pattern=LINK, rule=_format("must be an https:// URL")), default=[]),
    }
)
MENU = ListOf(
    Table(
        {
            "label": _title(),
            "path": Text(
                pattern=TARGET,
                rule=_format(
                    "must be a path of the site that starts with one slash, like /en/about/, or an https:// URL"
                ),
            ),
        }
    ),
    MAX_ENTRIES,
    default=[],
)
ISSUES = Table(
    {
        "hour": WholeNumber(0, 23, default=None),
        "weekly_day": Choice(*WEEKDAYS, default=None),
        "reply_to": Email(default=None),
    },
    default={},
)
EDITION = Table(
    {
        "name": _title(),
        "tagline": _title(),
        "direction": Choice("ltr", "rtl"),
        "sections": TableOf(
            Text(pattern=SECTION, rule=_format("must have a key of lower-case letters, digits and hyphens")),
            _title(),
            "must have at least one section",
        ),
        "numerals": Choice("latn", "arab", default=None),
        "months": Choice("gregorian", "levant", default=None),
        "podcasts": TableOf(Text(), PODCAST, default={}),
        "authors": TableOf(AuthorKey(), AUTHOR, default={}),
        "logo": _file(ASSET, "an .svg or .png"),
        "logo_dark": _file(ASSET, "an .svg or .png"),
        "social_picture": _file(SOCIAL_PICTURE, "a .png"),
        "menu": MENU,
        "footer": MENU,
        "newsletter": ISSUES,
    }
)
SITE = Table(
    {
        "name": _title(),
        "base_url": BaseUrl(),
        "time_zone": TimeZone(),
        "tag_authority": Text(
            pattern=TAG_AUTHORITY, rule=_format('must be a domain and a date, like "news.example,2025" (RFC 4151)')
        ),
        "feed_text": Choice("full", "summary"),
        "language_in_paths": Boolean(default=True),
        "editions": TableOf(
            Text(pattern=CODE, rule=_format("must have a language as its key, like en or ar-eg")),
            EDITION,
            "must have at least one edition",
        ),
        "ads_txt": ListOf(Text(pattern=LINE, rule=_format("must be a text of one line")), default=[]),
        "moved": TableOf(MovedPath(), MovedPath(), default={}),
        "publisher": Table(
            {
                "name": _title(),
                "postal_address": Text(
                    MAX_ADDRESS,
                    re.compile(rf"(?=(?:.|\n)*{VISIBLE})[^\x00-\x09\x0b-\x1f\x7f]+"),
                    _format("must be lines of text that are not all empty"),
                    default=None,
                ),
            },
            default=None,
        ),
        "newsletter": Table(
            {
                "per_network": WholeNumber(1, default=None),
                "per_hour": WholeNumber(1, default=None),
                "blocked_domains": ListOf(
                    Text(pattern=DOMAIN, rule=_format("must be a domain in lower case and ASCII")), default=[]
                ),
                "disposable_domains": Choice("refuse", "take", default=None),
            },
            default={},
        ),
    }
)


def validate(text: str) -> Site:
    """The settings in a `site.toml`. Raises `SiteError` with every broken rule and its line."""
    values, errors = read(SITE, load_toml(text), "site.toml")
    editions = values.get("editions") or {}
    errors += [*_moved_twice(values.get("moved", {})), *_podcasts_of_no_section(editions)]
    if values.get("language_in_paths") is False and len(editions) > 1:
        errors.append(FieldError("language_in_paths", _format("must be true where there are several editions")))
    if not errors:
        return parse_site(text)
    lines = lines_of(text)
    raise SiteError("\n".join(f"site.toml{_place(error.field, lines)}: {error.field} {error.rule}" for error in errors))


def _moved_twice(moved: Mapping[str, Any]) -> Iterator[FieldError]:
    for old, new in moved.items():
        if old.startswith("/api/"):
            yield FieldError(f"moved.{old}", _format("must not be a path of the API"))
        if new in moved:
            yield FieldError(f"moved.{old}", _format(f"must name the last path: {new} has moved itself"))


def _podcasts_of_no_section(editions: Mapping[str, Any]) -> Iterator[FieldError]:
    for code, edition in editions.items():
        tables = edition if isinstance(edition, dict) else {}
        podcasts = tables.get("podcasts")
        for section in podcasts if isinstance(podcasts, dict) else ():
            if section not in tables.get("sections", {}):
                yield FieldError(
                    f"editions.{code}.podcasts.{section}", _format("must be named after a section of the edition")
                )


def lines_of(text: str) -> dict[str, int]:
    """The line of each key by its dotted path, and of the first header of each table. Tables in arrays have numbers."""
    lines: dict[str, int] = {}
    counts: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)([^\]]+)\]", line):
            table = re.sub("[\"']", "", header[2].strip())
            if header[1] == "[[":
                counts[table] += 1
                table = f"{table}.{counts[table] - 1}"
            parts = table.split(".")
            for end in range(len(parts)):
                lines.setdefault(".".join(parts[: end + 1]), number)
        elif key := re.match(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*=""", line):
            name = next(filter(None, key.groups()))
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a dotted path, or else of the table or list that it belongs to; None where neither is written."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path)


def _place(path: str, lines: Mapping[str, int]) -> str:
    line = line_of(path, lines)
    return f", line {line}" if line else ""


if __name__ == "__main__":
    try:
        validate(Path(sys.argv[1]).read_text(encoding="utf-8"))
    except SiteError as error:
        sys.exit(str(error))
