"""The refusals of calls: our problem details (RFC 9457), and the answers that API Gateway gives by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from broadsheet import problems
from broadsheet.http import STATUSES
from broadsheet.model import errors
from infra.openapi.parts import JSON, PAGE, PROBLEM, Answer, Body, Call, Header, Json, ref
from infra.openapi.shapes import described, text, whole

REFUSALS: Mapping[str, type[errors.Refusal]] = {kind.__name__: kind for kind in STATUSES}
# Refusals of every call that needs a body.
REFUSALS_OF_BODIES = ("Malformed", "TooLarge", "WrongType", "Invalid")

PROBLEM_FIELDS: Mapping[str, Json] = {
    "type": text("The kind of problem, for programs. It is a name, and no address.", format="uri"),
    "title": text("The status in words."),
    "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
    "detail": text("What is wrong, in a sentence."),
}
SCHEMAS = {
    "Problem": described("Why a call was refused (RFC 9457).", whole(**PROBLEM_FIELDS)),
    "InvalidFields": described(
        "Why a call was refused (RFC 9457), with every invalid field.",
        whole(
            **PROBLEM_FIELDS,
            errors={"type": "array", "items": ref("FieldError"), "minItems": 1, "description": "Every invalid field."},
        ),
    ),
    "FieldError": {
        "type": "object",
        "properties": {
            "field": text("The path of the field in the request, like image.width."),
            "rule": text("The rule that it breaks, for people."),
            "code": text("The rule, for programs. Later versions may add codes.", pattern="^[a-z0-9_]+$"),
            "pointer": text(
                "Where the field is in the request's body (RFC 6901). Parameters and headers have none.",
                format="json-pointer",
            ),
            "line": {"type": "integer", "minimum": 1, "description": "The line of a longer text that breaks it."},
        },
        "required": ["field", "rule", "code"],
        "description": "An invalid field.",
    },
    "InternalProblem": described(
        "A bug in Broadsheet (RFC 9457).",
        whole(**PROBLEM_FIELDS, request_id=text("The request's id, by which the operator finds it in the logs.")),
    ),
    "Message": described("An answer of API Gateway itself.", whole(message=text("The reason, in a few words."))),
}

# The titles of RFC 9110, which Python has since 3.13.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
HEADERS = {
    "Stale": Header(
        "ETag",
        "The current entity tag, if there is one.",
        {"type": "string"},
        '"2-0a1b2c3d4e5f6789"',
        always=False,
    ),
    # API Gateway's own answers have none.
    **{
        name: Header(
            "Retry-After", "When to try again, in seconds.", {"type": "integer", "minimum": 1}, example, always=False
        )
        for name, example in {"TooManyRequests": 1800, "CaptchaUnavailable": 60, "Busy": 1}.items()
    },
}
UNAUTHORIZED = Answer(
    "The request is one for clients with a key, and has no `Authorization`.",
    (Body(JSON, ref("Message"), {"message": "Unauthorized"}),),
)
FORBIDDEN = Answer(
    "The request is not signed, or the signer may not make this call.",
    (Body(JSON, ref("Message"), {"message": "Forbidden"}),),
)
THROTTLED = Answer(
    "Too many requests at once. Try again later.",
    (Body(JSON, ref("Message"), {"message": "Too Many Requests"}),),
)
OVERLONG = Answer(
    "The request's URL and headers are together over 10,240 bytes.",
    (Body(JSON, ref("Message"), {"message": "Request Header Fields Too Large"}),),
)

BY_GATEWAY = {HTTPStatus.TOO_MANY_REQUESTS: THROTTLED, HTTPStatus.FORBIDDEN: FORBIDDEN}


def refused(call: Call, own: tuple[str, ...], keyed: bool) -> Iterator[tuple[int, str, Answer]]:
    """Status, component name and description of each refusal of a call.

    `own` are those that its docstring names; `keyed`: clients with a key may make the call.
    """
    names = {*own, *(REFUSALS_OF_BODIES if call.bodies and not call.optional else ())}
    if any(parameter.place == "path" for parameter in call.parameters):
        names.add("NotFound")  # the router answers so for a path that its pattern does not match
    by_status: dict[HTTPStatus, list[str]] = {}
    for name in sorted(names):
        by_status.setdefault(STATUSES[REFUSALS[name]], []).append(name)
    for status, found in by_status.items():
        yield status, "Or".join(found) + ("Page" if call.with_pages else ""), _refusal(status, found, call.with_pages)
    yield (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "InternalServerError",
        Answer("A bug in Broadsheet. It is logged.", (_bug(),)),
    )
    yield HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "HeadersTooLarge", OVERLONG
    if HTTPStatus.TOO_MANY_REQUESTS not in by_status:
        yield HTTPStatus.TOO_MANY_REQUESTS, "Throttled", THROTTLED
    if keyed:
        yield HTTPStatus.UNAUTHORIZED, "Unauthorized", UNAUTHORIZED
    if not call.open and HTTPStatus.FORBIDDEN not in by_status:
        yield HTTPStatus.FORBIDDEN, "Forbidden", FORBIDDEN


def _refusal(status: HTTPStatus, names: list[str], with_pages: bool) -> Answer:
    descriptions = [" ".join((REFUSALS[name].__doc__ or "").split("\n\n")[0].split()) for name in names]
    body = _problem(REFUSALS[names[0]].type, status, descriptions[0])
    if "Invalid" in names:
        error = {
            "field": "edition",
            "rule": "must be one of en, ar",
            "code": "not_a_choice",
            "pointer": "/edition",
        }
        body = Body(PROBLEM, ref("InvalidFields"), body.example | {"errors": [error]})
    # API Gateway may answer with this status too, in its own format.
    by_gateway = BY_GATEWAY[status].bodies if status in BY_GATEWAY else ()
    if status == HTTPStatus.FORBIDDEN:
        descriptions.append("The request is not signed, or its signer or its key may not make this call.")
    return Answer(
        " Or: ".join(descriptions),
        (body, *by_gateway, *((PAGE,) if with_pages else ())),
        tuple(HEADERS[name] for name in names if name in HEADERS),
    )


def _bug() -> Body:
    broken = _problem(problems.INTERNAL, HTTPStatus.INTERNAL_SERVER_ERROR, "It is broken.")
    return Body(PROBLEM, ref("InternalProblem"), broken.example | {"request_id": "JKJaXmPLvHcESHA="})


def _problem(type: str, status: HTTPStatus, detail: str) -> Body:
    title = TITLES.get(status, status.phrase)
    example = {"type": problems.NAMESPACE + type, "title": title, "status": status.value, "detail": detail}
    return Body(PROBLEM, ref("Problem"), example)
