"""The schemas of a sign-up and of preferences."""

import pytest

from broadsheet.model.config import parse_site
from broadsheet.model.errors import Invalid
from broadsheet.model.newsletter.form import Safeguards
from broadsheet.model.newsletter.sign_up import SignUp
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.schemas.sign_up import CAPTCHA_FIELDS, HONEYPOT, parse_preferences, parse_sign_up
from broadsheet.settings import SITE_FILE
from tests.unit.schemas.broken import Broken, broken

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
READER = "reader@example.org"


def errors(sent: object) -> list[Broken]:
    with pytest.raises(Invalid) as refusal:
        parse_sign_up(sent, SITE)
    return broken(refusal.value.errors)


def test_a_sign_up_has_an_email_preferences_a_source_and_a_form_token() -> None:
    """newsletter#5"""
    wanted = {"edition": "ar", "sections": ["sport", "city", "sport"], "frequency": "weekly"}
    sent = {"email": "Reader@Example.ORG", "source": "/ar/أخبار/", "form_token": "t"} | wanted
    preferences = Preferences("ar", ("city", "sport"), "weekly")
    assert parse_sign_up(sent, SITE) == SignUp(
        "Reader@example.org", preferences, "/ar/أخبار/", Safeguards("t", False, "")
    )


def test_null_is_the_same_as_a_field_that_is_left_out() -> None:
    least = SignUp(READER, Preferences("en", (), "daily"), None, Safeguards("", False, ""))
    nulls = ("edition", "sections", "frequency", "source", "form_token", HONEYPOT, *CAPTCHA_FIELDS)
    assert parse_sign_up({"email": READER}, SITE) == least
    assert parse_sign_up({"email": READER} | dict.fromkeys(nulls), SITE) == least
    assert errors({"email": None}) == [Broken("email", "must be an email address, like name@example.org")]


@pytest.mark.parametrize("name", CAPTCHA_FIELDS)
def test_the_captcha_response_is_in_the_field_of_any_widget(name: str) -> None:
    sent = {"email": READER, "captcha_response": "", name: "response"}
    assert parse_sign_up(sent, SITE).safeguards.captcha_response == "response"


def test_a_filled_honeypot_is_a_bot_s() -> None:
    assert parse_sign_up({"email": READER, HONEYPOT: "x"}, SITE).safeguards.is_bot
    assert not parse_sign_up({"email": READER, HONEYPOT: ""}, SITE).safeguards.is_bot


def test_all_sections_are_stored_as_none() -> None:
    """So they include a section that the edition gets later."""
    every = list(SITE.editions["en"].sections)
    assert parse_sign_up({"email": READER, "sections": every}, SITE).preferences.sections == ()


@pytest.mark.parametrize(
    ("sections", "field"),
    [
        ("city", "sections"),
        (["nowhere"], "sections"),
        ([1], "sections.0"),
        (["city", ["city"]], "sections.1"),
        ({"city": True}, "sections"),
        (0, "sections"),
    ],
)
def test_sections_are_a_list_of_the_edition_s_sections(sections: object, field: str) -> None:
    assert [error.field for error in errors({"sections": sections, "email": READER, "edition": "en"})] == [field]


def test_preferences_name_their_edition() -> None:
    """newsletter#24: an Arabic reader who changes a section stays with the Arabic edition."""
    assert parse_preferences({"edition": "ar", "token": "t"}, SITE) == Preferences("ar")
    with pytest.raises(Invalid) as refusal:
        parse_preferences({"sections": [], "email": READER}, SITE)
    assert [error.field for error in refusal.value.errors] == ["edition", "email"]
    with pytest.raises(Invalid):
        parse_preferences({"edition": None}, SITE)


@pytest.mark.parametrize("name", ["status", "state", "confirmed_at", "token", "nonce", "mailed_at", "id", "revision"])
def test_a_sign_up_can_set_nothing_else(name: str) -> None:
    """newsletter#5"""
    assert errors({"email": READER, name: "confirmed"}) == [Broken(name, "is not a known field")]


def test_all_broken_rules_are_reported_at_once() -> None:
    """newsletter#5"""
    sent = {"email": 7, "frequency": "hourly", "source": "https://elsewhere.example/", "admin": True, "edition": "fr"}
    assert errors(sent) == [
        Broken("email", "must be an email address, like name@example.org"),
        Broken("frequency", "must be one of daily, weekly"),
        Broken("source", "must be a path of the site, at most 300 characters"),
        Broken("admin", "is not a known field"),
        Broken("edition", "must be one of en, ar"),
    ]
    assert errors({}) == [Broken("email", "is required")]
    bodies: tuple[object, ...] = ([], READER, None, 1)
    for body in bodies:
        assert errors(body) == [Broken("body", "must be an object")]


@pytest.mark.parametrize("source", ["en/", "//elsewhere.example/", "/" + "a" * 300, "/a b", "/a\nb", "/a\x00", 3, ""])
def test_a_source_is_a_path_of_the_site(source: object) -> None:
    assert [error.field for error in errors({"email": READER, "source": source})] == ["source"]
    assert parse_sign_up({"email": READER, "source": "/" + "a" * 299}, SITE).source
