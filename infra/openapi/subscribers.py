"""The requests and answers of functions/subscribers.py."""

from __future__ import annotations

from typing import get_args, get_type_hints

import subscribers
from broadsheet.model.newsletter.imported import STATUSES, RowResult
from broadsheet.model.newsletter.subscriber import SuppressionReason
from broadsheet.schemas import import_row, subscriber_email
from infra.openapi.newsletter import DATA_EXPORT, FREQUENCY, SECTIONS
from infra.openapi.parts import JSON, Answer, Body, Call, Json, Parameter, ref
from infra.openapi.shapes import described, optional, request, text, whole

ROW = request(
    import_row.ROW,
    {
        "email": "The email address.",
        "status": "The status in the other system. Subscribers who have not confirmed there are not imported.",
        "source": "Where the subscriber gave consent.",
        "wording": "The text that the subscriber agreed to, by a name or version.",
        "wording_edition": "The code of the edition in whose language that text was; the subscriber's if left out.",
        "consented_at": "When the subscriber gave consent; required if the status is subscribed.",
        "confirmed_at": "When the subscriber confirmed, if that is known.",
        "edition": "The code of the edition that the subscriber gets; the site's first if left out.",
        "sections": SECTIONS["description"],
        "frequency": FREQUENCY["description"],
    },
)
BATCH = request(
    import_row.BATCH,
    {
        "subscribers": "Each row that breaks a rule of `SubscriberRow` is refused by itself, with the reason.",
        "dry_run": "Whether to change nothing, and only to report the result of each row.",
        "source": (
            "Where the email addresses come from, in words that continue “We have your address from”; the mail to each "
            "new subscriber says so. It is the source of rows that have none, too."
        ),
    },
    subscribers={
        "items": {
            "anyOf": [ref("SubscriberRow"), {"description": "Anything else is refused by itself, with the reason."}]
        }
    },
)
EMAIL = request(subscriber_email.SUBSCRIBER_EMAIL, {"email": "The email address."})
INSTANT = {"format": "date-time"}
SCHEMAS = {
    "SubscriberRow": described("A subscriber of another system.", ROW),
    "Batch": described("A part of a list of subscribers.", BATCH),
    "RowResult": {
        "type": "object",
        "properties": {
            "result": {
                "type": "string",
                "enum": list(get_args(get_type_hints(RowResult)["kind"])),
                "description": "The result of the row.",
            },
            "reason": text(
                "Why the row was refused. The text continues a sentence that begins with the email address."
            ),
            "field": text("The field that the refusal concerns."),
            "mail": {
                "type": "boolean",
                "const": True,
                "description": "Present where the subscriber gets a mail, or would get one if this were no dry run.",
            },
            "errors": {
                "type": "array",
                "items": ref("FieldError"),
                "description": "The rules that the row breaks. A `pointer` is one in the row.",
            },
        },
        "required": ["result"],
        "description": "What an import did with a row.",
    },
    "Results": described(
        "What an import did.",
        whole(
            results={
                "type": "array",
                "items": ref("RowResult"),
                "description": "One for each row, in the order of the rows.",
            }
        ),
    ),
    "ListedSubscriber": described(
        "A subscriber, as lists have it.",
        whole(
            email=text("The email address."),
            status={"type": "string", "enum": list(STATUSES), "description": "The status here."},
            edition=text("The code of the edition that the subscriber gets."),
            sections=SECTIONS,
            frequency=FREQUENCY,
            source=optional("Where the subscriber gave consent."),
            wording=text("The text that the subscriber agreed to, by a name or version."),
            wording_edition=text("The code of the edition in whose language that text was."),
            consented_at=text("When the subscriber gave consent.", **INSTANT),
            confirmed_at=optional("When the subscriber confirmed; null if not, or if unknown.", **INSTANT),
        ),
    ),
    "Subscribers": described(
        "A page of the list of subscribers.",
        whole(
            subscribers={"type": "array", "items": ref("ListedSubscriber"), "description": "In no particular order."},
            erased={
                "type": "integer",
                "minimum": 0,
                "description": "How many more subscribers of this page are erased: only a hash of each is stored.",
            },
            next=optional("The value of `cursor` for the next page; null on the last page."),
        ),
    ),
    "Lift": described("The email address whose suppression to lift.", EMAIL),
    "SubscriberEmail": described("The email address of the reader who asks.", EMAIL),
    "Handled": described(
        "What a call for a reader did.",
        whole(
            result={
                "type": "string",
                "enum": ["changed", "unchanged"],
                "description": "`unchanged` where there was nothing to do.",
            },
            status={
                "type": "string",
                "enum": [*STATUSES, "erased"],
                "description": "The status after the call.",
            },
            suppressed={
                "type": "boolean",
                "description": "Whether the email address is suppressed, also after an erasure.",
            },
        ),
    ),
    "Lifted": described(
        "What a lift did, and the latest lift of a suppression of the email address.",
        whole(
            result={
                "type": "string",
                "enum": ["changed", "unchanged"],
                "description": "`unchanged` where the email address was not suppressed.",
            },
            status={"type": "string", "enum": list(STATUSES), "description": "The status after the call."},
            lifted_at=optional("When it was lifted; null if nobody ever did.", **INSTANT),
            lifted_by=optional("Who did: an IAM user, or a session of a role, by name."),
            lifted_reason={
                "type": ["string", "null"],
                "enum": [*get_args(SuppressionReason), None],
                "description": "The reason that the suppression had.",
            },
        ),
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
LIFTED = {
    "result": "changed",
    "status": "unsubscribed",
    "lifted_at": "2026-03-14T08:00:00Z",
    "lifted_by": "lina.haddad",
    "lifted_reason": "complaint",
}
SOURCE = "our former newsletter"
LEFT = {"result": "changed", "status": "unsubscribed", "suppressed": False}
ERASED = {"result": "changed", "status": "erased", "suppressed": False}
READER = {"email": "reader@example.org"}
RESULTS = [
    {"result": "added", "mail": True},
    {
        "result": "refused",
        "reason": "email is required",
        "field": "email",
        "errors": [{"field": "email", "rule": "is required", "code": "required", "pointer": "/email"}],
    },
]


def number(key: str, name: str, description: str, rule: Json, example: int) -> Parameter:
    return Parameter(key, "query", name, description, {"type": "integer", **rule}, example)


MOST = subscribers.MAX_SEGMENTS
QUERY = (
    number(
        "SubscribersLimit",
        "limit",
        "The largest number of rows to read for a page. A page may have fewer subscribers, or none.",
        {"minimum": 1, "maximum": subscribers.MAX_LIMIT, "default": subscribers.DEFAULT_LIMIT},
        100,
    ),
    Parameter(
        "Cursor",
        "query",
        "cursor",
        "The value of `next` in the previous page of the same segment.",
        {"type": "string"},
        "n.Zm9vYmFy.MTIzNDU2",
    ),
    number(
        "Segments",
        "segments",
        "The number of segments, which clients can read in parallel.",
        {"minimum": 1, "maximum": MOST, "default": 1},
        1,
    ),
    number("Segment", "segment", "The segment to read.", {"minimum": 0, "maximum": MOST - 1, "default": 0}, 0),
)
CALLS = {
    "import_subscribers": Call(
        {200: Answer("The result of each row.", (Body(JSON, ref("Results"), {"results": RESULTS}),))},
        bodies=(Body(JSON, ref("Batch"), {"subscribers": [EXAMPLE], "dry_run": False, "source": SOURCE}),),
    ),
    "list_subscribers": Call(
        {
            200: Answer(
                "A page of the list.",
                (Body(JSON, ref("Subscribers"), {"subscribers": [EXAMPLE], "erased": 0, "next": None}),),
            )
        },
        QUERY,
    ),
    "lift_suppression": Call(
        {200: Answer("Lifted, or not suppressed.", (Body(JSON, ref("Lifted"), LIFTED),))},
        bodies=(Body(JSON, ref("Lift"), READER),),
    ),
    "show_subscriber": Call(
        {200: Answer("Everything that is stored.", (Body(JSON, ref("DataExport"), DATA_EXPORT),))},
        bodies=(Body(JSON, ref("SubscriberEmail"), READER),),
    ),
    "unsubscribe_subscriber": Call(
        {200: Answer("Unsubscribed, now or earlier.", (Body(JSON, ref("Handled"), LEFT),))},
        bodies=(Body(JSON, ref("SubscriberEmail"), READER),),
    ),
    "erase_subscriber": Call(
        {200: Answer("Erased, now or earlier.", (Body(JSON, ref("Handled"), ERASED),))},
        bodies=(Body(JSON, ref("SubscriberEmail"), READER),),
    ),
}
