"""The articles table.

| pk | sk | what |
|---|---|---|
| `ARTICLE#<id>` | `META` | the article as it is now |
| `ARTICLE#<id>` | `TRANSLATION#<edition>#<id>` | a live article that translates this one, again |
| `ARTICLE#<id>` | `RELATED` | how many live articles of each edition name this one as related |
| `PATH#<path>` | `PATH` | the article that owns the path, for ever |
| `PAGES#<edition>` | `<path>` | a live static page again |
| `LIST#<edition>#<listing>` | `<published_at>#<id>` | the article again, in one channel; or when it left (`gone`) |
| `EDITORIAL#<edition>#<state>[/<section>]` | `<published_at>#<id>` | the article again, for editors, in any state |
| `NAMES#<edition>` | `tag/<key>`, `author/<key>` | a tag's or author's name, and how many live articles it has |
| `DAYS#<edition>` | `<year>` | how many live articles each day has |
| `DUE` | `<published_at>#<id>` | a scheduled article |
| `LOG` | `<changed_at>#<id>#<revision>` | a change of an article: the change log |
| `REVISIONS#<id>` | `<revision>` | who made a revision, and the article until then, for a time (`revisions`) |
| `UNSETTLED` | `ARTICLE#<id>` or a partition | what the stream is to deliver again, for a day (`unsettled`) |
| `CHANGES` | `<shard>` | how many changes one of eight shards counted (`change_counts`) |

*Again* means as one text (`article_rows`). An article that leaves a channel leaves its place there, so that no later
place moves. The channel of all editions has `*` for an edition. An article and all rows that follow from it change in
one transaction, conditional on the state that was read. A transaction has room for 100 rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from ..model.article import Article
from ..model.channel import Channel
from ..model.revision import Revision
from .article_rows import LOG, RELATED, article_of, editorial_partition, log_row_of, partition, row_of, rows_of
from .change_counts import count_write
from .conflict import LostRace
from .revisions import revision_write
from .rows import instant
from .table import ABSENT, WITHIN, Key, Table, Write, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# DynamoDB refuses reads of longer keys.
LONGEST_PARTITION_KEY = 2048  # bytes
LONGEST_SORT_KEY = 1024  # bytes


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a listing: the positions from `first` to `last`, beyond the cursor `after`; by default all of them.

    Positions begin with an instant. `newest` begins with the last position.
    """

    first: str = "0"
    last: str = ":"
    newest: bool = True
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """Some rows of a listing, each an article after its position; None where the article left. `more`: not the last."""

    rows: tuple[tuple[str, Article | None], ...]
    more: bool


class PathTaken(Exception):
    """The article's path belongs to another one. Nothing was written."""


class Articles:
    """The articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, id: str) -> Article | None:
        """The article, withdrawn ones included; None where the id was never used."""
        row = self._table.row(f"ARTICLE#{id}", "META")
        return article_of(row) if row else None

    def several(self, ids: Iterable[str]) -> dict[str, Article]:
        """The articles with these ids, withdrawn ones included, by id. Ids that were never used are left out."""
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in dict.fromkeys(ids)])
        return {article.id: article for article in map(article_of, rows)}

    def by_path(self, path: str) -> Article | None:
        """The article that has or once had the path, live or not."""
        owner = self.owner(path)
        return self.get(owner) if owner else None

    def owner(self, path: str) -> str | None:
        """The id of the article that has or once had the path."""
        key = f"PATH#{path}"
        if len(key.encode()) > LONGEST_PARTITION_KEY:
            return None
        row = self._table.row(key, "PATH")
        return row["article"] if row else None

    def commit(self, previous: Article | None, article: Article, revision: Revision | None = None) -> None:
        """Put `article` in the place of `previous`, with its path, listings and counts, or raise and write nothing.

        `revision` is the change, where it makes a new revision; it is kept in the same transaction.
        Raises `LostRace` where the article is not `previous` any more or another client is writing one of the rows,
        `PathTaken` where its path is another article's.
        """
        writes = [self._put_meta(previous, article)]
        has_new_path = article.path is not None and (previous is None or previous.path != article.path)
        if has_new_path:
            writes.append(self._put_path(article))
        before, after = rows_of(previous), rows_of(article)
        writes += [self._table.put_write(row) for key, row in after.items() if before.get(key) != row]
        writes += [self._take_out(key, article.changed_at) for key in before if key not in after]
        writes += self._count_days(previous, article)
        writes += self._count_names(previous, article)
        writes += self._count_related(previous, article)
        writes.append(self._table.put_write(log_row_of(article)))
        writes.append(count_write(self._table))
        if revision:
            writes.append(revision_write(self._table, article.id, revision))
        try:
            self._table.transact(*writes)
        except LostRace as race:
            if has_new_path and race.failed == {1}:
                raise PathTaken(article.path) from None
            raise

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """The ids of scheduled articles whose time has come, earliest first; `limit` at most."""
        end = instant(now) + "#\U0010ffff"
        rows = self._table.query("DUE", "sk <= :end", {":end": end}, limit=limit, newest=False)
        return tuple(row["article"] for row in rows)

    def changed(self, after: str, limit: int) -> tuple[tuple[str, str], ...]:
        """The first `limit` entries of the change log after a position: their positions, and the ids of the articles.

        Positions begin with the instant of the change, and sort by it.
        """
        rows = self._table.query(LOG, "sk > :after", {":after": after}, limit=limit, newest=False)
        return tuple((row["sk"], row["article"]) for row in rows)

    def has_live(self, channel: Channel) -> bool | None:
        """Whether a tag or an author has live articles; None where it never had any."""
        if len(channel.listing.encode()) > LONGEST_SORT_KEY:
            return None
        row = self._table.row(f"NAMES#{channel.edition}", channel.listing)
        return row["live"] > 0 if row else None

    def editorial(self, edition: str, listing: str, span: Span, limit: int) -> ListingPage:
        """The first `limit` articles of a span of an editorial listing."""
        return self._page(editorial_partition(edition, listing), span, limit)

    def in_channel(self, channel: Channel, span: Span, limit: int) -> ListingPage:
        """The first `limit` rows of a span of a channel's history."""
        return self._page(partition(channel), span, limit)

    def _page(self, pk: str, span: Span, limit: int) -> ListingPage:
        if span.after is None:
            first, last = span.first, span.last
        elif span.newest:
            first, last = span.first, min(span.last, span.after)
        else:
            first, last = max(span.first, span.after), span.last
        if first > last:  # which DynamoDB refuses
            return ListingPage((), more=False)
        # One row more shows whether there are more. BETWEEN includes the row of the cursor.
        size = limit + 1 + (span.after is not None)
        rows = self._table.query(pk, WITHIN, {":first": first, ":last": last}, limit=size, newest=span.newest)
        beyond = [row for row in rows if row["sk"] != span.after]
        found = ((row["sk"], None if "gone" in row else article_of(row)) for row in beyond[:limit])
        return ListingPage(tuple(found), more=len(beyond) > limit)

    def _put_meta(self, previous: Article | None, article: Article) -> Write:
        row = {"pk": f"ARTICLE#{article.id}", "sk": "META"} | row_of(article)
        if previous is None:
            return self._table.put_write(row, ABSENT)
        # A release keeps the revision, so the revision alone does not tell a scheduled article from a live one.
        return self._table.put_write(row, unchanged({"revision": previous.revision, "live": previous.live}))

    def _put_path(self, article: Article) -> Write:
        row = {"pk": f"PATH#{article.path}", "sk": "PATH", "article": article.id}
        return self._table.put_write(row, ABSENT | Attr("article").eq(article.id))

    def _count_days(self, previous: Article | None, article: Article) -> list[Write]:
        """The changes to the counts of years: one write for each, since a transaction may write a row once."""
        steps: dict[Key, dict[str, int]] = {}
        for state, step in ((previous, -1), (article, 1)):
            if state and state.listed:
                days = steps.setdefault((f"DAYS#{state.edition}", f"{state.day:%Y}"), {})
                days[f"{state.day:%m-%d}"] = days.get(f"{state.day:%m-%d}", 0) + step
        return [self._table.add_write(*key, days) for key, days in steps.items() if any(days.values())]

    def _count_names(self, previous: Article | None, article: Article) -> list[Write]:
        """The changes to how many live articles a tag or an author has, and to its spelling."""
        before, after = (dict(state.names) if state and state.live else {} for state in (previous, article))
        steps = {channel: -1 for channel in before if channel not in after}
        steps |= {channel: 1 for channel in after if channel not in before}
        spellings = before | after
        return [
            self._table.add_write(
                f"NAMES#{channel.edition}", channel.listing, {"live": step}, {"spelling": spellings[channel]}
            )
            for channel, step in steps.items()
        ]

    def _count_related(self, previous: Article | None, article: Article) -> list[Write]:
        """The changes to how many live articles of an edition name another one as related."""
        steps: dict[str, dict[str, int]] = {}
        for state, step in ((previous, -1), (article, 1)):
            if state and state.live:
                for id in state.related:
                    counts = steps.setdefault(id, {})
                    counts[state.edition] = counts.get(state.edition, 0) + step
        return [
            self._table.add_write(f"ARTICLE#{id}", RELATED, {code: step for code, step in counts.items() if step})
            for id, counts in steps.items()
            if any(counts.values())
        ]

    def _take_out(self, key: Key, at: datetime) -> Write:
        """Delete a row. A channel's row stays with the time of removal, so that later places do not move."""
        pk, sk = key
        if pk.startswith("LIST#"):
            return self._table.put_write({"pk": pk, "sk": sk, "gone": instant(at)})
        return self._table.delete_write(pk, sk)
