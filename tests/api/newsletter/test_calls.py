"""The newsletter API as HTTP: accepted requests, refused ones, and the format of answers."""

import re
from dataclasses import replace

import pytest

from broadsheet.settings import Settings
from tests.api.newsletter.bed import BROWSER, FORM, READER, NewsletterBed, link
from tests.world import NOON

TEXT = {"Content-Type": "text/plain"}
PROGRAM = {"Accept": "application/json"}
THEME = '<script src="/assets/theme.js"></script>'  # the reader's dark or light mode; the only script of these pages


@pytest.mark.parametrize("path", ["", "/confirm", "/unsubscribe"])
def test_other_methods_are_refused(bed: NewsletterBed, path: str) -> None:
    """newsletter#1"""
    for method in ("PUT", "PATCH", "DELETE", *(["GET"] if not path else [])):
        assert bed.call(method, path, {"email": READER}).status == 404
    assert bed.records() == []


def test_json_is_answered_with_json_and_a_form_with_a_page(bed: NewsletterBed) -> None:
    """newsletter#2"""
    script = bed.sign_up()
    assert (script.status, script.headers["content-type"]) == (202, "application/json")
    assert set(script.json) == {"status", "message"}
    browser = bed.submit({"email": READER})
    assert (browser.status, browser.headers["content-type"]) == (202, "text/html; charset=utf-8")
    body = f"email={READER}&form_token={bed.form_token()}"
    fetched = bed.call("POST", "", body, headers={"Content-Type": FORM, "Accept": "application/json"})
    assert fetched == script
    curled = bed.call("POST", "", body, headers={"Content-Type": FORM, "Accept": "*/*"})
    assert curled == browser


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("email=reader@example.org", TEXT, 415),
        ("email=reader@example.org", {}, 415),
        (None, {}, 415),
        (b"--x", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ("{", {"Content-Type": "application/json"}, 400),
        ('{"email": NaN}', {"Content-Type": "application/json"}, 400),
        (b"\xff", {"Content-Type": "application/json"}, 400),
        (b"email=%ff", {"Content-Type": FORM}, 400),
        ("[" * 5000, {"Content-Type": "application/json"}, 400),
        ("&".join(f"a{n}=" for n in range(101)), {"Content-Type": FORM}, 400),
        ('"' + "a" * 8191 + '"', {"Content-Type": "application/json"}, 413),
        ("email=" + "ä" * 4096, {"Content-Type": FORM}, 413),
        ("", {"Content-Type": FORM}, 422),
        ("email=", {"Content-Type": FORM}, 422),
        ("email=a@example.org&email=b@example.org", {"Content-Type": FORM}, 422),
        ("[]", {"Content-Type": "application/json; charset=utf-8"}, 422),
        ("null", {"Content-Type": "application/json"}, 422),
    ],
)
def test_a_malformed_request_is_refused(bed: NewsletterBed, body: object, headers: dict[str, str], status: int) -> None:
    """newsletter#2, newsletter#9: with a page for a browser and problem details for a program; nothing is written."""
    program = bed.call("POST", "", body, headers=headers | {"Accept": "application/json"})
    assert (program.status, program.headers["content-type"]) == (status, "application/problem+json")
    browser = bed.call("POST", "", body, headers=headers | BROWSER)
    assert browser.status == status
    assert bed.records() == []


def test_every_invalid_field_is_named_at_once(bed: NewsletterBed) -> None:
    """newsletter#5"""
    sent = {"email": "reader@", "edition": "fr", "state": "confirmed"}
    assert bed.call("POST", "", sent).fields == {"email", "edition", "state"}
    page = bed.submit(sent | {"state": "<script>"})
    assert page.status == 422
    assert "complete email address" in page.body


@pytest.mark.parametrize("sender", [None, ""])
def test_without_a_sender_sign_up_is_switched_off(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch, sender: str | None
) -> None:
    """aws#20: with 404, because the API's alarm counts every 5xx, and this is no error."""
    environ = dict(bed.newsletter.settings.environ) | ({"SENDER": sender} if sender is not None else {})
    if sender is None:
        del environ["SENDER"]
    monkeypatch.setattr(bed.newsletter, "site", Settings(environ).site())
    answer = bed.sign_up(edition="ar")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "متوقفة" in answer.json["detail"]
    assert answer.json["type"].endswith("switched-off")
    assert bed.submit({"email": READER}).status == 404
    for headers, type in ((BROWSER, "text/html; charset=utf-8"), (PROGRAM, "application/problem+json")):
        form = bed.call("GET", "/form", query={"edition": "ar"}, headers=headers)
        assert (form.status, form.headers["content-type"]) == (404, type)
        assert "متوقفة" in (form.body if headers is BROWSER else form.json["detail"])
    assert bed.records() == []


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe", "preferences"])
def test_without_a_sender_the_page_of_a_damaged_link_has_no_form(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    monkeypatch.setattr(bed.newsletter, "site", replace(bed.newsletter.site, sends_mail=False))
    page = bed.call("GET", f"/{purpose}", query={"token": "x"}, headers=BROWSER)
    assert page.status == 400
    assert "<form" not in page.body
    assert "does not work" in page.body
    assert "The newsletter is paused at the moment" in page.body


def test_without_a_sender_nobody_is_asked_to_subscribe_again(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed.bring_to("unsubscribed")
    preferences = next(link(mail, "preferences") for mail in bed.outbox() if "preferences" in mail.as_string())
    assert "Subscribe again" in bed.open(preferences).body
    monkeypatch.setattr(bed.newsletter, "site", replace(bed.newsletter.site, sends_mail=False))
    page = bed.open(preferences)
    assert page.status == 200
    assert "Subscribe again" not in page.body
    assert "/api/subscriptions/export" in page.body


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "%", "." * 500, "ملف", "<script>alert(1)</script>"])
def test_a_bad_link_is_refused_as_a_page_or_as_a_problem(bed: NewsletterBed, purpose: str, token: str) -> None:
    """newsletter#15"""
    for method in ("GET", "POST"):
        for edition, words in (("en", "does not work"), ("ar", "لا يعمل")):
            query = {"token": token, "edition": edition}
            page = bed.call(method, f"/{purpose}", query=query, headers=BROWSER)
            assert (page.status, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
            assert words in page.body
            assert page.body.count("<script") == 1
            assert THEME in page.body
            problem = bed.call(method, f"/{purpose}", query=query, headers={"Accept": "application/json"})
            assert (problem.status, problem.headers["content-type"]) == (400, "application/problem+json")
            assert problem.json["detail"] in page.body


def test_a_token_for_one_purpose_is_refused_for_another(bed: NewsletterBed) -> None:
    """newsletter#15"""
    bed.bring_to("pending")
    [mail] = bed.outbox()
    for purpose, other in (("confirm", "unsubscribe"), ("unsubscribe", "confirm")):
        assert bed.open(link(mail, purpose).replace(f"/{purpose}?", f"/{other}?")).status == 400
        assert bed.one_click(link(mail, purpose).replace(f"/{purpose}?", f"/{other}?")).status == 400
    reader = bed.subscriber()
    assert reader
    assert reader.state == "pending"


def test_scripts_can_confirm_and_unsubscribe(bed: NewsletterBed) -> None:
    bed.bring_to("pending")
    [mail] = bed.outbox()
    confirmed = {"status": "confirmed", "next_issue_at": "2026-03-15T05:00:00Z"}
    for purpose, answer in (("confirm", confirmed), ("unsubscribe", {"status": "unsubscribed"})):
        token = link(mail, purpose).rpartition("=")[2]
        ready = bed.call("GET", f"/{purpose}", query={"token": token}, headers={"Accept": "application/json"})
        assert (ready.status, ready.json) == (200, {"status": "ready"})
        done = bed.call("POST", f"/{purpose}", {"token": token})
        assert (done.status, done.json) == (200, answer)
        assert done.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("edition", "direction"), [("en", "ltr"), ("ar", "rtl"), ("fr", "ltr"), ('"><b>', "ltr")])
def test_pages_are_in_the_readers_language_and_load_nothing_from_elsewhere(
    bed: NewsletterBed, edition: str, direction: str
) -> None:
    """newsletter#20"""
    keyring = bed.keyring()
    lang = edition if edition in ("en", "ar") else "en"
    for purpose, content in (("confirm", ("id", "nonce")), ("unsubscribe", ("id",))):
        query = {"token": keyring.sign(purpose, NOON, *content), "edition": edition}
        page = bed.call("GET", f"/{purpose}", query=query, headers=BROWSER)
        assert page.status == 200
        assert f'<html lang="{lang}" dir="{direction}">' in page.body
        assert f'name="edition" value="{lang}"' in page.body
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", page.body.replace(THEME, ""))


def test_a_form_is_answered_in_the_language_of_its_edition(bed: NewsletterBed) -> None:
    """newsletter#20"""
    assert 'dir="rtl"' in bed.submit({"email": READER, "edition": "ar"}).body
    assert 'dir="rtl"' in bed.submit({"email": "reader@", "edition": "ar"}).body
    assert "«بريد سليمة»" in bed.sign_up(edition="ar").json["message"]
    bed.deliver()
    [mail] = bed.outbox()
    page = bed.open(link(mail, "unsubscribe"))
    assert 'dir="rtl"' in page.body
    assert 'dir="rtl"' in bed.press(page).body


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\u00a0", "\u00a0"),
        ("\u200b", ""),
        ("", "\ufeff"),
        ("\u200f", ""),
        ("\u202a", "\u202c"),
        ("\t", "\n"),
        ("", "\0"),
    ],
)
def test_what_cannot_be_seen_around_an_email_is_no_reason_to_refuse_a_sign_up(
    bed: NewsletterBed, before: str, after: str
) -> None:
    """newsletter#3: it came along from a chat, a spreadsheet or a text from right to left."""
    assert bed.sign_up(f"{before}{READER}{after}").status == 202
    assert bed.submit({"email": f"{before}other@example.org{after}"}).status == 202
    bed.deliver()
    assert sorted(mail["To"] for mail in bed.outbox()) == ["other@example.org", READER]


def test_header_injection_is_refused(bed: NewsletterBed) -> None:
    """newsletter#3"""
    for address in (
        "a@example.org\r\nBcc: b@example.org",
        "a\nb@example.org",
        "a\x00@example.org",
        "a@example.org,b@c.org",
    ):
        assert bed.sign_up(address).status == 422
        assert bed.submit({"email": address}).status == 422
    assert bed.sign_up(source="/en/\r\nBcc: b@example.org").status == 422
    assert bed.records() == []
