"""The results of queries as they would be with one more article or ad: what a preview is rendered from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, assert_never, cast

from ...model.ad import Ad
from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import PART_SIZE
from ...model.queries import (
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
    IssueByKey,
    IssueKeys,
    IssuesWith,
    LiveAds,
    NewestIssues,
    NewsSitemapArticles,
    Query,
    Result,
    StaticPages,
    TagAndAuthorNames,
    Translations,
)

Months = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Answers queries as if `after` were live in the place of `before`, and the ad among the live ones.

    `ask` has the stored results. `before` is the stored state of the article, None where it has none. Results that
    only feeds and sitemaps are rendered from are the stored ones.
    """

    ask: Callable[[Query[Any]], Any]
    site: Site
    before: Article | None = None
    after: Article | None = None
    ad: Ad | None = None

    def __call__(self, query: Query[Result]) -> Result:
        """The result of a query."""
        return cast("Result", self._result(cast("AnyQuery", query)))

    def _result(self, query: AnyQuery) -> object:  # noqa: PLR0911, PLR0912  # one for each query
        match query:
            case ArticleById(id):
                return self.after if self.after and id == self.after.id else self.ask(query)
            case Translations(group):
                return self._translations(group, self.ask(query))
            case EditionsNaming(id):
                return self._editions_naming(id, self.ask(query))
            case FeedWindow(channel):
                return self._feed_contents(channel, self.ask(query))
            case ArticlesOfDay(edition, day):
                return self._merged(self.ask(query), lambda one: one.edition == edition and one.day == day)
            case Calendar(edition):
                return self._calendar(edition, self.ask(query))
            case ArticlesOfMonth(channel, month):
                return self._merged(self.ask(query), lambda one: channel in one.channels and self._month(one) == month)
            case AdjacentMonths(channel, month):
                return self._adjacent_months(channel, month, self.ask(query))
            case LiveAds(edition):
                return self._live_ads(edition, self.ask(query))
            case FrontChoice():
                return self._chosen(self.ask(query))
            case TagAndAuthorNames(edition):
                return self._names(edition, self.ask(query))
            case (
                ArchiveDocumentsAround()
                | ArticlesBetween()
                | ArticlesOfMonthWithOriginals()
                | NewsSitemapArticles()
                | StaticPages()
            ):
                return self.ask(query)
            case IssueByKey() | NewestIssues() | IssueKeys() | IssuesWith():  # no preview shows issues
                return self.ask(query)
        assert_never(query)

    def _merged(self, stored: Iterable[Article], holds: Callable[[Article], bool]) -> tuple[Article, ...]:
        """The articles, newest first, with the article as it would be, if it belongs to them."""
        own = (self.after,) if self.after and holds(self.after) else ()
        return tuple(sorted((*self._others(stored), *own), key=lambda one: one.place, reverse=True))

    def _others(self, stored: Iterable[Article]) -> tuple[Article, ...]:
        return tuple(one for one in stored if self.after is None or one.id != self.after.id)

    def _translations(self, group: str, stored: Iterable[Article]) -> tuple[Article, ...]:
        found = self._merged(stored, lambda one: one.group == group)
        ordered = sorted(found, key=lambda one: (one.id != group, one.edition, one.id))
        return tuple({one.edition: one for one in reversed(ordered)}.values())[::-1]

    def _editions_naming(self, id: str, stored: tuple[str, ...]) -> tuple[str, ...]:
        """The editions. One where only the article named the other before is still there: its card is not shown."""
        own = (self.after.edition,) if self.after and id in self.after.related else ()
        return tuple(sorted({*stored, *own}))

    def _chosen(self, stored: ChosenArticles) -> ChosenArticles:
        own = (self.after,) if self.after and self.after.id in stored.front.ids else ()
        return replace(stored, articles=(*self._others(stored.articles), *own))

    def _feed_contents(self, channel: Channel, stored: FeedContents) -> FeedContents:
        """The window with the article in its place. An article that is older than the whole window is not in it."""
        oldest = stored.articles[-1].place if stored.articles and stored.previous else None
        found = self._merged(
            stored.articles, lambda one: channel in one.channels and (oldest is None or one.place >= oldest)
        )
        if stored.previous and len(found) < PART_SIZE:
            # The article leaves a window that was just full. The newest archive document has the one that comes in.
            month = date.fromisoformat(f"{stored.previous[:7]}-01")
            older = self(ArticlesOfMonth(channel, month))
            found = (*found, *(one for one in older if not found or one.place < found[-1].place))
        return replace(stored, articles=found)

    def _calendar(self, edition: str, stored: Mapping[date, int]) -> Mapping[date, int]:
        counts = dict(stored)
        for state, step in ((self.before, -1), (self.after, 1)):
            if state and state.listed and state.edition == edition:
                counts[state.day] = counts.get(state.day, 0) + step
        return {day: count for day, count in sorted(counts.items()) if count > 0}

    def _adjacent_months(self, channel: Channel, month: date, stored: Months) -> Months:
        """The nearest months on both sides: one that the article alone had is none any more."""
        own = self._month(self.after) if self.after and channel in self.after.channels else None

        def nearest(side: int, begun: bool) -> date | None:
            found = stored[side]
            while found and not self(ArticlesOfMonth(channel, found)):
                found = cast("Months", self.ask(AdjacentMonths(channel, found)))[side]
            months = [one for one in (found, own if begun else None) if one]
            return (min if side else max)(months, default=None)

        return nearest(0, own is not None and own < month), nearest(1, own is not None and own > month)

    def _live_ads(self, edition: str, stored: tuple[Ad, ...]) -> tuple[Ad, ...]:
        if self.ad is None:
            return stored
        own = (self.ad,) if self.ad.edition in (None, edition) else ()
        others = (one for one in stored if one.name != self.ad.name)
        return tuple(sorted((*others, *own), key=lambda one: (-one.weight, one.name)))

    def _names(self, edition: str, stored: Mapping[str, str]) -> Mapping[str, str]:
        """The names: the last article that joins or leaves a tag or an author decides the spelling."""
        before, after = (
            {channel: name for channel, name in state.names.items() if channel.edition == edition}
            if state and state.live
            else {}
            for state in (self.before, self.after)
        )
        left = {channel: name for channel, name in before.items() if channel not in after}
        joined = {channel.listing: name for channel, name in after.items() if channel not in before}
        kept = {channel.listing: name for channel, name in left.items() if self(FeedWindow(channel)).articles}
        gone = {channel.listing for channel in left} - kept.keys()
        names = {listing: name for listing, name in stored.items() if listing not in gone} | kept | joined
        return dict(sorted(names.items()))

    def _month(self, article: Article) -> date:
        return self.site.month(article.published_at)
