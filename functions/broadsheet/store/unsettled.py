"""What the publisher is yet to do: `UNSETTLED` / `<cause>` in the articles table.

A cause is a change that a run could not settle, or that the site is of another build. A row is written for its record
in the stream, which delivers the cause to a later run. So each write makes a record, even of the same row again.
`since` says when the first change was made that is not on the site yet, in seconds of the epoch. Nothing reads the
rows; DynamoDB deletes them after a day.
"""

import time
from typing import TYPE_CHECKING
from uuid import uuid4

from boto3.dynamodb.conditions import Attr, ConditionBase

from ..model.article import Article
from .article_rows import article_of, compact_row_of
from .table import ABSENT, Row, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

UNSETTLED = "UNSETTLED"
PREFIX = "ARTICLE#"
KEPT = 86_400  # seconds, as long as the stream keeps the record
BUILD = "BUILD"
"""The cause of the objects that code and settings alone make: another build wrote those on the site."""
REPEATED = 300  # seconds until the build is requested again, if the site is still of another one

States = tuple[Article | None, Article | None]
"""An article before and after a change."""


class UnsettledCauses:
    """The rows in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def put(self, cause: States | str, since: float | None, republished: bool = False) -> None:
        """Let the stream deliver a change again, or a partition of rows that are no articles.

        `since` is when the first change was made that waits for it, in seconds of the epoch, where that is known.
        `republished` is True where the article is to be published and has not changed.
        """
        waited: Row = {} if since is None else {"since": int(since)}
        waited |= {"republished": True} if republished else {}
        if isinstance(cause, str):
            self._put(cause, waited)
        else:
            states = {name: state for name, state in zip(("before", "after"), cause, strict=True) if state}
            id = next(iter(states.values())).id
            self._put(PREFIX + id, waited | {name: compact_row_of(state) for name, state in states.items()})

    def request_build(self, manifest: str, now: float) -> None:
        """Let the stream deliver the build, as the text of its manifest names it. `now` is in seconds of the epoch.

        Raises `LostRace` where the same build was requested in the last five minutes.
        """
        another = Attr("manifest").ne(manifest) | Attr("expires_at").lt(int(now) + KEPT - REPEATED)
        self._put(BUILD, {"manifest": manifest}, now, ABSENT | another)

    def _put(self, sk: str, attributes: Row, now: float | None = None, condition: ConditionBase | None = None) -> None:
        expires_at = int(time.time() if now is None else now) + KEPT
        row = {"pk": UNSETTLED, "sk": sk, "written": uuid4().hex, "expires_at": expires_at}
        self._table.put(row | attributes, condition)


def unsettled_in(row: Row) -> States | str:
    """The states or the partition in a row."""
    if not row["sk"].startswith(PREFIX):
        return str(row["sk"])
    before, after = (article_of(row[name]) if name in row else None for name in ("before", "after"))
    return before, after
