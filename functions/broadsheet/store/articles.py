"""The articles table.

| pk | sk | what |
|---|---|---|
| `ARTICLE#<id>` | `META` | the article as it is now |
| `ARTICLE#<id>` | `TRANSLATION#<edition>#<id>` | a live article that translates this one, again |
| `PATH#<path>` | `PATH` | whose address this is, for ever; what it answers follows from the article |
| `LIST#<edition>#<listing>` | `<published_at>#<id>` | the article again, in one channel; or when it left that |
| `EDITORIAL#<edition>#<status>[/<section>]` | `<published_at>#<id>` | the article again, for editors, drafts too |
| `NAMES#<edition>` | `tag/<key>`, `author/<key>` | a tag's or author's name, and how many live articles it has |
| `DAYS#<edition>` | `<year>` | how many live articles each day has |
| `DUE` | `<published_at>#<id>` | an article that waits for its time |

An article that leaves a channel leaves its place there (`gone`), so that no later place moves. The channel of all
editions has `*` for an edition. An article and all that follows from it change in one
transaction, conditional on the state that was read; it has room for 100 rows. Every read is consistent.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ..model.article import Article
from ..model.channel import Channel
from .article_rows import Key, article_of, editorial_partition, row_of, rows_of
from .conflict import RACING
from .rows import instant, to_item
from .table import Row, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Write = dict[str, Any]

LONGEST_KEY = 2048  # bytes of a partition key
LONGEST_SORT_KEY = 1024


class LostRace(Exception):
    """Somebody else changed the article since it was read. Nothing was written."""


class PathTaken(Exception):
    """The article's address belongs to another one. Nothing was written."""


class Articles:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = Table(client, table)

    def get(self, id: str) -> Article | None:
        """The article, withdrawn ones included; None where the id was never used."""
        row = self._table.row(f"ARTICLE#{id}", "META")
        return article_of(row) if row else None

    def owner(self, path: str) -> Article | None:
        """The article that an address belongs to or once belonged to, whatever has become of it."""
        key = f"PATH#{path}"
        if len(key.encode()) > LONGEST_KEY:
            return None  # DynamoDB would refuse the question; no article's address is as long
        row = self._table.row(key, "PATH")
        return self.get(row["article"]) if row else None

    def commit(self, previous: Article | None, article: Article) -> None:
        """Put `article` in the place of `previous`, with its address and listings, or raise and write nothing.

        Raises `LostRace` when the table no longer says `previous`, `PathTaken` when its path is another's.
        """
        writes = [self._put_meta(previous, article)]
        takes_address = article.path is not None and (previous is None or previous.path != article.path)
        if takes_address:
            writes.append(self._put_address(article))
        before, after = rows_of(previous), rows_of(article)
        writes += [self._put(row) for key, row in after.items() if before.get(key) != row]
        writes += [self._take_out(key, article.updated_at) for key in before if key not in after]
        writes += self._count_days(previous, article)
        writes += self._count_names(previous, article)
        try:
            self._client.transact_write_items(TransactItems=cast("Any", writes))
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if reasons[:1] == ["ConditionalCheckFailed"] or RACING.intersection(reasons):
                raise LostRace(article.id) from None
            if takes_address and reasons[1:2] == ["ConditionalCheckFailed"]:
                raise PathTaken(article.path) from None
            raise

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """The ids of articles whose time has come and that wait to be released, earliest first; `limit` at most."""
        end = instant(now) + "#\U0010ffff"
        rows = self._table.query("DUE", "sk <= :end", {":end": end}, limit=limit, newest=False)
        return tuple(row["article"] for row in rows)

    def used(self, name: Channel) -> bool | None:
        """Whether a tag or an author has live articles; None where it never had any."""
        if len(name.listing.encode()) > LONGEST_SORT_KEY:
            return None
        row = self._table.row(f"NAMES#{name.edition}", name.listing)
        return row["live"] > 0 if row else None

    def desk(
        self, edition: str, listing: str, limit: int, before: str | None = None
    ) -> tuple[tuple[str, Article], ...]:
        """The newest articles of an editors' listing, newest first, each after its position; those before `before`."""
        condition, values = ("sk < :before", {":before": before}) if before else ("", {})
        rows = self._table.query(editorial_partition(edition, listing), condition, values, limit=limit)
        return tuple((row["sk"], article_of(row)) for row in rows)

    def _put_meta(self, previous: Article | None, article: Article) -> Write:
        write = self._put({"pk": f"ARTICLE#{article.id}", "sk": "META"} | row_of(article))
        if previous is None:
            write["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
            return write
        # A release leaves the revision as it is, so the revision alone would not tell its state from the one before.
        write["Put"]["ConditionExpression"] = "revision = :revision AND live = :live"
        write["Put"]["ExpressionAttributeValues"] = to_item({":revision": previous.revision, ":live": previous.live})
        return write

    def _put_address(self, article: Article) -> Write:
        write = self._put({"pk": f"PATH#{article.path}", "sk": "PATH", "article": article.id})
        write["Put"]["ConditionExpression"] = "attribute_not_exists(pk) OR article = :article"
        write["Put"]["ExpressionAttributeValues"] = to_item({":article": article.id})
        return write

    def _count_days(self, previous: Article | None, article: Article) -> list[Write]:
        """The changes to the years' counts; several changes to one year are one write, as a transaction demands."""
        changes: dict[Key, dict[str, int]] = {}
        for state, step in ((previous, -1), (article, 1)):
            if state and state.live:
                days = changes.setdefault((f"DAYS#{state.edition}", f"{state.day:%Y}"), {})
                days[f"{state.day:%m-%d}"] = days.get(f"{state.day:%m-%d}", 0) + step
        return [
            {
                "Update": {
                    "TableName": self._table.name,
                    "Key": to_item({"pk": pk, "sk": sk}),
                    "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n, _ in enumerate(days)),
                    "ExpressionAttributeNames": {f"#{n}": day for n, day in enumerate(days)},
                    "ExpressionAttributeValues": to_item({f":{n}": step for n, step in enumerate(days.values())}),
                }
            }
            for (pk, sk), days in changes.items()
            if any(days.values())
        ]

    def _count_names(self, previous: Article | None, article: Article) -> list[Write]:
        """The changes to how many live articles a tag or an author has, and what it is called since."""
        before, after = (dict(state.names) if state and state.live else {} for state in (previous, article))
        steps = {channel: -1 for channel in before if channel not in after}
        steps |= {channel: 1 for channel in after if channel not in before}
        return [
            {
                "Update": {
                    "TableName": self._table.name,
                    "Key": to_item({"pk": f"NAMES#{channel.edition}", "sk": channel.listing}),
                    "UpdateExpression": "SET spelling = :spelling ADD live :step",
                    "ExpressionAttributeValues": to_item({":spelling": (before | after)[channel], ":step": step}),
                }
            }
            for channel, step in steps.items()
        ]

    def _put(self, row: Row) -> Write:
        return {"Put": {"TableName": self._table.name, "Item": to_item(row)}}

    def _take_out(self, key: Key, at: datetime) -> Write:
        """Delete a row; in a channel, leave word of when it went, so that the places after it stay where they are."""
        row = {"pk": key[0], "sk": key[1]}
        if key[0].startswith("LIST#"):
            return self._put(row | {"gone": instant(at)})
        return {"Delete": {"TableName": self._table.name, "Key": to_item(row)}}
