"""The newsletter as readers use it: on the front page, in their mail, and on the pages that mails link to.

Those have no script of their own, so it is the front page that is tried with script and without.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Browser, Locator, Page, expect

from broadsheet.model.config import parse_site
from broadsheet.render.shared.locale import locale
from broadsheet.render.shared.texts import Locale
from broadsheet.services.subscriptions import MIN_FORM_AGE
from broadsheet.settings import SITE_FILE
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.outbox import Mail
from tests.browser.conftest import Open, watched
from tests.browser.kinds import API

pytestmark = pytest.mark.proof

EDITIONS = parse_site(SITE_FILE.read_text(encoding="utf-8")).editions
# People take longer than that to fill in a form.
SECONDS = MIN_FORM_AGE.seconds + 1

each_edition = pytest.mark.parametrize("code", EDITIONS)


@pytest.fixture
def open_page(chromium: Browser, paper: LocalDeployment) -> Iterator[Open]:
    """Open a path of the sample edition in a fresh profile."""
    with watched(chromium, paper) as opened:
        yield opened


@pytest.fixture
def full(paper: LocalDeployment) -> Iterator[None]:
    """This network has reached its hourly limit of sign-ups; the limit is reset afterwards."""
    form = urllib3.request("GET", f"{paper.url}{API}/form", headers={"Accept": "application/json"}).json()
    time.sleep(SECONDS)
    sent = {"email": "everybody@courier.example", "form_token": form["form_token"]}
    answers = (urllib3.request("POST", paper.url + API, json=sent, retries=False).status for _ in range(100))
    assert 429 in answers
    yield
    for row in rows(paper):
        if row["pk"]["S"].startswith("RATE#"):
            key: Any = {name: row[name] for name in ("pk", "sk")}
            paper.clients.dynamodb.delete_item(TableName=paper.deployment.name("Subscribers"), Key=key)


def texts(code: str) -> Locale:
    return locale(EDITIONS[code])


def rows(paper: LocalDeployment) -> list[dict[str, Any]]:
    """Every row of the subscribers table."""
    items: list[dict[str, Any]] = paper.clients.dynamodb.scan(TableName=paper.deployment.name("Subscribers"))["Items"]
    return items


def mails(paper: LocalDeployment, address: str) -> list[Mail]:
    """The mails to the email, oldest first, once all are sent."""
    paper.settle()
    return [mail for mail in paper.outbox() if address in mail.recipients]


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def expect_title(page: Page, title: str) -> None:
    """Expect this heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def box(page: Page) -> tuple[Locator, Locator]:
    """The field and the status of the sign-up box."""
    return page.locator("#newsletter-email"), page.locator(".newsletter [role=status]")


def fill_in_the_form(page: Page, code: str, address: str) -> None:
    """The form's own page is filled in, and sent no faster than a person can."""
    expect_title(page, texts(code).sign_up.title)
    expect(page.locator("html")).to_have_attribute("lang", code)
    page.locator("#email").fill(address)
    page.wait_for_timeout(1000 * SECONDS)
    press(page, texts(code).sign_up.button)
    expect_title(page, texts(code).sign_up.accepted.title)


@dataclass
class Reader:
    """A reader with an email, whose mails are in the outbox."""

    paper: LocalDeployment
    page: Page
    address: str

    def signs_up_on_the_front_page(self, code: str, *, script: bool) -> None:
        field, status = box(self.page)
        field.fill(self.address)
        field.press("Enter")
        if script:
            expect(status).to_have_text(texts(code).sign_up.accepted.text)
            expect(field).to_have_value("")
            assert self.page.url.endswith(f"/{code}/")
        else:
            expect(self.page.locator("#errors")).to_have_text(texts(code).refusals.form_token)
            expect(self.page.locator("#email")).to_have_value(self.address)
            fill_in_the_form(self.page, code, self.address)

    def confirms(self, code: str) -> None:
        self.follows(self.mails()[-1], texts(code).mails.confirmation.button)
        expect(self.page.locator("html")).to_have_attribute("dir", EDITIONS[code].direction)
        press(self.page, texts(code).subscription.confirm.button)
        expect_title(self.page, texts(code).subscription.confirmed.title)

    def chooses(self, code: str, other: str) -> None:
        """The other language, sport, and once a week."""
        welcome = self.mails()[-1]
        self.follows(welcome, texts(code).mails.welcome.button)
        self.page.locator("#edition").select_option(other)
        self.page.get_by_role("checkbox", name=EDITIONS[code].sections["sport"]).check()
        self.page.get_by_role("radio", name=texts(code).choices.weekly).check()
        press(self.page, texts(code).preferences.save)
        expect(self.page.get_by_role("status")).to_have_text(texts(other).preferences.saved)
        self.follows(welcome, texts(code).mails.welcome.button)
        expect(self.page.locator("html")).to_have_attribute("lang", other)
        expect(self.page.get_by_role("checkbox", checked=True)).to_have_count(1)
        expect(self.page.get_by_role("checkbox", name=EDITIONS[other].sections["sport"])).to_be_checked()
        expect(self.page.get_by_role("radio", name=texts(other).choices.weekly)).to_be_checked()

    def leaves_by_the_link(self, code: str) -> None:
        self.follows(self.mails()[-1], texts(code).mails.welcome.link)
        press(self.page, texts(code).subscription.unsubscribe.button)
        expect_title(self.page, texts(code).subscription.unsubscribed.title)

    def comes_back(self, code: str) -> None:
        self.follows(self.mails()[-1], texts(code).mails.farewell.button)
        fill_in_the_form(self.page, code, self.address)
        self.confirms(code)

    def leaves_with_one_click(self, code: str) -> None:
        """Unsubscribe as a mail program does (RFC 8058 §3.2)."""
        welcome = self.mails()[-1]
        assert welcome.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        link = welcome.header("List-Unsubscribe").strip("<>")
        assert urllib3.request("POST", link, fields={"List-Unsubscribe": "One-Click"}, redirect=False).status == 200
        self.follows(welcome, texts(code).mails.welcome.button)
        expect(self.page.get_by_text(texts(code).preferences.unsubscribed)).to_be_visible()

    def gets_a_copy(self, code: str) -> dict[str, Any]:
        with self.page.expect_download() as download:
            press(self.page, texts(code).preferences.export.button)
        assert download.value.suggested_filename == "newsletter.json"
        held: dict[str, Any] = json.loads(download.value.path().read_text(encoding="utf-8"))
        return held

    def is_erased(self, code: str) -> None:
        self.page.locator("summary").click()
        press(self.page, texts(code).preferences.erase.button)
        expect_title(self.page, texts(code).subscription.erased.title)

    def mails(self) -> list[Mail]:
        """The mails to the email, oldest first, once all are sent."""
        return mails(self.paper, self.address)

    def follows(self, mail: Mail, label: str) -> None:
        """Open the link with this label in the mail."""
        self.page.goto(f"/_local/outbox/{mail.number}/html")
        link = self.page.get_by_role("link", name=label, exact=True).get_attribute("href")
        assert link
        self.page.goto(link)


@each_edition
@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without"])
def test_a_reader_comes_chooses_leaves_comes_back_leaves_again_and_is_forgotten(
    open_page: Open, paper: LocalDeployment, code: str, script: bool
) -> None:
    """newsletter#16, newsletter#20, newsletter#21, newsletter#22, newsletter#24, newsletter#25"""
    other = {"en": "ar", "ar": "en"}[code]
    page = open_page(f"/{code}/", java_script_enabled=script)
    reader = Reader(paper, page, f"nadia.{code}.{'with' if script else 'without'}@courier.example")
    reader.signs_up_on_the_front_page(code, script=script)
    reader.confirms(code)
    reader.chooses(code, other)
    reader.leaves_by_the_link(code)
    reader.comes_back(other)
    reader.leaves_with_one_click(other)

    told_of = reader.gets_a_copy(other)["subscriber"]
    assert (told_of["state"], told_of["profile"]["email"]) == ("unsubscribed", reader.address)
    assert told_of["profile"]["preferences"]["edition"] == other

    own = {row["pk"]["S"] for row in rows(paper) if reader.address in json.dumps(row)}
    assert own
    reader.is_erased(other)
    assert reader.address not in json.dumps(rows(paper))
    assert [row["profile"] for row in rows(paper) if row["pk"]["S"] in own] == [{"NULL": True}]


@each_edition
def test_a_person_in_a_hurry_only_waits_and_two_presses_are_one(open_page: Open, code: str) -> None:
    """newsletter#8, newsletter#14"""
    page = open_page(f"/{code}/")
    page.clock.install()
    page.clock.pause_at(time.time() + 3600)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    field, status = box(page)
    with page.expect_response(f"**{API}/form"):
        field.fill("omar@courier.example")
    for _ in range(2):
        field.press("Enter")
    button = page.locator(".newsletter button")
    expect(button).to_have_attribute("aria-disabled", "true")
    page.clock.run_for(1000 * MIN_FORM_AGE.seconds - 100)
    assert sent == []
    page.clock.run_for(200)
    expect(status).to_have_text(texts(code).sign_up.accepted.text)
    expect(button).to_have_attribute("aria-disabled", "false")
    assert len(sent) == 1


@each_edition
def test_what_is_no_address_is_told_in_place_and_can_be_mended(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/")
    field, status = box(page)
    field.fill("nadia@courier")  # which a browser lets pass
    field.press("Enter")
    expect(status).to_have_text(texts(code).refusals.email)
    expect(field).to_have_value("nadia@courier")
    field.fill(f"nadia.{code}@courier.example")
    field.press("Enter")
    expect(status).to_have_text(texts(code).sign_up.accepted.text)


@each_edition
@pytest.mark.usefixtures("full")
def test_who_comes_when_too_many_have_is_told_so_in_place(open_page: Open, code: str) -> None:
    """newsletter#10, newsletter#20"""
    page = open_page(f"/{code}/")
    field, status = box(page)
    field.fill("late@courier.example")
    field.press("Enter")
    expect(status).to_have_text(texts(code).refusals.too_many.text)
    expect(field).to_have_value("late@courier.example")
    assert page.url.endswith(f"/{code}/")


@each_edition
def test_an_expired_form_token_opens_the_page_of_the_form(open_page: Open, paper: LocalDeployment, code: str) -> None:
    """newsletter#8: as on a page that has stood open for hours."""
    address = f"patient.{code}@courier.example"
    page = open_page(f"/{code}/")
    old = {"form_token": "of-yesterday", "wait_seconds": 0}
    page.route(f"**{API}/form", lambda route: route.fulfill(json=old))
    field, _ = box(page)
    field.fill(address)
    field.press("Enter")
    expect(page.locator("#email")).to_have_value(address)
    expect(page.locator("#errors")).to_have_text(texts(code).refusals.form_token)
    fill_in_the_form(page, code, address)
    assert len(mails(paper, address)) == 1


@each_edition
def test_without_an_answer_the_reader_is_asked_to_try_again(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/")
    page.route(f"**{API}/form", lambda route: route.fulfill(body="<h1>Please pay for this network</h1>"))
    field, status = box(page)
    field.fill("nadia@courier.example")
    field.press("Enter")
    expect(status).to_have_text(page.locator(".newsletter form").get_attribute("data-failed") or "")
    page.unroute_all()
    field.press("Enter")
    expect(status).to_have_text(texts(code).sign_up.accepted.text)


@each_edition
@pytest.mark.parametrize("where", ["front", "form"])
def test_the_honeypot_is_invisible_to_eyes_screen_readers_and_the_keyboard(
    open_page: Open, code: str, where: str
) -> None:
    """newsletter#8"""
    page = open_page({"front": f"/{code}/", "form": f"{API}/form?edition={code}"}[where], reduced_motion="reduce")
    form = page.locator("form")
    expect(form.get_by_role("textbox")).to_have_count(1)  # the one for the address
    form.get_by_role("textbox").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.name") != "website"
    page.keyboard.press("Tab")
    expect(form.get_by_role("textbox")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    with_it = form.screenshot()
    page.evaluate("document.querySelector('.trap').remove()")
    assert form.screenshot() == with_it
