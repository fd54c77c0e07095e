"""HTTP requests and responses, and the one table that turns refusals into problem details (RFC 9457)."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from . import entity_tags
from .model import errors
from .model.precondition import Precondition
from .telemetry import logger

# The version of the API's calls: raised by changes after which a client that was right before fails.
API_VERSION = 1

STATUSES: dict[type[errors.Refusal], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.LinkRefused: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    # Not a server error: an alarm counts those, and any client could set it off by signing up.
    errors.SwitchedOff: HTTPStatus.NOT_FOUND,
    errors.Gone: HTTPStatus.GONE,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.CaptchaUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}

# A page for one reader holds personal data, and its URL a token: not to be cached, indexed, framed or sent as referrer.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PRIVATE_PAGE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def resolver() -> APIGatewayHttpResolver:
    """A router that answers refusals and unhandled exceptions with problem details."""
    app = APIGatewayHttpResolver()
    app.exception_handler(errors.Refusal)(problem)
    app.exception_handler(NotFoundError)(_no_route)
    app.exception_handler(Exception)(_bug)
    return app


def tag_stale(app: APIGatewayHttpResolver, tag: Callable[[Any], str]) -> None:
    """Have failed preconditions answered with the entity tag of what the request would have changed, if it exists."""

    def stale(refusal: errors.Stale) -> Response[str]:
        return problem(refusal, headers={} if refusal.current is None else {"ETag": tag(refusal.current)})

    app.exception_handler(errors.Stale)(stale)


def answer(status: HTTPStatus, content: object = None, headers: dict[str, str] | None = None) -> Response[str]:
    """A JSON response, without a body where there is no content."""
    if content is None:
        return Response(status, headers=dict(headers or {}))
    return Response(status, "application/json", _json(content), dict(headers or {}))


def page(status: HTTPStatus, html: str, headers: dict[str, str] | None = None) -> Response[str]:
    """An HTML response that is made for one reader."""
    return Response(status, "text/html; charset=utf-8", html, PRIVATE_PAGE | (headers or {}))


def with_widget(origins: str) -> dict[str, str]:
    """The headers of a page with a widget of these origins."""
    allowed = "".join(f"; {kind}-src {origins}" for kind in ("script", "frame", "connect"))
    return {"Content-Security-Policy": POLICY.replace("style-src 'self'", f"style-src 'self' {origins}") + allowed}


def status_of(refusal: errors.Refusal) -> HTTPStatus:
    """The refusal's status; that of its parent class where it has none of its own."""
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


def problem(
    refusal: errors.Refusal, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """The refusal as problem details, with `detail` in the place of its own message."""
    status = status_of(refusal)
    details: dict[str, Any] = {"detail": detail or str(refusal)}
    if isinstance(refusal, errors.Invalid):
        details = {
            "detail": detail or "Some fields are invalid.",
            "errors": [_field_error(error) for error in refusal.errors],
        }
    return _problem(status, details, headers_of(refusal) | dict(headers or {}))


def headers_of(refusal: errors.Refusal) -> dict[str, str]:
    """The headers of a response that is a refusal."""
    if isinstance(refusal, errors.TooManyRequests):
        return {"Retry-After": str(refusal.seconds)}
    return {}


def media_type(headers: dict[str, str]) -> str:
    """The request's media type, in lower case and without its parameters. API Gateway's header names are lower-case."""
    return headers.get("content-type", "").split(";")[0].strip().lower()


def body_text(event: BaseProxyEvent) -> str:
    """The request's body. Raises `Malformed` where it is not UTF-8."""
    try:
        return event.decoded_body or ""
    except ValueError:
        raise errors.Malformed("the request's body is not UTF-8") from None


def client_ip(event: BaseProxyEvent, origin_key: str) -> str:
    """The client's IP address.

    CloudFront sends it in a header, and proves with `origin_key` that it is CloudFront. For clients that call the API
    itself, the gateway knows it. X-Forwarded-For is ignored, since any client can send one.
    """
    ip = event.headers.get("x-viewer-address")
    key = event.headers.get("x-origin-key", "")
    if ip and origin_key and compare_digest(key.encode(errors="surrogatepass"), origin_key.encode()):
        return ip
    return str(event["requestContext"]["http"]["sourceIp"])


def json_body(event: BaseProxyEvent, largest: int, *others: str) -> Any:
    """The value of a JSON request of at most `largest` bytes, of the media type of JSON or one of the `others`.

    Raises `WrongType`, `TooLarge` and `Malformed`.
    """
    types = (*others, "application/json")
    if media_type(event.headers) not in types:
        raise errors.WrongType(f"the request must be {' or '.join(types)}")
    return read_json(body_text(event), largest)


def read_json(body: str, largest: int) -> Any:
    """The value in a JSON body of at most `largest` bytes. Raises `TooLarge` or `Malformed`."""
    _check_size(body, largest)
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise errors.Malformed(f"the request's body is not JSON: {error}") from None


def read_form(body: str, largest: int, lists: frozenset[str] = frozenset()) -> dict[str, str | list[str]]:
    """The fields of an `application/x-www-form-urlencoded` body of at most `largest` bytes.

    Fields in `lists` may be repeated. Raises `TooLarge`, `Malformed`, and `Invalid` for any other repeated field.
    """
    _check_size(body, largest)
    try:
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise errors.Malformed("the request's body is not a form in UTF-8 of at most 100 fields") from None
    names = [name for name, _ in pairs]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name not in lists]
    if repeated:
        raise errors.Invalid(tuple(errors.FieldError(name, "is given more than once") for name in repeated))
    several = {name: [value for other, value in pairs if other == name] for name in lists.intersection(names)}
    return dict(pairs) | several


def query(event: BaseProxyEvent, *names: str) -> dict[str, str]:
    """The request's query parameters. Raises `Invalid` for those that are none of `names`."""
    parameters = dict(event.query_string_parameters)
    if unknown := [name for name in parameters if name not in names]:
        raise errors.Invalid(tuple(errors.FieldError(name, "is not a parameter of this call") for name in unknown))
    return parameters


def number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number in a query. Raises `Invalid` where it is not one from `least` to `most`."""
    value = query.get(name, str(default))
    # At most nine digits: `int` raises ValueError for more than 4,300.
    if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise errors.Invalid((errors.FieldError(name, f"must be a number from {least} to {most}"),))
    return int(value)


def flag(query: Mapping[str, str], name: str, default: bool) -> bool:
    """A yes or no in a query. Raises `Invalid` where it is neither `true` nor `false`."""
    check_choices(query, {name: ("true", "false")})
    return query.get(name, str(default).lower()) == "true"


def check_choices(query: Mapping[str, str], choices: Mapping[str, Collection[str]]) -> None:
    """Raise `Invalid` for every parameter of a query that is none of its choices."""
    wrong = [(name, allowed) for name, allowed in choices.items() if name in query and query[name] not in allowed]
    if wrong:
        rules = ((name, f"must be one of {', '.join(allowed)}") for name, allowed in wrong)
        raise errors.Invalid(tuple(errors.FieldError(name, rule) for name, rule in rules))


def timestamp(at: datetime) -> str:
    """The instant as responses show it: RFC 3339, in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def conditional(event: BaseProxyEvent, tag: str, content: Callable[[], object]) -> Response[str]:
    """The answer to a GET: the content, or 304 where the client has it already.

    Only the client may keep it, and asks each time whether it is current.
    """
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if has_already(event, tag):
        return answer(HTTPStatus.NOT_MODIFIED, headers=headers)
    return answer(HTTPStatus.OK, content(), headers)


def has_already(event: BaseProxyEvent, tag: str) -> bool:
    """Whether If-None-Match has the tag."""
    return entity_tags.matches(event.headers.get("if-none-match", ""), tag)


def precondition(event: BaseProxyEvent) -> Precondition:
    """What a request for a change requires. Raises `Invalid` for an If-None-Match that is not `*`."""
    match, none_match = event.headers.get("if-match"), event.headers.get("if-none-match")
    if none_match is not None and none_match.strip() != "*":
        raise errors.Invalid((errors.FieldError("If-None-Match", "must be * on a change"),))
    return Precondition(None if match is None else entity_tags.revisions(match), none_match is not None)


def _check_size(body: str, largest: int) -> None:
    if len(body.encode("utf-8", "surrogatepass")) > largest:
        raise errors.TooLarge(f"the request's body is over {largest:,} bytes")


def _problem(status: HTTPStatus, details: dict[str, Any], headers: dict[str, str] | None = None) -> Response[str]:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value} | details
    return Response(status, "application/problem+json", _json(body), dict(headers or {}))


def _field_error(error: errors.FieldError) -> dict[str, Any]:
    return {"field": error.field, "rule": error.rule} | ({} if error.line is None else {"line": error.line})


def _no_route(_: NotFoundError) -> Response[str]:
    return _problem(HTTPStatus.NOT_FOUND, {"detail": "The API has no such call."})


def _bug(error: Exception) -> Response[str]:
    logger.error("unhandled", exc_info=error)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, {"detail": "An internal error occurred; it has been logged."})


def _json(content: object) -> str:
    # A refusal repeats names of fields, which may hold half of a surrogate pair, which UTF-8 cannot encode.
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace").decode()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
