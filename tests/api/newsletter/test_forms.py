"""The newsletter's pages, as a browser parses them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]  # it has no types

from broadsheet.model.config import parse_site
from broadsheet.model.errors import (
    BlockedDomain,
    Busy,
    CaptchaFailed,
    CaptchaUnavailable,
    FieldError,
    FormTokenRefused,
    Invalid,
    LinkRefused,
    Malformed,
    NotSubscribed,
    Rule,
    SwitchedOff,
    TooManyRequests,
)
from broadsheet.model.newsletter.captcha import PROVIDERS, CaptchaSettings
from broadsheet.model.newsletter.issue import next_moment
from broadsheet.model.newsletter.subscriber import Consent, Preferences, Profile, State, Subscriber, SuppressionReason
from broadsheet.render.newsletter import forms
from broadsheet.render.shared.assets import FILES
from broadsheet.render.shared.issues import coming
from broadsheet.render.shared.locale import locale
from tests.api.newsletter.bed import READER
from tests.api.newsletter.mails import SITE
from tests.papers import PHARE, laid_over
from tests.world import NOON

ONE_LANGUAGE = replace(SITE, editions={"en": SITE.editions["en"]})
WISH = {"email": READER, "sections": ["city", "sport"], "frequency": "weekly", "source": "/en/2026/03/14/ferry/"}
RULE = Rule("unknown_field", "is unknown")
every_edition = pytest.mark.parametrize("edition", SITE.editions)


def signing_up(edition: str = "en", wish: dict[str, Any] | None = None, wrong: Invalid | None = None) -> Any:
    """The form on the sign-up page."""
    [form] = html.fromstring(forms.sign_up_page(SITE.editions[edition], SITE, "the-token", wish or {}, wrong)).forms
    return form


def own_page(
    state: State,
    edition: str = "en",
    saved: bool = False,
    suppression_reason: SuppressionReason | None = None,
    chosen: Preferences | None = None,
) -> Any:
    chosen = chosen or Preferences(edition, ("sport",), "weekly")
    person = Profile(READER, chosen, Consent(NOON, None, "1", edition))
    found = Subscriber("id", state, NOON, person, suppression_reason=suppression_reason)
    moment = next_moment(chosen, NOON, SITE)
    tokens = "the-token", "the-way-out"
    page = forms.preferences_page(SITE.editions[edition], SITE, found, person, *tokens, saved=saved, moment=moment)
    return html.fromstring(page)


def calls(page: Any) -> set[str]:
    """The calls that the forms of a page make."""
    return {form.action.rpartition("/")[2] for form in page.forms}


@every_edition
def test_the_defaults_are_all_sections_every_day(edition: str) -> None:
    """newsletter#20"""
    form = signing_up(edition)
    assert (form.method, form.action) == ("POST", "/api/subscriptions")
    held = [("form_token", "the-token"), ("email", ""), ("edition", edition), ("frequency", "daily")]
    assert form.form_values() == held
    sections = form.xpath(".//input[@name='sections']")
    assert [box.get("value") for box in sections] == list(SITE.editions[edition].sections)
    assert [box.getparent().text_content().strip() for box in sections] == list(
        SITE.editions[edition].sections.values()
    )


@every_edition
def test_the_form_keeps_what_was_filled_in(edition: str) -> None:
    values = signing_up(edition, WISH).form_values()
    assert [value for name, value in values if name == "sections"] == ["city", "sport"]
    assert {"email": READER, "frequency": "weekly", "source": WISH["source"]}.items() <= dict(values).items()


def test_sent_values_are_never_markup() -> None:
    hostile = '"><script>alert(1)</script>'
    wish: dict[str, Any] = dict.fromkeys(("email", "edition", "frequency", "source"), hostile)
    wish["sections"] = [hostile, "city"]
    page = forms.sign_up_page(SITE.editions["en"], SITE, hostile, wish, Invalid((FieldError(hostile, RULE),)))
    assert "<script>" not in page
    values = dict(html.fromstring(page).forms[0].form_values())
    assert (values["email"], values["frequency"], values["sections"]) == (hostile, "daily", "city")


@pytest.mark.parametrize("wish", [{"sections": "city"}, {"sections": {"city": 1}, "email": ["x"], "frequency": 7}])
def test_values_of_wrong_types_fill_in_nothing(wish: dict[str, Any]) -> None:
    values = dict(signing_up("en", wish).form_values())
    assert "sections" not in values
    assert (values["email"], values["frequency"]) == ("", "daily")


@every_edition
def test_the_honeypot_is_invisible_silent_and_unreachable(edition: str) -> None:
    """newsletter#8: hidden by the style sheet, since inline styles are blocked."""
    [trap] = signing_up(edition).xpath(".//input[@name='website']")
    [hidden] = trap.xpath("ancestor::p")
    assert (trap.get("tabindex"), trap.get("autocomplete")) == ("-1", "off")
    assert (hidden.get("class"), hidden.get("aria-hidden")) == ("trap", "true")
    [rule] = [line for line in (FILES / "site/base.css").read_text(encoding="utf-8").splitlines() if ".trap" in line]
    assert "clip-path: inset(50%)" in rule


@pytest.mark.parametrize(
    ("wrong", "messages"),
    [
        (FormTokenRefused(), ["One more step"]),
        (CaptchaFailed(), ["you are a person"]),
        (BlockedDomain(), ["at this domain"]),
        (
            Invalid((FieldError("email", RULE), FieldError("sections", RULE))),
            ["complete email address", "these sections"],
        ),
        (Invalid((FieldError("state", RULE),)), ["(state)"]),
    ],
)
def test_the_form_names_every_error_and_its_field(wrong: Invalid, messages: list[str]) -> None:
    page = html.fromstring(forms.sign_up_page(SITE.editions["en"], SITE, "the-token", WISH, wrong))
    shown = page.get_element_by_id("errors").text_content().strip().splitlines()
    assert len(shown) == len(messages)
    assert all(words in line for words, line in zip(messages, shown, strict=True))
    email = page.get_element_by_id("email")
    at_fault = any(error.field == "email" for error in wrong.errors)
    assert (email.get("aria-invalid"), email.get("aria-describedby")) == (
        ("true", "errors") if at_fault else (None, None)
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_captcha_widget_is_in_the_form_with_a_text_for_browsers_without_script(provider: str) -> None:
    check = CaptchaSettings(PROVIDERS[provider], "site-key", "secret-name")
    page = html.fromstring(forms.sign_up_page(SITE.editions["en"], SITE, "the-token", {}, None, check))
    [widget] = page.forms[0].find_class(check.provider.widget)
    assert widget.get("data-sitekey") == "site-key"
    assert page.xpath("//head/script/@src") == ["/assets/theme.js", check.provider.script]
    assert "reload this page" in page.forms[0].find(".//noscript").text_content()
    assert "secret-name" not in html.tostring(page, encoding="unicode")


def test_a_site_with_one_edition_has_no_choice_of_language() -> None:
    [form] = html.fromstring(forms.sign_up_page(SITE.editions["en"], ONE_LANGUAGE, "the-token", {})).forms
    assert form.xpath(".//select") == []
    assert dict(form.form_values())["edition"] == "en"


@every_edition
def test_the_preferences_page_shows_the_choices_and_every_action(edition: str) -> None:
    """newsletter#20, newsletter#24, newsletter#25: each button sends the token of the link, or that of leaving."""
    page = own_page("confirmed", edition)
    assert calls(page) == {"preferences", "unsubscribe", "export", "erase"}
    sent = {form.action.rpartition("/")[2]: dict(form.form_values())["token"] for form in page.forms}
    assert sent.pop("unsubscribe") == "the-way-out"
    assert set(sent.values()) == {"the-token"}
    values = dict(page.forms[0].form_values())
    assert (values["edition"], values["sections"], values["frequency"]) == (edition, "sport", "weekly")
    assert READER in page.text_content()
    assert page.xpath("//details//form/@action") == ["/api/subscriptions/erase"], "nothing is erased by one slip"


@pytest.mark.parametrize("state", ["pending", "unsubscribed", "suppressed"])
def test_the_preferences_page_without_a_subscription_offers_export_and_erasure(state: State) -> None:
    """newsletter#24, newsletter#25"""
    page = own_page(state)
    assert calls(page) == {"export", "erase"}
    leads_back = page.xpath("//a[starts-with(@href, '/api/subscriptions/form')]")
    assert len(leads_back) == (state == "unsubscribed"), "an address that complained does not come back by a sign-up"


@every_edition
def test_the_preferences_page_of_an_address_that_bounced_leads_to_the_form(edition: str) -> None:
    """newsletter#18"""
    page = own_page("suppressed", edition, suppression_reason="bounce")
    [back] = page.xpath("//a[starts-with(@href, '/api/subscriptions/form')]")
    assert back.get("href").endswith(f"edition={edition}")


@pytest.mark.parametrize(
    ("edition", "frequency", "said"),
    [
        ("en", "daily", "The next daily issue comes on Sunday, 15 March at 07:00."),
        ("en", "weekly", "The next weekly issue comes on Saturday, 21 March at 07:00."),
        ("ar", "daily", "يصدر العدد اليومي المقبل يوم الأحد 15 مارس عند الساعة 07:00."),
        ("ar", "weekly", "يصدر العدد الأسبوعي المقبل يوم السبت 21 مارس عند الساعة 07:00."),
    ],
)
def test_the_own_page_says_when_the_next_issue_comes(edition: str, frequency: str, said: str) -> None:
    """newsletter#24: in the site's time zone, and only to who gets one."""
    chosen = Preferences(edition, (), frequency)
    assert own_page("confirmed", edition, chosen=chosen).xpath("//*[@class='next-issue']/text()") == [said]
    assert own_page("unsubscribed", edition, chosen=chosen).xpath("//*[@class='next-issue']") == []


def test_the_first_day_of_a_french_month_is_its_1er() -> None:
    """As a newspaper writes it: le mardi 1er décembre."""
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    with laid_over(PHARE):
        site = parse_site((PHARE / "site.toml").read_text(encoding="utf-8"))
        for frequency, said in (
            ("daily", "La prochaine lettre du jour arrive le mardi 1er décembre à 07:00."),
            ("weekly", "La prochaine lettre de la semaine arrive le samedi 5 décembre à 07:00."),
        ):
            chosen = Preferences("fr", (), frequency)
            assert coming(chosen, site.editions["fr"], next_moment(chosen, at, site), site) == said


def test_saved_changes_are_confirmed() -> None:
    assert own_page("confirmed").xpath("//*[@role='status']") == []
    [shown] = own_page("confirmed", saved=True).xpath("//*[@role='status']")
    assert "Saved" in shown.text_content()


@every_edition
def test_refusals_that_people_can_cause_are_explained(edition: str) -> None:
    """newsletter#20: the page and the API answer have the same text. Errors of faulty clients have none."""
    spoken = SITE.editions[edition]
    met = [
        SwitchedOff("x"),
        TooManyRequests("all", 60),
        CaptchaUnavailable("x"),
        FormTokenRefused(),
        CaptchaFailed(),
        BlockedDomain(),
    ]
    shown = [forms.refusal_text(spoken, refusal, "") for refusal in met]
    assert len(set(shown)) == len(met)
    for refusal, words in zip(met, shown, strict=True):
        assert words
        assert words in html.fromstring(forms.refusal_page(spoken, refusal)).text_content()
    assert forms.refusal_text(spoken, Malformed("x"), "") is None
    assert forms.refusal_text(spoken, Busy("x"), "") is None


@every_edition
def test_a_refused_link_is_explained_by_what_it_is_for(edition: str) -> None:
    """newsletter#20"""
    spoken = SITE.editions[edition]
    met = [(LinkRefused("x"), purpose) for purpose in ("confirm", "unsubscribe", "preferences")]
    met.append((NotSubscribed("x"), "preferences"))
    shown = {forms.link_refused(spoken, refusal, purpose) for refusal, purpose in met}
    assert len({message.title for message in shown}) == len({message.text for message in shown}) == len(met)
    for refusal, purpose in met:
        assert forms.refusal_text(spoken, refusal, purpose) == forms.link_refused(spoken, refusal, purpose).text


@every_edition
def test_the_form_for_new_links_asks_for_an_email_alone(edition: str) -> None:
    page = html.fromstring(forms.links_page(SITE.editions[edition], "the-token", {"email": READER, "state": "x"}))
    [form] = page.forms
    assert (form.method, form.action) == ("POST", "/api/subscriptions/links")
    assert form.form_values() == [("form_token", "the-token"), ("email", READER), ("edition", edition)]
    assert len(form.xpath(".//p[@class='trap']//input[@name='website']")) == 1
    assert page.findtext(".//h1") == locale(SITE.editions[edition]).links.title


@every_edition
def test_the_erasure_page_tells_what_remains(edition: str) -> None:
    """newsletter#25"""
    assert "code calculated" in forms.outcome_page(SITE.editions["en"], "erased")
    assert f'<html lang="{edition}"' in forms.outcome_page(SITE.editions[edition], "erased")
