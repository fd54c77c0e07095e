"""CloudFront Functions: the template's own JavaScript, run by V8, under CloudFront's rules for headers.

CloudFront's runtime (cloudfront-js-2.0) is ECMAScript 5.1 with parts of later versions, so V8 accepts some code that
CloudFront does not. Events have the form of the Developer Guide's "CloudFront Functions event structure".
"""

from __future__ import annotations

import atexit
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, cast

from py_mini_racer import JSEvalException, JSFunction, JSTimeoutException, MiniRacer

from infra.local.services.edge_headers import EDGE_FUNCTION, READ_ONLY, refused
from infra.local.template.intrinsics import TemplateError
from infra.local.waiting import STALL
from infra.local.web import Headers, Request, Response

Event = Literal["viewer-request", "viewer-response"]

_SECONDS = STALL
"""CloudFront allows about a millisecond; this only ends a loop without end."""
_COOKIES = frozenset({"set-cookie", "cookie"})
_v8 = ThreadPoolExecutor(1, thread_name_prefix="v8")
"""The one thread that speaks to V8: mini-racer binds itself to an event loop that runs in the thread that makes it."""


class EdgeFunctionError(Exception):
    """The function threw, or its result fails CloudFront's validation. CloudFront answers 502 (503 if it threw)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class EdgeFunction:
    """A CloudFront function by its name in the template. Creating it compiles its code.

    Raises TemplateError for code that does not run, and EdgeFunctionError when it is called and fails.
    May be called from several threads.
    """

    name: str
    event: Event
    code: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            _compiled(self.code)
        except JSEvalException as error:
            raise TemplateError(f"The code of the CloudFront function {self.name} does not run: {error}") from error

    def on_request(self, request: Request) -> Request | Response:
        """The request as the function passes it on, or the response that it makes in its place."""
        given = _request(request)
        result = self._run({"viewer": {"ip": request.client}, "request": given}, given["headers"])
        if "statusCode" in result:
            return _response(result, Response(body=_body(result)))
        # What a function leaves alone goes on as it was sent.
        same = result.get("querystring") == given["querystring"]
        query = request.query if same else _query(result.get("querystring") or {})
        target = result["uri"] + (f"?{query}" if query else "")
        hidden = [(name, value) for name, value in request.headers if refused([name], EDGE_FUNCTION)]
        return replace(request, target=target, headers=hidden + _plain(result))

    def on_response(self, request: Request, response: Response) -> Response:
        """The response as the function passes it on, with the origin's body if the function gives no other."""
        given: dict[str, Any] = {
            "statusCode": response.status,
            "statusDescription": "",
            "headers": _wrapped(response.headers),
            "cookies": _cookies(value for name, value in response.headers if name.lower() == "set-cookie"),
        }
        event = {"viewer": {"ip": request.client}, "request": _request(request), "response": given}
        result = self._run(event, given["headers"])
        changed = _response(result, Response(body=_body(result) if "body" in result else response.body))
        changed.headers = [one for one in response.headers if refused([one[0]], EDGE_FUNCTION)] + changed.headers
        return changed

    def _run(self, event: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        context = {
            "distributionDomainName": "local.cloudfront.net",
            "distributionId": "LOCAL",
            "eventType": self.event,
            "requestId": "local",
        }
        event = {"version": "1.0", "context": context} | event
        try:
            text = _v8.submit(_compiled(self.code), json.dumps(event), timeout_sec=_SECONDS).result()
        except (JSEvalException, JSTimeoutException) as error:
            raise EdgeFunctionError(503, f"The CloudFront function {self.name} threw: {error}") from error
        found = json.loads(text) if isinstance(text, str) else None
        result = found if isinstance(found, dict) else {}
        self._validate(result, given)
        return result

    def _validate(self, result: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        """Raise EdgeFunctionError for what fails CloudFront's validation ("Restrictions on all edge functions")."""
        if "statusCode" not in result and (self.event == "viewer-response" or "uri" not in result):
            raise EdgeFunctionError(502, f"The CloudFront function {self.name} returned no request and no response.")
        headers = result.get("headers") or {}
        if wrong := [name for name in headers if name != name.lower()]:
            raise EdgeFunctionError(502, f"{self.name} returned headers whose names are not in lower case: {wrong}")
        if wrong := refused(headers, EDGE_FUNCTION):
            raise EdgeFunctionError(502, f"{self.name} added headers that edge functions may not set: {wrong}")
        made = self.event == "viewer-request" and "statusCode" in result  # a response of its own: nothing to compare
        kept = {} if made else given
        if wrong := [name for name in READ_ONLY[self.event] if headers.get(name) != kept.get(name)]:
            raise EdgeFunctionError(502, f"{self.name} changed headers that are read-only in a {self.event}: {wrong}")


@cache
def _isolate() -> MiniRacer:
    """The one V8 of this process, some 60 MB. Left open, it would keep the process from ending."""
    isolate = MiniRacer()
    atexit.register(isolate.close)
    return isolate


@cache
def _compiled(code: str) -> JSFunction:
    """This code's handler, from JSON to JSON. The code's other names stay its own.

    Raises JSEvalException for code that does not run.
    """
    missing = "if (typeof handler !== 'function') throw new Error('there is no function named handler');"
    called = "return (text) => JSON.stringify(handler(JSON.parse(text)));"
    source = f"(() => {{ {code}\n{missing} {called} }})()"
    compiled = _v8.submit(lambda: _isolate().eval(source, timeout_sec=_SECONDS)).result()
    return cast("JSFunction", compiled)


def _request(request: Request) -> dict[str, Any]:
    """The request as functions see it."""
    return {
        "method": request.method,
        "uri": request.path,
        "querystring": _parameters(request.query),
        "headers": _wrapped(request.headers),
        "cookies": _cookies((request.header("Cookie") or "").split(";")),
    }


def _parameters(query: str) -> dict[str, Any]:
    """Each parameter once, as it was sent, with all its values."""
    parameters: dict[str, Any] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        _add(parameters, name, value)
    return parameters


def _wrapped(headers: Headers) -> dict[str, Any]:
    """Headers as functions see them: without cookies, which are apart, and without those that are hidden from them."""
    wrapped: dict[str, Any] = {}
    for name, value in headers:
        if name.lower() not in _COOKIES and not refused([name], EDGE_FUNCTION):
            _add(wrapped, name.lower(), value)
    return wrapped


def _add(values: dict[str, Any], name: str, value: str) -> None:
    """One more value under that name: `multiValue` holds all of them once there are two."""
    if name not in values:
        values[name] = {"value": value}
        return
    values[name].setdefault("multiValue", [{"value": values[name]["value"]}]).append({"value": value})


def _cookies(texts: Any) -> dict[str, Any]:
    cookies: dict[str, Any] = {}
    for text in texts:
        pair, _, attributes = text.strip().partition(";")
        name, _, value = pair.partition("=")
        if name:
            _add(cookies, name, value)
            if attributes:
                cookies[name]["attributes"] = attributes.strip()
    return cookies


def _query(parameters: Mapping[str, Any]) -> str:
    return "&".join(
        name if one["value"] == "" else f"{name}={one['value']}"
        for name, values in parameters.items()
        for one in values.get("multiValue") or [values]
    )


def _response(result: Mapping[str, Any], response: Response) -> Response:
    response.status = int(result["statusCode"])
    response.headers = _plain(result, set_cookie=True)
    return response


def _plain(result: Mapping[str, Any], *, set_cookie: bool = False) -> Headers:
    headers = [
        (name.title(), one["value"])
        for name, values in (result.get("headers") or {}).items()
        for one in values.get("multiValue") or [values]
    ]
    pairs = [
        (f"{name}={one['value']}", values.get("attributes"))
        for name, values in (result.get("cookies") or {}).items()
        for one in values.get("multiValue") or [values]
    ]
    if set_cookie:
        return headers + [("Set-Cookie", "; ".join(filter(None, pair))) for pair in pairs]
    return headers + ([("Cookie", "; ".join(pair for pair, _ in pairs))] if pairs else [])


def _body(result: Mapping[str, Any]) -> bytes:
    match result.get("body"):
        case str(text):
            return text.encode()
        case {"encoding": "text", "data": str(text)}:
            return text.encode()
        case None:
            return b""
        case other:
            raise EdgeFunctionError(502, f"the body of a response has another form: {other!r}")
