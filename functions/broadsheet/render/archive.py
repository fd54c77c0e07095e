"""The archive by date: a page for each day, month and year in which articles are live, and none for the others."""

from calendar import Calendar
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial

from ..model.article import Article
from ..model.facts import Counts, Facts, On
from ..model.site import Site
from . import addresses
from .layout import page
from .target import Output, Target, Touched
from .words import words

WEEKS = Calendar()  # from Monday on (ISO 8601)


def days(touched: Touched) -> Iterator[Target]:
    """The articles of each day in an article's address."""
    for article in _placed(touched):
        on = On(article.edition, article.day)
        yield Target(addresses.key(_path(on.edition, on.day, "%Y/%m/%d")), (on,), partial(_day, on))


def months(touched: Touched) -> Iterator[Target]:
    """A calendar of each month."""
    for article in _placed(touched):
        first = article.day.replace(day=1)
        counts = Counts(article.edition, first.year)
        yield Target(addresses.key(_path(counts.edition, first, "%Y/%m")), (counts,), partial(_month, counts, first))


def years(touched: Touched) -> Iterator[Target]:
    """The months of each year."""
    for article in _placed(touched):
        counts = Counts(article.edition, article.day.year)
        path = _path(counts.edition, article.day, "%Y")
        yield Target(addresses.key(path), (counts,), partial(_year, counts, path))


def _placed(touched: Touched) -> Iterator[Article]:
    yield from (article for article in touched.articles if article.path is not None)


def _path(edition: str, day: date, form: str) -> str:
    return f"/{edition}/{day:{form}}/"


def _day(on: On, site: Site, facts: Facts) -> Output | None:
    articles = facts[on]
    if not articles:
        return None
    edition = site.editions[on.edition]
    title = words(edition).weekday(on.day)
    path = _path(on.edition, on.day, "%Y/%m/%d")
    return page("day.html", site, edition, path, title, f"{edition.name}: {title}", day=on.day, articles=articles)


def _month(counts: Counts, first: date, site: Site, facts: Facts) -> Output | None:
    days = {day: count for day, count in facts[counts].items() if day.month == first.month}
    if not days:
        return None
    edition = site.editions[counts.edition]
    title = words(edition).month(first)
    return page(
        "month.html",
        site,
        edition,
        _path(counts.edition, first, "%Y/%m"),
        title,
        f"{edition.name}: {title}",
        first=first,
        weeks=WEEKS.monthdatescalendar(first.year, first.month),
        days=days,
    )


def _year(counts: Counts, path: str, site: Site, facts: Facts) -> Output | None:
    months: Counter[date] = Counter()
    for day, count in facts[counts].items():
        months[day.replace(day=1)] += count
    if not months:
        return None
    edition = site.editions[counts.edition]
    title = str(counts.year)
    return page(
        "year.html", site, edition, path, title, f"{edition.name}: {title}", year=title, months=sorted(months.items())
    )
