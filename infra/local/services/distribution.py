"""The CloudFront distribution of the template, as frozen data: behaviours, origins, failover, response headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from infra.local.resources import Deployment
from infra.local.services.edge_functions import EdgeFunction, Event
from infra.local.services.edge_headers import check_origin_headers, check_policy_headers
from infra.local.template.intrinsics import TemplateError

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_COMPRESSION_OF_MANAGED = {CACHING_OPTIMIZED: ("br", "gzip"), CACHING_DISABLED: ()}
_SECRET = re.compile(r"\{\{resolve:secretsmanager:([^}]+)\}\}")
"""CloudFormation's dynamic reference to the whole text of a secret."""
_ALL_VIEWER = {"216adef6-5c7f-47e4-b989-5492eafa07d3", "b689b0a8-53d0-40ab-baf2-68738e2966ac"}
"""AWS's managed origin request policies AllViewer and AllViewerExceptHostHeader."""


@dataclass(frozen=True)
class Origin:
    """An origin: a bucket, or the HTTP API if `bucket` is None.

    CloudFront adds `headers` to each request, and replaces those of the client with the same names.
    """

    bucket: str | None
    headers: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class PolicyHeader:
    """A header that CloudFront adds. If it `overrides`, it replaces that of the origin.

    `for_other_origins`: only if the request has an Origin header. `for_preflights`: only for CORS preflights.
    """

    name: str
    value: str
    overrides: bool
    for_other_origins: bool = False
    for_preflights: bool = False


@dataclass(frozen=True)
class Behaviour:
    """A cache behaviour: what CloudFront does with paths that match `pattern`.

    A status in `failover` makes CloudFront send the request to the next one of `origins`.
    """

    pattern: str
    origins: tuple[Origin, ...]
    failover: frozenset[int]
    methods: frozenset[str]
    encodings: tuple[str, ...]
    passes_viewer_request: bool
    on_request: EdgeFunction | None
    on_response: EdgeFunction | None
    headers: tuple[PolicyHeader, ...]

    def matches(self, path: str) -> bool:
        return fnmatchcase(path, self.pattern)


def behaviours(deployment: Deployment) -> list[Behaviour]:
    """The behaviours of the template's distribution, in order of precedence; the last one matches every path."""
    resolver = deployment.resolver
    found = [resolver.resolve(body["Properties"]) for _, body in resolver.resources("AWS::CloudFront::Distribution")]
    if len(found) != 1:
        raise TemplateError(f"The local deployment needs one CloudFront distribution; there are {len(found)}.")
    config = found[0]["DistributionConfig"]
    targets = _targets(deployment, config)
    return [
        _behaviour(deployment, targets, behaviour)
        for behaviour in [*config.get("CacheBehaviors", []), {"PathPattern": "*", **config["DefaultCacheBehavior"]}]
    ]


Target = tuple[tuple[Origin, ...], frozenset[int]]


def _targets(deployment: Deployment, config: Mapping[str, Any]) -> dict[str, Target]:
    """Origins and origin groups by id; a group has the statuses that cause a failover."""
    buckets = {
        attributes[key]: attributes[None]
        for attributes in deployment.attributes.values()
        for key in ("DomainName", "RegionalDomainName")
        if key in attributes
    }
    targets: dict[str, Target] = {
        origin["Id"]: ((Origin(buckets.get(origin["DomainName"]), _custom_headers(deployment, origin)),), frozenset())
        for origin in config["Origins"]
    }
    for group in config.get("OriginGroups", {}).get("Items", []):
        members = tuple(targets[member["OriginId"]][0][0] for member in group["Members"]["Items"])
        targets[group["Id"]] = (members, frozenset(group["FailoverCriteria"]["StatusCodes"]["Items"]))
    return targets


def _custom_headers(deployment: Deployment, origin: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    headers = origin.get("OriginCustomHeaders", [])
    check_origin_headers(origin["Id"], (header["HeaderName"] for header in headers))
    return tuple(
        (header["HeaderName"], _SECRET.sub(lambda reference: deployment.secret(reference[1]), header["HeaderValue"]))
        for header in headers
    )


def _behaviour(deployment: Deployment, targets: Mapping[str, Target], properties: Mapping[str, Any]) -> Behaviour:
    origins, failover = targets[properties["TargetOriginId"]]
    return Behaviour(
        pattern=properties["PathPattern"],
        origins=origins,
        failover=failover,
        methods=frozenset(properties.get("AllowedMethods", ["GET", "HEAD"])),
        encodings=_encodings(deployment, properties),
        passes_viewer_request=properties.get("OriginRequestPolicyId") in _ALL_VIEWER,
        on_request=_function(deployment, properties, "viewer-request"),
        on_response=_function(deployment, properties, "viewer-response"),
        headers=tuple(_headers(_policy(deployment, properties.get("ResponseHeadersPolicyId")))),
    )


def _function(deployment: Deployment, properties: Mapping[str, Any], event: Event) -> EdgeFunction | None:
    """The CloudFront function that runs at this event."""
    for association in properties.get("FunctionAssociations", []):
        if association["EventType"] == event:
            name = association["FunctionARN"].partition(".")[0]
            code = deployment.resolver.template["Resources"][name]["Properties"]["FunctionCode"]
            return EdgeFunction(name, event, deployment.resolver.resolve(code))
    return None


def _encodings(deployment: Deployment, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The encodings of CloudFront's compression for this behaviour, in order of preference."""
    policy = properties.get("CachePolicyId")
    if not properties.get("Compress") or policy is None:
        return ()
    if policy in _COMPRESSION_OF_MANAGED:
        return _COMPRESSION_OF_MANAGED[policy]
    config = _policy(deployment, policy)["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    flags = {"br": "EnableAcceptEncodingBrotli", "gzip": "EnableAcceptEncodingGzip"}
    return tuple(encoding for encoding, flag in flags.items() if config.get(flag))


def _policy(deployment: Deployment, name: str | None) -> Mapping[str, Any]:
    """The properties of a policy of the template."""
    if name is None:
        return {}
    if name not in deployment.resolver.template["Resources"]:
        raise TemplateError(f"The distribution's managed policy {name} is not supported locally.")
    properties: Mapping[str, Any] = deployment.resolver.resolve(
        deployment.resolver.template["Resources"][name]["Properties"]
    )
    return properties


def _headers(policy: Mapping[str, Any]) -> Iterable[PolicyHeader]:
    config = policy.get("ResponseHeadersPolicyConfig", {})
    yield from _cross_origin(config.get("CorsConfig", {}))
    security = config.get("SecurityHeadersConfig", {})
    for key, name, value in (
        ("ContentSecurityPolicy", "Content-Security-Policy", lambda s: s["ContentSecurityPolicy"].strip()),
        ("StrictTransportSecurity", "Strict-Transport-Security", _transport_security),
        ("ContentTypeOptions", "X-Content-Type-Options", lambda _: "nosniff"),
        ("FrameOptions", "X-Frame-Options", lambda s: s["FrameOption"]),
        ("ReferrerPolicy", "Referrer-Policy", lambda s: s["ReferrerPolicy"]),
    ):
        if setting := security.get(key):
            yield PolicyHeader(name, value(setting), bool(setting.get("Override")))
    custom = config.get("CustomHeadersConfig", {}).get("Items", [])
    check_policy_headers(config.get("Name", ""), (item["Header"] for item in custom))
    for item in custom:
        yield PolicyHeader(item["Header"], item["Value"], bool(item.get("Override")))


def _cross_origin(config: Mapping[str, Any]) -> Iterable[PolicyHeader]:
    """The CORS headers that CloudFront adds."""
    for key, name, preflight in (
        ("AccessControlAllowOrigins", "Access-Control-Allow-Origin", False),
        ("AccessControlExposeHeaders", "Access-Control-Expose-Headers", False),
        ("AccessControlAllowMethods", "Access-Control-Allow-Methods", True),
        ("AccessControlAllowHeaders", "Access-Control-Allow-Headers", True),
        ("AccessControlMaxAgeSec", "Access-Control-Max-Age", True),
    ):
        if setting := config.get(key):
            value = ", ".join(setting["Items"]) if isinstance(setting, dict) else str(setting)
            yield PolicyHeader(name, value, bool(config["OriginOverride"]), True, preflight)


def _transport_security(setting: Mapping[str, Any]) -> str:
    flags = {"IncludeSubdomains": "includeSubDomains", "Preload": "preload"}
    return "; ".join([f"max-age={setting['AccessControlMaxAgeSec']}", *(v for k, v in flags.items() if setting.get(k))])
