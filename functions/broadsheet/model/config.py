"""The site's own settings: its name, address, time zone and editions, read from `site.toml`.

`python -m broadsheet.model.config FILE` checks a file; the build runs it.
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .newsletter.limits import SignUpLimits

SITE_KEYS = ("name", "base_url", "time_zone", "tag_authority", "feed_text", "editions")
OPTIONAL_SITE_KEYS = ("ads_txt", "moved", "newsletter")
NEWSLETTER_KEYS = ("per_network", "per_hour", "blocked_domains", "disposable_domains")
EDITION_KEYS = ("name", "tagline", "direction", "sections")
# What may be chosen of how an edition writes dates, the first where nothing is; both are current in the Arab press.
DATES = {"numerals": ("latn", "arab"), "months": ("gregorian", "levant")}
CODE = re.compile(r"(?!api$)[a-z]{2,3}(-[a-z0-9]{2,8})*")  # /api/ is the API's
SECTION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Not two slashes, which browsers read as another site's address, and nothing that ends a path.
PATH = re.compile(r"/([^/\\?#\x00-\x20\x7f][^\\?#\x00-\x20\x7f]*)?")
LINE = re.compile(r"[^\x00-\x1f\x7f]+")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
TAG_AUTHORITY = re.compile(r"[a-z0-9.-]+\.[a-z]{2,},\d{4}(-\d\d(-\d\d)?)?")


class SiteError(Exception):
    """An error in the settings: `line` is where it stands, None where it is a thing left out."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(f"site.toml, line {line}: {reason}" if line else f"site.toml: {reason}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Edition:
    """One language's newspaper. `code` is its language (BCP 47) and its first path segment.

    `numerals` are those of its dates, 0–9 (`latn`) or ٠–٩ (`arab`, as Unicode calls them); `months` the names that
    Arabic has for them: يناير (`gregorian`) or كانون الثاني (`levant`).
    """

    code: str
    name: str
    tagline: str
    direction: str
    sections: Mapping[str, str]
    numerals: str = "latn"
    months: str = "gregorian"


@dataclass(frozen=True, slots=True)
class Site:
    """What every page, feed and mail of one site shares. `feeds_in_full` is False where feeds hold summaries only.

    `moved` leads from the paths that the site had before it came here to those that they have now. `ads_txt` holds the
    lines of that file, none where the site has no such file. `newsletter` says whose sign-ups are let in.
    """

    name: str
    base_url: str
    time_zone: ZoneInfo
    tag_authority: str
    feeds_in_full: bool
    editions: Mapping[str, Edition]
    hub: str | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    ads_txt: tuple[str, ...] = ()
    newsletter: SignUpLimits = field(default_factory=SignUpLimits)

    def url(self, path: str) -> str:
        """The absolute address of a path that starts with a slash."""
        return self.base_url + path

    def tag(self, article_id: str) -> str:
        """An id for feed readers that outlives headline, slug and domain (RFC 4151)."""
        return f"tag:{self.tag_authority}:{article_id}"

    def local(self, instant: datetime) -> datetime:
        """The instant on the site's own clock."""
        return instant.astimezone(self.time_zone)

    def day(self, instant: datetime) -> date:
        """The day that the site's readers called today at that instant."""
        return self.local(instant).date()

    def month(self, instant: datetime) -> date:
        """The first day of the month that the site's readers were in at that instant."""
        return self.day(instant).replace(day=1)

    def month_bounds(self, first: date) -> tuple[datetime, datetime]:
        """When the month that begins with that day begins and when the next one does, in UTC."""
        start, _ = self.bounds(first)
        end, _ = self.bounds((first + timedelta(days=31)).replace(day=1))
        return start, end

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """When the day begins and when the next one does, in UTC; 23 or 25 hours apart at a clock change."""
        start, end = (
            datetime.combine(at, time(), self.time_zone).astimezone(UTC) for at in (day, day + timedelta(days=1))
        )
        return start, end


def parse_site(text: str) -> Site:
    """Read the settings, or raise `SiteError` for the first thing wrong with them."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise SiteError(int(at[1]) if at else None, re.sub(r" \(at line .*\)$", "", str(error))) from None
    return _Reader(text).site(table)


class _Reader:
    """Checks a parsed file against the rules, and finds the line of what breaks one."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()

    def site(self, table: dict[str, Any]) -> Site:
        self.keys(table, SITE_KEYS, "", OPTIONAL_SITE_KEYS)
        url = self.text(table, "base_url", "").rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise self.error("", "base_url", "must be http:// or https:// and a host, with no path")
        authority = self.text(table, "tag_authority", "")
        if not TAG_AUTHORITY.fullmatch(authority):
            raise self.error("", "tag_authority", 'must be a domain and a date, like "news.example,2025" (RFC 4151)')
        if table["feed_text"] not in ("full", "summary"):
            raise self.error("", "feed_text", 'must be "full" or "summary"')
        editions = table["editions"]
        if not isinstance(editions, dict) or not editions:
            raise self.error("", "editions", "must hold at least one edition")
        return Site(
            name=self.text(table, "name", ""),
            base_url=url,
            time_zone=self.zone(table),
            tag_authority=authority,
            feeds_in_full=table["feed_text"] == "full",
            editions={code: self.edition(code, edition) for code, edition in editions.items()},
            moved=self.moved(table.get("moved", {})),
            ads_txt=self.ads_txt(table.get("ads_txt", [])),
            newsletter=self.newsletter(table.get("newsletter", {})),
        )

    def moved(self, table: Any) -> dict[str, str]:
        if not isinstance(table, dict):
            raise self.error("", "moved", "must be a table of old paths and new ones")
        for old in table:
            new = self.text(table, old, "moved")
            for path in (old, new):
                if not PATH.fullmatch(path):
                    raise self.error("moved", old, f"names {path!r}, but a path starts with one slash")
                if not path.endswith("/") and "." not in path.rpartition("/")[2]:
                    raise self.error("moved", old, f"names {path!r}, but a path that names no file ends in a slash")
            if old.startswith("/api/"):
                raise self.error("moved", old, "is the API's, whose paths do not move")
            if new in table:
                raise self.error("moved", old, f"leads to {new}, which leads on; name the last address")
        return table

    def ads_txt(self, lines: Any) -> tuple[str, ...]:
        if not isinstance(lines, list) or not all(isinstance(line, str) and LINE.fullmatch(line) for line in lines):
            raise self.error("", "ads_txt", "must be a list of lines, each a text without a line break in it")
        return tuple(lines)

    def newsletter(self, table: Any) -> SignUpLimits:
        if not isinstance(table, dict):
            raise self.error("", "newsletter", "must be a table")
        self.keys(table, (), "newsletter", NEWSLETTER_KEYS)
        limits = {key: table[key] for key in ("per_network", "per_hour") if key in table}
        for key, value in limits.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise self.error("newsletter", key, "must be a whole number above 0")
        blocked = table.get("blocked_domains", [])
        if not isinstance(blocked, list) or not all(isinstance(one, str) and DOMAIN.fullmatch(one) for one in blocked):
            raise self.error("newsletter", "blocked_domains", "must be a list of domains in lower case and ASCII")
        disposable = table.get("disposable_domains", "refuse")
        if disposable not in ("refuse", "take"):
            raise self.error("newsletter", "disposable_domains", 'must be "refuse" or "take"')
        return SignUpLimits(**limits, blocked_domains=frozenset(blocked), allows_disposable=disposable == "take")

    def zone(self, table: dict[str, Any]) -> ZoneInfo:
        name = self.text(table, "time_zone", "")
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError):
            raise self.error("", "time_zone", f"{name!r} is not a zone of the IANA database") from None

    def edition(self, code: str, table: Any) -> Edition:
        where = f"editions.{code}"
        if not CODE.fullmatch(code):
            raise self.error(where, "", "an edition's code is a language, like en or ar-eg")
        if not isinstance(table, dict):
            raise self.error("editions", code, "must be a table")
        self.keys(table, EDITION_KEYS, where, optional=tuple(DATES))
        if table["direction"] not in ("ltr", "rtl"):
            raise self.error(where, "direction", 'must be "ltr" or "rtl"')
        for key, choices in DATES.items():
            if table.get(key, choices[0]) not in choices:
                raise self.error(where, key, f"must be one of {', '.join(choices)}")
        sections = table["sections"]
        if not isinstance(sections, dict) or not sections:
            raise self.error(where, "sections", "must hold at least one section")
        for section in sections:
            if not SECTION.fullmatch(section):
                raise self.error(
                    f"{where}.sections", section, "a section's key is lower-case letters, digits and hyphens"
                )
        return Edition(
            code=code,
            name=self.text(table, "name", where),
            tagline=self.text(table, "tagline", where),
            direction=table["direction"],
            sections={section: self.text(sections, section, f"{where}.sections") for section in sections},
            **{key: table[key] for key in DATES if key in table},
        )

    def keys(self, table: dict[str, Any], known: tuple[str, ...], where: str, optional: tuple[str, ...] = ()) -> None:
        for key in table:
            if key not in known + optional:
                raise self.error(where, key, f"is not a setting; the settings here are {', '.join(known + optional)}")
        for key in known:
            if key not in table:
                raise SiteError(self.line(where, ""), f"{where + '.' if where else ''}{key} is missing")

    def text(self, table: dict[str, Any], key: str, where: str) -> str:
        value = table[key]
        if not isinstance(value, str) or not value.strip() or not LINE.fullmatch(value):
            raise self.error(where, key, "must be a text of one line that is not empty")
        return value

    def error(self, where: str, key: str, reason: str) -> SiteError:
        name = ".".join(part for part in (where, key) if part)
        return SiteError(self.line(where, key), f"{name} {reason}")

    def line(self, where: str, key: str) -> int | None:
        """The line of `key` under the header `[where]`, else that of the header, else of `[where.key…]`."""
        table, header = "", None
        for number, line in enumerate(self.lines, 1):
            text = line.strip()
            if text.startswith("["):
                table = text.split("]")[0].strip("[ ]")
                if header is None and table == ".".join(part for part in (where, key) if part):
                    header = number
                if header is None and table == where and not key:
                    header = number
            elif table == where and key and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", text):
                return number
        return header


if __name__ == "__main__":
    try:
        parse_site(Path(sys.argv[1]).read_text(encoding="utf-8"))
    except SiteError as problem:
        sys.exit(str(problem))
