"""A site as its API describes it: its URL and its time zone, in which editors read and write times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from .terminal import printable

# The seconds may be left out; with an offset it is a time of RFC 3339.
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?[ ]?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


class InvalidTime(ValueError):
    """The text is not a time. The message is a rule, to follow the name of the field."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site's name, URL and time zone, the sections of its editions, the default one first, and its API's version."""

    name: str
    url: str
    time_zone: ZoneInfo
    editions: Mapping[str, frozenset[str]]
    api_version: int = 1

    @classmethod
    def read(cls, described: Mapping[str, object]) -> Self:
        """The site that the API describes. Raises KeyError, TypeError, ValueError for another description."""
        editions = described["editions"]
        if not isinstance(editions, list):
            raise TypeError("editions is a list")
        sections = {
            str(edition["code"]): frozenset(str(section["key"]) for section in edition["sections"])
            for edition in editions
        }
        version = described.get("api_version", 1)  # which the first release did not tell
        return cls(
            str(described["name"]),
            str(described["url"]),
            ZoneInfo(str(described["time_zone"])),
            sections,
            version if isinstance(version, int) else 1,
        )

    def time(self, text: str) -> datetime:
        """The time that the text means: RFC 3339, or without an offset a time of the site's time zone.

        Raises `InvalidTime` also for a local time that the clocks skip or show twice.
        """
        rule = f"must be a time such as 2026-12-01 18:00 ({self.time_zone}) or 2026-12-01T18:00:00+02:00"
        parts = TIME.fullmatch(text.strip())
        if parts is None:
            raise InvalidTime(rule)
        date, minutes, seconds, offset = parts.groups()
        try:
            at = datetime.fromisoformat(f"{date}T{minutes}{seconds or ':00'}{(offset or '').upper()}")
        except ValueError:
            raise InvalidTime(rule) from None
        return self._of_zone(at) if at.tzinfo is None else at

    def _of_zone(self, at: datetime) -> datetime:
        first, second = (at.replace(tzinfo=self.time_zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first
        if first.astimezone(UTC).astimezone(self.time_zone).replace(tzinfo=None) != at:
            raise InvalidTime(f"must be a time that exists: the clocks of {self.time_zone} skip {at:%H:%M} on that day")
        offsets = " or ".join(each.isoformat()[-6:] for each in (first, second))
        raise InvalidTime(f"must have its offset from UTC, {offsets}: {self.time_zone} has {at:%H:%M} twice that day")

    def local(self, timestamp: str) -> datetime:
        """A timestamp of the API in the site's time zone."""
        return datetime.fromisoformat(timestamp).astimezone(self.time_zone)

    def short(self, timestamp: object) -> str:
        """A timestamp for a column, such as `2026-12-01 18:00`; a hyphen for None."""
        return "-" if timestamp is None else f"{self.local(str(timestamp)):%Y-%m-%d %H:%M}"

    def long(self, timestamp: object) -> str:
        """A timestamp for a sentence, such as `Tuesday 1 December 2026, 18:00 (Asia/Beirut)`."""
        at = self.local(str(timestamp))
        return f"{at:%A} {at.day} {at:%B %Y, %H:%M} ({self.time_zone})"

    def has_host_of(self, url: str) -> bool:
        """Whether the URL has the host of the site; False for what is no URL."""
        try:
            return urlsplit(url).hostname == urlsplit(self.url).hostname
        except ValueError:
            return False


def readable(url: str) -> str:
    """The URL with the letters of its path in place of their percent-encoding, as browsers show and take it."""
    decoded = unquote(url)
    return decoded if re.fullmatch(r"[^\s%?#\ufffd]+", decoded) and printable(decoded) == decoded else url
