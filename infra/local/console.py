"""The console at `/_local/`: functions, invocations and mails, as pages for developers and as JSON for scripts.

/_local/                       the overview
/_local/health                 JSON; status 200 if everything is ready, else 503
/_local/outbox.json            every mail, oldest first
/_local/pings.json             every ping of the WebSub hub, oldest first
/_local/submissions.json       every submission of pages to search engines, oldest first
/_local/invocations/<id>       one invocation: event, result, log
/_local/issues/                the newsletter's issues and their reports; POST: compose and send one, hold, stop, resume
/_local/outbox/<number>/       one mail; …/html as a reader sees it, …/source as it was sent; POST: a notification
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs

import jinja2

from broadsheet_cli.errors import ApiError
from infra.local.functions import event_sources
from infra.local.functions.failures import Failures
from infra.local.functions.invocation import Invocation
from infra.local.functions.runtime import Function
from infra.local.resources import Deployment
from infra.local.services import feedback, issues, routing
from infra.local.services.hub import Ping
from infra.local.services.outbox import Mail
from infra.local.services.search_engines import Submission
from infra.local.web import Request, Response, text

_TEMPLATES = Path(__file__).parent / "templates"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
_FORM_POLICY = _PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
# The console does not trust the HTML of a mail: no scripts, no forms, an opaque origin.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; img-src * data:; style-src 'unsafe-inline'"
)
_MAX_ROWS = 100


@dataclass(frozen=True)
class Health:
    """Whether everything is ready, the state of each function by name, and the errors of broken functions."""

    ready: bool
    functions: dict[str, str]
    faults: dict[str, str]


class Source(Protocol):
    """The running deployment that the console shows."""

    url: str
    deployment: Deployment
    functions: dict[str, Function]
    invocations: deque[Invocation]
    failures: Failures

    def health(self) -> Health: ...
    def outbox(self) -> list[Mail]: ...
    def pings(self) -> list[Ping]: ...
    def submissions(self) -> list[Submission]: ...
    def feedback(self, number: int, kind: str) -> None: ...


class Console:
    """Responds to requests under `/_local`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def __call__(self, request: Request) -> Response:
        parts = request.path.removeprefix("/_local").strip("/").split("/")
        if request.method not in {"GET", "HEAD"}:
            return self._post(request, parts)
        pages: dict[str, Callable[[], Response]] = {
            "": self._index,
            "health": self._health,
            "issues": self._issues,
            "outbox.json": lambda: _json(200, [mail.to_json() for mail in self._source.outbox()]),
            "pings.json": lambda: _json(200, [ping.to_json() for ping in self._source.pings()]),
            "submissions.json": lambda: _json(200, [each.to_json() for each in self._source.submissions()]),
            "console.css": lambda: text(200, (_TEMPLATES / "console.css").read_text("utf-8"), "text/css"),
        }
        match parts:
            case [name] if name in pages:
                return pages[name]()
            case ["invocations", id_]:
                return self._invocation(id_)
            case ["outbox", number, *view] if number.isdecimal():
                return self._mail(int(number), view)
        return text(404, "Not Found\n")

    def _post(self, request: Request, parts: list[str]) -> Response:
        match request.method, parts:
            case "POST", ["outbox", number] if number.isdecimal():
                return self._send_feedback(int(number), request)
            case "POST", ["issues"]:
                return self._steer(request)
        return text(405, "Method Not Allowed\n")

    def _index(self) -> Response:
        source = self._source
        deployment = source.deployment
        return self._page(
            "console.html",
            health=source.health(),
            failures=source.failures.latest(),
            url=source.url,
            has_issues=self._has_issues(),
            functions=list(source.functions.values()),
            routes=routing.routes(deployment),
            stream_mappings=event_sources.stream_mappings(deployment),
            queue_mappings=event_sources.queue_mappings(deployment),
            subscriptions=event_sources.subscriptions(deployment),
            schedules=event_sources.schedules(deployment),
            queues={name: self._depth(url) for name, url in event_sources.queues(deployment).items()},
            invocations=self._invocations()[:_MAX_ROWS],
            mails=source.outbox()[::-1],
            pings=source.pings()[::-1][:_MAX_ROWS],
            submissions=source.submissions()[::-1][:_MAX_ROWS],
        )

    def _health(self) -> Response:
        health = self._source.health()
        return _json(200 if health.ready else 503, asdict(health))

    def _invocation(self, id_: str) -> Response:
        invocation = next((invocation for invocation in self._invocations() if invocation.id == id_), None)
        if invocation is None:
            return text(404, "There is no such invocation among the latest 500.\n")
        return self._page(
            "invocation.html",
            invocation=invocation,
            event=_pretty(json.loads(invocation.event)),
            result=_pretty(invocation.result),
        )

    def _mail(self, number: int, view: list[str]) -> Response:
        mails: dict[int, Mail] = {mail.number: mail for mail in self._source.outbox()}
        if number not in mails:
            return text(404, "There is no such mail.\n")
        mail = mails[number]
        match view:
            case [] | [""]:
                page = self._page("mail.html", mail=mail, kinds=feedback.KINDS)
                page.set("Content-Security-Policy", _FORM_POLICY)
                return page
            case ["html"]:
                # Links open in a new tab, because the site's pages forbid framing.
                linked = mail.html.replace("<head>", '<head><base target="_blank">', 1)
                page = text(200, linked, "text/html; charset=utf-8")
                page.set("Content-Security-Policy", _MAIL_POLICY)
                return page
            case ["source"]:
                return text(200, mail.source)
        return text(404, "Not Found\n")

    def _send_feedback(self, number: int, request: Request) -> Response:
        [kind] = parse_qs(request.body.decode("utf-8", "replace")).get("kind", [""])[:1]
        try:
            self._source.feedback(number, kind)
        except KeyError:
            return text(404, "There is no such mail or no such kind of notification.\n")
        return Response(303, [("Location", f"/_local/outbox/{number}/"), ("Cache-Control", "no-store")])

    def _has_issues(self) -> bool:
        return any(route.key == "GET /api/issues" for route in routing.routes(self._source.deployment))

    def _issues(self, refusal: str | None = None) -> Response:
        if not self._has_issues():
            return text(404, "The template has no issues.\n")
        try:
            found = issues.newsletters(self._source.url)
        except ApiError as error:
            return text(503, f"{error}\n")
        page = self._page("issues.html", newsletters=found, refusal=refusal)
        page.set("Content-Security-Policy", _FORM_POLICY)
        return page

    def _steer(self, request: Request) -> Response:
        form = parse_qs(request.body.decode("utf-8", "replace"))
        [id_], [action] = form.get("id", [""])[:1], form.get("action", [""])[:1]
        if not id_ or action not in issues.ACTIONS:
            return text(404, "There is no such issue or no such action.\n")
        if refusal := issues.act(self._source.url, id_, action):
            return self._issues(refusal)
        return Response(303, [("Location", "/_local/issues/"), ("Cache-Control", "no-store")])

    def _invocations(self) -> list[Invocation]:
        """The running and the latest finished invocations, newest first."""
        running = [function.running for function in self._source.functions.values()]
        invocations = [*self._source.invocations, *(invocation for invocation in running if invocation)]
        return sorted(invocations, key=lambda invocation: invocation.at, reverse=True)

    def _depth(self, url: str) -> int:
        attributes = self._source.deployment.clients.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def _page(self, template: str, **values: Any) -> Response:
        page = text(200, self._templates.get_template(template).render(values), "text/html; charset=utf-8")
        page.set("Content-Security-Policy", _PAGE_POLICY)
        return page


def _json(status: int, value: Any) -> Response:
    return text(status, json.dumps(value, ensure_ascii=False, indent=2) + "\n", "application/json")


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
