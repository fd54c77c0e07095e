"""Articles and ads in memory, with the results that the articles table has for them: enough to render any output."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, assert_never, cast

from broadsheet.model import config, history
from broadsheet.model.ad import Ad
from broadsheet.model.article import Article, revise, withdraw
from broadsheet.model.channel import Channel
from broadsheet.model.config import Site
from broadsheet.model.front import Front
from broadsheet.model.history import HistoryEntry, Place
from broadsheet.model.newsletter.issue import FREQUENCIES, Issue, IssueKey
from broadsheet.model.queries import (
    AdjacentMonths,
    AnyQuery,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesBetween,
    ArticlesOfDay,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    Calendar,
    ChosenArticles,
    EditionsNaming,
    FeedContents,
    FeedWindow,
    FrontChoice,
    IssueArticles,
    IssueByKey,
    IssueKeys,
    IssuesWith,
    LiveAds,
    NewestIssues,
    NewsSitemapArticles,
    Query,
    Result,
    Snapshot,
    StaticPages,
    TagAndAuthorNames,
    Translations,
)
from broadsheet.render.outputs import targets
from broadsheet.render.shared.target import ChangeSet, RenderedObject, Target
from broadsheet.schemas.article import parse_article
from broadsheet.services.publishing.causes import channels_of
from broadsheet.settings import SITE_FILE

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TWO_DAYS = timedelta(days=2)
SITE = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))


def fields(**changed: Any) -> dict[str, Any]:
    """An article as an editor sends it, with the fields that a test cares about."""
    return {
        "edition": "en",
        "headline": "Ferry returns to the old harbour",
        "body": {"format": "markdown", "text": "The *night ferry* called at six."},
        "section": "city",
        "published_at": "2026-03-14T10:00:00+02:00",
    } | changed


class Newsroom:
    """Articles, the sources of their bodies, the places that they were removed from, ads, front pages, and issues."""

    def __init__(self, site: Site = SITE) -> None:
        self.site = site
        self.articles: dict[str, Article] = {}
        self.bodies: dict[str, str] = {}
        self.ads: tuple[Ad, ...] = ()
        self.fronts: dict[str, Front] = {}
        self.issues: dict[IssueKey, Issue] = {}
        self._removed: dict[tuple[Channel, Place], datetime] = {}

    def put(self, id: str, now: datetime = NOON, **changed: Any) -> Article:
        """Put an article, as an editor. Where another article has its path, the path gets a number."""
        manuscript = parse_article(fields(**changed), self.site, "ferry")
        article = replace(revise(self.articles.get(id), id, manuscript, now, self.site), updated_by="lina")
        taken = {other.path for other in self.articles.values() if other.id != id}
        if article.path in taken:
            article = replace(article, path=f"{article.path}".removesuffix("/") + f"-{len(taken)}/")
        self.bodies[manuscript.hash] = manuscript.text
        self._commit(article)
        return article

    def put_menus(self) -> None:
        """Put the static pages that the site's menus link to."""
        for code, edition in self.site.editions.items():
            for slug in sorted({entry.path.split("/")[2] for entry in (*edition.menu, *edition.footer)}):
                self.put(f"{slug}-{code}", edition=code, kind="page", section=None, slug=slug, headline=slug)

    def withdraw(self, id: str, now: datetime = NOON) -> Article:
        """Withdraw an article, as an editor."""
        article = withdraw(self.articles[id], now)
        self._commit(article)
        return article

    def snapshot(self, targets: Iterable[Target]) -> Snapshot:
        """What these targets are rendered from."""
        return Snapshot({query: self._result(query) for target in targets for query in target.queries}, self.bodies)

    def __call__(self, query: Query[Result]) -> Result:
        """The result of a query: the same as that of `broadsheet.store.queries`."""
        return cast("Result", self._result(cast("AnyQuery", query)))

    def _result(self, query: AnyQuery) -> object:  # noqa: PLR0911, PLR0912  # one for each query
        match query:
            case ArticleById(id):
                return self.articles.get(id)
            case Translations(group):
                return self._translations(group)
            case EditionsNaming(id):
                return tuple(sorted({each.edition for each in self._live() if id in each.related}))
            case FeedWindow(channel):
                return self._feed_contents(channel)
            case ArchiveDocumentsAround(channel, place, joined):
                return history.archive_documents_among(self._entries(channel), place, joined, self._month)
            case ArticlesBetween(channel, first, last):
                return self._in(channel, lambda article: first <= article.place <= last)
            case ArticlesOfDay(edition, day):
                return self._in(Channel(edition, "all"), lambda article: article.day == day)
            case Calendar(edition):
                return self._calendar(edition)
            case ArticlesOfMonth(channel, month):
                return self._in(channel, lambda article: self._month(article.place) == month)
            case ArticlesOfMonthWithOriginals(edition, month):
                return self._with_originals(self(ArticlesOfMonth(Channel(edition, "all"), month)))
            case AdjacentMonths(channel, month):
                return self._adjacent_months(channel, month)
            case NewsSitemapArticles(channel):
                return self._news(channel)
            case LiveAds(edition):
                return self._live_ads(edition)
            case FrontChoice(edition):
                return self._front_choice(edition)
            case TagAndAuthorNames(edition):
                return self._names(edition)
            case StaticPages(edition):
                pages = (each for each in self._live() if each.is_page and each.edition == edition)
                return tuple(sorted(pages, key=lambda page: page.path or ""))
            case IssueByKey(key):
                return self._with_live(self.issues[key]) if key in self.issues else None
            case NewestIssues(edition):
                return self._newest_issues(edition)
            case IssueKeys(edition):
                return tuple(self._issue_keys(edition))
            case IssuesWith(edition, article):
                return tuple(key for key in self._issue_keys(edition) if article in self.issues[key].articles)
        assert_never(query)

    def changes(self) -> ChangeSet:
        """Everything, as if all of it had just changed."""
        live = self._live()
        channels = channels_of(live, self.site)
        around = [
            ArchiveDocumentsAround(channel, article.place, joined=True)
            for channel in channels
            for article in live
            if channel in article.channels
        ]
        return ChangeSet(
            self.site,
            tuple(self.articles.values()),
            channels,
            documents={query: self(query) for query in around},
            translations={each.group: self(Translations(each.group)) for each in self.articles.values()},
            related=self._related(),
            calendars={edition: self(Calendar(edition)) for edition in self.site.editions},
            composed=tuple(self.issues),
        )

    def _related(self) -> dict[str, tuple[str, ...]]:
        return {id: self(EditionsNaming(id)) for each in self._live() for id in each.related}

    def targets(self) -> dict[str, Target]:
        """All targets, in write order."""
        return {target.key: target for target in targets(self.changes(), statics_current=False)}

    def build(self) -> dict[str, RenderedObject]:
        """The whole site."""
        targets = self.targets()
        snapshot = self.snapshot(targets.values())
        rendered = {key: target.render(self.site, snapshot) for key, target in targets.items()}
        return {key: each for key, each in rendered.items() if each}

    def _commit(self, article: Article) -> None:
        before = _places(self.articles.get(article.id))
        self.articles[article.id] = article
        self._removed |= dict.fromkeys(before - _places(article), article.changed_at)
        for at in _places(article):
            self._removed.pop(at, None)

    def _live(self) -> tuple[Article, ...]:
        """The live articles, newest first."""
        live = [article for article in self.articles.values() if article.live]
        return tuple(sorted(live, key=lambda article: article.place, reverse=True))

    def _in(self, channel: Channel, wanted: Callable[[Article], bool] = lambda _: True) -> tuple[Article, ...]:
        return tuple(article for article in self._live() if channel in article.channels and wanted(article))

    def _translations(self, group: str) -> tuple[Article, ...]:
        held = [article for article in self._live() if article.group == group]
        held.sort(key=lambda article: (article.id != group, article.edition, article.id))
        return tuple({article.edition: article for article in reversed(held)}.values())[::-1]

    def _calendar(self, edition: str) -> dict[date, int]:
        return dict(sorted(Counter(article.day for article in self._in(Channel(edition, "all"))).items()))

    def _with_originals(self, articles: Iterable[Article]) -> tuple[tuple[Article, Article | None], ...]:
        live = (article for article in self._live() if not article.is_page)
        originals = {article.id: article for article in live if article.translation_of is None}
        return tuple((article, originals.get(article.translation_of or "")) for article in articles)

    def _adjacent_months(self, channel: Channel, month: date) -> tuple[date | None, date | None]:
        months = {self._month(article.place) for article in self._in(channel)}
        older, newer = (each for each in months if each < month), (each for each in months if each > month)
        return max(older, default=None), min(newer, default=None)

    def _news(self, channel: Channel) -> tuple[Article, ...]:
        articles = self._in(channel)
        return tuple(each for each in articles if articles[0].published_at - each.published_at <= TWO_DAYS)

    def _live_ads(self, edition: str) -> tuple[Ad, ...]:
        live = [ad for ad in self.ads if ad.live and ad.edition in (None, edition)]
        return tuple(sorted(live, key=lambda ad: (-ad.weight, ad.name)))

    def _front_choice(self, edition: str) -> ChosenArticles:
        front = self.fronts.get(edition, Front(edition))
        chosen = [self.articles[id] for id in front.ids if id in self.articles]
        return ChosenArticles(front, tuple(each for each in chosen if _fits(each, edition)))

    def _names(self, edition: str) -> dict[str, str]:
        names = [each for article in self._live() for each in article.names.items()]
        return dict(sorted((channel.listing, name) for channel, name in names if channel.edition == edition))

    def _issue_keys(self, edition: str) -> list[IssueKey]:
        """The edition's issues with news: the daily ones first, the newest first in each frequency."""
        found = [key for key, issue in self.issues.items() if key.edition == edition and issue.articles]
        by_name = sorted(found, key=lambda key: key.name, reverse=True)
        return sorted(by_name, key=lambda key: FREQUENCIES.index(key.frequency))

    def _newest_issues(self, edition: str) -> tuple[IssueArticles, ...]:
        issues = [self.issues[key] for key in self._issue_keys(edition)]
        issues.sort(key=lambda issue: (issue.composed_at, issue.key), reverse=True)
        return tuple(self._with_live(issue, 3) for issue in issues[:30])

    def _with_live(self, issue: Issue, first: int | None = None) -> IssueArticles:
        found = (self.articles[id] for id in issue.articles[:first] if id in self.articles)
        return IssueArticles(issue, tuple(each for each in found if each.live and each.edition == issue.key.edition))

    def _entries(self, channel: Channel) -> list[HistoryEntry]:
        """The channel's history, newest first."""
        removed = [HistoryEntry(place, at) for (held_by, place), at in self._removed.items() if held_by == channel]
        entries = [*(HistoryEntry(article.place) for article in self._in(channel)), *removed]
        return sorted(entries, key=lambda entry: entry.place, reverse=True)

    def _feed_contents(self, channel: Channel) -> FeedContents:
        entries = self._entries(channel)
        head = history.head(entries, None, self._month) if entries else None
        if head is None:
            return FeedContents(())
        oldest = entries[head.size - 1].place
        articles = tuple(article for article in self._in(channel) if article.place >= oldest)
        return FeedContents(articles, head.open_from, head.last_removed_at, head.previous)

    def _month(self, place: Place) -> date:
        return self.site.month(place.published_at)


def _fits(article: Article, edition: str) -> bool:
    return article.live and article.edition == edition and not article.is_page


def _places(article: Article | None) -> set[tuple[Channel, Place]]:
    if article is None or not article.live:
        return set()
    return {(channel, article.place) for channel in article.channels}
