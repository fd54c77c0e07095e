"""The newsletter API: readers sign up, confirm, get new links, change preferences, unsubscribe, export and erase."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
from broadsheet.model.errors import (
    FormTokenRefused,
    Invalid,
    LinkRefused,
    Malformed,
    NotSubscribed,
    Refusal,
    SwitchedOff,
    TooLarge,
    TooManyRequests,
    WrongType,
)
from broadsheet.model.newsletter.issue import next_moment
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.model.newsletter.tokens import CONFIRM, PREFERENCES, UNSUBSCRIBE, Keyring
from broadsheet.render.newsletter import forms
from broadsheet.render.newsletter.data_export import data_export
from broadsheet.render.newsletter.forms import FormName
from broadsheet.render.shared.issues import coming
from broadsheet.render.shared.texts import Message
from broadsheet.schemas.links import parse_links_form
from broadsheet.schemas.sign_up import LISTS, parse_preferences, parse_sign_up
from broadsheet.services import subscriptions
from broadsheet.services.subscriptions import SignUpService
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.captcha import Captcha
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.secrets import Secret, SigningKeys
from broadsheet.store.subscribers import Subscribers

MAX_REQUEST_SIZE = 8 * 1024  # bytes
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store"}
DOWNLOAD = NO_STORE | {"Content-Disposition": 'attachment; filename="newsletter.json"'}
# Refusals for what a request says; they count for its network.
CLIENT_ERRORS = (Malformed, WrongType, TooLarge, Invalid)
ACCEPTED_METRICS: dict[FormName, str] = {"sign_up": "SignUpRequested", "links": "LinksRequested"}
# The metric of a sign-up over a limit, by the scope of the rate limit window.
RATE_LIMITED_METRICS = {"network": "SignUpLimited", "all": "SignUpStopped"}

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True)
class Deps:
    """What the handlers need from AWS."""

    subscribers: Subscribers
    deliveries: Deliveries
    keys: SigningKeys
    edge_secret: Secret[str]
    captcha: Captcha | None

    @property
    def keyring(self) -> Keyring:
        return self.keys.keyring()

    @property
    def sign_up_service(self) -> SignUpService:
        return SignUpService(self.subscribers, self.keyring, site, secrets.randbelow, self.captcha)


@cache
def deps() -> Deps:
    """Created once per process, with the clients."""
    dynamodb = boto3.client("dynamodb", config=CONFIG)
    secrets_manager = boto3.client("secretsmanager", config=CONFIG)
    captcha = settings.captcha
    return Deps(
        Subscribers(dynamodb, settings.subscribers_table),
        Deliveries(dynamodb, settings.deliveries_table),
        SigningKeys(secrets_manager, settings.token_secret),
        Secret(secrets_manager, settings.edge_secret, str),
        Captcha(captcha.provider, Secret(secrets_manager, captcha.secret, str)) if captcha else None,
    )


@app.get("/api/subscriptions/form")
def show_form() -> Response[str]:
    """Get the sign-up form, or a form token.

    A program gets a form token, which is valid for an hour, and how many seconds to wait before it sends the sign-up. A
    sign-up that is sent earlier counts as a bot's and causes no mail. The other fields of the query fill in the form.

    Raises `SwitchedOff` if the site sends no mail.
    """
    check_sender()
    if wants_json():
        content = {
            "form_token": form_token(),
            "wait_seconds": subscriptions.MIN_FORM_AGE.seconds,
        }
        return http.answer(HTTPStatus.OK, content, NO_STORE)
    return form_page(HTTPStatus.OK, dict(app.current_event.query_string_parameters))


@app.post("/api/subscriptions")
def sign_up() -> Response[str]:
    """Sign up for the newsletter. A confirmation mail is sent to the email address if one is due.

    The answer is the same for every email address. A browser gets a page; a client that sends JSON, or accepts JSON and
    not HTML, gets JSON. A browser without a valid form token gets a page with the form, filled in. A network may send
    five times as many requests as sign-ups, those that are refused included.

    Raises `SwitchedOff` if the site sends no mail, `TooManyRequests`, `CaptchaUnavailable` and `Busy`.
    """

    def accept(fields: object, client_ip: str) -> bool:
        return deps().sign_up_service.accept(parse_sign_up(fields, site), client_ip, now())

    return submitted("sign_up", accept, form_page)


@app.post("/api/subscriptions/links")
def send_links() -> Response[str]:
    """Get new links to unsubscribe and to the preferences, by a mail to the email address of a subscriber.

    The answer is the same for every email address, and a mail is sent to a confirmed subscriber alone, at most one an
    hour. Form tokens, limits, pages and JSON are as for a sign-up.

    Raises `SwitchedOff` if the site sends no mail, `TooManyRequests`, `CaptchaUnavailable` and `Busy`.
    """

    def accept(fields: object, client_ip: str) -> bool:
        return deps().sign_up_service.accept_links(parse_links_form(fields), client_ip, now())

    return submitted("links", accept, links_page)


@app.get("/api/subscriptions/confirm")
def show_confirm() -> Response[str]:
    """Open the link in a confirmation mail: a page with a button.

    Nothing changes, because mail programs open links by themselves. A program gets `ready` where the link is valid.

    Raises `LinkRefused`.
    """
    return button_page(CONFIRM)


@app.post("/api/subscriptions/confirm")
def confirm() -> Response[str]:
    """Confirm a subscription.

    Idempotent. A program may send the token in the query or in the body. The answer says when the next issue comes.

    Raises `LinkRefused` and `Busy`.
    """
    confirmation = deps().sign_up_service.confirm(now(), token())
    if confirmation.is_first:
        count("Confirmed")
    return status_page("confirmed", confirmation.preferences)


@app.get("/api/subscriptions/unsubscribe")
def show_unsubscribe() -> Response[str]:
    """Open the link to unsubscribe, which every mail has: a page with a button.

    Nothing changes, because mail programs open links by themselves. A program gets `ready` where the link is valid.

    Raises `LinkRefused`.
    """
    return button_page(UNSUBSCRIBE)


@app.post("/api/subscriptions/unsubscribe")
def unsubscribe() -> Response[str]:
    """Unsubscribe from the newsletter. Idempotent.

    This is also a mail program's one-click unsubscribe (RFC 8058): the token in the URL suffices, with any body.

    Raises `LinkRefused` and `Busy`.
    """
    if subscriptions.unsubscribe(deps().subscribers, deps().keyring, now(), token()):
        count("Unsubscribed")
    return status_page("unsubscribed")


@app.get("/api/subscriptions/preferences")
def show_preferences() -> Response[str]:
    """Get the preferences of the subscriber whose link it is, and a form to change them.

    Nothing changes. For an erased subscriber the status is `erased`, and there are no preferences. `next_issue_at` is
    when the next issue of the chosen edition and frequency is due by the site's settings, if it has news; null where
    none is sent.

    Raises `LinkRefused`.
    """
    return preferences_page(saved=False)


@app.post("/api/subscriptions/preferences")
def save_preferences() -> Response[str]:
    """Change the preferences of the subscriber whose link it is.

    Idempotent. Sections and frequency that are left out become those of a new subscriber. The answer says when the next
    issue comes after the change.

    Raises `LinkRefused` and `Busy`.
    """
    preferences = parse_preferences(body_fields(), site)
    if subscriptions.save_preferences(deps().subscribers, deps().keyring, now(), token(), preferences):
        count("PreferencesChanged")
    return status_page("saved", preferences) if wants_json() else preferences_page(saved=True)


@app.post("/api/subscriptions/export")
def export() -> Response[str]:
    """Get everything that is stored about the subscriber whose link it is, as one JSON file.

    A browser saves it as a file. The call only reads; it is a `POST` so that no mail program makes it by itself.

    Raises `LinkRefused` and `Busy`.
    """
    stored = subscriptions.export_data(deps().subscribers, deps().deliveries, deps().keyring, now(), token())
    return http.answer(HTTPStatus.OK, data_export(*stored), DOWNLOAD)


@app.post("/api/subscriptions/erase")
def erase() -> Response[str]:
    """Erase the personal data of the subscriber whose link it is. Idempotent.

    A keyed hash of the email address and the state remain, so that a suppressed address never gets mail again. With the
    hash remain the time up to which the subscriber was sent issues, and for 90 days which issues those were, so that
    none is sent twice.

    Raises `LinkRefused` and `Busy`.
    """
    if subscriptions.erase(deps().subscribers, deps().keyring, now(), token()):
        count("Erased")
    return status_page("erased")


# Answers


def submitted(
    form: FormName,
    accept: Callable[[object, str], bool],
    page: Callable[[HTTPStatus, object, Invalid], Response[str]],
) -> Response[str]:
    """The answer to a form, the same for every email address. It is `page` again where a browser's form is invalid.

    `accept` takes the fields and the client's IP address, and returns False for a bot. Raises what it raises, and
    `SwitchedOff`.
    """
    check_sender()
    client_ip = http.client_ip(app.current_event, deps().edge_secret.value())
    fields: object = {}
    try:
        with limits_counted():
            fields = body_fields()
            accepted = accept(fields, client_ip)
    except CLIENT_ERRORS as refusal:
        with limits_counted():
            deps().sign_up_service.count_refused(client_ip, now())
        if wants_json() or not isinstance(refusal, Invalid):
            raise
        status = HTTPStatus.OK if isinstance(refusal, FormTokenRefused) else http.status_of(refusal)
        return page(status, fields, refusal)
    if accepted:
        count(ACCEPTED_METRICS[form])
    else:
        count("SignUpByBot")
    if wants_json():
        content = {"status": "accepted", "message": forms.accepted_text(edition(), form)}
        return http.answer(HTTPStatus.ACCEPTED, content, NO_STORE)
    return http.page(HTTPStatus.ACCEPTED, forms.accepted_page(edition(), form))


def check_sender() -> None:
    """Raise `SwitchedOff` if the site sends no mail: no form would help."""
    if not site.sends_mail:
        raise SwitchedOff("The newsletter is switched off.")


def form_page(
    status: HTTPStatus, fields: object, invalid: Invalid | None = None, above: Message | None = None
) -> Response[str]:
    """The form for signing up with a new form token, filled in with the fields, and with what is wrong about them."""
    filled_in = fields if isinstance(fields, Mapping) else {}
    page = forms.sign_up_page(edition(), site, form_token(), filled_in, invalid, settings.captcha, above)
    return http.page(status, page, widget_headers())


def links_page(
    status: HTTPStatus, fields: object, invalid: Invalid | None = None, above: Message | None = None
) -> Response[str]:
    """The form for new links, as `form_page` is the one for signing up."""
    filled_in = fields if isinstance(fields, Mapping) else {}
    page = forms.links_page(edition(), form_token(), filled_in, invalid, settings.captcha, above)
    return http.page(status, page, widget_headers())


def form_token() -> str:
    return deps().sign_up_service.form_token(now())


def widget_headers() -> dict[str, str] | None:
    """The headers of a page with a form, which may have a captcha's widget."""
    return http.with_widget(settings.captcha.provider.origins) if settings.captcha else None


def button_page(purpose: str) -> Response[str]:
    """The page that a link opens. It checks the token's signature and reads nothing from the table."""
    subscriptions.check_token(deps().keyring, now(), purpose, token())
    if wants_json():
        return http.answer(HTTPStatus.OK, {"status": "ready"}, NO_STORE)
    return http.page(HTTPStatus.OK, forms.action_page(edition(), purpose, token()))


def preferences_page(*, saved: bool) -> Response[str]:
    """The preferences of the subscriber whose link it is; "erased" if no personal data is stored."""
    subscriber = subscriptions.read_profile(deps().subscribers, deps().keyring, now(), token())
    if subscriber is None or subscriber.profile is None:
        return status_page("erased")
    profile, preferences = subscriber.profile, subscriber.profile.preferences
    moment = next_moment(preferences, now(), site) if subscriber.state == "confirmed" else None
    if wants_json():
        content = {
            "status": subscriber.state,
            "edition": preferences.edition,
            "sections": preferences.sections,
            "frequency": preferences.frequency,
            "next_issue_at": moment and http.timestamp(moment),
        }
        return http.answer(HTTPStatus.OK, content, NO_STORE)
    unsubscribe_token = deps().keyring.sign(UNSUBSCRIBE, now(), subscriber.id)
    page = forms.preferences_page(
        edition(preferences.edition),
        site,
        subscriber,
        profile,
        token(),
        unsubscribe_token,
        saved=saved,
        moment=moment,
    )
    return http.page(HTTPStatus.OK, page)


def status_page(status: str, preferences: Preferences | None = None) -> Response[str]:
    """The answer to a change that was made, now or before; with preferences, also when the next issue comes."""
    moment = next_moment(preferences, now(), site) if preferences else None
    if wants_json():
        next_issue = {"next_issue_at": moment and http.timestamp(moment)} if preferences else {}
        return http.answer(HTTPStatus.OK, {"status": status} | next_issue, NO_STORE)
    more = coming(preferences, edition(), moment, site) if preferences else ""
    return http.page(HTTPStatus.OK, forms.outcome_page(edition(), status, more))


def refusal_page(refusal: Refusal) -> Response[str]:
    """A refusal as a page or as problem details, in the edition's language."""
    if wants_json():
        return http.problem(refusal, forms.refusal_text(edition(), refusal, purpose()))
    if isinstance(refusal, LinkRefused):
        return link_refused_page(refusal)
    return http.page(http.status_of(refusal), forms.refusal_page(edition(), refusal), http.headers_of(refusal))


def link_refused_page(refusal: LinkRefused) -> Response[str]:
    """What is wrong with a link, and the form that helps: for signing up, or for new links, which never expire.

    Without a sender no form helps, and the page has none.
    """
    if not site.sends_mail:
        return http.page(http.status_of(refusal), forms.link_refused_page(edition(), refusal, purpose()))
    page = form_page if purpose() == CONFIRM or isinstance(refusal, NotSubscribed) else links_page
    return page(http.status_of(refusal), {}, above=forms.link_refused(edition(), refusal, purpose()))


app.exception_handler(Refusal)(refusal_page)


# Requests


def wants_json() -> bool:
    """Whether the client sends JSON, or accepts JSON and not HTML."""
    headers = app.current_event.headers
    accept = headers.get("accept", "").lower()
    return http.media_type(headers) == JSON or ("json" in accept and "text/html" not in accept)


def body_fields() -> Any:
    """The body's fields. Raises `WrongType`, `TooLarge`, `Malformed`, and `Invalid` for a field that is given twice."""
    media_type = http.media_type(app.current_event.headers)
    if media_type == JSON:
        return http.read_json(http.body_text(app.current_event), MAX_REQUEST_SIZE)
    if media_type == FORM:
        fields = http.read_form(http.body_text(app.current_event), MAX_REQUEST_SIZE, LISTS)
        return {name: value for name, value in fields.items() if value or name == "email"}
    raise WrongType(f"the request must be {JSON} or {FORM}")


def text_field(name: str) -> str:
    """A field of the query, else of the body; empty if there is none, or the body is not valid."""
    if name in app.current_event.query_string_parameters:
        return app.current_event.query_string_parameters[name]
    try:
        fields = body_fields()
    except Refusal:
        return ""
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if isinstance(value, str) else ""


def token() -> str:
    return text_field("token")


def purpose() -> str:
    """What the link is for that the request came by. Data export and erasure are on the page for the preferences."""
    page = app.current_event.path.rpartition("/")[2]
    return page if page in (CONFIRM, UNSUBSCRIBE) else PREFERENCES


def edition(code: str = "") -> Edition:
    """The edition whose language the answer has: the given one, the one in the request, or the site's first."""
    return site.editions.get(code or text_field("edition")) or next(iter(site.editions.values()))


@contextmanager
def limits_counted() -> Iterator[None]:
    """Count a request over a limit in the limit's metric."""
    try:
        yield
    except TooManyRequests as refusal:
        count(RATE_LIMITED_METRICS[refusal.scope])
        raise


def now() -> datetime:
    return datetime.now(UTC)


def count(metric: str) -> None:
    telemetry.metrics.add_metric(metric, MetricUnit.Count, 1)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(http.head_as_get(event), context)
