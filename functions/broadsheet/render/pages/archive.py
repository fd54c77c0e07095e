"""The archive by date: a page for each day, month and year with live articles.

Each page links to the nearest ones before and after it. When a page comes or goes, these two are rendered again. A
month has headlines of its days too. So that publishing reads no month but the article's own, the months next to it are
rendered only if it may have begun or ended, as `ChangeSet.months` says.
"""

from bisect import bisect_left, bisect_right
from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby, islice
from typing import Any

from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import ArticlesOfDay, ArticlesOfMonth, Calendar, Snapshot
from ..shared import urls
from ..shared.locale import locale
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from .fronts import editions
from .layout import page

WEEKS = Weeks()  # from Monday on (ISO 8601)
# The minimum number of articles per day for each shade of a heat map.
SHADES = (1, 3, 8, 20, 50)
HEADLINES = 4  # of each day, on the page of its month


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the archive: the `strftime` format of its paths, the first day of the unit that holds a day, and the
    longest that one can be.
    """

    form: str
    start: Callable[[date], date]
    max_length: timedelta

    def path(self, root: str, first: date) -> str:
        """The path of the unit that begins on that day, in the edition whose paths begin with `root`."""
        return f"{root}/{first:{self.form}}/"

    def within(self, first: date, calendar: Mapping[date, int]) -> Mapping[date, int]:
        """The part of the calendar in the unit that begins on that day."""
        days = list(calendar)
        return {day: calendar[day] for day in days[bisect_left(days, first) : bisect_left(days, self._end(first))]}

    def adjacent(self, first: date, calendar: Mapping[date, int]) -> tuple[date | None, date | None]:
        """The first days of the nearest units before and after it that have articles."""
        days = list(calendar)
        at, after = bisect_left(days, first), bisect_left(days, self._end(first))
        return (
            self.start(days[at - 1]) if at else None,
            self.start(days[after]) if after < len(days) else None,
        )

    def counts(self, calendar: Mapping[date, int]) -> Mapping[date, int]:
        """The number of articles in each unit. The calendar has the earliest day first."""
        sums: Counter[date] = Counter()
        first = end = date.min
        for day, count in calendar.items():
            if day >= end:
                first = self.start(day)
                end = self._end(first)
            sums[first] += count
        return sums

    def _end(self, first: date) -> date:
        return self.start(first + self.max_length)


DAY = Unit("%Y/%m/%d", lambda day: day, timedelta(days=1))
MONTH = Unit("%Y/%m", lambda day: day.replace(day=1), timedelta(days=31))
YEAR = Unit("%Y", lambda day: day.replace(month=1, day=1), timedelta(days=366))


def days(changes: ChangeSet) -> Iterator[Target]:
    """A page for each day, with its articles."""
    for edition, day in _affected(changes, DAY):
        on, calendar = ArticlesOfDay(edition, day), Calendar(edition)
        yield Target(urls.key(DAY.path(changes.site.root(edition), day)), (on, calendar), partial(_day, on))


def months(changes: ChangeSet) -> Iterator[Target]:
    """A page for each month, with a calendar and headlines."""
    for held in dict.fromkeys((*_own_months(changes), *changes.months)):
        edition = held.channel.edition
        if edition and held.channel.listing == "all":
            key = urls.key(MONTH.path(changes.site.root(edition), held.month))
            yield Target(key, (held, Calendar(edition)), partial(_month, edition, held))


def years(changes: ChangeSet) -> Iterator[Target]:
    """A page for each year, with its months."""
    for edition, first in _affected(changes, YEAR):
        key = urls.key(YEAR.path(changes.site.root(edition), first))
        yield Target(key, (Calendar(edition),), partial(_year, edition, first))


def month_heatmaps(changes: ChangeSet) -> Iterator[Target]:
    """A fragment for each month: a heat map of how many articles its days have."""
    for article in changes.dated:
        first = MONTH.start(article.day)
        key = urls.key(f"{changes.site.root(article.edition)}/fragments/{first:%Y-%m}.html")
        yield Target(key, (Calendar(article.edition),), partial(_heatmap, article.edition, first))


def archive_fronts(changes: ChangeSet) -> Iterator[Target]:
    """All years of an edition. The page changes when a month comes or goes; heat maps load by script."""
    for edition in editions(changes):
        path = _front_path(changes.site.root(edition))
        yield Target(urls.key(path), (Calendar(edition),), partial(_front, edition))


def _own_months(changes: ChangeSet) -> Iterator[ArticlesOfMonth]:
    """The months in the articles' paths."""
    for article in changes.dated:
        yield ArticlesOfMonth(Channel(article.edition, "all"), MONTH.start(article.day))


def _affected(changes: ChangeSet, unit: Unit) -> Iterator[tuple[str, date]]:
    """The units in the articles' paths, and the ones adjacent to these."""
    affected: dict[tuple[str, date], None] = {}
    for article in changes.dated:
        first = unit.start(article.day)
        adjacent = unit.adjacent(first, changes.calendars.get(article.edition, {}))
        affected |= dict.fromkeys((article.edition, start) for start in (first, *adjacent) if start)
    yield from affected


def _front_path(root: str) -> str:
    return f"{root}/archive/"


def _common(unit: Unit, code: str, first: date, calendar: Mapping[date, int], site: Site) -> dict[str, Any]:
    """The arguments of `page` that days, months and years share."""
    edition = site.editions[code]
    texts, root = locale(edition), edition.root
    name = {DAY: texts.dates.weekday, MONTH: texts.dates.month, YEAR: texts.dates.year}
    above = {DAY: (YEAR, MONTH), MONTH: (YEAR,), YEAR: ()}[unit]
    return {
        "edition": edition,
        "path": unit.path(root, first),
        "title": name[unit](first),
        "description": f"{edition.name}: {name[unit](first)}",
        "breadcrumbs": [
            (texts.layout.archive, _front_path(root)),
            *((name[upper](first), upper.path(root, upper.start(first))) for upper in above),
        ],
        "adjacent": [start and (unit.path(root, start), name[unit](start)) for start in unit.adjacent(first, calendar)],
    }


def _day(on: ArticlesOfDay, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    articles = snapshot[on]
    if not articles:
        return None
    return page(
        "day.html", site, articles=articles, **_common(DAY, on.edition, on.day, snapshot[Calendar(on.edition)], site)
    )


def _month(code: str, held: ArticlesOfMonth, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    first, calendar = held.month, snapshot[Calendar(code)]
    days = MONTH.within(first, calendar)
    if not days:
        return None
    by_day = groupby(snapshot[held], lambda article: article.day)
    return page(
        "month.html",
        site,
        first=first,
        weeks=WEEKS.monthdatescalendar(first.year, first.month),
        days=days,
        newest=[(day, list(islice(articles, HEADLINES))) for day, articles in by_day],
        **_common(MONTH, code, first, calendar, site),
    )


def _year(code: str, first: date, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    calendar = snapshot[Calendar(code)]
    months = MONTH.counts(YEAR.within(first, calendar))
    if not months:
        return None
    common = _common(YEAR, code, first, calendar, site)
    return page("year.html", site, first=first, months=months, outline=_outline, **common)


def _front(code: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    calendar = snapshot[Calendar(code)]
    edition = site.editions[code]
    title = locale(edition).layout.archive
    return page(
        "archive.html",
        site,
        edition,
        _front_path(edition.root),
        title,
        f"{edition.name}: {title}",
        years=list(YEAR.counts(calendar))[::-1],
        months=MONTH.counts(calendar),
        outline=_outline,
        breadcrumbs=[],
    )


def _outline(first: date) -> str:
    """A month without articles as the path of an SVG: a dashed line for each week, where the heat map has squares."""
    weeks = [
        [day for day in week if day.month == first.month] for week in WEEKS.monthdatescalendar(first.year, first.month)
    ]
    lines = ((at * 12 + 6, week[0].weekday() * 12 + 1, week[-1].weekday() * 12 + 11) for at, week in enumerate(weeks))
    return "".join(f"M{x} {start}V{end}" for x, start, end in lines)


def _heatmap(code: str, first: date, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    days = MONTH.within(first, snapshot[Calendar(code)])
    if not days:
        return None
    weeks = WEEKS.monthdatescalendar(first.year, first.month)
    squares = [
        (week, day, bisect_right(SHADES, days.get(day, 0)))
        for week, dates in enumerate(weeks)
        for day in dates
        if day.month == first.month
    ]
    edition = site.editions[code]
    html = fragment("month_heatmap.html", site, edition, first=first, weeks=len(weeks), squares=squares, days=days)
    return PAGE.output(html)
