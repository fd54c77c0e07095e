"""The newsletter's issues of a local deployment, by its own API: the next ones, and how far others are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from broadsheet_cli.client import connect
from broadsheet_cli.errors import ApiError
from broadsheet_cli.issues import Issue, list_issues, next_issue
from broadsheet_cli.sendings import get_report, in_words, steer

FREQUENCIES = ("daily", "weekly")
ACTIONS = ("release", "hold", "stop", "resume")
LATEST = 3  # issues of each newsletter


@dataclass(frozen=True)
class SentIssue:
    """A composed issue: the state of its sending, if it has one, and the report as pairs of a label and a text."""

    issue: Issue
    state: str | None
    report: dict[str, str]


@dataclass(frozen=True)
class Newsletter:
    """An edition's newsletter at one frequency: the next issue, as it would be now, and the latest ones."""

    edition: str
    frequency: str
    coming: dict[str, Any]
    latest: list[SentIssue]


def newsletters(url: str) -> list[Newsletter]:
    """The newsletters of all editions. Raises `ApiError`."""
    with connect(url) as client:
        site, found = client.site(), list[Newsletter]()
        for edition in site.editions:
            for frequency in FREQUENCIES:
                coming = next_issue(client, edition, frequency)
                due = {"due": site.short(coming["due_at"])}
                sent = []
                for issue in list_issues(client, edition, frequency, LATEST):
                    report = get_report(client, issue["id"])
                    sent.append(SentIssue(issue, report["state"], dict(in_words(report, site))))
                found.append(Newsletter(edition, frequency, {**coming, **due}, sent))
    return found


def act(url: str, id: str, action: str) -> str | None:
    """Release, hold, stop or resume an issue. Returns why the API refuses it; None where it does not."""
    try:
        with connect(url) as client:
            steer(client, id, action)
    except ApiError as error:
        return str(error)
    return None
