"""What the deployer chooses: which values each parameter accepts, and what they change."""

import re

import pytest

from infra.local.template import template
from infra.local.template.intrinsics import Resolver
from tests.template.resources import FULL, TEMPLATE, deployment, environment, functions, parameters, resolved


def test_a_deployment_needs_no_parameter() -> None:
    assert [name for name, parameter in parameters().items() if "Default" not in parameter] == []
    assert all(parameter["Description"] for parameter in parameters().values())


def test_without_parameters_there_is_no_hub_no_indexnow_and_no_alarm_is_mailed() -> None:
    bare = resolved()
    assert not [name for name in bare if name.startswith("IndexNow")]
    publisher = environment(bare, "PublishFunction")
    assert (publisher["INDEXNOW_KEY"], publisher["INDEXNOW_QUEUE"]) == ("", "")
    assert environment(bare, "PublishFunction")["WEBSUB_HUB"] == ""
    assert "AlarmSubscription" not in bare


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "https://Distribution.DomainName"),
        pytest.param({"Domain": "news.example"}, "https://news.example", marks=pytest.mark.proof),
        pytest.param({"SiteUrl": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080", marks=pytest.mark.proof),
        ({"SiteUrl": "https://www.news.example", "Domain": "news.example"}, "https://www.news.example"),
    ],
)
def test_the_sites_url_is_the_deployers_or_else_cloudfronts(given: dict[str, str], url: str) -> None:
    assert deployment(**given).outputs["SiteUrl"] == url
    stack = resolved(**given, IndexNowKey=FULL["IndexNowKey"])
    urls = {name: environment(stack, name).get("SITE_URL") for name in functions(stack)}
    knowing = {name: value for name, value in urls.items() if value is not None}
    named = (
        "PublishFunction",
        "EventsFunction",
        "WebSubFunction",
        "IndexNowFunction",
        "ScheduleFunction",
        "MailerFunction",
    )
    assert knowing == dict.fromkeys(named, url)


@pytest.mark.parametrize("given", [("Domain",), ("CertificateArn",), (), ("Domain", "CertificateArn")])
def test_a_domain_without_a_certificate_is_refused_and_so_is_the_reverse(given: tuple[str, ...]) -> None:
    plain = template.read(TEMPLATE, {})
    [assertion] = plain["Rules"]["DomainAndCertificate"]["Assertions"]
    resolver = Resolver(plain, {name: FULL[name] for name in given})
    assert bool(resolver.resolve(assertion["Assert"])) is (len(given) != 1)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({}, True),
        ({"Captcha": "turnstile"}, False),
        ({"Captcha": "turnstile", "CaptchaSiteKey": "key"}, False),
        ({"Captcha": "turnstile", "CaptchaSecret": "arn"}, False),
        ({"Captcha": "turnstile", "CaptchaSiteKey": "key", "CaptchaSecret": "arn"}, True),
    ],
)
def test_a_captcha_without_its_keys_is_refused(given: dict[str, str], accepted: bool) -> None:
    plain = template.read(TEMPLATE, {})
    [assertion] = plain["Rules"]["CaptchaIsComplete"]["Assertions"]
    assert bool(Resolver(plain, given).resolve(assertion["Assert"])) is accepted


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("Domain", "news.example", True),
        ("Domain", "xn--mgbh0fb.xn--4gbrim", True),  # مثال.موقع
        ("Domain", "xn--mgbh0fb.xn--mgbaam7a8h", True),
        ("Domain", "news.example1", False),
        ("Domain", "news", False),
        ("Sender", "letter@xn--mgbh0fb.xn--4gbrim", True),
        ("Sender", "letter@news.example", True),
        ("Sender", "letter@news", False),
        ("FormOrigins", "", True),
        ("FormOrigins", "https://news.example", True),
        ("FormOrigins", "https://www.news.example https://app.news.example:8443", True),
        ("FormOrigins", "https://xn--mgbh0fb.xn--4gbrim https://news.example:8443", True),
        ("FormOrigins", "http://news.example", False),
        ("FormOrigins", "https://*", False),
        ("FormOrigins", "*", False),
        ("FormOrigins", "https://news", False),
        ("FormOrigins", "https://news.example/", False),
        ("FormOrigins", "https://news.example,https://www.news.example", False),
        ("FormOrigins", "https://news.example  https://www.news.example", False),
        ("FormOrigins", "null", False),
        *(
            (name, value, accepted)
            for name in ("ScriptOrigins", "ConnectOrigins", "FrameOrigins")
            for value, accepted in (
                ("", True),
                ("https://stats.example https://tags.example:8443", True),
                ("http://stats.example", False),
                ("https:", False),
                ("https://*.stats.example", False),
                ("https://stats.example; script-src *", False),
                ("'unsafe-inline'", False),
                ("https://stats.example/tag.js", False),
            )
        ),
        ("CaptchaSecret", "", True),
        ("CaptchaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha-AbC123", True),
        ("CaptchaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:paper/captcha-x9Y8z7", True),
        ("CaptchaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha", False),
        ("CaptchaSecret", "captcha-AbC123", False),
        ("CaptchaSecretKey", "", True),
        ("CaptchaSecretKey", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("CaptchaSecretKey", "arn:aws:kms:eu-west-1:123456789012:alias/captcha", False),
    ],
)
def test_parameters_accept_every_domain_whole_origins_and_complete_arns_alone(
    name: str, value: str, accepted: bool
) -> None:
    """aws#6: Arabic top-level domains are Punycode; the role gets exactly the ARN that is given."""
    assert bool(re.fullmatch(parameters()[name]["AllowedPattern"], value)) is accepted


@pytest.mark.parametrize(
    ("hub", "accepted"),
    [
        ("", True),
        ("https://hub.example/", True),
        ("https://hub.example/push?site=1", True),
        ("http://127.0.0.1:8080/_local/hub", True),
        ("http://hub.example/", False),
        ("http://127.0.0.1.hub.example/", False),
        ("https://hub.example/'+evil+'", False),
        ('https://hub.example/>; rel="self"', False),
        ("https://hub.example/ x", False),
        ("https://", False),
    ],
)
def test_a_hub_is_an_https_url_that_is_safe_in_headers_and_scripts(hub: str, accepted: bool) -> None:
    assert bool(re.fullmatch(parameters()["WebSubHub"]["AllowedPattern"], hub)) is accepted


@pytest.mark.parametrize(
    ("key", "accepted"),
    [
        ("", True),
        ("a1B2-c3D", True),
        ("a" * 128, True),
        ("a" * 7, False),
        ("a" * 129, False),
        ("six_seven", False),
        ("../robots", False),
        ("build-manifest", False),  # an object of the site has that name
        ("build-manifest-2", True),
    ],
)
def test_a_key_of_indexnow_is_one_that_search_engines_accept(key: str, accepted: bool) -> None:
    assert bool(re.fullmatch(parameters()["IndexNowKey"]["AllowedPattern"], key)) is accepted


@pytest.mark.parametrize(
    ("endpoint", "accepted"),
    [
        ("https://api.indexnow.org/indexnow", True),
        ("https://www.bing.com/indexnow", True),
        ("http://127.0.0.1:8080/_local/indexnow", True),
        ("http://api.indexnow.org/indexnow", False),
        ("", False),
    ],
)
def test_pages_are_submitted_to_an_https_url(endpoint: str, accepted: bool) -> None:
    assert bool(re.fullmatch(parameters()["IndexNowEndpoint"]["AllowedPattern"], endpoint)) is accepted
