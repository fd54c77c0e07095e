"""The subscribers API: editors import subscribers from another system, list all, lift suppressions, and help readers.

API Gateway accepts signed requests only.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.caller import caller_of
from broadsheet.model.newsletter.imported import STATUS_OF, RowResult
from broadsheet.model.newsletter.subscriber import Profile, State
from broadsheet.problems import field_error
from broadsheet.render.newsletter.data_export import data_export
from broadsheet.schemas.import_row import parse_batch
from broadsheet.schemas.subscriber_email import parse_subscriber_email
from broadsheet.services import reader_requests, subscriber_import, suppressions
from broadsheet.services.reader_requests import Handled
from broadsheet.services.suppressions import Lifted
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.secrets import SigningKeys
from broadsheet.store.subscribers import Subscribers
from broadsheet.store.suppression_list import SuppressionList

MAX_REQUEST_SIZE, MAX_EMAIL_SIZE = 500_000, 8 * 1024  # bytes
DEFAULT_LIMIT, MAX_LIMIT, MAX_SEGMENTS = 100, 1000, 1000
NO_STORE = {"Cache-Control": "no-store"}

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True)
class Deps:
    """What the handlers need from AWS."""

    subscribers: Subscribers
    deliveries: Deliveries
    keys: SigningKeys


@cache
def ses() -> SuppressionList | None:
    """SES's list; None where the deployment sends no mail. Created when it is first needed."""
    return SuppressionList(boto3.client("sesv2", config=CONFIG)) if settings.sender else None


@cache
def deps() -> Deps:
    """Created once per process, with the clients."""
    dynamodb = boto3.client("dynamodb", config=CONFIG)
    return Deps(
        Subscribers(dynamodb, settings.subscribers_table),
        Deliveries(dynamodb, settings.deliveries_table),
        SigningKeys(boto3.client("secretsmanager", config=CONFIG), settings.token_secret),
    )


@app.post("/api/subscribers")
def import_subscribers() -> Response[str]:
    """Import subscribers from another system, and get the result of each row, in their order.

    An invalid row does not affect the others, and the changes of up to 50 subscribers are one transaction. Idempotent.
    Rows with the same email address are applied to one subscriber: those that suppress or unsubscribe come first. An
    import never subscribes an unsubscribed or suppressed subscriber again.

    A subscriber whom the import subscribes gets one mail, which says where the email address comes from, and has the
    links to the preferences and to unsubscribe. The result of the row says so, in a dry run too. A site that sends no
    mail sends none.

    Raises `Busy`.
    """
    batch = parse_batch(http.json_body(app.current_event, MAX_REQUEST_SIZE))
    results = subscriber_import.import_subscribers(
        deps().subscribers, deps().keys.keyring(), site, datetime.now(UTC), batch
    )
    if not batch.dry_run:
        _log(results, caller())
    return http.answer(HTTPStatus.OK, {"results": [result_to_json(result) for result in results]}, NO_STORE)


@app.get("/api/subscribers")
def list_subscribers() -> Response[str]:
    """List all subscribers page by page, in the fields of an import's row.

    Continue with `next` as `cursor` until it is null. With `segments`, that many parts can be read in parallel.

    Raises `Invalid`.
    """
    query = http.Query(app.current_event, "limit", "cursor", "segment", "segments")
    limit = query.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    segments = query.number("segments", 1, 1, MAX_SEGMENTS)
    segment = query.number("segment", 0, 0, segments - 1)
    query.check()
    page, cursor = subscriber_import.list_subscribers(
        deps().subscribers,
        deps().keys.keyring(),
        limit,
        query.values.get("cursor"),
        segment,
        segments,
        datetime.now(UTC),
    )
    listed = [profile_to_json(one.profile, one.state) for one in page.subscribers if one.profile]
    content = {"subscribers": listed, "erased": len(page.subscribers) - len(listed), "next": cursor}
    return http.answer(HTTPStatus.OK, content, NO_STORE)


@app.post("/api/subscribers/lift")
def lift_suppression() -> Response[str]:
    """Lift the suppression of an email address, whatever its reason, for a reader who asks for it.

    A subscriber who had confirmed, and whose mail bounced, is subscribed again; one who has signed up again since is
    pending. Any other is unsubscribed, and gets mail only after signing up and confirming again. The address is removed
    from the suppression list of SES, too.

    Idempotent. An email address that is not suppressed does not change, and the answer says who lifted its latest
    suppression, and when.

    Raises `NotFound` for an email address that never signed up and was never imported, and `Busy`.
    """
    email, by = email_field(), caller()
    lifted = suppressions.lift(deps().subscribers, ses(), deps().keys.keyring(), email, by, datetime.now(UTC))
    content = lifted_to_json(lifted)
    if lifted.changed:
        about = {"reason": content["lifted_reason"], "updated_by": by}
        telemetry.logger.info("an editor lifted a suppression", extra=about)
    return http.answer(HTTPStatus.OK, content, NO_STORE)


@app.post("/api/subscribers/show")
def show_subscriber() -> Response[str]:
    """Get everything that is stored about an email address, for a reader who asks for it.

    The content is that of the reader's own data export. Nothing changes.

    Raises `NotFound` for an email address about which nothing is stored, and `Busy`.
    """
    stored = reader_requests.show(deps().subscribers, deps().deliveries, deps().keys.keyring(), email_field())
    telemetry.logger.info("an editor was shown a subscriber", extra={"read_by": caller()})
    return http.answer(HTTPStatus.OK, data_export(*stored), NO_STORE)


@app.post("/api/subscribers/leave")
def unsubscribe_subscriber() -> Response[str]:
    """Unsubscribe an email address, for a reader who asks for it.

    Idempotent. The reader gets the same mail as after unsubscribing by a link. A suppressed subscriber stays so.

    Raises `NotFound` for an email address that never signed up and was never imported, and `Busy`.
    """
    handled = reader_requests.unsubscribe(deps().subscribers, deps().keys.keyring(), email_field(), datetime.now(UTC))
    return _handled(handled, "an editor unsubscribed a subscriber")


@app.post("/api/subscribers/erase")
def erase_subscriber() -> Response[str]:
    """Erase the personal data of an email address, for a reader who asks for it. Idempotent. It cannot be undone.

    The record of consent is erased too. A keyed hash of the email address and the state remain, so that a suppressed
    address never gets mail again. With the hash remain the time up to which the subscriber was sent issues, and for 90
    days which issues those were, so that none is sent twice.

    Raises `NotFound` for an email address that never signed up and was never imported, and `Busy`.
    """
    handled = reader_requests.erase(deps().subscribers, deps().keys.keyring(), email_field(), datetime.now(UTC))
    return _handled(handled, "an editor erased a subscriber")


def email_field() -> str:
    """The email in the request's body. Raises `Invalid`."""
    return parse_subscriber_email(http.json_body(app.current_event, MAX_EMAIL_SIZE))


def caller() -> str:
    return caller_of(app.current_event).name


def _handled(handled: Handled, message: str) -> Response[str]:
    """The answer to a call for a reader, which is logged with the message if it changed something."""
    if handled.changed:
        telemetry.logger.info(message, extra={"updated_by": caller()})
    subscriber = handled.subscriber
    content = {
        "result": "changed" if handled.changed else "unchanged",
        "status": "erased" if subscriber.profile is None else STATUS_OF[subscriber.state],
        "suppressed": subscriber.state == "suppressed",
    }
    return http.answer(HTTPStatus.OK, content, NO_STORE)


def _log(results: Sequence[RowResult], by: str) -> None:
    """Log how many subscribers an import changed, if it changed any: numbers alone, and who made it."""
    numbers: Counter[str] = Counter(result.kind for result in results)
    if numbers["added"] or numbers["changed"]:
        telemetry.logger.info("an editor imported subscribers", extra={**numbers, "updated_by": by})


def result_to_json(result: RowResult) -> dict[str, Any]:
    """The result of a row, without the fields that are None, and with `mail` where one is due."""
    told = {"result": result.kind, "reason": result.reason, "field": result.field}
    content: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    content |= {"mail": True} if result.mail else {}
    return content | ({"errors": [field_error(error) for error in result.errors]} if result.errors else {})


def lifted_to_json(lifted: Lifted) -> dict[str, Any]:
    """What a lift did, and who lifted the latest suppression of the email, when, and what its reason was."""
    subscriber, lift = lifted.subscriber, lifted.subscriber.lift
    return {
        "result": "changed" if lifted.changed else "unchanged",
        "status": STATUS_OF[subscriber.state],
        "lifted_at": lift and http.timestamp(lift.at),
        "lifted_by": lift and lift.by,
        "lifted_reason": lift and lift.reason,
    }


def profile_to_json(profile: Profile, state: State) -> dict[str, Any]:
    """The subscriber in the fields of an import's row."""
    datetimes = {"consented_at": profile.consent.at, "confirmed_at": profile.confirmed_at}
    return {
        "email": profile.email,
        "status": STATUS_OF[state],
        **asdict(profile.preferences),
        "source": profile.consent.source,
        "wording": profile.consent.wording,
        "wording_edition": profile.consent.edition,
        **{name: at and f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in datetimes.items()},
    }


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
