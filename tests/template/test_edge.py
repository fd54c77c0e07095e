"""CloudFront: where each request goes, what is cached, and which headers answers get."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.services import edge_headers
from tests.template.resources import FULL, Resources, environment, of_type, only, resolved

READING = ["GET", "HEAD"]
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Policies that AWS manages ("Use managed cache policies", "… origin request policies", CloudFront Developer Guide)."""


@pytest.fixture
def distribution(resources: Resources) -> dict[str, Any]:
    found: dict[str, Any] = only(resources, "AWS::CloudFront::Distribution")["DistributionConfig"]
    return found


def behaviours(distribution: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every cache behaviour by its path pattern; `*` is the default. CloudFront takes the first that matches."""
    patterns = {one["PathPattern"]: one for one in distribution["CacheBehaviors"]}
    assert len(patterns) == len(distribution["CacheBehaviors"])
    return patterns | {"*": distribution["DefaultCacheBehavior"]}


def policy(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]["ResponseHeadersPolicyConfig"]
    return found


def edge_functions(behaviour: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The event and the name of each CloudFront function of a behaviour."""
    for one in behaviour.get("FunctionAssociations", []):
        yield one["EventType"], one["FunctionARN"].removesuffix(".FunctionARN")


# ── Where requests go ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_path_goes_to_its_origin(distribution: dict[str, Any]) -> None:
    targets = [(pattern, one["TargetOriginId"]) for pattern, one in behaviours(distribution).items()]
    assert targets == [
        ("/api/", "site-or-fallback"),  # before /api/*, which matches it too
        ("/api/openapi.json", "site-or-fallback"),  # likewise
        ("/api/*", "api"),
        ("/preview/*", "api"),
        ("/images/*", "media-or-fallback"),
        ("*/feed.*", "site-or-fallback"),
        ("*", "site-or-fallback"),
    ]


def test_every_path_takes_the_methods_that_its_origin_answers(distribution: dict[str, Any]) -> None:
    methods = {pattern: one["AllowedMethods"] for pattern, one in behaviours(distribution).items()}
    assert methods == {
        "/api/": READING,
        "/api/openapi.json": [*READING, "OPTIONS"],
        "/api/*": [*READING, "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        "/preview/*": READING,
        "/images/*": READING,
        "*/feed.*": [*READING, "OPTIONS"],
        "*": READING,
    }


def test_every_path_runs_its_edge_functions(distribution: dict[str, Any]) -> None:
    found = {pattern: list(edge_functions(one)) for pattern, one in behaviours(distribution).items()}
    assert found == {
        "/api/": [("viewer-request", "DirectoryIndex")],
        "/api/openapi.json": [("viewer-request", "FeedConditions")],
        "/api/*": [("viewer-request", "ViewerAddress")],
        "/preview/*": [],
        "/images/*": [],
        "*/feed.*": [("viewer-request", "FeedConditions"), ("viewer-response", "FeedLinks")],
        "*": [("viewer-request", "DirectoryIndex")],
    }


def test_every_edge_function_is_used_by_a_path(distribution: dict[str, Any], resources: Resources) -> None:
    used = {name for one in behaviours(distribution).values() for _, name in edge_functions(one)}
    assert used == set(of_type(resources, "AWS::CloudFront::Function"))


def test_the_fallback_answers_for_objects_that_a_bucket_does_not_have(distribution: dict[str, Any]) -> None:
    groups = {group["Id"]: group for group in distribution["OriginGroups"]["Items"]}
    assert distribution["OriginGroups"]["Quantity"] == len(groups)
    buckets = [origin["Id"] for origin in distribution["Origins"] if "S3OriginConfig" in origin]
    assert {f"{bucket}-or-fallback" for bucket in buckets} == set(groups)
    for bucket in buckets:
        group = groups[f"{bucket}-or-fallback"]
        assert [member["OriginId"] for member in group["Members"]["Items"]] == [bucket, "api"]
        assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 404]
        assert group["FailoverCriteria"]["StatusCodes"]["Quantity"] == 2


# ── What is cached ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_is_cached_alike_and_calls_and_previews_never(distribution: dict[str, Any]) -> None:
    policies = {pattern: one["CachePolicyId"] for pattern, one in behaviours(distribution).items()}
    assert policies.pop("/api/*") == policies.pop("/preview/*") == CACHING_DISABLED
    assert set(policies.values()) == {"SiteCache"}
    passed_on = {name: one.get("OriginRequestPolicyId") for name, one in behaviours(distribution).items()}
    assert passed_on.pop("/api/*") == passed_on.pop("/preview/*") == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert set(passed_on.values()) == {None}


def test_a_page_is_cached_once_for_every_reader(resources: Resources) -> None:
    cache = only(resources, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    assert cache["ParametersInCacheKeyAndForwardedToOrigin"] == {
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
        "EnableAcceptEncodingBrotli": True,
        "EnableAcceptEncodingGzip": True,
    }


# ── Which headers answers get ─────────────────────────────────────────────────────────────────────────────────────────


def directives_of(resources: Resources) -> dict[str, set[str]]:
    """The Content-Security-Policy of pages, and of previews."""
    headers = policy(resources, "SecurityHeaders")["SecurityHeadersConfig"]
    text = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert environment(resources, "PreviewsFunction")["CONTENT_SECURITY_POLICY"] == text
    return {name: set(sources) for name, *sources in map(str.split, text.split(";"))}


def test_pages_run_scripts_of_the_site_and_load_only_images_and_media_from_elsewhere(resources: Resources) -> None:
    directives = directives_of(resources)
    assert directives.pop("img-src") == directives.pop("media-src") == {"'self'", "https:"}
    assert directives.pop("default-src") == {"'none'"}
    assert directives.pop("frame-ancestors") == {"'none'"}
    assert directives.pop("base-uri") == directives.pop("frame-src") == {"'none'"}
    assert set(directives) == {
        "script-src",
        "style-src",
        "font-src",
        "connect-src",
        "manifest-src",
        "form-action",
    }
    assert all(sources == {"'self'"} for sources in directives.values())


def test_the_deployer_names_the_origins_of_scripts_their_requests_and_frames() -> None:
    one, two, three = (
        "https://stats.example https://tags.example:8443",
        "https://stats.example",
        "https://films.example",
    )
    before = directives_of(resolved())
    after = directives_of(resolved(ScriptOrigins=one, ConnectOrigins=two, FrameOrigins=three))
    assert {name: sources for name, sources in after.items() if before[name] != sources} == {
        "script-src": {"'self'", *one.split()},
        "connect-src": {"'self'", two},
        "frame-src": {three},
    }
    assert after.keys() == before.keys()


def test_every_answer_has_the_security_headers(distribution: dict[str, Any], resources: Resources) -> None:
    headers = policy(resources, "SecurityHeaders")["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000
    assert {"ContentTypeOptions", "FrameOptions", "ReferrerPolicy"} < headers.keys()
    # A page that a function makes for one reader has its own policy.
    own_to_pages = {name for name, header in headers.items() if not header["Override"]}
    assert own_to_pages == {"ContentSecurityPolicy", "ReferrerPolicy"}
    for behaviour in behaviours(distribution).values():
        own = policy(resources, behaviour["ResponseHeadersPolicyId"])
        assert own["SecurityHeadersConfig"] == headers
        assert own["CustomHeadersConfig"] == policy(resources, "SecurityHeaders")["CustomHeadersConfig"]
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
        assert behaviour["Compress"] is True


def test_scripts_of_other_sites_may_read_feeds_and_the_apis_description(
    distribution: dict[str, Any], resources: Resources
) -> None:
    open_paths = {}
    for pattern, behaviour in behaviours(distribution).items():
        if cors := policy(resources, behaviour["ResponseHeadersPolicyId"]).get("CorsConfig"):
            open_paths[pattern] = cors
    assert set(open_paths) == {"/api/openapi.json", "*/feed.*"}
    for cors in open_paths.values():
        assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
        assert cors["AccessControlAllowMethods"] == {"Items": READING}
        assert cors["AccessControlAllowCredentials"] is False


def test_cloudfront_accepts_every_header_that_it_is_to_add(distribution: dict[str, Any], resources: Resources) -> None:
    """aws#1"""
    for origin in distribution["Origins"]:
        names = [header["HeaderName"] for header in origin.get("OriginCustomHeaders", [])]
        edge_headers.check_origin_headers(origin["Id"], names)
    for name, found in of_type(resources, "AWS::CloudFront::ResponseHeadersPolicy").items():
        custom = found["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
        edge_headers.check_policy_headers(name, [header["Header"] for header in custom])


# ── The domain ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_domain_has_its_certificate_and_modern_tls(distribution: dict[str, Any]) -> None:
    assert distribution["Aliases"] == ["news.example"]
    assert distribution["ViewerCertificate"]["AcmCertificateArn"] == FULL["CertificateArn"]
    assert distribution["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_without_a_domain_the_site_has_cloudfronts() -> None:
    bare = only(resolved(), "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert "Aliases" not in bare
    assert bare["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
