"""The subscribers API: editors take in lists that were kept elsewhere, and list everybody.

API Gateway lets only signed requests in.
"""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.model.errors import FieldError, Invalid, WrongType
from broadsheet.model.newsletter.imported import STATUS_OF, RowResult
from broadsheet.model.newsletter.subscriber import Person, State
from broadsheet.schemas.import_row import parse_batch
from broadsheet.services import subscriber_import
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.secrets import SigningKeys
from broadsheet.store.subscriber_list import Roll

LARGEST_REQUEST = 500_000  # bytes
PAGE, LARGEST_PAGE, MOST_SEGMENTS = 100, 1000, 1000
PRIVATE = {"Cache-Control": "no-store"}

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@cache
def stores() -> tuple[Roll, SigningKeys]:
    """The parts of this function; the clients are made once in a process."""
    return (
        Roll(boto3.client("dynamodb", config=CONFIG), settings.subscribers_table),
        SigningKeys(boto3.client("secretsmanager", config=CONFIG), settings.token_secret),
    )


@app.post("/api/subscribers")
def take_in() -> Response[str]:
    """Take in subscribers of a list that was kept elsewhere, and learn what became of each row, in their order.

    A bad row spoils no other, two rows of one address are one reader, and all changes are made at once. The same rows
    again change nothing. Nobody is brought back who left or is suppressed here, and nobody gets a mail.

    Raises `Busy`.
    """
    if http.media_type(app.current_event.headers) != "application/json":
        raise WrongType("subscribers are sent as application/json")
    roll, keys = stores()
    rows, dry_run = parse_batch(http.read_json(http.body_text(app.current_event), LARGEST_REQUEST))
    outcomes = subscriber_import.import_subscribers(
        roll, keys.keyring(), site, datetime.now(UTC), rows, dry_run=dry_run
    )
    return http.answer(HTTPStatus.OK, {"outcomes": [told(outcome) for outcome in outcomes]}, PRIVATE)


@app.get("/api/subscribers")
def browse() -> Response[str]:
    """List all subscribers page by page, in the fields of a row that is taken in.

    Go on with `next` as `cursor` until it is null. With `segments`, the parts of as many can be read at the same time.

    Raises `Invalid`.
    """
    roll, keys = stores()
    query = app.current_event.query_string_parameters
    known = ("limit", "cursor", "segment", "segments")
    if unknown := tuple(FieldError(name, "is not a parameter here") for name in query if name not in known):
        raise Invalid(unknown)
    limit = http.number(query, "limit", PAGE, 1, LARGEST_PAGE)
    segments = http.number(query, "segments", 1, 1, MOST_SEGMENTS)
    segment = http.number(query, "segment", 0, 0, segments - 1)
    page, following = subscriber_import.list_subscribers(
        roll, keys.keyring(), limit, query.get("cursor"), segment, segments, datetime.now(UTC)
    )
    people = [shown(reader.person, reader.state) for reader in page.subscribers if reader.person]
    listed = {"subscribers": people, "erased": len(page.subscribers) - len(people), "next": following}
    return http.answer(HTTPStatus.OK, listed, PRIVATE)


def told(outcome: RowResult) -> dict[str, str]:
    """What became of a row, without what there is not to say."""
    fields = asdict(outcome)
    return {"outcome": fields.pop("kind")} | {name: said for name, said in fields.items() if said is not None}


def shown(person: Person, state: State) -> dict[str, Any]:
    """The subscriber as an editor sees them, in the fields of a row that is taken in."""
    instants = {"consented_at": person.consent.at, "confirmed_at": person.confirmed_at}
    return {
        "email": person.address,
        "status": STATUS_OF[state],
        **asdict(person.preferences),
        "source": person.consent.source,
        "wording": person.consent.wording,
        "wording_edition": person.consent.edition,
        **{name: at and f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in instants.items()},
    }


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
