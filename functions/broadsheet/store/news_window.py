"""Since when articles are in the news sitemap: `NEWS` / `SINCE` in the articles table.

The schedule moves it on, so that the sitemap follows the clock while nothing is published, and no rendering reads one.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .change_counts import count_write
from .rows import instant, parsed
from .table import ABSENT, Table, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

NEWS, SINCE = "NEWS", "SINCE"
# What Google reads of a news sitemap (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).
NEWS_PERIOD = timedelta(days=2)


class NewsWindow:
    """The row in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def since(self) -> datetime | None:
        """The start of the window, None where it was never set. The read is consistent."""
        row = self._table.row(NEWS, SINCE)
        return parsed(row["since"]) if row else None

    def move(self, before: datetime | None, after: datetime) -> None:
        """Start the window at `after`. Raises `LostRace`, and writes nothing, where it does not start at `before`."""
        condition = unchanged({"since": instant(before)}) if before else ABSENT
        row = {"pk": NEWS, "sk": SINCE, "since": instant(after)}
        self._table.transact(self._table.put_write(row, condition), count_write(self._table))
