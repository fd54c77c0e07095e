"""A few articles and an ad in each edition of a paper, and what the articles table would answer about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, assert_never

from broadsheet.model.ad import Ad
from broadsheet.model.article import Article, revise
from broadsheet.model.channel import Channel
from broadsheet.model.config import Site
from broadsheet.model.front import Front
from broadsheet.model.newsletter.issue import Issue, IssueKey
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
    Snapshot,
    StaticPages,
    TagAndAuthorNames,
    Translations,
)
from broadsheet.render.shared.target import ChangeSet, Target
from broadsheet.schemas.article import parse_article

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
_IMAGE: dict[str, Any] = {
    "src": "https://images.example/ferry.jpg",
    "alt": "A ferry",
    "caption": "The ferry",
    "credit": "Somebody",
}
_IMAGE |= {"width": 1600, "height": 900}
_TEXT = "One paragraph.[^1]\n\n## A heading\n\n![A ferry](https://images.example/b.jpg)\n\n" + "Words. " * 900


class Sample:
    """The articles and ads of a site, all of one day; a site without any where `empty`."""

    def __init__(self, site: Site, *, empty: bool) -> None:
        self.site = site
        self.articles: list[Article] = []
        self.bodies: dict[str, str] = {}
        for edition in () if empty else site.editions:
            self._fill(edition)
        self.ads = [] if empty else [_ad()]

    def changes(self) -> ChangeSet:
        """Everything, as if all of it had just changed."""
        return ChangeSet(
            self.site,
            tuple(self.articles),
            tuple(dict.fromkeys(channel for article in self.articles for channel in article.channels)),
            translations={article.group: self._translations(article.group) for article in self.articles},
            related={article.id: (article.edition,) for article in self.articles},
            calendars={edition: self._calendar(edition) for edition in self.site.editions},
            composed=tuple(issue.key for issue in self.issues()),
            newsletters=tuple(self.site.editions),
        )

    def issues(self) -> list[Issue]:
        """An issue of each edition that has articles."""
        found: list[Issue] = []
        for edition in self.site.editions:
            if articles := self.issue_articles(edition):
                ids = tuple(article.id for article in articles)
                key = IssueKey(edition, "daily", f"{self.site.day(NOW):%Y-%m-%d}")
                found.append(Issue(key, NOW, NOW, NOW, ids, "A subject", titled=True, preheader="More", note="A note."))
        return found

    def issue_articles(self, edition: str) -> tuple[Article, ...]:
        """The articles of the edition's issue."""
        return self._in(Channel(edition, "all"))

    def snapshot(self, targets: Iterable[Target]) -> Snapshot:
        """What these targets are rendered from."""
        return Snapshot({query: self._result(query) for target in targets for query in target.queries}, self.bodies)

    def _fill(self, edition: str) -> None:
        first = f"{edition}-first"
        common: dict[str, Any] = {
            "tags": ["Harbour"],
            "authors": ["Somebody"],
            "image": _IMAGE,
            "summary": "A summary.",
        }
        self._put(edition, first, common | {"body": {"format": "markdown", "text": f"{_TEXT}\n\n[^1]: A note."}})
        correction = {"at": "2026-03-14T10:30:00Z", "text": "A correction."}
        self._put(edition, f"{edition}-second", common | {"related": [first], "corrections": [correction]})
        self._put(edition, f"{edition}-drawing", {"kind": "caricature", "image": _IMAGE})
        self._put(edition, f"{edition}-page", {"kind": "page", "section": None})
        for number in range(8):  # a day with more articles than a month's page shows
            self._put(edition, f"{edition}-{number}", {})

    def _put(self, edition: str, id: str, fields: dict[str, Any]) -> None:
        text = {"format": "markdown", "text": "A *text*."}
        section = next(iter(self.site.editions[edition].sections))
        known = {"edition": edition, "headline": f"Headline {id}", "section": section, "body": text}
        sent = known | {"published_at": "2026-03-14T10:00:00Z"} | fields
        manuscript = parse_article(sent, self.site, id)
        article = revise(None, id, manuscript, NOW, self.site)
        self.bodies[manuscript.hash] = manuscript.text
        self.articles.append(replace(article, path=article.path or f"{self.site.root(edition)}/{id}/"))

    def _result(self, query: AnyQuery) -> object:  # noqa: PLR0911, PLR0912  # one for each query
        match query:
            case ArticleById(id):
                return self._by_id(id)
            case Translations(group):
                return self._translations(group)
            case EditionsNaming(id):
                return (self._by_id(id).edition,)
            case FeedWindow(channel):
                return self._feed(channel)
            case ArchiveDocumentsAround() | ArticlesBetween():
                return ()
            case ArticlesOfDay(edition, _):
                return self._in(Channel(edition, "all"))
            case Calendar(edition):
                return self._calendar(edition)
            case ArticlesOfMonth(channel, _) | NewsSitemapArticles(channel):
                return self._in(channel)
            case ArticlesOfMonthWithOriginals(edition, _):
                return tuple((each, None) for each in self._in(Channel(edition, "all")))
            case AdjacentMonths():
                return None, None
            case LiveAds():
                return tuple(self.ads)
            case FrontChoice(edition):
                return ChosenArticles(Front(edition), ())
            case TagAndAuthorNames(edition):
                return self._names(edition)
            case IssueByKey() | NewestIssues() | IssueKeys() | IssuesWith():
                return self._of_issues(query)
            case StaticPages(edition):
                return tuple(each for each in self.articles if each.is_page and each.edition == edition)
        assert_never(query)

    def _of_issues(self, query: IssueByKey | NewestIssues | IssueKeys | IssuesWith) -> object:
        match query:
            case IssueByKey(key):
                return next(self._with_articles(issue) for issue in self.issues() if issue.key == key)
            case NewestIssues(edition):
                return tuple(self._with_articles(issue) for issue in self.issues() if issue.key.edition == edition)
            case IssueKeys(edition):
                return tuple(issue.key for issue in self.issues() if issue.key.edition == edition)
            case IssuesWith():
                return ()
        assert_never(query)

    def _with_articles(self, issue: Issue) -> IssueArticles:
        return IssueArticles(issue, self.issue_articles(issue.key.edition))

    def _by_id(self, id: str) -> Article:
        return next(article for article in self.articles if article.id == id)

    def _feed(self, channel: Channel) -> FeedContents:
        articles = self._in(channel)
        return FeedContents(articles, articles[-1].place if articles else None)

    def _in(self, channel: Channel) -> tuple[Article, ...]:
        held = (article for article in self.articles if channel in article.channels)
        return tuple(sorted(held, key=lambda article: article.place, reverse=True))

    def _translations(self, group: str) -> tuple[Article, ...]:
        return tuple(article for article in self.articles if article.group == group)

    def _calendar(self, edition: str) -> dict[date, int]:
        count = sum(article.edition == edition for article in self.articles)
        return {self.site.day(NOW): count} if count else {}

    def _names(self, edition: str) -> dict[str, str]:
        names = [each for article in self.articles for each in article.names.items()]
        return {channel.listing: name for channel, name in names if channel.edition == edition}


def _ad() -> Ad:
    return Ad("rope", None, "/media/rope.webp", 300, 250, "Rope", "https://rope.example/", NOW, None, 1, live=True)
