"""What stands beside a change: other articles on their way, archive documents, months; what a publisher takes along."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache

from ...deadline import Deadline
from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import Document, Place
from ...model.queries import Beside, Documents, Facts, Monthly, Newest, Recent, State
from ...render.feeds.channel_feeds import last_written
from ...render.pages.channel_months import held
from ...render.shared.target import Touched
from ...render.shared.urls import key
from ...store.queries import Answers
from ...store.site_objects import Pages

REMEMBERED = 10_000  # pages that a warm function knows to be there


class Along:
    """How many neighbours may still be published along, in so many rounds: each round may find further ones."""

    def __init__(self, rounds: int, most: int) -> None:
        self._rounds = rounds
        self._left = most

    @property
    def room(self) -> int:
        """How many the next round may find."""
        return self._left if self._rounds else 0

    def take(self, found: int) -> None:
        """Count a round and what it found."""
        self._rounds -= 1
        self._left -= found


class Neighbours:
    """Finds them, and remembers of which it knows that they stand already."""

    def __init__(self, answers: Answers, pages: Pages, site: Site) -> None:
        self._answers = answers
        self._pages = pages
        self._site = site
        self._standing: set[tuple[str, int]] = set()
        self._archives: set[str] = set()

    def awaited(
        self, facts: Facts, own: Mapping[State, None], since: datetime, most: int, deadline: Deadline
    ) -> dict[State, None]:
        """The listed articles, but our own, whose pages are not there, or not yet the feeds of a tag or an author that
        they are the first of; `most` of them at most, those that feeds list first, and the newest of these.

        Where more are missing, a whole archive is being imported: each one's own publisher is on the way.

        Only those are looked for that may still wait for their publisher: a stream keeps a change for a day, and no
        change is older than what it says of its time.
        """
        in_feeds, elsewhere = set[Article](), set[Article]()
        for question in facts.answers:
            (in_feeds if isinstance(question, Newest) else elsewhere).update(facts.articles(question))
        found: dict[State, None] = {}

        @cache
        def there(key: str) -> bool:
            deadline.check()
            return self._pages.version(key) is not None

        for article in (*sorted(in_feeds, key=_newest_first), *sorted(elsewhere - in_feeds, key=_newest_first)):
            if len(found) == most:
                break
            known = State(article.id) in own or (article.id, article.revision) in self._standing
            if known or article.shown_at <= since:
                continue
            if there(key(article.path or "/")) and all(there(last_written(channel)) for channel in article.names):
                self.remember([article])
            else:
                found[State(article.id)] = None
        return found

    def remember(self, articles: Iterable[Article]) -> None:
        """Note whose pages are there. One that goes away does so by a new revision."""
        if len(self._standing) > REMEMBERED:
            self._standing.clear()
        self._standing |= {(article.id, article.revision) for article in articles if article.live}

    def archived(
        self, places: Mapping[tuple[Channel, Place], bool], facts: Facts, deadline: Deadline
    ) -> dict[Documents, tuple[Document, ...]]:
        """The archive documents that changes at these places touch: where they are not in the open part of a feed.

        The oldest that joined a channel in a month moves all that is after it there, so the rest need not be asked for.
        """
        found = {}
        joined_in: set[tuple[Channel, date]] = set()
        for (channel, place), joined in sorted(places.items(), key=lambda item: item[0][1]):
            recent = facts.answers.get(Newest(channel))
            month = (channel, self._site.month(place.published_at))
            if month in joined_in or not (recent and recent.open) or place > recent.open:
                continue
            if joined:
                joined_in.add(month)
            elif place == recent.open:
                continue
            question = Documents(channel, place, joined)
            deadline.check()
            found[question] = facts.known(question, self._answers)
        return found

    def led_to(
        self, facts: Facts, documents: Mapping[Documents, tuple[Document, ...]], most: int, deadline: Deadline
    ) -> dict[tuple[Channel, Place], bool]:
        """Places beside archive documents that feeds or other documents link to, and that are not there.

        At most `most` of them, the newest. The publisher of an article that joins the channel there writes them, and
        has not come to it yet. Where more are missing, a whole archive is being imported.
        """
        led: list[tuple[Channel, Place, str | None]] = []
        for question, answer in facts.answers.items():
            match question, answer:
                case Newest(channel), Recent(articles, Place() as open, previous=str(name)):
                    led.append((channel, min(open, articles[-1].place), name))
        for question, found in documents.items():
            led += [(question.channel, each.first, name) for each in found for name in (each.previous, each.next)]
        own = {last_written(question.channel, each.name) for question, found in documents.items() for each in found}
        keys = {last_written(channel, name): (channel, place) for channel, place, name in led if name}
        if len(self._archives) > REMEMBERED:
            self._archives.clear()
        missing: list[str] = []
        for document in sorted(keys.keys() - own - self._archives, key=lambda each: keys[each][1], reverse=True):
            if len(missing) == most:
                break
            deadline.check()
            if self._pages.version(document) is None:
                missing.append(document)
            else:
                self._archives.add(document)  # they never go away
        return {keys[document]: True for document in missing}


def _newest_first(article: Article) -> tuple[float, str]:
    return -article.place.published_at.timestamp(), article.id


def months_beside(touched: Touched, facts: Facts, since: datetime) -> tuple[Monthly, ...]:
    """The months beside those of channels that may have begun or ended.

    Where another article has stood in a month for longer than a stream keeps a change, the months beside it know of it.
    """
    own = {article.id for article in touched.articles}
    found: dict[Monthly, None] = {}
    # Of an edition that the site has no longer, nothing was asked.
    for question in (each for each in held(touched) if each in facts.answers):
        if not any(article.shown_at <= since and article.id not in own for article in facts[question]):
            near = facts[Beside(question.channel, question.month)]
            found |= dict.fromkeys(Monthly(question.channel, month) for month in near if month)
    return tuple(found)
