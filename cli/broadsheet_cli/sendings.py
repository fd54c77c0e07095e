"""The calls for the sending of an issue of the newsletter, and its report in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .client import JSON, Client
from .errors import UnexpectedResponse, json_body
from .site import Site

if TYPE_CHECKING:
    from rich.progress import Progress

PERIOD = 2.0  # seconds between two looks at a sending that runs
OUTCOMES = ("sent", "skipped", "suppressed", "failed", "unknown", "waiting")
STATES = {"held": "on hold since", "running": "running since", "stopped": "stopped at", "finished": "finished at"}
REASONS = {"bounces": "by itself: too many mails bounced", "complaints": "by itself: too many readers complained"}

Report = Mapping[str, Any]
"""How far the sending of an issue is, as the API has it."""


def get_report(client: Client, id: str) -> Report:
    """How far the sending of an issue is."""
    return client.transport.send_json("GET", _url(client, id, "report"))


def steer(client: Client, id: str, action: str) -> Report:
    """Hold, release, stop or resume the sending of an issue, and return its report. Idempotent."""
    return client.transport.send_json("POST", _url(client, id, action))


def unhold(client: Client, id: str) -> Report:
    """Take the hold off the next issue, and return its report. Idempotent."""
    return client.transport.send_json("DELETE", _url(client, id, "hold"))


def send_test(client: Client, id: str, email: str, sections: tuple[str, ...]) -> str:
    """Send the mail of an issue to one email, as a test, and return its subject. Each call sends a mail."""
    body = json.dumps({"email": email, "sections": sections}).encode()
    response = client.transport.send("POST", _url(client, id, "test"), JSON, body, idempotent=False)
    sent = json_body(response)
    if not isinstance(sent, dict):
        raise UnexpectedResponse(client.api, response.status)
    return str(sent.get("mail_subject", ""))


def follow(client: Client, report: Report, bar: Progress) -> Report:
    """Wait until the sending runs no more, with its progress in the bar, and return its last report."""
    task = bar.add_task(str(report["id"]), total=None)
    while report["state"] == "running":
        done = report["audience"] - report["waiting"]
        bar.update(task, total=report["audience"] or None, completed=done)
        client.transport.sleep(PERIOD)
        report = get_report(client, report["id"])
    return report


def in_words(report: Report, site: Site) -> Iterator[tuple[str, str]]:
    """The report as pairs of a label and a text, with times in the site's zone."""
    yield "sending", _state(report, site)
    if not report["run"]:
        return
    parts = " + ".join(f"{report[name]:,} {name}" for name in OUTCOMES)
    yield "readers", f"{report['audience']:,} = {parts}" if report["audience"] else "none, or not counted yet"
    yield "mails", f"{report['bounces']:,} bounced, {report['complaints']:,} complained about"


def _state(report: Report, site: Site) -> str:
    state = report["state"]
    if state is None:
        return "not begun"
    by = REASONS.get(report["reason"] or "") or (f"by {report['changed_by']}" if report["changed_by"] else "")
    return f"{STATES.get(state, state)} {site.short(report['changed_at'])}{by and ', '}{by}"


def _url(client: Client, id: str, call: str) -> str:
    return f"{client.api}/api/issues/{quote(id, safe='')}/{call}"
