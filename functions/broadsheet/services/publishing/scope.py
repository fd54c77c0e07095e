"""Where a run of the publisher looks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...model.article import Article
from ...model.channel import Channel
from ...model.history import Place
from ...model.queries import ArticleById

STREAM_RETENTION = timedelta(days=1)  # how long a DynamoDB stream keeps a change

Places = Mapping[tuple[Channel, Place], bool]
"""Places in the histories of channels, each with whether an article joined the channel there."""


@dataclass(frozen=True, slots=True)
class Change:
    """The states of an article before and after one write, as the stream reports them: at least one of them.

    `republished` is True where the operator or a run has the article published again, and there was no write.
    """

    before: Article | None
    after: Article | None
    republished: bool = False

    @property
    def id(self) -> str:
        """The article's id."""
        return self._state.id

    @property
    def shown_at(self) -> datetime:
        """When readers are to see the change: of a new article, its date, which an import sets in the past."""
        return self._state.published_at if self.before is None else self._state.changed_at

    @property
    def _state(self) -> Article:
        if state := self.after or self.before:
            return state
        raise ValueError("a change has a state before or after it")

    @property
    def places(self) -> Places:
        """The places that the change concerns."""
        before, after = set(_places(self.before)), tuple(_places(self.after))
        removed = {at: False for at in _places(self.before) if at not in after}
        return {at: at not in before for at in after} | removed


class Scope:
    """The articles and places that a run publishes. It only grows.

    The states that the stream reported are hints: they say where to look, and rendering never uses them.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._places: dict[tuple[Channel, Place], bool] = {}
        hints: list[Article] = []
        shown: list[Article | None] = []
        for change in changes:
            hints += [state for state in (change.before, change.after) if state]
            shown += [change.before, change.after if change.republished else None]
            self.add_places(change.places)
        self.hints = tuple(hints)
        self.shown = tuple(state for state in shown if state and state.first_live_at)
        """The states that readers saw before a change: only these may be in an issue of the newsletter already."""
        self._articles = dict.fromkeys(ArticleById(hint.id) for hint in hints)
        self._latest = max(map(_past, hints), default=None)

    @property
    def articles(self) -> tuple[ArticleById, ...]:
        return tuple(self._articles)

    @property
    def places(self) -> Places:
        return self._places

    def includes(self, article: Article) -> bool:
        return ArticleById(article.id) in self._articles

    def has_no_pending_change(self, article: Article) -> bool:
        """Whether the article's last change is so old that the stream keeps none of it any more.

        The newest hint stands in for the clock: no change is older than the time that its article shows. In a run
        without changes of articles, the newest article that its targets list does.
        """
        return self._latest is not None and article.shown_at <= self._latest - STREAM_RETENTION

    def add_listed(self, articles: Iterable[Article]) -> None:
        """Note the live articles that the targets of the run list."""
        if not self.hints:
            self._latest = max((article.shown_at for article in articles), default=None)

    def add_articles(self, articles: Iterable[ArticleById]) -> None:
        self._articles |= dict.fromkeys(articles)

    def add_places(self, places: Places) -> None:
        for at, joined in places.items():
            self._places[at] = joined or self._places.get(at, False)


def _past(state: Article) -> datetime:
    """The newest time of the state that has come; the date of an article that is not live may be in the future."""
    return state.shown_at if state.live else state.changed_at


def _places(state: Article | None) -> Iterator[tuple[Channel, Place]]:
    if state and state.live:
        yield from ((channel, state.place) for channel in state.channels)
