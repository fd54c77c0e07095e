"""Issues of the newsletter: the numbers of an edition's newsletter at one frequency. An issue is content, no readers.

The site's time zone has one moment for each issue: the hour that `site.toml` names, of each day for the daily one, and
of one day of each week (ISO 8601) for the weekly one. The day or the week names the issue, so there are never two for
one. Where the clock skips the hour, the moment is as long after midnight as on other days; where the hour comes twice,
it is the first one.

**The window.** An issue has the articles that were live for the first time after the window of the issue before it
ended (`since`), and not after its own does (`until`). The windows of the issues of one frequency follow each other
without a gap, and `Article.first_live_at` never changes. So an article is in at most one daily and one weekly issue,
even if it is corrected, moved to another date, or taken off the site and published again.

**A reader who changes frequency.** Daily and weekly windows cut the same line of time. A sender of issues keeps, for
each reader, the `until` of the last issue that was sent to that reader, and leaves out the articles that were live for
the first time at or before it. Then each reader is sent an article at most once, whatever issues come in which order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Literal

from ..article import Article
from ..config import IssueSettings, Site
from ..front import Front
from .subscriber import Preferences

Frequency = Literal["daily", "weekly"]
FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly")
PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}

# How old the news of an article may be when it is published: older ones come from an archive that is imported.
NEWS_AGE = timedelta(days=1)
# Until an article that a call made live is in the table: a function that puts or releases articles runs no longer.
SETTLING = timedelta(minutes=2)
# The first issue of all is not composed for an hour that passed longer ago, such as before the deployment.
FIRST_WITHIN = timedelta(hours=1)

OPINION = "opinion"  # the key of the section that leads no issue, as it leads no front page


@dataclass(frozen=True, slots=True, order=True)
class IssueKey:
    """Which issue: `name` is its day, such as 2026-11-29, or its week, such as 2026-w48."""

    edition: str
    frequency: Frequency
    name: str

    @property
    def id(self) -> str:
        """Its id, such as en-daily-2026-11-29."""
        return f"{self.edition}-{self.frequency}-{self.name}"

    @property
    def day(self) -> date:
        """Its day; of a week, the first one."""
        if self.frequency == "daily":
            return date.fromisoformat(self.name)
        year, week = self.name.split("-w")
        return date.fromisocalendar(int(year), int(week), 1)


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it was composed. It never changes; its page follows its articles.

    `articles` are ids, in the order of the issue; without any, there was no news, and the issue has no page and is sent
    to nobody. `subject` and `preheader` are those of its mail; `titled` says whether an editor wrote the subject.
    `previous` is the name of the issue before it that had news.
    """

    key: IssueKey
    since: datetime
    until: datetime
    composed_at: datetime
    articles: tuple[str, ...] = ()
    subject: str = ""
    titled: bool = False
    preheader: str = ""
    note: str = ""
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class NextIssue:
    """The issue of an edition and a frequency that is to be composed next, as far as it is known.

    `since` is where its window begins, and `latest` names the issue before it; both None before the first issue of all.
    `previous` names the newest issue with news. `subject` and `note` are what editors put over it; empty for nothing.
    `revision` counts changes, also those by a composition, which begins the next issue.
    """

    edition: str
    frequency: Frequency
    since: datetime | None = None
    latest: str | None = None
    previous: str | None = None
    subject: str = ""
    note: str = ""
    revision: int = 0
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """The articles of an issue: the lead, the others by section in the order of the settings, then caricatures."""

    lead: Article | None = None
    sections: tuple[tuple[str, tuple[Article, ...]], ...] = ()
    caricatures: tuple[Article, ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        """All of them, in the order of the issue."""
        lead = (self.lead,) if self.lead else ()
        return (*lead, *(article for _, articles in self.sections for article in articles), *self.caricatures)


@dataclass(frozen=True, slots=True)
class Window:
    """The articles that were live for the first time after `since`, and at `until` or before."""

    since: datetime
    until: datetime

    def holds(self, article: Article) -> bool:
        """Whether the article is news of this window. What an import brings with an old date is not."""
        at = news_at(article)
        return self.since < at <= self.until and article.published_at >= at - NEWS_AGE


def issue_path(key: IssueKey, site: Site) -> str:
    """The path of an issue's page."""
    return f"{site.issues_path(key.edition)}{key.name}/"


def parse_issue_id(id: str) -> IssueKey | None:
    """The issue with that id; None for a text that is no id of an issue."""
    for frequency in FREQUENCIES:
        edition, found, name = id.partition(f"-{frequency}-")
        key = IssueKey(edition, frequency, name)
        if found and edition and _is_name(key):
            return key
    return None


def news_at(article: Article) -> datetime:
    """When the article was live for the first time; its date, where it is of an earlier version."""
    return article.first_live_at or article.published_at


def next_due(coming: NextIssue, now: datetime, site: Site) -> tuple[IssueKey, datetime]:
    """The issue that is to be composed next, and its moment, in UTC: it may have come, and is not composed before.

    Of issues that were missed, it is the newest one. The first issue of all is not one of those. An issue that an
    editor released before its moment is not composed again at it.
    """
    settings, frequency = site.editions[coming.edition].issues, coming.frequency
    day = _newest_day(settings, frequency, now, site)
    if coming.latest is None and now - _moment(day, settings.hour, site) >= SETTLING + FIRST_WITHIN:
        day += PERIODS[frequency]
    while coming.latest is not None and issue_name(frequency, day) <= coming.latest:
        day += PERIODS[frequency]
    return IssueKey(coming.edition, frequency, issue_name(frequency, day)), _moment(day, settings.hour, site)


def moment_of(key: IssueKey, site: Site) -> datetime:
    """The moment of an issue, in UTC."""
    settings = site.editions[key.edition].issues
    days = settings.weekly_day if key.frequency == "weekly" else 0
    return _moment(key.day + timedelta(days=days), settings.hour, site)


def next_moment(preferences: Preferences, now: datetime, site: Site) -> datetime | None:
    """The next moment of an issue that a subscriber chose, after `now`, in UTC. None where the site sends none.

    It is what the settings say, and reads nothing: an issue of the moment before may still be on its way, and one
    without news is not sent.
    """
    if not site.sends_mail or preferences.edition not in site.editions:
        return None
    settings = site.editions[preferences.edition].issues
    frequency: Frequency = "weekly" if preferences.frequency == "weekly" else "daily"
    return _moment(_newest_day(settings, frequency, now, site) + PERIODS[frequency], settings.hour, site)


def issue_name(frequency: Frequency, day: date) -> str:
    """The name of the issue of that day, or of its week."""
    if frequency == "daily":
        return f"{day:%Y-%m-%d}"
    year, week, _ = day.isocalendar()
    return f"{year}-w{week:02}"


def window_now(coming: NextIssue, now: datetime) -> Window:
    """The window of the next issue if it were composed now. What was published a moment ago waits for the one after."""
    until = now.replace(microsecond=0) - SETTLING
    since = coming.since or until - PERIODS[coming.frequency]
    return Window(since, max(since, until))


def digest(articles: Iterable[Article], front: Front, sections: Iterable[str]) -> Digest:
    """These articles, newest first, as an issue has them.

    The editors' choice for the front page leads, or else the newest one that is neither opinion nor a caricature.
    """
    newest = tuple(articles)
    texts = {article.id: article for article in newest if article.kind != "caricature"}
    chosen = (texts[each.id] for each in front.leading if each.id in texts)
    news = (article for article in texts.values() if article.section != OPINION)
    lead = next(chain(chosen, news, texts.values()), None)
    return arranged_digest([*([lead] if lead else []), *newest], sections)


def arranged_digest(articles: Sequence[Article], sections: Iterable[str]) -> Digest:
    """The digest of articles of which the first one leads. Each is in it once.

    Articles of sections without a setting come after the others.
    """
    lead = articles[0] if articles else None
    rest = [article for article in dict.fromkeys(articles) if article != lead]
    found: dict[str, list[Article]] = {section: [] for section in sections}
    for article in rest:
        if article.kind != "caricature":
            found.setdefault(article.section, []).append(article)
    parts = tuple((section, tuple(each)) for section, each in found.items() if each)
    return Digest(lead, parts, tuple(each for each in rest if each.kind == "caricature"))


def following(coming: NextIssue, issue: Issue) -> NextIssue:
    """The next issue after this one was composed from `coming`: nothing is over it yet."""
    return replace(
        coming,
        since=issue.until,
        latest=issue.key.name,
        previous=issue.key.name if issue.articles else coming.previous,
        subject="",
        note="",
        revision=coming.revision + 1,
        updated_by=None,
    )


def _newest_day(settings: IssueSettings, frequency: Frequency, now: datetime, site: Site) -> date:
    """The day of the newest issue whose moment has come."""
    day = site.day(now)
    while _moment(day, settings.hour, site) > now or (frequency == "weekly" and day.weekday() != settings.weekly_day):
        day -= timedelta(days=1)
    return day


def _moment(day: date, hour: int, site: Site) -> datetime:
    return datetime.combine(day, time(hour), site.time_zone).astimezone(UTC)


def _is_name(key: IssueKey) -> bool:
    try:
        return issue_name(key.frequency, key.day) == key.name
    except ValueError:
        return False
