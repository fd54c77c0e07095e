"""The HTTP API of the template, as frozen data: routes, throttling, CORS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.local.resources import Deployment
from infra.local.services.edge_headers import refused
from infra.local.template.intrinsics import TemplateError

RESERVED = frozenset(
    """
    access-control-* apigw-* authorization connection content-encoding content-length content-location forwarded
    keep-alive origin proxy-authenticate proxy-authorization te trailers transfer-encoding upgrade via x-amz-* x-amzn-*
    x-forwarded-for x-forwarded-host x-forwarded-proto
    """.split()  # noqa: SIM905  a list of quoted words would fill a page
)
"""Headers that an HTTP API's parameter mappings may not name (API Gateway's guide, "Reserved headers" of HTTP APIs)."""


@dataclass(frozen=True)
class Throttle:
    """The calls a second that a route accepts on average, and how many at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer: its function, and the headers without which it is not asked (its identity sources)."""

    function: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API. `method` is None for any, `path` is None for `$default`.

    A route that is not `signed` may have an authorizer. `throttle` includes the default of all routes; None means the
    limits of the account.
    """

    method: str | None
    path: str | None
    function: str
    signed: bool
    throttle: Throttle | None
    authorizer: Authorizer | None = None

    @property
    def key(self) -> str:
        """The route key, as API Gateway writes it."""
        return f"{self.method or 'ANY'} {self.path}" if self.path else "$default"


@dataclass(frozen=True)
class Cors:
    """The CORS configuration of the HTTP API. `max_age` is in seconds."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    max_age: int


def routes(deployment: Deployment) -> list[Route]:
    """Every route, from the OpenAPI documents that SAM generates."""
    stages = {stage["ApiId"]: stage for stage in deployment.properties("AWS::ApiGatewayV2::Stage")}
    found = []
    for name, body in deployment.resolver.resources("AWS::ApiGatewayV2::Api"):
        document = deployment.resolver.resolve(body["Properties"])["Body"]
        authorizers = dict(_authorizers(deployment, document))
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                integration = operation["x-amazon-apigateway-integration"]
                _check_mappings(f"{method.upper()} {path}", integration)
                schemes = [name for one in operation.get("security", []) for name in one]
                route = Route(
                    method=None if method == "x-amazon-apigateway-any-method" else method.upper(),
                    path=None if operation.get("isDefaultRoute") else path,
                    function=_function(deployment, integration["uri"]),
                    signed="AWS_IAM" in schemes,
                    throttle=None,
                    authorizer=next((authorizers[name] for name in schemes if name in authorizers), None),
                )
                found.append(replace(route, throttle=_throttle(stages[deployment.name(name)], route.key)))
    return found


def _authorizers(deployment: Deployment, document: Mapping[str, Any]) -> Iterator[tuple[str, Authorizer]]:
    """The Lambda authorizers of an API by name. Raises TemplateError for what the local deployment does not do."""
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        if (settings := scheme.get("x-amazon-apigateway-authorizer")) is None:
            continue
        simple = settings["authorizerPayloadFormatVersion"] == "2.0" and settings.get("enableSimpleResponses")
        if settings["type"] != "request" or not simple or settings.get("authorizerResultTtlInSeconds") != 0:
            raise TemplateError(
                f"The authorizer {name} is not of payload format 2.0 with simple responses and without caching, which"
                " is all that the local deployment supports."
            )
        sources = settings["identitySource"]
        headers = tuple(source.removeprefix("$request.header.") for source in sources)
        if any(source == header for source, header in zip(sources, headers, strict=True)):
            raise TemplateError(f"The authorizer {name} has an identity source that is no header.")
        yield name, Authorizer(_function(deployment, settings["authorizerUri"]), headers)


def _function(deployment: Deployment, uri: str) -> str:
    """The function that an integration or an authorizer invokes."""
    return deployment.named(uri.partition("/functions/")[2].partition("/invocations")[0])


def _check_mappings(route: str, integration: Mapping[str, Any]) -> None:
    """Raise TemplateError for parameter mappings: API Gateway refuses some, and the others are not supported here."""
    responses = integration.get("responseParameters", {}).values()
    for mapped in (integration.get("requestParameters", {}), *responses):
        names = [key.partition("header.")[2] for key in mapped if ":header." in key]
        if wrong := refused(names, RESERVED):
            errors = ", ".join(f"Operations on header {name} are restricted" for name in wrong)
            raise TemplateError(f"BadRequestException: {route}: Invalid mapping expression specified: [{errors}]")
        if mapped:
            raise TemplateError(f"{route} has parameter mappings, which the local deployment does not support.")


def _throttle(stage: Mapping[str, Any], route: str) -> Throttle | None:
    settings = stage.get("DefaultRouteSettings", {}) | stage.get("RouteSettings", {}).get(route, {})
    if "ThrottlingRateLimit" not in settings or "ThrottlingBurstLimit" not in settings:
        return None
    return Throttle(float(settings["ThrottlingRateLimit"]), int(settings["ThrottlingBurstLimit"]))


def cors(deployment: Deployment) -> Cors | None:
    """The CORS configuration of the template's HTTP API, if any."""
    for properties in deployment.properties("AWS::ApiGatewayV2::Api"):
        if config := properties["Body"].get("x-amazon-apigateway-cors"):
            return Cors(
                origins=tuple(config["allowOrigins"]),
                methods=tuple(config.get("allowMethods", ())),
                headers=tuple(config.get("allowHeaders", ())),
                max_age=int(config.get("maxAge", 0)),
            )
    return None
