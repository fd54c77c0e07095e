"""Links that are damaged or have expired: the page says so, and has the form that helps."""

from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]  # it has no types

from broadsheet.render.shared.locale import locale
from broadsheet.render.shared.texts import Message
from tests.api.events import Answer
from tests.api.newsletter.bed import BROWSER, READER, NewsletterBed, link
from tests.api.newsletter.mails import SITE
from tests.api.newsletter.test_preferences import own_token

every_edition = pytest.mark.parametrize("edition", SITE.editions)
# Each call of a link, and what the link is for.
CALLS = [
    ("/confirm", "confirm"),
    ("/unsubscribe", "unsubscribe"),
    ("/preferences", "preferences"),
    ("/export", "preferences"),
    ("/erase", "preferences"),
]


def explained(edition: str, purpose: str) -> Message:
    """What readers are told about such a link."""
    refusals = locale(SITE.editions[edition]).refusals
    return {
        "confirm": refusals.confirm_link,
        "unsubscribe": refusals.unsubscribe_link,
        "preferences": refusals.preferences_link,
    }[purpose]


def form_of(answer: Answer) -> Any:
    """The page's only form."""
    [form] = html.fromstring(answer.body).forms
    return form


def says(answer: Answer, message: Message) -> None:
    page = html.fromstring(answer.body)
    assert page.findtext(".//h1") == message.title
    assert message.text in page.text_content()


def damage(token: str) -> list[str]:
    """The token cut, with a full stop that a mail program took for a part of it, altered, and lost."""
    return [token[:-5], f"{token}.", token[:9] + "x" + token[10:], ""]


@every_edition
@pytest.mark.parametrize(("path", "purpose"), CALLS)
def test_a_damaged_link_says_what_it_is_and_offers_the_form_that_helps(
    bed: NewsletterBed, edition: str, path: str, purpose: str
) -> None:
    """newsletter#15, newsletter#20, newsletter#22: with 400 as before, in the language of the edition in the link."""
    bed.bring_to("confirmed")
    message, rows = explained(edition, purpose), bed.rows()
    for token in damage(own_token(bed)):
        sent = {"token": token, "edition": edition}
        pages = [bed.submit(sent, path)]
        if path == f"/{purpose}":
            pages.append(bed.call("GET", path, query=sent, headers=BROWSER))
        for page in pages:
            assert page.status == 400
            says(page, message)
            assert f'<html lang="{edition}"' in page.body
            form = form_of(page)
            assert form.action == "/api/subscriptions" + ("" if purpose == "confirm" else "/links")
            assert dict(form.form_values())["edition"] == edition
        problem = bed.call("POST", path, sent)
        assert (problem.status, problem.headers["content-type"]) == (400, "application/problem+json")
        assert problem.json["type"] == "urn:problem-type:broadsheet:link-refused"
        assert problem.json["detail"] == message.text
    assert bed.rows() == rows


def test_the_pages_for_links_that_never_expire_do_not_speak_of_days_or_of_signing_up(bed: NewsletterBed) -> None:
    """newsletter#22: who wants to leave is not told to sign up."""
    for purpose in ("unsubscribe", "preferences"):
        page = bed.call("GET", f"/{purpose}", query={"token": "x", "edition": "en"}, headers=BROWSER).body
        assert "never expire" in page
        assert not [words for words in ("seven days", "Sign up", "sign up") if words in page]


def test_the_form_on_the_page_of_a_refused_confirmation_signs_up(bed: NewsletterBed) -> None:
    """newsletter#15, newsletter#18: after seven days, and after the reader left."""
    bed.bring_to("pending")
    old = link(bed.outbox()[0], "confirm")
    bed.later(days=8)
    page = bed.open(old)
    assert page.status == 400
    says(page, explained("en", "confirm"))
    bed.later(minutes=1)
    assert bed.press(page, email=READER, sections=["city"]).status == 202
    assert bed.deliver() == []
    confirmed = bed.open(link(bed.outbox()[-1], "confirm"))
    assert bed.press(confirmed).status == 200
    bed.press(bed.open(link(bed.outbox()[0], "unsubscribe")))
    again = bed.press(confirmed)
    assert again.status == 400
    assert form_of(again).action == "/api/subscriptions"


@every_edition
@pytest.mark.parametrize("reached", ["unsubscribed", "suppressed"])
def test_preferences_of_who_gets_no_newsletter_are_no_fault_of_the_link(
    bed: NewsletterBed, reached: str, edition: str
) -> None:
    """newsletter#24: the page was open while the reader left by another one."""
    bed.bring_to(reached)
    message = locale(SITE.editions[edition]).refusals.not_subscribed
    sent = {"token": own_token(bed), "edition": edition}
    page = bed.submit(sent, "/preferences")
    assert page.status == 400
    says(page, message)
    assert form_of(page).action == "/api/subscriptions"
    assert bed.call("POST", "/preferences", sent).json["detail"] == message.text
