"""The newsletter calls: readers sign up, confirm and leave, by form or by JSON."""

import os
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, signing_up, telemetry
from broadsheet.model.errors import LinkRefused, Refusal, SwitchedOff, WrongType
from broadsheet.model.site import Edition
from broadsheet.model.token import CONFIRM, LEAVE
from broadsheet.render import forms
from broadsheet.settings import Settings
from broadsheet.store.keys import Keys
from broadsheet.store.subscribers import Subscribers

LARGEST_REQUEST = 8 * 1024  # bytes
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store"}

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@cache
def stores() -> tuple[Subscribers, Keys]:
    """The parts of this function; the clients are made once in a process."""
    return (
        Subscribers(boto3.client("dynamodb"), settings.subscribers_table),
        Keys(boto3.client("secretsmanager"), settings.token_secret),
    )


@app.post("/api/subscriptions")
def sign_up() -> Response[str]:
    """Sign up for the newsletter: a mail with a link to confirm goes to the address, if it can do any good there.

    The answer is the same for every address. A browser gets a page, and a program JSON: one that sends JSON, or accepts
    it and no page.

    Raises `SwitchedOff` where the site sends no mail.
    """
    sent = fields()
    if settings.sender is None:
        raise SwitchedOff("The newsletter is switched off.")
    subscribers, keys = stores()
    signing_up.sign_up(subscribers, keys.keyring(), site, datetime.now(UTC), sent)
    count("SignUpRequested")
    if wants_json():
        return http.answer(HTTPStatus.ACCEPTED, {"status": "accepted", "message": forms.message(edition())}, NO_STORE)
    return http.page(HTTPStatus.ACCEPTED, forms.requested(edition()))


@app.get("/api/subscriptions/confirm")
def ask_to_confirm() -> Response[str]:
    """Open the link of a confirmation mail: a page with a button. Nothing changes.

    Raises `LinkRefused`.
    """
    return ask(CONFIRM)


@app.get("/api/subscriptions/leave")
def ask_to_leave() -> Response[str]:
    """Open the link to leave that is in every mail: a page with a button. Nothing changes.

    Raises `LinkRefused`.
    """
    return ask(LEAVE)


@app.post("/api/subscriptions/confirm")
def confirm() -> Response[str]:
    """Confirm a subscription; confirming twice is a success.

    Raises `LinkRefused` and `Busy`.
    """
    subscribers, keys = stores()
    if signing_up.confirm(subscribers, keys.keyring(), datetime.now(UTC), link()):
        count("Confirmed")
    return done("confirmed")


@app.post("/api/subscriptions/leave")
def leave() -> Response[str]:
    """Leave the newsletter; leaving twice is a success.

    Also a mail program's one click (RFC 8058): the token in the address is enough, whatever the body is.

    Raises `LinkRefused` and `Busy`.
    """
    subscribers, keys = stores()
    if signing_up.leave(subscribers, keys.keyring(), datetime.now(UTC), link()):
        count("Left")
    return done("left")


def refuse(refusal: Refusal) -> Response[str]:
    """The refusal as a page for people and as problem details for programs, in the edition's language."""
    if not wants_json():
        return http.page(http.status_of(refusal), forms.refused(edition(), refusal))
    if isinstance(refusal, LinkRefused | SwitchedOff):
        refusal = type(refusal)(forms.explanation(edition(), refusal))
    return http.problem(refusal)


def ask(purpose: str) -> Response[str]:
    """The page behind a link: it looks at the link's signature and at nothing else."""
    _, keys = stores()
    token = link()
    signing_up.check(keys.keyring(), datetime.now(UTC), purpose, token)
    if wants_json():
        return http.answer(HTTPStatus.OK, {"status": "ready"}, NO_STORE)
    return http.page(HTTPStatus.OK, forms.question(edition(), purpose, token))


def done(outcome: str) -> Response[str]:
    if wants_json():
        return http.answer(HTTPStatus.OK, {"status": outcome}, NO_STORE)
    return http.page(HTTPStatus.OK, forms.done(edition(), outcome))


def fields() -> Any:
    """What the body says. Raises `WrongType`, `TooLarge`, `Malformed`, and `Invalid` for a field given twice."""
    kind = http.media_type(app.current_event.headers)
    if kind == JSON:
        return http.read_json(http.body_text(app.current_event), LARGEST_REQUEST)
    if kind == FORM:
        sent = http.read_form(http.body_text(app.current_event), LARGEST_REQUEST)
        return {name: value for name, value in sent.items() if value or name == "email"}
    raise WrongType(f"a request here is sent as {JSON} or {FORM}")


def field(name: str) -> str | None:
    """A field of the address, or of the body where it can be read."""
    if name in app.current_event.query_string_parameters:
        return app.current_event.query_string_parameters[name]
    try:
        sent = fields()
    except Refusal:
        return None
    value = sent.get(name) if isinstance(sent, dict) else None
    return value if isinstance(value, str) else None


def link() -> str:
    """The request's token."""
    return field("token") or ""


def edition() -> Edition:
    """The edition whose language is answered in: the one that the request names, or the first."""
    editions = site.editions
    return editions.get(field("edition") or "") or next(iter(editions.values()))


def wants_json() -> bool:
    """Whether a program asks: one that sends JSON, or accepts it and no page."""
    headers = app.current_event.headers
    accepted = headers.get("accept", "").lower()
    return http.media_type(headers) == JSON or ("json" in accepted and "text/html" not in accepted)


def count(name: str) -> None:
    telemetry.metrics.add_metric(name, MetricUnit.Count, 1)


app.exception_handler(Refusal)(refuse)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
