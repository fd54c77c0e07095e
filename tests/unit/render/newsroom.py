"""Articles in memory, and what the table would answer about them: enough to render any surface."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from broadsheet.model import config, history
from broadsheet.model.article import Article, revise
from broadsheet.model.channel import Channel
from broadsheet.model.config import Site
from broadsheet.model.history import HistoryEntry, Place
from broadsheet.model.queries import (
    AdjacentMonths,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesBetween,
    ArticlesOfDay,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    Calendar,
    FeedContents,
    FeedWindow,
    LiveAds,
    NewsSitemapArticles,
    Query,
    Snapshot,
    TagAndAuthorNames,
    Translations,
)
from broadsheet.render.outputs import targets
from broadsheet.render.shared.target import ChangeSet, RenderedObject, Target
from broadsheet.schemas.article import parse_article
from broadsheet.settings import SITE_FILE

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
DAYS = timedelta(days=2)
SITE = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))


def fields(**changed: Any) -> dict[str, Any]:
    """An article as an editor would send it, with the fields that a test cares about."""
    return {
        "edition": "en",
        "headline": "Ferry returns to the old harbour",
        "body": {"format": "markdown", "text": "The *night ferry* called at six."},
        "section": "city",
        "published_at": "2026-03-14T10:00:00+02:00",
    } | changed


class Newsroom:
    """Articles and the sources of their bodies."""

    def __init__(self, site: Site = SITE) -> None:
        self.site = site
        self.articles: dict[str, Article] = {}
        self.bodies: dict[str, str] = {}

    def put(self, id: str, now: datetime = NOON, **changed: Any) -> Article:
        """Put an article in as an editor; its address gets its id where two would be the same."""
        manuscript = parse_article(fields(**changed), self.site)
        article = revise(self.articles.get(id), id, manuscript, now, self.site)
        taken = {other.path for other in self.articles.values() if other.id != id}
        if article.path in taken:
            article = replace(article, path=f"{article.path}".removesuffix("/") + f"-{len(taken)}/")
        self.bodies[manuscript.hash] = manuscript.text
        self.articles[id] = article
        return article

    def snapshot(self, targets: Iterable[Target]) -> Snapshot:
        """What the table answers to these targets' questions."""
        return Snapshot({q: self.answer(q) for target in targets for q in target.queries}, self.bodies)

    def answer(self, query: Query[Any]) -> Any:  # noqa: PLR0911, PLR0912  # one for each kind of question
        """What the table answers where no article has ever left a channel."""
        match query:
            case ArticleById(id):
                article = self.articles.get(id)
                return article if article and article.live else None
            case Translations(group):
                held = [article for article in self._live() if article.group == group]
                held.sort(key=lambda article: (article.id == group, article.edition, article.id), reverse=True)
                return tuple({article.edition: article for article in held}.values())[::-1]
            case ArticlesOfMonthWithOriginals(edition, month):
                live = {article.id: article for article in self._live() if article.translation_of is None}
                articles = self.answer(ArticlesOfMonth(Channel(edition, "all"), month))
                return tuple((article, live.get(article.translation_of)) for article in articles)
            case FeedWindow(channel):
                articles = self._in(channel)
                slots = [HistoryEntry(article.place) for article in articles]
                head = history.head(slots, None, self._month) if slots else None
                return (
                    FeedContents(articles[: head.size], head.open, head.left, head.previous)
                    if head
                    else FeedContents(())
                )
            case ArchiveDocumentsAround(channel, place, joined):
                slots = [HistoryEntry(article.place) for article in self._in(channel)]
                return history.archive_documents_among(slots, place, joined, self._month)
            case ArticlesBetween(channel, first, last):
                return tuple(article for article in self._in(channel) if first <= article.place <= last)
            case ArticlesOfDay(edition, day):
                return tuple(article for article in self._in(Channel(edition, "all")) if article.day == day)
            case Calendar(edition):
                return dict(sorted(Counter(article.day for article in self._in(Channel(edition, "all"))).items()))
            case ArticlesOfMonth(channel, month):
                return tuple(article for article in self._in(channel) if self._month(article.place) == month)
            case AdjacentMonths(channel, month):
                months = {self._month(article.place) for article in self._in(channel)}
                older, newer = (each for each in months if each < month), (each for each in months if each > month)
                return max(older, default=None), min(newer, default=None)
            case NewsSitemapArticles(channel):
                return tuple(a for a in self._in(channel) if self._in(channel)[0].published_at - a.published_at <= DAYS)
            case LiveAds():
                return ()
            case TagAndAuthorNames(edition):
                names = [(c, name) for article in self._live() for c, name in article.names.items()]
                return dict(sorted((c.listing, name) for c, name in names if c.edition == edition))
        raise AssertionError(query)

    def changes(self) -> ChangeSet:
        """Everything."""
        live = self._live()
        channels = dict.fromkeys(channel for article in live for channel in article.channels)
        documents = {
            (query := ArchiveDocumentsAround(channel, article.place, joined=True)): self.answer(query)
            for channel in channels
            for article in live
            if channel in article.channels
        }
        translations = {article.group: self.answer(Translations(article.group)) for article in self.articles.values()}
        calendars = {edition: self.answer(Calendar(edition)) for edition in self.site.editions}
        return ChangeSet(self.site, tuple(self.articles.values()), tuple(channels), documents, translations, calendars)

    def targets(self) -> dict[str, Target]:
        """Every target of every article, in the order of writing."""
        return {target.key: target for target in targets(self.changes(), statics_current=False)}

    def build(self) -> dict[str, RenderedObject]:
        """The whole site."""
        targets = self.targets()
        snapshot = self.snapshot(targets.values())
        outputs = {key: target.render(self.site, snapshot) for key, target in targets.items()}
        return {key: output for key, output in outputs.items() if output}

    def _live(self) -> tuple[Article, ...]:
        """The live articles, newest first."""
        live = [article for article in self.articles.values() if article.live]
        return tuple(sorted(live, key=lambda article: article.place, reverse=True))

    def _in(self, channel: Channel) -> tuple[Article, ...]:
        return tuple(article for article in self._live() if channel in article.channels)

    def _month(self, place: Place) -> date:
        return self.site.month(place.published_at)
