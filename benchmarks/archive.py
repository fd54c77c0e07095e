"""Archives of any size, whose rows are put into moto's tables directly.

Putting 100,000 articles through the API would take an hour. Here the model's own functions make the articles, and a row
is made from its article when it is first read. A test compares the rows with those that the API writes.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from random import Random
from typing import Any
from unittest import mock

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.s3.models import s3_backends

from broadsheet.model.article import Article, editorial_listings, revise
from broadsheet.model.channel import Channel
from broadsheet.model.config import Site
from broadsheet.model.manuscript import Image, Manuscript
from broadsheet.model.slug import name_key
from broadsheet.store.article_rows import (
    compact_row_of,
    editorial_partition,
    log_row_of,
    partition,
    position,
    row_of,
)
from broadsheet.store.change_counts import CHANGES, SHARDS
from broadsheet.store.rows import to_item
from infra.local.account import ACCOUNT, REGION
from infra.local.deployment import sample
from tests.world import World

EDITION = "en"
EDITOR = "lina"
# So that a thousand articles cover the whole of January and the end of the year before.
PER_DAY = 20
# How many of a day's articles have each, from the first of the day. The counts are even, so the first fifteen days of a
# month complete parts of the history in all these channels at once.
SECTION = {"city": 4}
TAGS = {"harbour": 12, "council": 8, "ferries": 6, "quay": 4, "tolls": 4}
AUTHORS = {"Author 1": 6, "Author 2": 4}
OTHERS = ("world", "business", "culture", "science", "sport", "opinion")
# The middle of a month, and of a day's articles that are in all of these channels: there are four so far. The month is
# February, so that a thousand articles have a year before this one too, which this year's page links to.
NEWEST = datetime(2025, 2, 16, 2, 0, tzinfo=UTC)
NEWEST_OF_DAY = 3
# Places in the open part of each of these channels. The parts before it are full.
OPEN = NEWEST_OF_DAY + 1
# Consecutive articles that have a text of their own each: more than a run of the publisher reads.
OWN_TEXTS = 1_300

META = DynamoType({"S": "META"})

Rows = dict[str, dict[str, Any]]
"""Rows by sort key, by partition."""


def article(number: int, site: Site) -> Article:
    """The article of an archive that has `number` newer ones."""
    made = revise(None, f"archived-{number}", manuscript(number), published_at(number), site)
    return replace(made, updated_by=EDITOR)


def manuscript(number: int) -> Manuscript:
    """What its editor sent: any section, some tags and authors, an image in each third, a caricature now and then."""
    of_day = (NEWEST_OF_DAY - number) % PER_DAY
    section = next((key for key, daily in SECTION.items() if of_day < daily), OTHERS[of_day % len(OTHERS)])
    tags = tuple(tag for tag, daily in TAGS.items() if of_day < daily)
    authors = tuple(author for author, daily in AUTHORS.items() if of_day < daily)
    caricature = of_day == 7
    return Manuscript(
        edition=EDITION,
        headline=f"Ferry number {number} returns to the old harbour",
        summary="After nine years the night ferry calls again, and the town asks who will pay for the quay.",
        format="html" if of_day % 4 == 3 else "markdown",
        text=text(number % OWN_TEXTS),
        section=section,
        tags=tags or (f"topic {number % 40}",),
        authors=authors or (f"Author {3 + number % 10}",),
        kind="caricature" if caricature else "article",
        image=Image(**picture(number)) if caricature or of_day % 3 == 0 else None,
        published_at=published_at(number),
        status="published",
        slug=None,
        enclosure=None,
        correction="",
        corrections=None,
        updated_at=None,
        translation_of=None,
        related=(),
    )


def picture(number: int) -> dict[str, Any]:
    """An image's fields, one of fifty."""
    return {
        "src": f"/media/picture-{number % 50}.svg",
        "alt": "Boats at the quay",
        "caption": "The harbour on Sunday",
        "credit": "Nadia Rahal",
        "width": 1600,
        "height": 900,
        "lang": None,
    }


def published_at(number: int) -> datetime:
    """When the article that has `number` newer ones was published."""
    return NEWEST - number * timedelta(days=1) / PER_DAY


@cache
def text(number: int) -> str:
    """A text of 500 words, different for each number, that is valid Markdown and valid HTML.

    The words are drawn from the sample edition by their frequency, so the text compresses about as well.
    """
    words = Random(str(number)).choices(_words(), k=500)  # noqa: S311  # the same each time, not secret
    paragraphs = [words[start : start + 100] for start in range(0, len(words), 100)]
    return "\n\n".join(
        f"*{first}* {' '.join(others)} [{last}](https://example.org/{number}/{part})."
        for part, (first, *others, last) in enumerate(paragraphs)
    )


@cache
def _words() -> list[str]:
    texts = [
        file.read_text(encoding="utf-8").split("---\n", 2)[2] for file in sorted((sample.BUILT_IN / "en").iterdir())
    ]
    return re.findall(r"[a-z]+[,.]?", " ".join(texts), re.IGNORECASE)


def fill(world: World, size: int) -> None:
    """Fill the world's empty table with an archive of `size` articles, and its bucket with their bodies."""
    bucket = world.deployment.name("Bodies")
    for number in range(min(size, OWN_TEXTS)):
        sent = manuscript(number)
        s3_backends[ACCOUNT]["aws"].put_object(bucket, sent.hash, sent.text.encode())
    table = _table(world)
    keys: dict[str, DynamoType] = {}
    # There are few names.
    with mock.patch("broadsheet.model.article.name_key", cache(name_key)):
        filling = rows(article(number, world.site) for number in range(size))
    for pk, contents in filling.items():
        hash_key = DynamoType({"S": pk})
        table.items[hash_key] = filled = _Partition()
        for sk, content in sorted(contents.items()):
            range_key = keys.setdefault(sk, DynamoType({"S": sk}))
            if isinstance(content, Article):
                filled[range_key] = _Row(hash_key, range_key, content)
            else:
                filled[range_key] = Item(hash_key, range_key, to_item({"pk": pk, "sk": sk} | content))


def rows(articles: Iterable[Article]) -> Rows:
    """Every row of a table with these live articles: an article, or the attributes besides the key."""
    found: Rows = defaultdict(dict)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    names: Counter[tuple[Channel, str]] = Counter()
    changes: Counter[str] = Counter()
    for number, article in enumerate(articles):
        changes[str(number % SHARDS)] += 1
        at = position(article.place)
        found[f"ARTICLE#{article.id}"]["META"] = article
        logged = log_row_of(article)
        found[logged["pk"]][logged["sk"]] = {"article": article.id}
        found[f"PATH#{article.path}"]["PATH"] = {"article": article.id}
        for channel in article.channels:
            found[partition(channel)][at] = article
        for listing in editorial_listings(article.state, article.section):
            found[editorial_partition(article.edition, listing)][at] = article
        days[f"{article.day:%Y}"][f"{article.day:%m-%d}"] += 1
        names.update(article.names.items())
    found[CHANGES] = {shard: {"count": count} for shard, count in changes.items()}
    found[f"DAYS#{EDITION}"] = dict(days)
    found[f"NAMES#{EDITION}"] = {
        channel.listing: {"spelling": spelling, "live": live} for (channel, spelling), live in names.items()
    }
    return found


def _table(world: World) -> Table:
    """moto's own object behind the articles table."""
    return dynamodb_backends[ACCOUNT][REGION].get_table(world.table)


class _Row(Item):
    """An article's item, whose attributes are made when they are first read: most of an archive is never read.

    It is replaced and never changed, so it needs no copy, and its size is computed once.
    """

    def __init__(self, hash_key: DynamoType, range_key: DynamoType, article: Article) -> None:
        self.hash_key = hash_key
        self.range_key = range_key
        self.article = article

    @cached_property
    def attrs(self) -> LimitedSizeDict:  # type: ignore[override]  # moto's own is a plain attribute
        attrs = LimitedSizeDict()
        attributes = row_of if self.range_key == META else compact_row_of
        for key, value in to_item(attributes(self.article)).items():
            attrs[key] = DynamoType(value)
        attrs |= {"pk": self.hash_key, "sk": self.range_key}
        return attrs

    def __deepcopy__(self, _: dict[int, Any]) -> Item:
        return self

    def size(self) -> int:
        return self._size

    @cached_property
    def _size(self) -> int:
        return super().size()

    def project(self, projection_expressions: list[list[str]]) -> Item:
        """The item with some attributes only. moto itself converts all of them to Python first."""
        item = Item(self.hash_key, self.range_key, {})
        for (name,) in projection_expressions:
            if name in self.attrs:
                item.attrs[name] = self.attrs[name]
        return item


class _Partition(dict[DynamoType, Item]):
    """A partition that keeps its sort keys in order. No row is ever deleted."""

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
    """moto's queries, with a time that does not depend on the size of the archive.

    moto sorts the whole partition for every query and looks at each row, which also fills the processor's caches. Here
    it gets only the rows that can be in the result: those in range, and of these one more than a page.
    """
    with mock.patch.object(Table, "query", _quick(Table.query)):
        yield


def _quick(query: Callable[..., Any]) -> Callable[..., Any]:
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
        found = table.items.get(hash_key, {})
        if isinstance(found, _Partition):
            found = _in_reach(
                found, _range(found, comparison, [_text(value) for value in values]), limit, after, forward
            )
        with mock.patch.object(table, "items", {hash_key: found}):
            return query(table, hash_key, comparison, values, limit, after, forward, *more, **named)

    return quick


def _in_reach(
    rows: _Partition, within: tuple[int, int], limit: int, after: dict[str, Any] | None, forward: bool
) -> dict[DynamoType, Item]:
    """The rows that can be in a page of the result, and one more, in a query from `after` on."""
    start, end = within
    if after and forward:
        start = max(start, rows.up_to(after["sk"]["S"]))
    elif after:
        end = min(end, rows.below(after["sk"]["S"]))
    if limit:
        start, end = (start, min(end, start + limit + 1)) if forward else (max(start, end - limit - 1), end)
    return {key: rows[key] for key in rows.order[start:end]}


def _range(rows: _Partition, comparison: str | None, values: list[str]) -> tuple[int, int]:
    """The indexes between which the rows in a query's range are."""
    match comparison, values:
        case "BETWEEN", [low, high]:
            return rows.below(low), rows.up_to(high)
        case "<", [high]:
            return 0, rows.below(high)
        case "<=", [high]:
            return 0, rows.up_to(high)
        case ">", [low]:
            return rows.up_to(low), len(rows)
    return 0, len(rows)


def _text(key: DynamoType) -> str:
    return str(key.value)
