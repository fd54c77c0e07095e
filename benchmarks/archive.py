"""Archives of any size, in moto's tables without moto's help: their rows are what editing would have left there.

Editing 100,000 articles through the emulator would take an hour. The articles here come from the model's own rules, a
row is made from its article when it is first read, and a test holds that the rows equal those that editing writes.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from broadsheet.model.article import Article, revise
from broadsheet.model.manuscript import Image, Manuscript
from broadsheet.model.site import Site
from broadsheet.store.articles import row_of
from broadsheet.store.rows import to_item
from infra.local.account import ACCOUNT, REGION
from tests.world import World

EDITION = "en"
PER_DAY = 30
# The middle of a day, a month and a year, so that no page, feed or count is at a happy beginning.
NEWEST = datetime(2025, 6, 15, 9, 0, tzinfo=UTC)
# How many of the newest have a text of their own; the others share.
OWN_TEXTS, SHARED_TEXTS = 60, 5

Rows = dict[str, dict[str, Any]]
"""Partitions by name, and in each the rows by sort key."""


def article(number: int, site: Site) -> Article:
    """The article of an archive that has `number` newer ones."""
    return revise(None, f"archived-{number}", manuscript(number), published_at(number), site)


def manuscript(number: int) -> Manuscript:
    """What its editor sent: every section, some tags and names, a picture in each third, a caricature now and then."""
    sections = ("city", "world", "business", "culture", "science", "sport", "opinion")
    caricature = number % 15 == 7
    picture = Image(
        src=f"/media/picture-{number % 50}.svg",
        alt="Boats at the quay",
        caption="The harbour on Sunday",
        credit="Nadia Rahal",
        width=1600,
        height=900,
        lang=None,
    )
    return Manuscript(
        edition=EDITION,
        headline=f"Ferry number {number} returns to the old harbour",
        summary="After nine years the night ferry calls again, and the town asks who will pay for the quay.",
        format="html" if number % 4 == 3 else "markdown",
        text=text(number if number < OWN_TEXTS else OWN_TEXTS + number % SHARED_TEXTS),
        section=sections[number % len(sections)],
        tags=(f"topic {number % 40}", f"place {number % 17}"),
        authors=(f"Author {number % 12}",),
        kind="caricature" if caricature else "article",
        image=picture if caricature or number % 3 == 0 else None,
        published_at=published_at(number),
        status="published",
        slug=None,
    )


def published_at(number: int) -> datetime:
    """When the article that has `number` newer ones came out."""
    return NEWEST - number * timedelta(days=1) / PER_DAY


def text(number: int) -> str:
    """A text of about 500 words, no two alike, that is good Markdown and good HTML."""
    paragraph = (
        f"The *night ferry* called at {number % 24} o'clock, as it had every day before the quay was closed, and the "
        "harbour's [own account](https://example.org/quay) of that day is longer than what anybody remembers of it. "
    )
    return "\n\n".join(f"{paragraph * 3}Paragraph {part} of text {number}." for part in range(5))


def fill(world: World, size: int) -> None:
    """Put an archive of `size` articles into the world's empty table, and their texts into its bucket."""
    for number in range(min(size, OWN_TEXTS + SHARED_TEXTS)):
        sent = manuscript(number)
        world.bodies.put(sent.hash, sent.text)
    table = _table(world)
    for pk, contents in rows(article(number, world.site) for number in range(size)).items():
        hash_key = DynamoType({"S": pk})
        table.items[hash_key] = partition = _Partition()
        for sk, content in sorted(contents.items()):
            range_key = DynamoType({"S": sk})
            partition[range_key] = _Row(hash_key, range_key, content)


def stream_of(world: World) -> list[dict[str, Any]]:
    """Everything that the articles' stream holds, as a function gets it."""
    shard = _table(world).stream_shard
    return [record.to_json() for record in shard.items] if shard else []


def rows(articles: Iterable[Article]) -> Rows:
    """Every row of a table that holds these live articles, as an article or as what the row has besides its key."""
    found: Rows = defaultdict(dict)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for article in articles:
        found[f"ARTICLE#{article.id}"]["META"] = article
        found[f"PATH#{article.path}"]["PATH"] = {"article": article.id}
        position = f"{article.published_at:%Y-%m-%dT%H:%M:%SZ}#{article.id}"
        for listing in article.listings():
            found[f"LIST#{article.edition}#{listing}"][position] = article
        days[f"{article.day:%Y}"][f"{article.day:%m-%d}"] += 1
    found[f"DAYS#{EDITION}"] = dict(days)
    return found


def _table(world: World) -> Table:
    """moto's own object behind the articles table."""
    return dynamodb_backends[ACCOUNT][REGION].get_table(world.table)


class _Row(Item):
    """An item that gets its attributes when they are first asked for. Most of an archive is never read."""

    def __init__(self, hash_key: DynamoType, range_key: DynamoType, content: Article | dict[str, Any]) -> None:
        self.hash_key = hash_key
        self.range_key = range_key
        self.content = content

    def __getattr__(self, name: str) -> Any:
        if name != "attrs":
            raise AttributeError(name)
        content = row_of(self.content) if isinstance(self.content, Article) else self.content
        self.attrs = LimitedSizeDict()
        for key, value in to_item(content).items():
            self.attrs[key] = DynamoType(value)
        self.attrs |= {"pk": self.hash_key, "sk": self.range_key}
        return self.attrs


class _Partition(dict[DynamoType, Item]):
    """A partition that knows the order of its sort keys. Nothing here takes a row away."""

    def __init__(self) -> None:
        self.order: list[DynamoType] = []

    def __setitem__(self, key: DynamoType, item: Item) -> None:
        if key not in self:
            insort(self.order, key, key=_text)
        super().__setitem__(key, item)

    def below(self, text: str) -> int:
        return bisect_left(self.order, text, key=_text)

    def up_to(self, text: str) -> int:
        return bisect_right(self.order, text, key=_text)


@contextmanager
def quick_queries() -> Iterator[None]:
    """moto's queries with an archive's size taken out of their time.

    moto sorts the whole table for every query and looks at each row from the first; our own work would then find the
    processor's caches full of it. Here moto is given only the rows that can be in the answer: those in range, and of
    these one more than a page.
    """
    query = Table.query

    def quick(
        table: Table,
        hash_key: DynamoType,
        comparison: str | None,
        values: list[DynamoType],
        limit: int,
        after: dict[str, Any] | None,
        forward: bool,
        *more: Any,
        **named: Any,
    ) -> Any:
        partition = table.items.get(hash_key, {})
        if isinstance(partition, _Partition):
            start, end = _range(partition, comparison, [_text(value) for value in values])
            if after and forward:
                start = max(start, partition.up_to(after["sk"]["S"]))
            elif after:
                end = min(end, partition.below(after["sk"]["S"]))
            if limit:
                start, end = (start, min(end, start + limit + 1)) if forward else (max(start, end - limit - 1), end)
            partition = {key: partition[key] for key in partition.order[start:end]}
        with mock.patch.object(table, "items", {hash_key: partition}):
            return query(table, hash_key, comparison, values, limit, after, forward, *more, **named)  # type: ignore[arg-type]

    with mock.patch.object(Table, "query", quick):
        yield


def _range(partition: _Partition, comparison: str | None, values: list[str]) -> tuple[int, int]:
    """Where the rows in a query's range begin and end."""
    match comparison, values:
        case "BETWEEN", [low, high]:
            return partition.below(low), partition.up_to(high)
        case "<", [high]:
            return 0, partition.below(high)
        case "<=", [high]:
            return 0, partition.up_to(high)
    return 0, len(partition)


def _text(key: DynamoType) -> str:
    return str(key.value)
