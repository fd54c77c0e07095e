"""The archive by date: a page for each day, month and year in which articles are live, and none for the others.

Each leads to the nearest before and after it, so where one comes or goes, those two are made again.
"""

from bisect import bisect_left, bisect_right
from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from ...model.config import Site
from ...model.queries import ArticlesOfDay, Calendar, Snapshot
from ..shared import urls
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from ..shared.words import words
from .fronts import editions
from .layout import page

WEEKS = Weeks()  # from Monday on (ISO 8601)
# The shades of a month's picture: the fewest articles that a day of each has.
SHADES = (1, 3, 8, 20, 50)


@dataclass(frozen=True, slots=True)
class Unit:
    """What the archive counts by: how its addresses are written, where one begins, and how long the longest is."""

    form: str
    start: Callable[[date], date]
    longest: timedelta

    def path(self, edition: str, first: date) -> str:
        """Where the page of the one that begins on that day is."""
        return f"/{edition}/{first:{self.form}}/"

    def within(self, first: date, calendar: Mapping[date, int]) -> Mapping[date, int]:
        """The days of the one that begins on that day."""
        days = list(calendar)
        return {day: calendar[day] for day in days[bisect_left(days, first) : bisect_left(days, self._end(first))]}

    def beside(self, first: date, calendar: Mapping[date, int]) -> tuple[date | None, date | None]:
        """Where the nearest before and after it begin that have any days."""
        days = list(calendar)
        at, after = bisect_left(days, first), bisect_left(days, self._end(first))
        return (
            self.start(days[at - 1]) if at else None,
            self.start(days[after]) if after < len(days) else None,
        )

    def summed(self, calendar: Mapping[date, int]) -> Mapping[date, int]:
        """How many articles each of them has."""
        sums: Counter[date] = Counter()
        for day, count in calendar.items():
            sums[self.start(day)] += count
        return sums

    def _end(self, first: date) -> date:
        return self.start(first + self.longest)


DAY = Unit("%Y/%m/%d", lambda day: day, timedelta(days=1))
MONTH = Unit("%Y/%m", lambda day: day.replace(day=1), timedelta(days=31))
YEAR = Unit("%Y", lambda day: day.replace(month=1, day=1), timedelta(days=366))


def days(changes: ChangeSet) -> Iterator[Target]:
    """The articles of each day in an article's address."""
    for edition, day in _placed(changes, DAY):
        on, calendar = ArticlesOfDay(edition, day), Calendar(edition)
        yield Target(urls.key(DAY.path(edition, day)), (on, calendar), partial(_day, on))


def months(changes: ChangeSet) -> Iterator[Target]:
    """A calendar of each month."""
    for edition, first in _placed(changes, MONTH):
        yield Target(urls.key(MONTH.path(edition, first)), (Calendar(edition),), partial(_month, edition, first))


def years(changes: ChangeSet) -> Iterator[Target]:
    """The months of each year."""
    for edition, first in _placed(changes, YEAR):
        yield Target(urls.key(YEAR.path(edition, first)), (Calendar(edition),), partial(_year, edition, first))


def month_heatmaps(changes: ChangeSet) -> Iterator[Target]:
    """A small picture of each month, which shows how much was published on its days: a fragment for other pages."""
    for article in changes.articles:
        if article.path is not None:
            first = MONTH.start(article.day)
            key = f"{article.edition}/fragments/{first:%Y-%m}.html"
            yield Target(key, (Calendar(article.edition),), partial(_picture, article.edition, first))


def archive_fronts(changes: ChangeSet) -> Iterator[Target]:
    """All years of an edition at a glance. They change when a month comes or goes; its picture fetches itself."""
    for edition in editions(changes):
        yield Target(urls.key(_front_path(edition)), (Calendar(edition),), partial(_front, edition))


def _placed(changes: ChangeSet, unit: Unit) -> Iterator[tuple[str, date]]:
    """The days, months or years of the articles' addresses, and those that stand beside them."""
    wanted: dict[tuple[str, date], None] = {}
    for article in changes.articles:
        if article.path is not None:
            first = unit.start(article.day)
            near = unit.beside(first, changes.calendars.get(article.edition, {}))
            wanted |= dict.fromkeys((article.edition, each) for each in (first, *near) if each)
    yield from wanted


def _front_path(edition: str) -> str:
    return f"/{edition}/archive/"


def _frame(unit: Unit, code: str, first: date, calendar: Mapping[date, int], site: Site) -> dict[str, Any]:
    """What the pages of days, months and years have alike: names, the way up, the way on."""
    said = words(site.editions[code])
    name = {DAY: said.weekday, MONTH: said.month, YEAR: said.year}
    above = {DAY: (YEAR, MONTH), MONTH: (YEAR,), YEAR: ()}[unit]
    return {
        "edition": site.editions[code],
        "path": unit.path(code, first),
        "title": name[unit](first),
        "description": f"{site.editions[code].name}: {name[unit](first)}",
        "trail": [
            (said.archive, _front_path(code)),
            *((name[each](first), each.path(code, each.start(first))) for each in above),
        ],
        "near": [each and (unit.path(code, each), name[unit](each)) for each in unit.beside(first, calendar)],
    }


def _day(on: ArticlesOfDay, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    articles = snapshot[on]
    if not articles:
        return None
    return page(
        "day.html", site, articles=articles, **_frame(DAY, on.edition, on.day, snapshot[Calendar(on.edition)], site)
    )


def _month(code: str, first: date, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    calendar = snapshot[Calendar(code)]
    days = MONTH.within(first, calendar)
    if not days:
        return None
    weeks = WEEKS.monthdatescalendar(first.year, first.month)
    return page("month.html", site, first=first, weeks=weeks, days=days, **_frame(MONTH, code, first, calendar, site))


def _year(code: str, first: date, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    calendar = snapshot[Calendar(code)]
    months = MONTH.summed(YEAR.within(first, calendar))
    if not months:
        return None
    return page("year.html", site, first=first, months=months, **_frame(YEAR, code, first, calendar, site))


def _front(code: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    calendar = snapshot[Calendar(code)]
    edition = site.editions[code]
    title = words(edition).archive
    return page(
        "archive.html",
        site,
        edition,
        _front_path(code),
        title,
        f"{edition.name}: {title}",
        years=list(YEAR.summed(calendar))[::-1],
        months=MONTH.summed(calendar),
        trail=[],
    )


def _picture(code: str, first: date, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    days = MONTH.within(first, snapshot[Calendar(code)])
    if not days:
        return None
    weeks = WEEKS.monthdatescalendar(first.year, first.month)
    squares = [
        (week, day, bisect_right(SHADES, days.get(day, 0)))
        for week, each in enumerate(weeks)
        for day in each
        if day.month == first.month
    ]
    edition = site.editions[code]
    html = fragment("picture.html", site, edition, first=first, weeks=len(weeks), squares=squares, days=days)
    return PAGE.output(html)
