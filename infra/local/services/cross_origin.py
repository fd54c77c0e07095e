"""What API Gateway says to the scripts of other sites (CORS), in the place of the functions behind it."""

from __future__ import annotations

from infra.local.services.routing import Cors
from infra.local.services.web import Request, Response


def is_preflight(request: Request) -> bool:
    """Whether a browser asks beforehand what a script may send (Fetch, CORS-preflight request)."""
    asks = request.header("Origin") is not None and request.header("Access-Control-Request-Method") is not None
    return request.method == "OPTIONS" and asks


def preflight(cors: Cors, request: Request) -> Response:
    """The gateway's own answer to that. It is always 204; what makes it a yes are the headers."""
    response = Response(204)
    if _allow(cors, request, response):
        response.set("Access-Control-Allow-Methods", ",".join(cors.methods))
        response.set("Access-Control-Allow-Headers", ",".join(cors.headers))
        response.set("Access-Control-Max-Age", str(cors.max_age))
    return response


def share(cors: Cors, request: Request, response: Response) -> None:
    """Say on a function's answer who may read it. What the function says of that itself does not count."""
    response.headers = [one for one in response.headers if not one[0].lower().startswith("access-control-")]
    _allow(cors, request, response)


def _allow(cors: Cors, request: Request, response: Response) -> bool:
    origin = request.header("Origin")
    if origin is None or origin not in cors.origins:
        return False
    response.set("Access-Control-Allow-Origin", origin)
    varied = response.header("Vary")
    response.set("Vary", f"{varied}, Origin" if varied else "Origin")
    return True
