"""The articles table.

| pk | sk | what |
|---|---|---|
| `ARTICLE#<id>` | `META` | the article as it is now |
| `PATH#<path>` | `PATH` | whose address this is, for ever; what it answers follows from the article |
| `LIST#<edition>#<listing>` | `<published_at>#<id>` | the article again, in one listing |
| `DAYS#<edition>` | `<year>` | how many live articles each day has |
| `DUE` | `<published_at>#<id>` | an article that waits for its time |

An article and all that follows from it change in one transaction, conditional on the state that was read. Every read
is consistent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from ..model.article import Article, Body, Status
from ..model.facts import Counts, Newest, On, Question, State
from ..model.manuscript import Image
from ..model.site import Site
from .rows import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Reasons by which DynamoDB cancels a transaction that may well succeed a moment later.
RACING = {"TransactionConflict", "ThrottlingError"}

Key = tuple[str, str]
Row = dict[str, Any]
Write = dict[str, Any]

LONGEST_KEY = 2048  # bytes of a partition key


class LostRace(Exception):
    """Somebody else changed the article since it was read. Nothing was written."""


class AddressTaken(Exception):
    """The article's address belongs to another one. Nothing was written."""


class Articles:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, id: str) -> Article | None:
        """The article, withdrawn ones included; None where the id was never used."""
        row = self._row(f"ARTICLE#{id}", "META")
        return article_of(row) if row else None

    def owner(self, path: str) -> Article | None:
        """The article that an address belongs to or once belonged to, whatever has become of it."""
        key = f"PATH#{path}"
        if len(key.encode()) > LONGEST_KEY:
            return None  # DynamoDB would refuse the question; no article's address is as long
        row = self._row(key, "PATH")
        return self.get(row["article"]) if row else None

    def commit(self, previous: Article | None, article: Article) -> None:
        """Put `article` in the place of `previous`, with its address and listings, or raise and write nothing.

        Raises `LostRace` when the table no longer says `previous`, `AddressTaken` when its path is another's.
        """
        writes = [self._put_meta(previous, article)]
        takes_address = article.path is not None and (previous is None or previous.path != article.path)
        if takes_address:
            writes.append(self._put_address(article))
        before, after = _rows(previous), _rows(article)
        writes += [self._put(row) for key, row in after.items() if before.get(key) != row]
        writes += [self._delete(key) for key in before if key not in after]
        writes += self._count(previous, article)
        try:
            self._client.transact_write_items(TransactItems=cast("Any", writes))
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if reasons[:1] == ["ConditionalCheckFailed"] or RACING & set(reasons):
                raise LostRace(article.id) from None
            if takes_address and reasons[1:2] == ["ConditionalCheckFailed"]:
                raise AddressTaken(article.path) from None
            raise

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """The ids of articles whose time has come and that wait to be released, earliest first; `limit` at most."""
        rows = self._query("DUE", "sk <= :end", {":end": _instant(now) + "#\U0010ffff"}, limit=limit, newest=False)
        return tuple(row["article"] for row in rows)

    def listing(
        self, edition: str, listing: str, limit: int, before: str | None = None
    ) -> tuple[tuple[str, Article], ...]:
        """The newest articles of a listing, newest first, each after its position; only those older than `before`."""
        condition, values = ("sk < :before", {":before": before}) if before else ("", {})
        rows = self._query(f"LIST#{edition}#{listing}", condition, values, limit=limit)
        return tuple((row["sk"], article_of(row)) for row in rows)

    def answer(self, question: Question, site: Site) -> Any:
        """What the table says to a question, now; `broadsheet.model.facts` says of which type."""
        match question:
            case State(id):
                return self.get(id)
            case Newest(edition, limit):
                return tuple(article for _, article in self.listing(edition, "all", limit))
            case On(edition, day):
                start, end = (_instant(at) for at in site.bounds(day))
                rows = self._query(f"LIST#{edition}#all", "sk BETWEEN :start AND :end", {":start": start, ":end": end})
                return tuple(article_of(row) for row in rows)
            case Counts(edition, year):
                row = self._row(f"DAYS#{edition}", str(year)) or {}
                return {
                    date.fromisoformat(f"{year:04}-{day}"): count
                    for day, count in sorted(row.items())
                    if day not in ("pk", "sk") and count > 0
                }

    def _row(self, pk: str, sk: str) -> Row | None:
        found = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        return from_item(found["Item"]) if "Item" in found else None

    def _query(
        self, pk: str, condition: str, values: Mapping[str, str], limit: int | None = None, newest: bool = True
    ) -> Iterator[Row]:
        """The rows of one partition in the order of their sort keys, page after page, up to `limit`."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": f"pk = :pk AND {condition}" if condition else "pk = :pk",
            "ExpressionAttributeValues": to_item({":pk": pk} | dict(values)),
            "ScanIndexForward": not newest,
            "ConsistentRead": True,
        }
        left = limit
        while left is None or left > 0:
            page = self._client.query(**request | ({} if left is None else {"Limit": left}))
            yield from map(from_item, page["Items"])
            left = None if left is None else left - len(page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

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

    def _count(self, previous: Article | None, article: Article) -> list[Write]:
        """The changes to the years' counts; several changes to one year are one write, as a transaction demands."""
        changes: dict[Key, dict[str, int]] = {}
        for state, step in ((previous, -1), (article, 1)):
            if state and state.live:
                days = changes.setdefault((f"DAYS#{state.edition}", f"{state.day:%Y}"), {})
                days[f"{state.day:%m-%d}"] = days.get(f"{state.day:%m-%d}", 0) + step
        return [
            {
                "Update": {
                    "TableName": self._table,
                    "Key": to_item({"pk": pk, "sk": sk}),
                    "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n, _ in enumerate(days)),
                    "ExpressionAttributeNames": {f"#{n}": day for n, day in enumerate(days)},
                    "ExpressionAttributeValues": to_item({f":{n}": step for n, step in enumerate(days.values())}),
                }
            }
            for (pk, sk), days in changes.items()
            if any(days.values())
        ]

    def _put(self, row: Row) -> Write:
        return {"Put": {"TableName": self._table, "Item": to_item(row)}}

    def _delete(self, key: Key) -> Write:
        return {"Delete": {"TableName": self._table, "Key": to_item({"pk": key[0], "sk": key[1]})}}


def row_of(article: Article) -> Row:
    """The article's attributes, as they stand in every row that holds it."""
    instants = {name: _instant(getattr(article, name)) for name in ("published_at", "created_at", "updated_at")}
    return asdict(article) | instants | {"tags": list(article.tags), "authors": list(article.authors)}


def article_of(row: Mapping[str, Any]) -> Article:
    """The article in a row, from a read or from a stream record."""
    return Article(
        **{name: row[name] for name in _PLAIN},
        body=Body(**row["body"]),
        tags=tuple(row["tags"]),
        authors=tuple(row["authors"]),
        image=Image(**row["image"]) if row["image"] else None,
        published_at=_parsed(row["published_at"]),
        created_at=_parsed(row["created_at"]),
        updated_at=_parsed(row["updated_at"]),
        status=cast("Status", row["status"]),
    )


_PLAIN = (
    "id",
    "edition",
    "headline",
    "summary",
    "section",
    "kind",
    "dated",
    "slug",
    "stem",
    "path",
    "live",
    "revision",
)


def _rows(article: Article | None) -> dict[Key, Row]:
    """The rows that follow from an article's state, its own and its address aside."""
    if article is None:
        return {}
    position = f"{_instant(article.published_at)}#{article.id}"
    held = row_of(article)
    rows: dict[Key, Row] = {(f"LIST#{article.edition}#{listing}", position): held for listing in article.listings()}
    if article.scheduled:
        rows["DUE", position] = {"article": article.id}
    return {(pk, sk): {"pk": pk, "sk": sk} | row for (pk, sk), row in rows.items()}


def _instant(at: datetime) -> str:
    """The instant so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)
