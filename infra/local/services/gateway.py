"""API Gateway's HTTP API: the routes of the template, payload format 2.0, throttling and limits."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.account import ACCESS_KEY, ACCOUNT, REGION
from infra.local.functions.invocation import MAX_PAYLOAD
from infra.local.functions.runtime import Function
from infra.local.services import cross_origin, signatures
from infra.local.services.routing import Authorizer, Cors, Route
from infra.local.services.throttle import TokenBucket
from infra.local.web import Request, Response, text

MAX_BODY = 10 * 1024 * 1024
"""Bytes; the HTTP server refuses a larger body with 413."""
MAX_HEAD = 10_240
"""Bytes of the request line and all headers."""
INTEGRATION_TIMEOUT = 30.0
"""Seconds until the gateway stops waiting for a function."""
AUTHORIZER_TIMEOUT = 10.0
"""Seconds until the gateway stops waiting for an authorizer ("Quotas for HTTP APIs", API Gateway Developer Guide)."""
API_ID = "local"

_ROUTE_ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/$default/local"
_TEXTUAL = re.compile(r"(text/.*|application/(.*\+)?(json|xml|javascript)|application/x-www-form-urlencoded|)(;.*)?")


class Refused(Exception):
    """A call goes no further, and this is the response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True)
class Gateway:
    """Responds to a request as the HTTP API would: the function of its route does it.

    `now` is the clock of signatures, events and throttling.
    """

    routes: list[Route]
    functions: Mapping[str, Function]
    cors: Cors | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __call__(self, request: Request) -> Response:
        head = len(request.method) + len(request.target) + sum(len(k) + len(v) for k, v in request.headers)
        if head > MAX_HEAD:
            return _message(431, "Request Header Fields Too Large")
        if self.cors and cross_origin.is_preflight(request):
            return cross_origin.preflight(self.cors, request)
        route, parameters = self._match(request)
        if route is None:
            return _message(404, "Not Found")
        if route.key in self._buckets and not self._buckets[route.key].take(self.now()):
            return _message(429, "Too Many Requests")
        event = event_of(request, route, parameters, self.now())
        try:
            self._authorize(request, route, event)
        except Refused as refused:
            return refused.response
        return self._integrate(request, route, event)

    def serves(self, path: str) -> bool:
        """Whether the path begins like one of a route with an authorizer.

        Their clients call the API at its own address, which on one machine is that of the site.
        """
        return path.split("/")[1] in self._keyed

    def _authorize(self, request: Request, route: Route, event: dict[str, Any]) -> None:
        """Check the signature, or ask the authorizer, whose context becomes a part of the event. Raises `Refused`."""
        if route.signed:
            try:
                signatures.check(request, self.now())
            except signatures.InvalidSignature as reason:
                refusal = _message(403, "Forbidden")
                refusal.set("X-Local-Reason", str(reason))  # AWS gives no reason; developers need one
                raise Refused(refusal) from None
        if route.authorizer:
            event["requestContext"]["authorizer"] = {"lambda": self._context(request, route.authorizer, event)}

    def _context(self, request: Request, authorizer: Authorizer, event: dict[str, Any]) -> Any:
        """The context that the authorizer gives with its permission. Raises `Refused`."""
        values = [request.header(name) for name in authorizer.headers]
        if not all(values):
            raise Refused(_message(401, "Unauthorized"))
        asked = event | {"type": "REQUEST", "routeArn": _ROUTE_ARN, "identitySource": values}
        asked = {name: value for name, value in asked.items() if name not in {"body", "isBase64Encoded"}}
        call = self.functions[authorizer.function].call(asked, f"authorizes {event['routeKey']}", AUTHORIZER_TIMEOUT)
        if not call.done.is_set() or call.error or not _is_decision(call.result):
            raise Refused(_message(500, "Internal Server Error"))
        if not call.result["isAuthorized"]:
            raise Refused(_message(403, "Forbidden"))
        return call.result.get("context")

    def _integrate(self, request: Request, route: Route, event: dict[str, Any]) -> Response:
        if len(json.dumps(event, ensure_ascii=False).encode()) > MAX_PAYLOAD:
            return _message(413, "Request Entity Too Large")
        function = self.functions[route.function]
        call = function.call(event, f"{request.method} {request.path}", INTEGRATION_TIMEOUT)
        if not call.done.is_set():
            return _message(503, "Service Unavailable")
        if call.error:
            # AWS gives no reason. Code that cannot be loaded is a developer's error, so the reason is shown.
            return _message(502, function.fault) if function.fault else _message(500, "Internal Server Error")
        response = response_of(call.result)
        if self.cors:
            cross_origin.share(self.cors, request, response)
        return response

    def _match(self, request: Request) -> tuple[Route | None, dict[str, str]]:
        """The most specific route: a full match before one with parameters, a greedy one, and $default."""
        path = unquote(request.path)
        for route, pattern in self._patterns:
            if route.method in {None, request.method} and (found := pattern.fullmatch(path)):
                return route, {name.removeprefix("greedy_"): value for name, value in found.groupdict().items()}
        default = next((route for route in self.routes if route.path is None), None)
        return default, {}

    @cached_property
    def _keyed(self) -> frozenset[str]:
        paths = (route.path for route in self.routes if route.authorizer and route.path)
        return frozenset(path.split("/")[1] for path in paths)

    @cached_property
    def _buckets(self) -> dict[str, TokenBucket]:
        return {route.key: TokenBucket(route.throttle) for route in self.routes if route.throttle}

    @cached_property
    def _patterns(self) -> list[tuple[Route, re.Pattern[str]]]:
        def rank(route: Route) -> tuple[int, int, bool]:
            path = route.path or ""
            return path.count("+}"), path.count("{"), route.method is None

        return [(route, _pattern(route.path)) for route in sorted(self.routes, key=rank) if route.path]


def _is_decision(result: Any) -> bool:
    """Whether an authorizer's result is a simple response."""
    return isinstance(result, dict) and isinstance(result.get("isAuthorized"), bool)


def _pattern(path: str) -> re.Pattern[str]:
    """`/a/{id}` and `/a/{proxy+}` as regular expressions."""
    literal = re.escape(path)
    literal = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<greedy_\1>.+)", literal)
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", literal))


def event_of(request: Request, route: Route, parameters: dict[str, str], now: datetime) -> dict[str, Any]:
    """The request as an event in payload format 2.0.

    HTTP APIs decode the path first, and then cut it at a question mark.
    """
    headers = _joined((name.lower(), value) for name, value in request.headers if name.lower() != "cookie")
    headers |= {"x-forwarded-for": request.forwarded_for, "x-forwarded-proto": "http"}
    path = unquote(request.path).partition("?")[0]
    host = headers.get("host", "")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.version,
                "sourceIp": request.client,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex[:16],
            "routeKey": route.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if route.signed:
        event["requestContext"]["authorizer"] = {"iam": _caller()}
    optional = {
        "cookies": _cookies(request),
        "queryStringParameters": _joined(parse_qsl(request.query, keep_blank_values=True)),
        "pathParameters": parameters,
    }
    event |= {name: value for name, value in optional.items() if value}
    if request.body:
        event |= _body(request.body, headers.get("content-type", ""))
    return event


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs as a dictionary; values of a repeated name are joined with commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _cookies(request: Request) -> list[str]:
    values = [value for name, value in request.headers if name.lower() == "cookie"]
    return [cookie.strip() for value in values for cookie in value.split(";")]


def _caller() -> dict[str, Any]:
    return {
        "accessKey": ACCESS_KEY,
        "accountId": ACCOUNT,
        "callerId": "AIDALOCAL",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": f"arn:aws:iam::{ACCOUNT}:user/local",
        "userId": "AIDALOCAL",
    }


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    """Text in UTF-8 as text, everything else in base64."""
    if _TEXTUAL.fullmatch(content_type.strip().lower()):
        try:
            return {"body": body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def response_of(result: Any) -> Response:
    """A function's result as a response: an object with a statusCode, or any other value as JSON."""
    if not (isinstance(result, dict) and "statusCode" in result):
        body = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        return Response(200, [("Content-Type", "application/json")], body.encode())
    try:
        response = Response(int(result["statusCode"]))
        for name, value in (result.get("headers") or {}).items():
            response.set(name, _header(value))
        for name, values in (result.get("multiValueHeaders") or {}).items():
            response.set(name, ",".join(map(_header, values)))
        response.headers += [("Set-Cookie", cookie) for cookie in result.get("cookies") or ()]
        body = "" if result.get("body") is None else result["body"]
        if not isinstance(body, str):
            return _message(500, "Internal Server Error")
        response.body = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    except (TypeError, ValueError, AttributeError, binascii.Error):
        return _message(500, "Internal Server Error")
    if response.body and response.header("Content-Type") is None:
        response.set("Content-Type", "text/plain;charset=UTF-8")
    return response


def _header(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError("a header's value is a text or a number")
    return str(value).encode().decode("latin-1")  # the server writes headers as ISO 8859-1


def _message(status: int, message: str) -> Response:
    return text(status, json.dumps({"message": message}), "application/json")
