"""What the articles table says to the questions of a rendering (`broadsheet.model.queries`)."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..model import history
from ..model.ad import Advertisement
from ..model.article import Article
from ..model.channel import Channel
from ..model.config import Site
from ..model.history import Document, Place, Slot
from ..model.queries import (
    Advertised,
    Beside,
    Calendar,
    Documents,
    Fresh,
    Monthly,
    Names,
    Newest,
    On,
    Question,
    Recent,
    Span,
    State,
    Translated,
    Translations,
)
from .ads import Slots
from .article_rows import article_of, partition, position, slot_of
from .rows import instant
from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WITHIN = "sk BETWEEN :first AND :last"
SLOT = "sk, gone"
# Places: what a feed holds at most when none was left, and the first one that it does not hold.
WINDOW = 2 * history.PART
# Places that are read at once where only the first that was not left is wanted.
FEW = 10
# What the news sitemap holds (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).
FRESH = timedelta(days=2)
MOST_FRESH = 1000


class Answers:
    """The articles table by name, read for one site."""

    def __init__(self, client: "DynamoDBClient", table: str, site: Site) -> None:
        self._table = Table(client, table)
        self._slots = Slots(client, table)
        self._site = site

    def __call__(self, question: Question[Any]) -> Any:
        """The answer, as of now, of the type that the question says."""
        return getattr(self, f"_{type(question).__name__.lower()}")(question)

    def _state(self, asked: State) -> Article | None:
        row = self._table.row(f"ARTICLE#{asked.id}", "META")
        return article_of(row) if row else None

    def _translations(self, asked: Translations) -> tuple[Article, ...]:
        """The original's row comes before those of its translations. One that names another original is elsewhere."""
        rows = self._table.query(f"ARTICLE#{asked.group}", newest=False)
        group = [each for each in map(article_of, rows) if each.live and each.group == asked.group]
        return tuple({each.edition: each for each in reversed(group)}.values())[::-1]

    def _newest(self, asked: Newest) -> Recent:
        """The head of the channel's history, through a window that grows until it shows it."""
        size = WINDOW
        while True:
            rows = tuple(self._table.query(partition(asked.channel), limit=size))
            if not rows:
                return Recent(())
            slots = [slot_of(row) for row in rows]
            skipped = self._older_in_month(asked.channel, slots[-1].place) if len(rows) == size else None
            if head := history.head(slots, skipped, self._month):
                live = tuple(article_of(row) for row in rows[: head.size] if "gone" not in row)
                return Recent(live, head.open, head.left, head.previous)
            size *= 2

    def _documents(self, asked: Documents) -> tuple[Document, ...]:
        pk = partition(asked.channel)
        known = [slot_of(row) for row in self._table.query(pk, limit=WINDOW, only=SLOT)]
        if len(known) < WINDOW:  # most channels are small
            return history.documents_among(known, asked.place, asked.joined, self._month)

        def slots(month: date) -> list[Slot]:
            values = self._bounds(month)
            return [slot_of(row) for row in self._table.query(pk, WITHIN, values, newest=False, only=SLOT)]

        def older(month: date) -> date | None:
            return beside("sk < :at", self._bounds(month)[":first"], newest=True)

        def newer(month: date) -> date | None:
            return beside("sk > :at", self._bounds(month)[":last"], newest=False)

        def beside(condition: str, at: str, newest: bool) -> date | None:
            rows = self._table.query(pk, condition, {":at": at}, limit=1, newest=newest, only=SLOT)
            return next((self._month(slot_of(row).place) for row in rows), None)

        return history.documents(asked.place, asked.joined, self._month, slots, older, newer)

    def _span(self, asked: Span) -> tuple[Article, ...]:
        return self._live(asked.channel, position(asked.first), position(asked.last))

    def _on(self, asked: On) -> tuple[Article, ...]:
        first, last = map(instant, self._site.bounds(asked.day))
        return self._live(Channel(asked.edition, "all"), first, last)

    def _calendar(self, asked: Calendar) -> dict[date, int]:
        return {
            date.fromisoformat(f"{row['sk']}-{day}"): count
            for row in self._table.query(f"DAYS#{asked.edition}", newest=False)
            for day, count in sorted(row.items())
            if day not in ("pk", "sk") and count > 0
        }

    def _monthly(self, asked: Monthly) -> tuple[Article, ...]:
        bounds = self._bounds(asked.month)
        return self._live(asked.channel, bounds[":first"], bounds[":last"])

    def _translated(self, asked: Translated) -> tuple[tuple[Article, Article | None], ...]:
        articles = self._monthly(Monthly(Channel(asked.edition, "all"), asked.month))
        named = dict.fromkeys(article.translation_of for article in articles if article.translation_of)
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in named])
        originals = {each.id: each for each in map(article_of, rows) if each.live and each.translation_of is None}
        return tuple((article, originals.get(article.translation_of or "")) for article in articles)

    def _beside(self, asked: Beside) -> tuple[date | None, date | None]:
        bounds = self._bounds(asked.month)
        return (
            self._nearest(asked.channel, "sk < :at", bounds[":first"], newest=True),
            self._nearest(asked.channel, "sk > :at", bounds[":last"], newest=False),
        )

    def _nearest(self, channel: Channel, condition: str, at: str, newest: bool) -> date | None:
        """The month of the channel's next live article in that direction."""
        rows = self._table.query(
            partition(channel), condition, {":at": at}, limit=FEW, newest=newest, only=SLOT, without="gone"
        )
        return next((self._month(slot_of(row).place) for row in rows), None)

    def _fresh(self, asked: Fresh) -> tuple[Article, ...]:
        newest = self._table.query(partition(asked.channel), limit=FEW, only=SLOT, without="gone")
        last = next((slot_of(row).place for row in newest), None)
        if last is None:
            return ()
        first = instant(last.published_at - FRESH)
        return tuple(islice(self._each(asked.channel, first, position(last)), MOST_FRESH))

    def _advertised(self, asked: Advertised) -> tuple[Advertisement, ...]:
        slots = self._slots.all()
        own = [slot for slot in slots if slot.live and slot.edition in (None, asked.edition)]
        return tuple(sorted(own, key=lambda slot: -slot.weight))

    def _names(self, asked: Names) -> dict[str, str]:
        rows = self._table.query(f"NAMES#{asked.edition}", newest=False)
        return {row["sk"]: row["spelling"] for row in rows if row["live"] > 0}

    def _live(self, channel: Channel, first: str, last: str) -> tuple[Article, ...]:
        """The live articles of a channel from one position to another, newest first."""
        return tuple(self._each(channel, first, last))

    def _each(self, channel: Channel, first: str, last: str) -> Iterator[Article]:
        rows = self._table.query(partition(channel), WITHIN, {":first": first, ":last": last}, without="gone")
        return map(article_of, rows)

    def _older_in_month(self, channel: Channel, place: Place) -> int:
        """How many places of its month are older than this one."""
        values = {":first": self._bounds(self._month(place))[":first"], ":last": position(place)}
        return self._table.count(partition(channel), WITHIN, values) - 1

    def _bounds(self, month: date) -> dict[str, str]:
        first, last = map(instant, self._site.month_bounds(month))
        return {":first": first, ":last": last}

    def _month(self, place: Place) -> date:
        return self._site.month(place.published_at)
