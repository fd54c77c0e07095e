"""Captchas, over real HTTP to a fake provider with the providers' API."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from broadsheet.model.newsletter.captcha import PROVIDERS, CaptchaSettings
from broadsheet.settings import Settings
from broadsheet.store.captcha import Captcha
from broadsheet.store.secrets import Secret
from tests.api.newsletter.bed import BROWSER, READER, NewsletterBed

SECRET = "captcha"  # noqa: S105  its name, not what it says


@dataclass
class Verdicts:
    """What the fake provider answers, and the requests that it got."""

    url: str = ""
    status: int = 200
    body: str = '{"success": true}'
    requests: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def verdicts() -> Iterator[Verdicts]:
    fake = Verdicts()

    class Verifier(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fake.requests.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(fake.status)
            self.end_headers()
            self.wfile.write(fake.body.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing to the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Verifier)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=PROVIDERS)
def guarded(
    request: pytest.FixtureRequest, bed: NewsletterBed, verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NewsletterBed]:
    """A test bed whose site has a captcha."""
    provider = replace(PROVIDERS[request.param], verifier=verdicts.url)
    environ = dict(bed.newsletter.settings.environ)
    environ |= {"CAPTCHA": request.param, "CAPTCHA_SITE_KEY": "site-key", "CAPTCHA_SECRET": SECRET}
    monkeypatch.setattr(bed.newsletter, "settings", Settings(environ))
    bed.clients.secrets.create_secret(Name=SECRET, SecretString="the-key")
    captcha = Captcha(provider, Secret(bed.clients.secrets, SECRET, str))
    use_captcha(monkeypatch, bed, captcha)
    yield bed
    bed.clients.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)


def use_captcha(monkeypatch: pytest.MonkeyPatch, bed: NewsletterBed, captcha: Captcha) -> None:
    deps = replace(bed.newsletter.deps(), captcha=captcha)
    monkeypatch.setattr(bed.newsletter, "deps", cache(lambda: deps))


def test_the_captcha_is_a_setting(bed: NewsletterBed) -> None:
    environ = dict(bed.newsletter.settings.environ)
    assert Settings(environ).captcha is None
    chosen = {"CAPTCHA": "turnstile", "CAPTCHA_SITE_KEY": "k", "CAPTCHA_SECRET": "arn"}
    assert Settings(environ | chosen).captcha == CaptchaSettings(PROVIDERS["turnstile"], "k", "arn")


@pytest.mark.parametrize("name", ["captcha_response", "cf-turnstile-response", "h-captcha-response"])
def test_a_sign_up_with_a_captcha_response_is_accepted(guarded: NewsletterBed, verdicts: Verdicts, name: str) -> None:
    assert guarded.submit({"email": READER, name: "a-response"}).status == 202
    assert guarded.rows() == ["SIGN_UP"]
    assert verdicts.requests == [{"secret": ["the-key"], "response": ["a-response"], "remoteip": ["192.0.2.1"]}]


def test_a_sign_up_without_a_captcha_response_is_refused_without_asking_the_provider(
    guarded: NewsletterBed, verdicts: Verdicts
) -> None:
    """newsletter#9: on every content type; a browser gets the form with the widget, whose script it allows."""
    assert guarded.sign_up().fields == {"captcha_response"}
    page = guarded.submit({"email": READER})
    assert page.status == 422
    assert 'data-sitekey="site-key"' in page.body
    policy = page.headers["content-security-policy"]
    provider = PROVIDERS[guarded.newsletter.settings.environ["CAPTCHA"]]
    assert provider.script in page.body
    assert f"script-src 'self' {provider.origins}" in policy
    assert guarded.rows() == []
    assert verdicts.requests == []


@pytest.mark.parametrize(("purpose", "row"), [("confirm", "SIGN_UP"), ("unsubscribe", "LINKS")])
def test_the_form_on_the_page_of_a_damaged_link_has_the_captcha_too(
    guarded: NewsletterBed, verdicts: Verdicts, purpose: str, row: str
) -> None:
    """newsletter#9"""
    page = guarded.call("GET", f"/{purpose}", query={"token": "x"}, headers=BROWSER)
    provider = PROVIDERS[guarded.newsletter.settings.environ["CAPTCHA"]]
    assert 'data-sitekey="site-key"' in page.body
    assert f"script-src 'self' {provider.origins}" in page.headers["content-security-policy"]
    token = guarded.form_token()
    refused = guarded.press(page, email=READER, form_token=token)
    assert refused.status == 422
    assert 'data-sitekey="site-key"' in refused.body
    assert (guarded.rows(), verdicts.requests) == ([], [])
    accepted = guarded.press(refused, form_token=token, captcha_response="a-response")
    assert (accepted.status, guarded.rows(), len(verdicts.requests)) == (202, [row], 1)


def test_a_sign_up_with_a_failed_captcha_is_refused(guarded: NewsletterBed, verdicts: Verdicts) -> None:
    verdicts.body = '{"success": false, "error-codes": ["timeout-or-duplicate"]}'
    assert guarded.sign_up(captcha_response="used").fields == {"captcha_response"}
    assert guarded.rows() == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, '{"success": true}'),
        (200, "<html>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"success": "yes"}'),
        (200, '{"success": false, "error-codes": ["invalid-input-secret"]}'),
    ],
)
def test_a_sign_up_is_refused_if_the_provider_gives_no_verdict(
    guarded: NewsletterBed, verdicts: Verdicts, status: int, body: str
) -> None:
    """It fails closed, and says that it is not the reader's fault."""
    verdicts.status, verdicts.body = status, body
    refused = guarded.sign_up(captcha_response="a-response", edition="ar")
    assert (refused.status, refused.headers["retry-after"]) == (503, "60")
    assert refused.json["detail"].isascii() is False
    assert guarded.rows() == []


def test_a_sign_up_is_refused_while_the_provider_is_down(
    guarded: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = replace(PROVIDERS["turnstile"], verifier="http://127.0.0.1:9/")
    captcha = Captcha(nowhere, Secret(guarded.clients.secrets, SECRET, str))
    use_captcha(monkeypatch, guarded, captcha)
    assert guarded.sign_up(captcha_response="a-response").status == 503
    assert guarded.rows() == []


def test_the_form_has_the_widget_and_allows_its_script(guarded: NewsletterBed) -> None:
    page = guarded.call("GET", "/form", headers={"Accept": "text/html"})
    provider = PROVIDERS[guarded.newsletter.settings.environ["CAPTCHA"]]
    assert f'<script src="{provider.script}"' in page.body
    assert f'class="{provider.widget}"' in page.body
    assert provider.origins in page.headers["content-security-policy"]


def test_without_a_captcha_a_page_has_only_the_script_of_its_mode(bed: NewsletterBed) -> None:
    page: Any = bed.call("GET", "/form", headers={"Accept": "text/html"})
    assert page.body.count("<script") == page.body.count('<script src="/assets/theme') == 1
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert json.dumps(page.headers).count("https:") == 0
