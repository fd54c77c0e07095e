"""Archives of any size, in moto's tables without moto's help: their rows are what editing would have left there.

Editing 100,000 articles through the emulator would take an hour. The articles here come from the model's own rules, a
row is made from its article when it is first read, and a test holds that the rows equal those that editing writes.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
from broadsheet.store.article_rows import editorial_partition, partition, position, row_of
from broadsheet.store.rows import to_item
from infra.local.account import ACCOUNT, REGION
from infra.local.deployment import sample
from tests.world import World

EDITION = "en"
# Few enough that a thousand articles have the whole of January and the end of the year before.
PER_DAY = 20
# Which of a day's articles hold what, from its first on. These counts are even, so the first fifteen days of a month
# bring parts of the history to their end in all these channels at once.
SECTION = {"city": 4}
TAGS = {"harbour": 12, "council": 8, "ferries": 6, "quay": 4, "tolls": 4}
AUTHORS = {"Author 1": 6, "Author 2": 4}
OTHERS = ("world", "business", "culture", "science", "sport", "opinion")
# The middle of a month, and of a day's articles that are in all of these channels: there are four so far. The month is
# February, so that a thousand articles have a year before this one too, to which its page leads back.
NEWEST = datetime(2025, 2, 16, 2, 0, tzinfo=UTC)
NEWEST_OF_DAY = 3
# So many of the month's articles are in the open part of each of these channels, the parts before it being full.
OPEN = NEWEST_OF_DAY + 1
# So many articles one after the other have a text of their own each; they are more than one publishing reads.
OWN_TEXTS = 1_300

Rows = dict[str, dict[str, Any]]
"""Partitions by name, and in each the rows by sort key."""


def article(number: int, site: Site) -> Article:
    """The article of an archive that has `number` newer ones."""
    return revise(None, f"archived-{number}", manuscript(number), published_at(number), site)


def manuscript(number: int) -> Manuscript:
    """What its editor sent: every section, some tags and names, a picture in each third, a caricature now and then."""
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
        correction="",
        translation_of=None,
    )


def picture(number: int) -> dict[str, Any]:
    """A picture's fields, one of fifty."""
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
    """When the article that has `number` newer ones came out."""
    return NEWEST - number * timedelta(days=1) / PER_DAY


@cache
def text(number: int) -> str:
    """A text of 500 words, no two alike, that is good Markdown and good HTML.

    The words are those of the sample edition, as often as they are there, so it compresses about as well as that does.
    """
    words = Random(str(number)).choices(_words(), k=500)  # noqa: S311  # it is to be the same each time
    paragraphs = [words[start : start + 100] for start in range(0, len(words), 100)]
    return "\n\n".join(
        f"*{first}* {' '.join(others)} [{last}](https://example.org/{number}/{part})."
        for part, (first, *others, last) in enumerate(paragraphs)
    )


@cache
def _words() -> list[str]:
    texts = [
        file.read_text(encoding="utf-8").split("---\n", 2)[2] for file in sorted((sample.EDITION / "en").iterdir())
    ]
    return re.findall(r"[a-z]+[,.]?", " ".join(texts), re.IGNORECASE)


def fill(world: World, size: int) -> None:
    """Put an archive of `size` articles into the world's empty table, and their texts into its bucket."""
    bucket = world.deployment.name("Bodies")
    for number in range(min(size, OWN_TEXTS)):
        sent = manuscript(number)
        s3_backends[ACCOUNT]["aws"].put_object(bucket, sent.hash, sent.text.encode())
    table = _table(world)
    keys: dict[str, DynamoType] = {}
    # The names are few, and each has one key.
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


def stream_of(world: World) -> list[dict[str, Any]]:
    """Everything that the articles' stream holds, as a function gets it."""
    shard = _table(world).stream_shard
    return [record.to_json() for record in shard.items] if shard else []


def rows(articles: Iterable[Article]) -> Rows:
    """Every row of a table that holds these live articles, as an article or as what the row has besides its key."""
    found: Rows = defaultdict(dict)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    names: Counter[tuple[Channel, str]] = Counter()
    for article in articles:
        at = position(article.place)
        found[f"ARTICLE#{article.id}"]["META"] = article
        found[f"PATH#{article.path}"]["PATH"] = {"article": article.id}
        for channel in article.channels:
            found[partition(channel)][at] = article
        for listing in editorial_listings(article.status, article.section):
            found[editorial_partition(article.edition, listing)][at] = article
        days[f"{article.day:%Y}"][f"{article.day:%m-%d}"] += 1
        names.update(article.names.items())
    found[f"DAYS#{EDITION}"] = dict(days)
    found[f"NAMES#{EDITION}"] = {
        channel.listing: {"spelling": spelling, "live": live} for (channel, spelling), live in names.items()
    }
    return found


def _table(world: World) -> Table:
    """moto's own object behind the articles table."""
    return dynamodb_backends[ACCOUNT][REGION].get_table(world.table)


class _Row(Item):
    """An article's item, which gets its attributes when they are first asked for: most of an archive is never read.

    Nothing changes it, another takes its place. So it is never copied, and is measured once.
    """

    def __init__(self, hash_key: DynamoType, range_key: DynamoType, article: Article) -> None:
        self.hash_key = hash_key
        self.range_key = range_key
        self.article = article

    @cached_property
    def attrs(self) -> LimitedSizeDict:  # type: ignore[override]  # moto's own is a plain attribute
        attrs = LimitedSizeDict()
        for key, value in to_item(row_of(self.article)).items():
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
        """The item with some attributes alone. moto turns all of them into Python first."""
        item = Item(self.hash_key, self.range_key, {})
        for (name,) in projection_expressions:
            if name in self.attrs:
                item.attrs[name] = self.attrs[name]
        return item


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
        found = table.items.get(hash_key, {})
        if isinstance(found, _Partition):
            start, end = _range(found, comparison, [_text(value) for value in values])
            if after and forward:
                start = max(start, found.up_to(after["sk"]["S"]))
            elif after:
                end = min(end, found.below(after["sk"]["S"]))
            if limit:
                start, end = (start, min(end, start + limit + 1)) if forward else (max(start, end - limit - 1), end)
            found = {key: found[key] for key in found.order[start:end]}
        with mock.patch.object(table, "items", {hash_key: found}):
            return query(table, hash_key, comparison, values, limit, after, forward, *more, **named)  # type: ignore[arg-type]

    with mock.patch.object(Table, "query", quick):
        yield


def _range(rows: _Partition, comparison: str | None, values: list[str]) -> tuple[int, int]:
    """Where the rows in a query's range begin and end."""
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
