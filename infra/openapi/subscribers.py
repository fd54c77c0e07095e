"""What the calls of functions/subscribers.py take and give."""

from __future__ import annotations

from typing import get_args, get_type_hints

import subscribers
from broadsheet.model.newsletter.imported import STATUSES, RowResult
from broadsheet.schemas.import_row import AT_ONCE, BatchSchema, RowSchema
from infra.openapi.newsletter import FREQUENCY, SECTIONS, nullable
from infra.openapi.parts import JSON, Answer, Body, Call, Json, Parameter, ref
from infra.openapi.shapes import optional, sent, text, whole

_OWN = sent(
    RowSchema,
    {
        "email": "The mail address.",
        "status": "What the reader is elsewhere. Nobody is subscribed here who has not confirmed.",
        "source": "Where they agreed.",
        "wording": "The words that they agreed to.",
        "wording_edition": "The code of the edition in whose language these were; the reader's own if left out.",
        "consented_at": "When they agreed; required of who is subscribed.",
        "confirmed_at": "When they confirmed, if that is known.",
    },
    email={"type": "string", "format": "email", "maxLength": 254},
)
_WANTED = {
    "edition": text("The code of the edition that they get; the site's first if left out."),
    "sections": nullable(SECTIONS),
    "frequency": nullable(FREQUENCY),
}
ROW = {**_OWN, "properties": {**_OWN["properties"], **_WANTED}}
BATCH = sent(
    BatchSchema,
    {
        "subscribers": "One that breaks a rule of `SubscriberRow` is refused by itself, with the reason.",
        "dry_run": "Whether to change nothing, and only tell what would become of them.",
    },
    subscribers={"minItems": 1, "maxItems": AT_ONCE, "items": {"anyOf": [ref("SubscriberRow"), {}]}},
)
INSTANT = {"format": "date-time"}
SCHEMAS = {
    "SubscriberRow": ROW,
    "Batch": BATCH,
    "RowResult": {
        "type": "object",
        "properties": {
            "result": {
                "type": "string",
                "enum": list(get_args(get_type_hints(RowResult)["kind"])),
                "description": "What became of the row.",
            },
            "reason": text("Why it was refused, in a sentence whose subject is the address."),
            "field": text("For which field."),
        },
        "required": ["result"],
    },
    "Results": whole(
        results={"type": "array", "items": ref("RowResult"), "description": "One for each row, in their order."}
    ),
    "ListedSubscriber": whole(
        email=text("The mail address."),
        status={"type": "string", "enum": list(STATUSES), "description": "What they are here."},
        edition=text("The code of the edition that they get."),
        sections=SECTIONS,
        frequency=FREQUENCY,
        source=optional("Where they agreed."),
        wording=text("The words that they agreed to."),
        wording_edition=text("The code of the edition in whose language these were."),
        consented_at=text("When they agreed.", **INSTANT),
        confirmed_at=optional("When they confirmed; null where they did not, or nobody knows.", **INSTANT),
    ),
    "Subscribers": whole(
        subscribers={"type": "array", "items": ref("ListedSubscriber"), "description": "In no order."},
        erased={"type": "integer", "minimum": 0, "description": "How many more there are of whom only a hash is left."},
        next=optional("What to send as `cursor` for the next page; null at the end."),
    ),
}

EXAMPLE = {
    "email": "reader@example.org",
    "status": "subscribed",
    "edition": "en",
    "sections": ["city"],
    "frequency": "weekly",
    "source": "ghost",
    "wording": "import",
    "wording_edition": "en",
    "consented_at": "2024-05-06T07:08:09Z",
    "confirmed_at": None,
}
RESULTS = [{"result": "added"}, {"result": "refused", "reason": "is required", "field": "email"}]


def number(key: str, name: str, says: str, rule: Json, example: int) -> Parameter:
    return Parameter(key, "query", name, says, {"type": "integer", **rule}, example)


MOST = subscribers.MAX_SEGMENTS
QUERY = (
    number(
        "SubscribersLimit",
        "limit",
        "The most rows to look at for a page, which may come out shorter, or empty.",
        {"minimum": 1, "maximum": subscribers.MAX_LIMIT, "default": subscribers.DEFAULT_LIMIT},
        100,
    ),
    Parameter(
        "Cursor", "query", "cursor", "The `next` of the page before, of the same segment.", {"type": "string"}, ""
    ),
    number(
        "Segments", "segments", "In how many equal parts it is read.", {"minimum": 1, "maximum": MOST, "default": 1}, 1
    ),
    number("Segment", "segment", "Which of these parts.", {"minimum": 0, "maximum": MOST - 1, "default": 0}, 0),
)
CALLS = {
    "import_subscribers": Call(
        {200: Answer("What became of each row.", (Body(JSON, ref("Results"), {"results": RESULTS}),))},
        takes=(Body(JSON, ref("Batch"), {"subscribers": [EXAMPLE], "dry_run": False}),),
    ),
    "list_subscribers": Call(
        {
            200: Answer(
                "A page.",
                (Body(JSON, ref("Subscribers"), {"subscribers": [EXAMPLE], "erased": 0, "next": None}),),
            )
        },
        QUERY,
    ),
}
