"""CORS of API Gateway, which replaces that of the functions behind it."""

from __future__ import annotations

from infra.local.services.routing import Cors
from infra.local.web import Request, Response


def is_preflight(request: Request) -> bool:
    """Whether the request is a CORS preflight (Fetch, CORS-preflight request)."""
    has_headers = request.header("Origin") is not None and request.header("Access-Control-Request-Method") is not None
    return request.method == "OPTIONS" and has_headers


def preflight(cors: Cors, request: Request) -> Response:
    """The gateway's response to a preflight: always 204; its headers allow the request or not."""
    response = Response(204)
    if _allow(cors, request, response):
        response.set("Access-Control-Allow-Methods", ",".join(cors.methods))
        response.set("Access-Control-Allow-Headers", ",".join(cors.headers))
        response.set("Access-Control-Max-Age", str(cors.max_age))
    return response


def share(cors: Cors, request: Request, response: Response) -> None:
    """Replace the CORS headers of a function's response."""
    response.headers = [one for one in response.headers if not one[0].lower().startswith("access-control-")]
    _allow(cors, request, response)


def _allow(cors: Cors, request: Request, response: Response) -> bool:
    origin = request.header("Origin")
    if origin is None or origin not in cors.origins:
        return False
    response.set("Access-Control-Allow-Origin", origin)
    vary = response.header("Vary")
    response.set("Vary", f"{vary}, Origin" if vary else "Origin")
    return True
