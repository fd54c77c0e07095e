"""The site's settings: its name, URL, time zone, editions and newsletter limits, read from `site.toml`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from .newsletter.limits import SignUpLimits

T = TypeVar("T")
# The types that TOML has, as messages name them.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TYPES = {str: "a text", bool: "true or false", int: "a whole number", list: "a list", dict: "a table"}


class SiteError(Exception):
    """`site.toml` cannot be used. The text has a line for each reason."""


@dataclass(frozen=True, slots=True)
class Podcast:
    """What directories of podcasts ask about a show. `image` is a path of the site or a URL; `email` may be empty."""

    category: str
    explicit: bool
    image: str
    author: str
    email: str


@dataclass(frozen=True, slots=True)
class Author:
    """What the page of an author says about them. `picture` is a path of the site or a URL, and square.

    `links` are pages elsewhere that are the author's too. All may be empty.
    """

    role: str = ""
    words: str = ""
    picture: str = ""
    links: tuple[str, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The words, without the line breaks within paragraphs."""
        return tuple(" ".join(each.split()) for each in re.split(r"\n\s*\n", self.words) if each.strip())


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A link of a menu: its text, and a path of the site or an https URL."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class IssueSettings:
    """When an edition's issues are composed, in the site's time zone, and where replies to them go.

    The daily one at the full `hour` of each day; the weekly one at that hour of the `weekly_day` (from 0, Monday). An
    empty `reply_to` stands for the sender.
    """

    hour: int = 7
    weekly_day: int = 5
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who is responsible for the paper. Pages and mails name them at the foot; `postal_address` may be empty."""

    name: str
    postal_address: str = ""

    @property
    def address_lines(self) -> tuple[str, ...]:
        """The lines of the postal address that are not empty."""
        return tuple(line.strip() for line in self.postal_address.splitlines() if line.strip())


@dataclass(frozen=True, slots=True)
class Edition:
    """The site in one language (BCP 47), its `code`. `in_paths`: the code is the first segment of the edition's paths.

    `numerals` are the digits of dates: 0–9 (`latn`) or ٠–٩ (`arab`), as Unicode names them. `months` chooses between
    the two sets of Arabic month names: يناير (`gregorian`) or كانون الثاني (`levant`). `podcasts` has the sections that
    are podcasts, and `authors` those whose pages say more than their names, by the key in their paths. `logo` and
    `logo_dark` are the files of the nameplate, for light and dark mode, and `social_picture` that of links to pages
    without a picture: names in the paper's folder or in `render/assets/`, None for letters and for the icon. `menu` and
    `footer` are the links in the header and in the footer of its pages, such as those to static pages. `issues` says
    when the issues of its newsletter are composed.
    """

    code: str
    name: str
    tagline: str
    direction: str
    sections: Mapping[str, str]
    numerals: str = "latn"
    months: str = "gregorian"
    podcasts: Mapping[str, Podcast] = field(default_factory=dict)
    authors: Mapping[str, Author] = field(default_factory=dict)
    logo: str | None = None
    logo_dark: str | None = None
    social_picture: str | None = None
    in_paths: bool = True
    menu: tuple[MenuEntry, ...] = ()
    footer: tuple[MenuEntry, ...] = ()
    issues: IssueSettings = field(default_factory=IssueSettings)

    @property
    def root(self) -> str:
        """What all paths of the edition begin with, without the slash at its end: `/en`, or nothing."""
        return _root(self.code) if self.in_paths else ""


@dataclass(frozen=True, slots=True)
class Site:
    """The settings that all pages, feeds and mails of a site share.

    `feeds_in_full` is False where feeds hold summaries only. `hub` is the URL of the WebSub hub, and `indexnow_key`
    the public text by which search engines know that a submission is the site's. `moved` has the site's current path
    for each path of its former system. `ads_txt` has the lines of that file; without lines the site has no such file.
    `sends_mail` is False where the deployment has no sender: then pages offer no newsletter. `publisher` is None where
    the settings name none.
    """

    name: str
    base_url: str
    time_zone: ZoneInfo
    tag_authority: str
    feeds_in_full: bool
    editions: Mapping[str, Edition]
    hub: str | None = None
    indexnow_key: str | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    ads_txt: tuple[str, ...] = ()
    newsletter: SignUpLimits = field(default_factory=SignUpLimits)
    sends_mail: bool = True
    publisher: Publisher | None = None

    @property
    def at_root(self) -> Edition | None:
        """The edition whose front page is at `/`; None where the language chooser is there."""
        return next((edition for edition in self.editions.values() if not edition.in_paths), None)

    def root(self, code: str) -> str:
        """What all paths of an edition begin with, without the slash at its end; also of one that the site had once."""
        return self.editions[code].root if code in self.editions else _root(code)

    def edition_at(self, path: str) -> Edition | None:
        """The edition that a path belongs to; None for one of no edition."""
        return next((edition for edition in self.editions.values() if path.startswith(f"{edition.root}/")), None)

    def edition_for(self, path: str) -> Edition:
        """The edition in whose language the site answers for a path: that of the path, or else the first."""
        return self.edition_at(path) or next(iter(self.editions.values()))

    def url(self, path: str) -> str:
        """The URL of a path that starts with a slash."""
        return self.base_url + path

    def issues_path(self, edition: str) -> str:
        """The path of the page that lists an edition's issues of the newsletter, under which each has its own."""
        return f"{self.root(edition)}/newsletter/"

    def tag(self, name: str) -> str:
        """The `tag:` URI of an article or a feed, in ASCII (RFC 4151 §2.1). It does not depend on the domain.

        RFC 4151 has no escape for other letters, so a segment with such letters is written as domains are: in Punycode
        (RFC 3492) after `xn--`. Names are made of slugs, which have single hyphens, so no two have the same URI.
        """
        return f"tag:{self.tag_authority}:{'/'.join(map(_in_ascii, name.split('/')))}"

    def local(self, instant: datetime) -> datetime:
        """The instant in the site's time zone."""
        return instant.astimezone(self.time_zone)

    def day(self, instant: datetime) -> date:
        """The date at that instant in the site's time zone."""
        return self.local(instant).date()

    def month(self, instant: datetime) -> date:
        """The first day of the month at that instant in the site's time zone."""
        return self.day(instant).replace(day=1)

    def month_bounds(self, first: date) -> tuple[datetime, datetime]:
        """When the month of that first day starts and when the next month does, in UTC."""
        start, _ = self.bounds(first)
        end, _ = self.bounds((first + timedelta(days=31)).replace(day=1))
        return start, end

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """When the day starts and when the next day does, in UTC: 23 or 25 hours later at a clock change."""
        start, end = (
            datetime.combine(at, time(), self.time_zone).astimezone(UTC) for at in (day, day + timedelta(days=1))
        )
        return start, end


def parse_site(text: str) -> Site:
    """The settings in a `site.toml`, which `broadsheet.schemas.site_toml` validates before it is deployed.

    Functions call this at every cold start, so it checks only that the required keys exist and that each value has the
    right type. Raises `SiteError`.
    """
    root = _Table("", load_toml(text))
    editions = root.table("editions")
    in_paths = root.value("language_in_paths", bool, True)
    limits = root.table("newsletter", {})
    numbers = {key: limits.value(key, int) for key in ("per_network", "per_hour") if key in limits.values}
    return Site(
        name=root.value("name", str),
        base_url=root.value("base_url", str).rstrip("/"),
        time_zone=_zone(root.value("time_zone", str)),
        tag_authority=root.value("tag_authority", str),
        feeds_in_full=root.value("feed_text", str) == "full",
        editions={code: _edition(code, editions.table(code), in_paths) for code in editions.values},
        moved=root.table("moved", {}).texts(),
        ads_txt=root.list_of_texts("ads_txt"),
        newsletter=SignUpLimits(
            **numbers,
            blocked_domains=frozenset(limits.list_of_texts("blocked_domains")),
            allows_disposable=limits.value("disposable_domains", str, "refuse") == "take",
        ),
        publisher=_publisher(root.table("publisher")) if "publisher" in root.values else None,
    )


def load_toml(text: str) -> dict[str, Any]:
    """The tables of a `site.toml`. Raises `SiteError` with the line where the text is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SiteError(f"site.toml: {error}") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError for a directory of the database, like Europe
        raise SiteError(f"site.toml: time_zone {name!r} is not in the IANA database") from None


def _edition(code: str, table: "_Table", in_paths: bool) -> Edition:
    optional = ("numerals", "months", "logo", "logo_dark", "social_picture")
    chosen = {key: table.value(key, str) for key in optional if key in table.values}
    return Edition(
        code=code,
        name=table.value("name", str),
        tagline=table.value("tagline", str),
        direction=table.value("direction", str),
        sections=table.table("sections").texts(),
        podcasts=_podcasts(table.table("podcasts", {}), table.value("name", str)),
        authors=_authors(table.table("authors", {})),
        in_paths=in_paths,
        menu=_menu(table, "menu"),
        footer=_menu(table, "footer"),
        issues=_issues(table.table("newsletter", {})),
        **chosen,
    )


def _menu(edition: "_Table", key: str) -> tuple[MenuEntry, ...]:
    return tuple(MenuEntry(each.value("label", str), each.value("path", str)) for each in edition.tables(key))


def _publisher(table: "_Table") -> Publisher:
    return Publisher(table.value("name", str), table.value("postal_address", str, ""))


def _podcasts(table: "_Table", publisher: str) -> dict[str, Podcast]:
    shows = {section: table.table(section) for section in table.values}
    return {
        section: Podcast(
            category=show.value("category", str),
            explicit=show.value("explicit", bool),
            image=show.value("image", str),
            author=show.value("author", str, publisher),
            email=show.value("email", str, ""),
        )
        for section, show in shows.items()
    }


def _issues(table: "_Table") -> IssueSettings:
    usual = IssueSettings()
    day = table.value("weekly_day", str, WEEKDAYS[usual.weekly_day])
    if day not in WEEKDAYS:
        raise SiteError(f"site.toml: {table.name}.weekly_day must be one of {', '.join(WEEKDAYS)}")
    return IssueSettings(table.value("hour", int, usual.hour), WEEKDAYS.index(day), table.value("reply_to", str, ""))


def _authors(table: "_Table") -> dict[str, Author]:
    people = {key: table.table(key) for key in table.values}
    return {
        key: Author(
            **{name: person.value(name, str, "") for name in ("role", "words", "picture")},
            links=person.list_of_texts("links"),
        )
        for key, person in people.items()
    }


class _Table:
    """A table of the file by its dotted name. Values of a wrong type, and missing ones, raise `SiteError`."""

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        self.name = name
        self.values = values

    def value(self, key: str, kind: type[T], default: T | None = None) -> T:
        value = self.values.get(key, default)
        if type(value) is not kind:
            raise SiteError(f"site.toml: {self._path(key)} must be {TYPES[kind]}")
        return value

    def table(self, key: str, default: dict[str, Any] | None = None) -> "_Table":
        return _Table(self._path(key), self.value(key, dict, default))

    def tables(self, key: str) -> list["_Table"]:
        """The tables in an array of tables."""
        found = self.value(key, list, [])
        array = _Table(self._path(key), {str(number): each for number, each in enumerate(found)})
        return [array.table(number) for number in array.values]

    def texts(self) -> dict[str, str]:
        return {key: self.value(key, str) for key in self.values}

    def list_of_texts(self, key: str) -> tuple[str, ...]:
        texts = self.value(key, list, [])
        if not all(isinstance(text, str) for text in texts):
            raise SiteError(f"site.toml: {self._path(key)} must be a list of texts")
        return tuple(texts)

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def _root(code: str) -> str:
    return f"/{code}"


def _in_ascii(segment: str) -> str:
    return segment if segment.isascii() else f"xn--{segment.encode('punycode').decode()}"
