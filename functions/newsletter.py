"""The newsletter calls: readers sign up, confirm, say what they want, and leave, by form or by JSON."""

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.model.config import Edition
from broadsheet.model.errors import FormTokenRefused, Invalid, Refusal, SwitchedOff, TooManyRequests, WrongType
from broadsheet.model.newsletter import sign_up as fields_of
from broadsheet.model.newsletter.tokens import CONFIRM, LEAVE, Keyring
from broadsheet.render.newsletter import forms
from broadsheet.render.newsletter.data_export import data_export
from broadsheet.services import subscriptions
from broadsheet.services.subscriptions import SignUpService
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.captcha import Captcha
from broadsheet.store.secrets import Secret, SigningKeys
from broadsheet.store.subscribers import Subscribers

LARGEST_REQUEST = 8 * 1024  # bytes
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store"}
DOWNLOAD = NO_STORE | {"Content-Disposition": 'attachment; filename="newsletter.json"'}
# What the operator's dashboard calls a sign-up that is not let in, by what is full.
SHED = {"network": "SignUpLimited", "all": "SignUpStopped"}

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@cache
def stores() -> tuple[Subscribers, SigningKeys, Secret[str], Captcha | None]:
    """The parts of this function; the clients are made once in a process."""
    manager = boto3.client("secretsmanager", config=CONFIG)
    check = settings.captcha
    return (
        Subscribers(boto3.client("dynamodb", config=CONFIG), settings.subscribers_table),
        SigningKeys(manager, settings.token_secret),
        Secret(manager, settings.edge_secret, str),
        Captcha(check.provider, Secret(manager, check.secret, str)) if check else None,
    )


@app.get("/api/subscriptions/form")
def show_form() -> Response[str]:
    """Open the form for signing up, or get the stamp that a form carries.

    A program gets the stamp, good for an hour, and for how many seconds to wait before it sends it along: whoever is
    faster is taken for a program that only fills in forms, and no mail follows. What else the query says is filled in.
    """
    if wants_json():
        answer = {"stamp": doorkeeper().stamp(datetime.now(UTC)), "wait_seconds": subscriptions.MIN_FORM_AGE.seconds}
        return http.answer(HTTPStatus.OK, answer, NO_STORE)
    return form(HTTPStatus.OK, dict(app.current_event.query_string_parameters))


@app.post("/api/subscriptions")
def sign_up() -> Response[str]:
    """Sign up for the newsletter: a mail with a link to confirm goes to the address, if it can do any good there.

    The answer is the same for every address. A browser gets a page, and a program JSON: one that sends JSON, or accepts
    it and no page. A form without a good stamp is answered with the form as a page, filled in.

    Raises `SwitchedOff` where the site sends no mail, `TooManyRequests`, `Unchecked` and `Busy`.
    """
    sent = fields()
    if settings.sender is None:
        raise SwitchedOff("The newsletter is switched off.")
    _, _, edge, _ = stores()
    try:
        wish = fields_of.parse_sign_up(sent, site)
        caller = http.caller(app.current_event, edge.value())
        accept = doorkeeper().accept(wish, caller, datetime.now(UTC))
    except TooManyRequests as full:
        count(SHED[full.scope])
        raise
    except Invalid as invalid:
        if wants_json():
            raise
        return form(HTTPStatus.OK if isinstance(invalid, FormTokenRefused) else http.status_of(invalid), sent, invalid)
    count("SignUpRequested" if accept else "SignUpTrapped")
    if wants_json():
        return http.answer(
            HTTPStatus.ACCEPTED, {"status": "accepted", "message": forms.accepted_text(edition())}, NO_STORE
        )
    return http.page(HTTPStatus.ACCEPTED, forms.accepted_page(edition()))


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
    if subscriptions.confirm(subscribers(), keyring(), datetime.now(UTC), link()):
        count("Confirmed")
    return done("confirmed")


@app.post("/api/subscriptions/leave")
def leave() -> Response[str]:
    """Leave the newsletter; leaving twice is a success.

    Also a mail program's one click (RFC 8058): the token in the address is enough, whatever the body is.

    Raises `LinkRefused` and `Busy`.
    """
    if subscriptions.leave(subscribers(), keyring(), datetime.now(UTC), link()):
        count("Left")
    return done("left")


@app.get("/api/subscriptions/preferences")
def show_preferences() -> Response[str]:
    """Show what the reader behind a mail's link gets, and a form to change it. Nothing changes.

    Raises `LinkRefused`.
    """
    return preferences(saved=False)


@app.post("/api/subscriptions/preferences")
def prefer() -> Response[str]:
    """Change what the reader behind a mail's link gets; sections or a frequency that are left out are a new reader's.

    Raises `LinkRefused` and `Busy`.
    """
    sent = fields()
    wanted = fields_of.parse_preferences(sent, site)
    if subscriptions.save_preferences(subscribers(), keyring(), datetime.now(UTC), link(), wanted):
        count("PreferencesChanged")
    return done("saved") if wants_json() else preferences(saved=True)


@app.post("/api/subscriptions/export")
def export() -> Response[str]:
    """Get all that is held about the reader behind a mail's link, as one JSON file.

    Raises `LinkRefused`.
    """
    held = subscriptions.export_data(subscribers(), keyring(), datetime.now(UTC), link())
    return http.answer(HTTPStatus.OK, data_export(*held), DOWNLOAD)


@app.post("/api/subscriptions/erase")
def erase() -> Response[str]:
    """Forget who the reader behind a mail's link is; twice is a success.

    A keyed hash of the address stays, so that whoever was suppressed is never written to again.

    Raises `LinkRefused` and `Busy`.
    """
    if subscriptions.erase(subscribers(), keyring(), datetime.now(UTC), link()):
        count("Erased")
    return done("erased")


def refuse(refusal: Refusal) -> Response[str]:
    """The refusal as a page for people and as problem details for programs, in the edition's language."""
    if not wants_json():
        return http.page(http.status_of(refusal), forms.refusal_page(edition(), refusal), http.headers_of(refusal))
    return http.problem(refusal, forms.refusal_text(edition(), refusal))


def ask(purpose: str) -> Response[str]:
    """The page behind a link: it looks at the link's signature and at nothing else."""
    token = link()
    subscriptions.check_link(keyring(), datetime.now(UTC), purpose, token)
    if wants_json():
        return http.answer(HTTPStatus.OK, {"status": "ready"}, NO_STORE)
    return http.page(HTTPStatus.OK, forms.action_page(edition(), purpose, token))


def form(status: HTTPStatus, sent: object, wrong: Invalid | None = None) -> Response[str]:
    """The form with a fresh stamp, filled in as it was, and with what is wrong about that."""
    wish = sent if isinstance(sent, Mapping) else {}
    stamp = doorkeeper().stamp(datetime.now(UTC))
    check = settings.captcha
    headers = http.with_widget(check.provider.origins) if check else None
    return http.page(status, forms.sign_up_page(edition(), site, stamp, wish, wrong, check), headers)


def preferences(*, saved: bool) -> Response[str]:
    """The page behind the link of the preferences."""
    reader = subscriptions.read_preferences(subscribers(), keyring(), datetime.now(UTC), link())
    if reader is None or reader.person is None:
        return done("erased")
    if wants_json():
        wanted = reader.person.preferences
        told = {"edition": wanted.edition, "sections": wanted.sections, "frequency": wanted.frequency}
        return http.answer(HTTPStatus.OK, {"status": reader.state} | told, NO_STORE)
    leave = keyring().sign(LEAVE, datetime.now(UTC), reader.id)
    spoken = edition(reader.person.preferences.edition)
    return http.page(
        HTTPStatus.OK, forms.preferences_page(spoken, site, reader.state, reader.person, link(), leave, saved=saved)
    )


def done(outcome: str) -> Response[str]:
    if wants_json():
        return http.answer(HTTPStatus.OK, {"status": outcome}, NO_STORE)
    return http.page(HTTPStatus.OK, forms.outcome_page(edition(), outcome))


def fields() -> Any:
    """What the body says. Raises `WrongType`, `TooLarge`, `Malformed`, and `Invalid` for a field given twice."""
    kind = http.media_type(app.current_event.headers)
    if kind == JSON:
        return http.read_json(http.body_text(app.current_event), LARGEST_REQUEST)
    if kind == FORM:
        sent = http.read_form(http.body_text(app.current_event), LARGEST_REQUEST, fields_of.LISTS)
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


def edition(code: str | None = None) -> Edition:
    """The edition whose language is answered in: the reader's, the one that the request names, or the first."""
    editions = site.editions
    return editions.get(code or field("edition") or "") or next(iter(editions.values()))


def wants_json() -> bool:
    """Whether a program asks: one that sends JSON, or accepts it and no page."""
    headers = app.current_event.headers
    accepted = headers.get("accept", "").lower()
    return http.media_type(headers) == JSON or ("json" in accepted and "text/html" not in accepted)


def subscribers() -> Subscribers:
    return stores()[0]


def keyring() -> Keyring:
    return stores()[1].keyring()


def doorkeeper() -> SignUpService:
    table, keys, _, captcha = stores()
    return SignUpService(table, keys.keyring(), site, secrets.randbelow, captcha)


def count(name: str) -> None:
    telemetry.metrics.add_metric(name, MetricUnit.Count, 1)


app.exception_handler(Refusal)(refuse)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
