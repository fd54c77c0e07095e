"""`/_local/`: what runs, what ran, and every mail that was sent. For people; its JSON is for scripts.

/_local/                       the page
/_local/health                 JSON; 200 when all is ready, else 503
/_local/outbox.json            every mail, oldest first
/_local/told.json              what the WebSub hub was told, oldest first
/_local/invocations/<id>       one invocation: its event, its result, its log
/_local/outbox/<number>/       one mail; …/html as its reader sees it, …/source as it was sent. POST: what became of it
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import jinja2

from infra.local.functions import event_sources
from infra.local.functions.invocation import Invocation
from infra.local.services import feedback, routing
from infra.local.services.web import Request, Response, text

if TYPE_CHECKING:
    from infra.local.deployment.stack import LocalDeployment
    from infra.local.services.outbox import Mail

_TEMPLATES = Path(__file__).parent / "templates"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
_FORM_POLICY = _PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
# A mail comes from outside as far as this page is concerned: no scripts, no forms, an origin of its own.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; img-src * data:; style-src 'unsafe-inline'"
)
_SHOWN = 100


class Console:
    """Answers the requests under `/_local`."""

    def __init__(self, stack: LocalDeployment) -> None:
        self._stack = stack
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def __call__(self, request: Request) -> Response:
        parts = request.path.removeprefix("/_local").strip("/").split("/")
        match request.method, parts:
            case "POST", ["outbox", number] if number.isdecimal():
                return self._became(int(number), request)
        if request.method not in {"GET", "HEAD"}:
            return text(405, "Method Not Allowed\n")
        pages: dict[str, Callable[[], Response]] = {
            "": self._index,
            "health": self._health,
            "outbox.json": lambda: _json(200, [mail.as_json() for mail in self._stack.outbox()]),
            "told.json": lambda: _json(200, [telling.as_json() for telling in self._stack.told()]),
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

    def _index(self) -> Response:
        stack = self._stack
        return self._page(
            "console.html",
            health=stack.health(),
            url=stack.url,
            functions=list(stack.functions.values()),
            routes=routing.routes(stack.deployment),
            streams=event_sources.stream_mappings(stack.deployment),
            followed=event_sources.queue_mappings(stack.deployment),
            subscriptions=event_sources.subscriptions(stack.deployment),
            schedules=event_sources.schedules(stack.deployment),
            queues={name: self._depth(url) for name, url in event_sources.queues(stack.deployment).items()},
            invocations=self._invocations()[:_SHOWN],
            mails=stack.outbox()[::-1],
            told=stack.told()[::-1][:_SHOWN],
        )

    def _health(self) -> Response:
        health = self._stack.health()
        return _json(200 if health.ready else 503, asdict(health))

    def _invocation(self, id_: str) -> Response:
        invocation = next((invocation for invocation in self._invocations() if invocation.id == id_), None)
        if invocation is None:
            return text(404, "This invocation is not among the last ones.\n")
        return self._page(
            "invocation.html",
            invocation=invocation,
            event=_pretty(json.loads(invocation.event)),
            result=_pretty(invocation.result),
        )

    def _mail(self, number: int, view: list[str]) -> Response:
        mails: dict[int, Mail] = {mail.number: mail for mail in self._stack.outbox()}
        if number not in mails:
            return text(404, "There is no such mail.\n")
        mail = mails[number]
        match view:
            case [] | [""]:
                page = self._page("mail.html", mail=mail, kinds=feedback.KINDS)
                page.set("Content-Security-Policy", _FORM_POLICY)
                return page
            case ["html"]:
                # Its links open on their own: the site's pages refuse to be framed.
                linked = mail.html.replace("<head>", '<head><base target="_blank">', 1)
                page = text(200, linked, "text/html; charset=utf-8")
                page.set("Content-Security-Policy", _MAIL_POLICY)
                return page
            case ["source"]:
                return text(200, mail.source)
        return text(404, "Not Found\n")

    def _became(self, number: int, request: Request) -> Response:
        [kind] = parse_qs(request.body.decode("utf-8", "replace")).get("kind", [""])[:1]
        try:
            self._stack.feedback(number, kind)
        except KeyError:
            return text(404, "There is no such mail, or nothing like that becomes of one.\n")
        return Response(303, [("Location", f"/_local/outbox/{number}/"), ("Cache-Control", "no-store")])

    def _invocations(self) -> list[Invocation]:
        """Those that run, and the last ones that are done, newest first."""
        running = [function.running for function in self._stack.functions.values()]
        known = [*self._stack.invocations, *(invocation for invocation in running if invocation)]
        return sorted(known, key=lambda invocation: invocation.at, reverse=True)

    def _depth(self, url: str) -> int:
        attributes = self._stack.cloud.sqs.get_queue_attributes(
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
