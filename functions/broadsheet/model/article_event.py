"""Article events for other systems: an article was published, changed or withdrawn, as readers can see it."""

from dataclasses import dataclass
from typing import Literal, get_args

from .article import Article

EventKind = Literal["published", "changed", "withdrawn"]
KINDS: tuple[EventKind, ...] = get_args(EventKind)


@dataclass(frozen=True, slots=True)
class ArticleEvent:
    """A change that readers can see. `shown` is the article as they see it, or saw it last; `current` is the state
    that the change made, of which nothing is public where the article left the site.
    """

    kind: EventKind
    shown: Article
    current: Article

    @property
    def sequence(self) -> int:
        """A number that is larger for each later event of the article.

        A release keeps the revision, so a revision has at most two states: first not live, then live.
        """
        return 2 * self.current.revision + self.current.live


def event_of(before: Article | None, after: Article | None) -> ArticleEvent | None:
    """The event that reports the change from one state to the other; None where readers see nothing of it.

    A row that was written again for the same revision, by an upgrade say, is no change. Nor is a row that is gone:
    articles are withdrawn, never deleted.
    """
    if after is None:
        return None
    if before is None or not before.live:
        return ArticleEvent("published", after, after) if after.live else None
    if not after.live:
        return ArticleEvent("withdrawn", before, after)
    return ArticleEvent("changed", after, after) if after.revision != before.revision else None
