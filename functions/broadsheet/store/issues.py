"""The newsletter's issues, in the articles table. Every read is consistent.

| pk | sk | what |
|---|---|---|
| `ISSUES#<edition>#<frequency>` | `<name>` | an issue, by its day or its week |
| `NEXT_ISSUE` | `<edition>#<frequency>` | where the window of the next one begins, and what editors put over it |

An issue and the next one change in one transaction, conditional on the next one that was read: so two composers make
one issue, and no two windows overlap.
"""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, cast

from ..model.newsletter.issue import Frequency, Issue, IssueKey, NextIssue, following
from .change_counts import count_write
from .rows import instant, parsed
from .table import ABSENT, Row, Table, Write, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PREFIX, NEXT = "ISSUES#", "NEXT_ISSUE"
NEWEST = ":"  # after the names of all issues


class Issues:
    """The issues in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, key: IssueKey) -> Issue | None:
        """The issue, None where it was not composed."""
        row = self._table.row(partition(key.edition, key.frequency), key.name)
        return issue_of(row) if row else None

    def newest(self, edition: str, frequency: Frequency, limit: int, before: str = NEWEST) -> tuple[Issue, ...]:
        """The newest issues with names before this one, the newest first, empty ones included; `limit` at most."""
        rows = self._table.query(partition(edition, frequency), "sk < :before", {":before": before}, limit=limit)
        return tuple(map(issue_of, rows))

    def next(self, edition: str, frequency: Frequency) -> NextIssue:
        """The next issue; one without anything, of revision 0, where there never was a composition or a note."""
        row = self._table.row(NEXT, f"{edition}#{frequency}")
        return _next_of(row) if row else NextIssue(edition, frequency)

    def replace_next(self, before: NextIssue, after: NextIssue) -> None:
        """Put `after` in the place of `before`. Raises `LostRace`, and writes nothing, where a client was first."""
        self._table.transact(self._put_next(before, after))

    def commit(self, coming: NextIssue, issue: Issue) -> None:
        """Store an issue that was composed from `coming`. Raises `LostRace`, and writes nothing, where that changed."""
        writes = [
            self._put_next(coming, following(coming, issue)),
            self._table.put_write(_row_of(issue), ABSENT),
            count_write(self._table),
        ]
        self._table.transact(*writes)

    def _put_next(self, before: NextIssue, after: NextIssue) -> Write:
        condition = unchanged({"revision": before.revision}) if before.revision else ABSENT
        fields = asdict(after) | {"since": instant(after.since) if after.since else None}
        return self._table.put_write({"pk": NEXT, "sk": f"{after.edition}#{after.frequency}"} | fields, condition)


def partition(edition: str, frequency: Frequency) -> str:
    """The partition key of an edition's issues of one frequency."""
    return f"{PREFIX}{edition}#{frequency}"


def key_of(pk: str, sk: str) -> IssueKey:
    """The issue in the row with these keys."""
    _, edition, frequency = pk.split("#")
    return IssueKey(edition, cast("Frequency", frequency), sk)


def issue_of(row: Row) -> Issue:
    """The issue in a row."""
    return Issue(
        key=key_of(row["pk"], row["sk"]),
        since=parsed(row["since"]),
        until=parsed(row["until"]),
        composed_at=parsed(row["composed_at"]),
        articles=tuple(row["articles"]),
        **{name: row[name] for name in ("subject", "titled", "preheader", "note", "previous")},
    )


def _row_of(issue: Issue) -> Row:
    fields = asdict(replace(issue, articles=())) | {
        name: instant(getattr(issue, name)) for name in ("since", "until", "composed_at")
    }
    del fields["key"]
    key = {"pk": partition(issue.key.edition, issue.key.frequency), "sk": issue.key.name}
    return key | fields | {"articles": list(issue.articles)}


def _next_of(row: Row) -> NextIssue:
    names = ("edition", "frequency", "latest", "previous", "subject", "note", "revision", "updated_by")
    return NextIssue(since=parsed(row["since"]) if row["since"] else None, **{name: row[name] for name in names})
