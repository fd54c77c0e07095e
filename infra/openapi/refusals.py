"""What calls are refused with: by us in problem details (RFC 9457), and by API Gateway before any function is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from broadsheet.http import STATUSES
from broadsheet.model import errors
from infra.openapi.parts import JSON, PAGE, PROBLEM, Answer, Body, Call, Header, Json, ref
from infra.openapi.shapes import text, whole

REFUSALS: Mapping[str, type[errors.Refusal]] = {kind.__name__: kind for kind in STATUSES}
# What may be wrong with any body.
UNREADABLE = ("Malformed", "TooLarge", "WrongType", "Invalid")

PROBLEM_FIELDS: Mapping[str, Json] = {
    "type": text("What kind of problem; about:blank, so the status tells it.", format="uri-reference"),
    "title": text("The status in words."),
    "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The status."},
    "detail": text("What is wrong, in a sentence."),
}
SCHEMAS = {
    "Problem": whole(**PROBLEM_FIELDS),
    "WrongFields": whole(
        **PROBLEM_FIELDS,
        errors={"type": "array", "items": ref("WrongField"), "minItems": 1, "description": "Every wrong field."},
    ),
    "WrongField": whole(
        field=text("The field's path in the request, such as image.width."), rule=text("The rule that it breaks.")
    ),
    "Message": whole(message=text("Why, in a word or two.")),
}

# As RFC 9110 has them, and Lambda's Python; an older one that makes this document has older words.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
# What an answer says in its head besides.
HEADERS = {
    "Stale": Header("ETag", "The present revision, if there is one.", {"type": "string"}, '"2"', always=False),
    "TooMany": Header("Retry-After", "Seconds.", {"type": "integer", "minimum": 1}, 1800, always=False),
}
FORBIDDEN = Answer(
    "The request is not signed, or not by somebody who may do this.",
    (Body(JSON, ref("Message"), {"message": "Forbidden"}),),
)
THROTTLED = Answer(
    "Too many requests at once; the same may be sent again.",
    (Body(JSON, ref("Message"), {"message": "Too Many Requests"}),),
)
OVERLONG = Answer(
    "The request's address and headers are over 10,240 bytes together.",
    (Body(JSON, ref("Message"), {"message": "Request Header Fields Too Large"}),),
)


def refused(call: Call, named: tuple[str, ...]) -> Iterator[tuple[int, str, Answer]]:
    """Status, name and description of everything that the call may be refused with; `named` are its own refusals."""
    kinds = {*named, *(UNREADABLE if call.takes and not call.optional else ())}
    if any(parameter.place == "path" for parameter in call.parameters):
        kinds.add("NotFound")  # of what could be no id at all, the router says that there is no such call
    by_status: dict[HTTPStatus, list[str]] = {}
    for kind in sorted(kinds):
        by_status.setdefault(STATUSES[REFUSALS[kind]], []).append(kind)
    for status, names in by_status.items():
        yield status, "Or".join(names) + ("Page" if call.for_people else ""), _refusal(status, names, call.for_people)
    broken = Answer(
        "A bug of ours; it has been logged.", (_problem(HTTPStatus.INTERNAL_SERVER_ERROR, "It is broken."),)
    )
    yield HTTPStatus.INTERNAL_SERVER_ERROR, "Broken", broken
    yield HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Overlong", OVERLONG
    if HTTPStatus.TOO_MANY_REQUESTS not in by_status:
        yield HTTPStatus.TOO_MANY_REQUESTS, "Throttled", THROTTLED
    if not call.open:
        yield HTTPStatus.FORBIDDEN, "Forbidden", FORBIDDEN


def _refusal(status: HTTPStatus, names: list[str], for_people: bool) -> Answer:
    says = [" ".join((REFUSALS[name].__doc__ or "").split()) for name in names]
    body = _problem(status, says[0])
    if "Invalid" in names:
        wrong = {"field": "edition", "rule": "must be one of en, ar"}
        body = Body(PROBLEM, ref("WrongFields"), body.example | {"errors": [wrong]})
    # API Gateway turns some away with this status before we do, in its own form.
    by_gateway = THROTTLED.bodies if status == HTTPStatus.TOO_MANY_REQUESTS else ()
    return Answer(
        " Or: ".join(says),
        (body, *by_gateway, *((PAGE,) if for_people else ())),
        tuple(HEADERS[name] for name in names if name in HEADERS),
    )


def _problem(status: HTTPStatus, detail: str) -> Body:
    title = TITLES.get(status, status.phrase)
    example = {"type": "about:blank", "title": title, "status": status.value, "detail": detail}
    return Body(PROBLEM, ref("Problem"), example)
