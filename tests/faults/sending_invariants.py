"""What must hold of the sending of issues, at every moment and in the end: stated again, independently of the code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.invariants import must
from tests.faults.moto_state import Row

Mailed = Sequence[tuple[str, str]]
"""The issue and the subscriber of each mail."""
COUNTED = ("sent", "unknown")
"""Outcomes that are in a claim as often as in the counts. Others may have no claim: nothing was sent."""
MAYBE_MAILED = ("sent", "unknown", None)


@dataclass
class Told:
    """What the rows of the deliveries table tell about one issue."""

    state: str = ""
    run: int = 0
    is_running: bool = False
    segments: list[Row] = field(default_factory=list)
    feedback: Counter[str] = field(default_factory=Counter)
    """How many bounces and complaints the issue's row counts."""
    reported: Counter[str] = field(default_factory=Counter)
    """How many readers have a row that says that theirs was counted."""
    claims: dict[str, str | None] = field(default_factory=dict)
    """The outcome of each claim, by subscriber; None while it is not known."""

    def count(self, outcome: str) -> int:
        """How many readers have that outcome by the counts of the segments."""
        return sum(segment["counts"][outcome] for segment in self.segments)

    @property
    def audience(self) -> int:
        """How many readers there were when the segments were planned."""
        return sum(segment["audience"] for segment in self.segments)


def check(rows: Iterable[Row], mailed: Mailed) -> None:
    """At every moment: nobody has two mails or one without a claim, and nothing is counted that no claim has."""
    issues = by_issue(rows)
    must({issue for issue, _ in mailed} <= issues.keys(), "a mail is of no issue that is sent")
    for issue, told in issues.items():
        mails = Counter(reader for sent, reader in mailed if sent == issue)
        must(all(number == 1 for number in mails.values()), f"{issue}: a reader has several mails: {mails}")
        for reader in mails:
            known = reader in told.claims and told.claims[reader] in MAYBE_MAILED
            must(known, f"{issue}: {reader} has a mail, and the claim {told.claims.get(reader, 'does not exist')}")
        for reader, outcome in told.claims.items():
            must(outcome != "sent" or reader in mails, f"{issue}: {reader} was sent none, and counts as sent")
        for outcome in COUNTED:
            claimed = list(told.claims.values()).count(outcome)
            must(told.count(outcome) <= claimed, f"{issue}: {told.count(outcome)} count as {outcome}, not {claimed}")
        must(told.feedback == told.reported, f"{issue}: {told.feedback} count, and {told.reported} were reported")
        must(
            told.is_running == (told.state == "running"), f"{issue} is {told.state}, and the workers are told otherwise"
        )


def check_settled(rows: Iterable[Row], mailed: Mailed) -> None:
    """In the end, moreover: each sending is finished."""
    rows = tuple(rows)
    check(rows, mailed)
    for issue, told in by_issue(rows).items():
        check_finished(issue, told)


def check_finished(issue: str, told: Told) -> None:
    """At the end of a sending: no reader waits, and the counts are those of the claims, and the whole audience."""
    must(told.state == "finished", f"{issue} is {told.state}")
    must(all(segment["done"] for segment in told.segments), f"{issue} is finished, and readers wait")
    must(None not in told.claims.values(), f"{issue}: a claim has no outcome")
    for outcome in COUNTED:
        claimed = list(told.claims.values()).count(outcome)
        must(told.count(outcome) == claimed, f"{issue}: {told.count(outcome)} count as {outcome}, not {claimed}")
    total = sum(number for segment in told.segments for number in segment["counts"].values())
    must(total >= told.audience, f"{issue}: {total} outcomes, and an audience of {told.audience}")


def by_issue(rows: Iterable[Row]) -> dict[str, Told]:
    """What the rows tell about each issue whose sending began."""
    found: dict[str, Told] = {}
    for row in rows:
        kind, _, rest = row["pk"].partition("#")
        issue, _, reported = row["sk"].partition("#") if kind in ("RUNNING", "READER") else (rest, "", "")
        if kind == "SENDINGS":
            sending = found.setdefault(f"{rest.replace('#', '-')}-{row['sk']}", Told())
            sending.state, sending.run = row["state"], row["run"]
        elif kind == "RUNNING":
            found.setdefault(issue, Told()).is_running = True
        elif kind == "READER" and "reader" in row:
            found.setdefault(issue, Told()).claims[rest] = row.get("outcome")
        elif kind == "READER":
            found.setdefault(issue, Told()).reported[reported] += 1
        elif kind == "ISSUE" and row["sk"] == "FEEDBACK":
            found.setdefault(issue, Told()).feedback.update({name: row[name] for name in ("bounces", "complaints")})
        elif kind == "ISSUE" and row["sk"].startswith("SEGMENT#"):
            found.setdefault(issue, Told()).segments.append(row)
    return found
