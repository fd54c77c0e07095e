"""HTTP requests and responses, and the one table that turns refusals into problem details (RFC 9457)."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from http import HTTPStatus
from math import inf, isfinite
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from . import entity_tags, problems
from .model import errors
from .model.errors import ParameterError, Rule
from .model.precondition import Precondition
from .schemas.fields import one_of
from .telemetry import logger

# The version of the API's calls: raised by changes after which a client that was right before fails.
API_VERSION = 1

STATUSES: dict[type[errors.Refusal], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.LinkRefused: HTTPStatus.BAD_REQUEST,
    errors.EditionRefused: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    # Not a server error: an alarm counts those, and any client could set it off by signing up.
    errors.SwitchedOff: HTTPStatus.NOT_FOUND,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.RevisionGone: HTTPStatus.GONE,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.CaptchaUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}

MAX_DEPTH = 50  # levels of objects and lists in JSON
LONGEST_NUMBER = 100  # characters in JSON
LONGEST_SHOWN = 30  # characters of a number in a message
TOO_DEEP = f"the request's body is nested too deep: it may have at most {MAX_DEPTH} levels of objects and lists"

FLAGS = ("true", "false")
UNKNOWN_PARAMETER = Rule("unknown_parameter", "is not a parameter of this call")
STAR = Rule("unsupported_header", "must be * on a change")
GIVEN_ONCE = Rule("repeated", "is given more than once")

# A page for one reader holds personal data, and its URL a token: not to be cached, indexed, framed or sent as referrer.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PRIVATE_PAGE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


Result = TypeVar("Result")


def resolver(*prefixes: str) -> APIGatewayHttpResolver:
    """A router that answers refusals and unhandled exceptions with problem details.

    Its paths are those of requests without these prefixes.
    """
    app = APIGatewayHttpResolver(strip_prefixes=list(prefixes))

    def bug(error: Exception) -> Response[str]:
        return _bug(error, app.current_event["requestContext"]["requestId"])

    app.exception_handler(errors.Refusal)(problem)
    app.exception_handler(NotFoundError)(_no_route)
    app.exception_handler(Exception)(bug)
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
    return Response(status, "application/json", problems.to_json(content), dict(headers or {}))


def page(status: HTTPStatus, html: str, headers: dict[str, str] | None = None) -> Response[str]:
    """An HTML response that is made for one reader."""
    return Response(status, "text/html; charset=utf-8", html, PRIVATE_PAGE | (headers or {}))


def with_widget(origins: str) -> dict[str, str]:
    """The headers of a page with a widget of these origins."""
    policy = POLICY
    for kind in ("script", "style"):
        policy = policy.replace(f"{kind}-src 'self'", f"{kind}-src 'self' {origins}")
    return {"Content-Security-Policy": f"{policy}; frame-src {origins}; connect-src {origins}"}


def status_of(refusal: errors.Refusal) -> HTTPStatus:
    """The refusal's status; that of its parent class where it has none of its own."""
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


def problem(
    refusal: errors.Refusal, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """The refusal as problem details, with `detail` in the place of its own message."""
    more = {}
    if isinstance(refusal, errors.Invalid):
        detail = detail or "Some fields are invalid."
        more = {"errors": [problems.field_error(error) for error in refusal.errors]}
    sent = headers_of(refusal) | dict(headers or {})
    return _problem(refusal.type, status_of(refusal), detail or str(refusal), sent, **more)


def headers_of(refusal: errors.Refusal) -> dict[str, str]:
    """The headers of a response that is a refusal."""
    return {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}


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
    """The value in a JSON body of at most `largest` bytes. Raises `TooLarge` or `Malformed`.

    Its depth and its numbers have limits (RFC 8259 §9), which the schemas' own are far below.
    """
    _check_size(body, largest)
    try:
        value = json.loads(body, parse_constant=_refuse, parse_int=_integer, parse_float=_real)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise errors.Malformed(f"the request's body is not JSON, from {place} on") from None
    except RecursionError:
        raise errors.Malformed(TOO_DEEP) from None
    if _is_deep(value):
        raise errors.Malformed(TOO_DEEP)
    return value


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
        raise errors.Invalid(tuple(errors.FieldError(name, GIVEN_ONCE, at=errors.pointer(name)) for name in repeated))
    several = {name: [value for other, value in pairs if other == name] for name in lists.intersection(names)}
    return dict(pairs) | several


class Parameters:
    """What is wrong with a request beside its body. `read` reports it together with what is wrong with the body."""

    def __init__(self, event: BaseProxyEvent) -> None:
        self._event = event
        self._errors: list[errors.FieldError] = []

    def collect(self, parse: Callable[[], Result], otherwise: Result) -> Result:
        """What `parse` returns; `otherwise` where it raises `Invalid`, whose errors are reported later."""
        try:
            return parse()
        except errors.Invalid as invalid:
            self._errors += invalid.errors
            return otherwise

    def precondition(self) -> Precondition:
        """What a request for a change requires; nothing where its headers are wrong."""
        return self.collect(lambda: precondition(self._event), Precondition())

    def check(self) -> None:
        """Raise `Invalid` with everything that is wrong."""
        if self._errors:
            raise errors.Invalid(tuple(self._errors))

    def read(self, parse: Callable[[], Result]) -> Result:
        """What `parse` returns. Raises `Invalid` with everything that is wrong and the errors of `parse`."""
        try:
            parsed = parse()
        except errors.Invalid as invalid:
            raise errors.Invalid((*self._errors, *invalid.errors)) from None
        self.check()
        return parsed


class Query(Parameters):
    """The query parameters of a request too, of which it may have those of these names."""

    def __init__(self, event: BaseProxyEvent, *names: str) -> None:
        super().__init__(event)
        self.values = dict(event.query_string_parameters)
        self._errors += [ParameterError(name, UNKNOWN_PARAMETER) for name in self.values if name not in names]

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`; the default where it is left out or wrong."""
        value = self.values.get(name, str(default))
        # At most nine digits: `int` raises ValueError for more than 4,300.
        if re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most:
            return int(value)
        self._errors.append(ParameterError(name, Rule("out_of_range", f"must be a number from {least} to {most}")))
        return default

    def flag(self, name: str, default: bool) -> bool:
        """A yes or no; the default where it is left out or wrong."""
        value = self.values.get(name, str(default).lower())
        if value not in FLAGS:
            self._errors.append(ParameterError(name, one_of(FLAGS)))
        return value == "true"


def head_as_get(event: Mapping[str, Any]) -> dict[str, Any]:
    """The request, with GET in place of HEAD, which asks for the same status and headers (RFC 9110 §9.3.2).

    API Gateway sends the answer with the length of its body and without the body itself.
    """
    context = event["requestContext"]
    method = context["http"]["method"]
    called = context["http"] | {"method": "GET" if method == "HEAD" else method}
    return {**event, "requestContext": context | {"http": called}}


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
        raise errors.Invalid((ParameterError("If-None-Match", STAR),))
    return Precondition(None if match is None else entity_tags.revisions(match), none_match is not None)


def _check_size(body: str, largest: int) -> None:
    if len(body.encode("utf-8", "surrogatepass")) > largest:
        raise errors.TooLarge(f"the request's body is over {largest:,} bytes")


def _problem(
    type: str, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None, **more: object
) -> Response[str]:
    return Response(status, problems.MEDIA_TYPE, problems.body(type, status, detail, **more), dict(headers or {}))


def _no_route(_: NotFoundError) -> Response[str]:
    return _problem(problems.UNKNOWN_PATH, HTTPStatus.NOT_FOUND, problems.NO_CALL)


def _bug(error: Exception, request_id: str) -> Response[str]:
    logger.error("unhandled", exc_info=error)
    detail = "An internal error occurred; it has been logged with this request's id."
    return _problem(problems.INTERNAL, HTTPStatus.INTERNAL_SERVER_ERROR, detail, request_id=request_id)


def _integer(digits: str) -> int:
    """Python refuses to read more than 4,300 digits, and needs the square of their number for fewer."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else _refuse(digits)


def _real(digits: str) -> float:
    number = float(digits) if len(digits) <= LONGEST_NUMBER else inf
    return number if isfinite(number) else _refuse(digits)


def _refuse(number: str) -> NoReturn:
    """Refuse a number that JSON does not have, or that is beyond what programs agree on (RFC 8259 §6)."""
    shown = number if len(number) <= LONGEST_SHOWN else f"{number[:LONGEST_SHOWN]}…"
    raise errors.Malformed(f"the request's body has a number that cannot be read: {shown}")


def _is_deep(value: Any) -> bool:
    """Whether a value has more than `MAX_DEPTH` levels of objects and lists."""
    level = [value]
    for _ in range(MAX_DEPTH):
        within = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for members in within for each in members if isinstance(each, dict | list)]
        if not level:
            return False
    return True
