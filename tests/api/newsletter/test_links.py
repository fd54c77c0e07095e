"""New links: a subscriber whose links are damaged or lost asks for them on a form, and gets a mail with new ones."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broadsheet.model.newsletter.limits import SignUpLimits
from broadsheet.render.shared.locale import locale
from broadsheet.settings import Settings
from broadsheet.store.ses import MailRefused, MailRefusedPermanently
from tests.api.events import Answer
from tests.api.newsletter.bed import BROWSER, NETWORK, READER, NewsletterBed, link
from tests.api.newsletter.mails import SITE
from tests.api.newsletter.test_flow import STATES, state
from tests.api.newsletter.test_preferences import own_token

every_edition = pytest.mark.parametrize("edition", SITE.editions)


def ask(bed: NewsletterBed, address: str = READER, source_ip: str = NETWORK, **fields: object) -> Answer:
    """Ask for new links as a script does, with the token of a form that was loaded a minute ago."""
    sent = {"email": address, "form_token": bed.form_token()} | fields
    return bed.call("POST", "/links", sent, source_ip=source_ip)


def ask_by_form(bed: NewsletterBed, address: str = READER, edition: str = "en") -> Answer:
    """Open a damaged link, and fill in the form on its page a minute later."""
    page = bed.call("GET", "/unsubscribe", query={"token": "x", "edition": edition}, headers=BROWSER)
    return bed.press(page, email=address, form_token=bed.form_token())


@every_edition
def test_a_subscriber_with_a_damaged_link_gets_new_ones_that_work(bed: NewsletterBed, edition: str) -> None:
    """newsletter#20, newsletter#21, newsletter#22: without script, in the language of the subscription."""
    bed.bring_to("confirmed")
    bed.call("POST", "/preferences", {"token": own_token(bed), "edition": edition})
    before = bed.subscriber()
    answer = ask_by_form(bed, edition=edition)
    assert answer.status == 202
    assert locale(SITE.editions[edition]).links.accepted.text in answer.body
    assert bed.deliver() == []
    mail = bed.outbox()[-1]
    assert mail["Subject"] == locale(SITE.editions[edition]).mails.links.subject
    assert (mail["To"], mail["Content-Language"]) == (READER, edition)
    assert mail["List-Unsubscribe"] == f"<{link(mail, 'unsubscribe')}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert bed.open(link(mail, "preferences")).status == 200
    assert bed.subscriber() == before
    assert bed.press(bed.open(link(mail, "unsubscribe"))).status == 200
    assert state(bed) == "unsubscribed"


@pytest.mark.parametrize("form", [True, pytest.param(False, marks=pytest.mark.proof)])
def test_the_answer_is_the_same_in_every_state_and_so_are_the_calls(bed: NewsletterBed, form: bool) -> None:
    """newsletter#7: status, headers, body, and the only call; a bot's too, and a second one within the hour."""
    seen = []
    ask(bed, "warm@example.org")
    for number, reached in enumerate(STATES):
        address = f"reader{number}@example.org"
        bed.bring_to(reached, address)
        fields = {"email": address, "form_token": bed.form_token()}
        for more in ({}, {}, {"website": "https://spam.example"}):
            with bed.calls() as calls:
                answer = bed.submit(fields | more, "/links") if form else bed.call("POST", "/links", fields | more)
            assert address not in answer.body
            seen.append((answer, calls))
            bed.deliver()
    assert all(one == seen[0] for one in seen)
    assert (seen[0][0].status, seen[0][1]) == (202, ["TransactWriteItems"])


def test_json_is_answered_with_json(bed: NewsletterBed) -> None:
    """newsletter#2"""
    answer = ask(bed, edition="ar")
    message = locale(SITE.editions["ar"]).links.accepted.text
    assert (answer.status, answer.json) == (202, {"status": "accepted", "message": message})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("reached", STATES)
def test_only_a_confirmed_subscriber_gets_new_links_and_nothing_else_changes(bed: NewsletterBed, reached: str) -> None:
    """newsletter#17, newsletter#18: the request is deleted in every state."""
    bed.bring_to(reached)
    before, rows, sent = bed.subscriber(), bed.rows(), len(bed.outbox())
    ask(bed)
    assert bed.rows() == sorted([*rows, "LINKS"])
    assert bed.deliver() == []
    assert len(bed.outbox()) - sent == (reached == "confirmed")
    assert (bed.subscriber(), bed.rows()) == (before, rows)


def test_an_erased_reader_gets_no_mail(bed: NewsletterBed) -> None:
    """newsletter#25: erasing deletes the request, and a later one leaves nothing."""
    bed.bring_to("confirmed")
    ask(bed)
    assert "LINKS" in bed.rows()
    sent = len(bed.outbox())
    assert bed.call("POST", "/erase", {"token": own_token(bed)}).status == 200
    assert bed.rows() == ["META"]
    ask(bed)
    assert bed.deliver() == []
    assert (len(bed.outbox()), bed.rows()) == (sent, ["META"])


def test_the_data_export_has_the_request(bed: NewsletterBed) -> None:
    """newsletter#25"""
    bed.bring_to("confirmed")
    ask(bed)
    export = bed.call("POST", "/export", {"token": own_token(bed)}).json
    assert export["latest_links_request"] == {"id": bed.keyring().email_id(READER), "at": bed.clock.at.isoformat()}


def test_the_request_holds_no_email_and_expires_after_a_day(bed: NewsletterBed) -> None:
    """newsletter#12"""
    ask(bed)
    rows = bed.clients.dynamodb.scan(TableName=bed.table)["Items"]
    [row] = [row for row in rows if row["sk"]["S"] == "LINKS"]
    assert set(row) == {"pk", "sk", "at", "expires_at"}
    assert int(row["expires_at"]["N"]) == int(bed.clock.at.timestamp()) + 86400
    assert "example.org" not in repr(rows)


def test_a_mailbox_gets_one_such_mail_an_hour_and_three_a_day(bed: NewsletterBed) -> None:
    """newsletter#11: from any network."""
    bed.bring_to("confirmed")
    bed.later(days=1)
    sent, began = len(bed.outbox()), bed.clock.at
    after = {0: 1, 1: 1, 59: 1, 60: 2, 119: 2, 120: 3, 180: 3, 24 * 60 - 1: 3, 24 * 60: 4, 24 * 60 + 59: 4}
    for minutes, mails in after.items():
        bed.clock.at = began + timedelta(minutes=minutes)
        ask(bed, source_ip=f"198.18.{mails}.1")
        assert bed.deliver() == []
        assert len(bed.outbox()) - sent == mails, minutes


def test_sign_ups_and_links_share_the_limit_of_a_mailbox(bed: NewsletterBed) -> None:
    """newsletter#11: in every spelling."""
    bed.sign_up("reader+news@example.org")
    bed.deliver()
    assert bed.press(bed.open(link(bed.outbox()[-1], "confirm"))).status == 200
    bed.deliver()
    bed.later(minutes=1)
    sent = len(bed.outbox())
    ask(bed, "reader+news@example.org")
    bed.deliver()
    assert len(bed.outbox()) == sent
    bed.later(hours=1)
    ask(bed, "reader+news@example.org")
    bed.deliver()
    assert len(bed.outbox()) == sent + 1
    bed.later(minutes=30)
    bed.sign_up(READER)
    bed.deliver()
    assert len(bed.outbox()) == sent + 1


def test_records_that_are_delivered_again_cause_no_second_mail(bed: NewsletterBed) -> None:
    """newsletter#14: at once, and hours later."""
    bed.bring_to("confirmed")
    sent = len(bed.outbox())
    ask(bed)
    records = bed.records()
    for _ in range(3):
        assert bed.deliver(records) == []
        bed.later(hours=5)
    assert len(bed.outbox()) == sent + 1


def test_a_lost_answer_of_ses_repeats_the_same_mail_at_worst(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#14: at least once, always with the same links."""
    bed.bring_to("confirmed")
    ask(bed)
    records = bed.records()
    ses = bed.mailer.deps().ses
    send = ses.send

    def lose_the_answer(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        raise TimeoutError

    def refuse(*_: object) -> None:
        raise MailRefused("TooManyRequestsException")

    for fault in (refuse, lose_the_answer):
        monkeypatch.setattr(ses, "send", fault)
        assert len(bed.deliver(records)) == 1
        bed.later(minutes=20)
    monkeypatch.setattr(ses, "send", send)
    assert bed.deliver(records) == []
    first, second = bed.outbox()[-2:]
    for purpose in ("preferences", "unsubscribe"):
        assert link(first, purpose) == link(second, purpose)
    assert "LINKS" not in bed.rows()


def test_a_permanently_refused_mail_is_not_tried_again(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    bed.bring_to("confirmed")
    ask(bed)

    def refuse(*_: object) -> None:
        raise MailRefusedPermanently("MessageRejected")

    monkeypatch.setattr(bed.mailer.deps().ses, "send", refuse)
    assert bed.deliver() == []
    assert "LINKS" not in bed.rows()


def test_requests_for_links_count_in_the_windows_of_sign_ups(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#10: 429 with Retry-After, and nothing is written."""
    site = replace(bed.newsletter.site, newsletter=SignUpLimits(per_network=3))
    monkeypatch.setattr(bed.newsletter, "site", site)
    assert [bed.sign_up().status, ask(bed).status, ask(bed, "other@example.org").status] == [202] * 3
    rows = bed.rows()
    bed.later(minutes=1)
    for refused in (ask(bed, "third@example.org"), bed.sign_up("third@example.org")):
        assert refused.status == 429
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert refused.json["detail"] == locale(SITE.editions["en"]).refusals.too_many.text
    assert bed.rows() == rows
    assert ask(bed, "third@example.org", source_ip="198.51.100.7").status == 202


@pytest.mark.parametrize("token", ["", "x"])
def test_without_a_valid_form_token_a_browser_gets_the_form_again(bed: NewsletterBed, token: str) -> None:
    """newsletter#8, newsletter#9"""
    page = bed.submit({"email": READER, "edition": "ar", "form_token": token}, "/links")
    assert page.status == 200
    assert bed.records() == []
    assert bed.press(page, form_token=bed.form_token()).status == 202
    problem = bed.call("POST", "/links", {"email": READER, "form_token": token})
    assert (problem.status, problem.fields) == (422, {"form_token"})


@every_edition
def test_an_email_that_is_none_is_named_on_the_form(bed: NewsletterBed, edition: str) -> None:
    """newsletter#3, newsletter#5"""
    refusals = locale(SITE.editions[edition]).refusals
    page = bed.submit({"email": "reader@", "edition": edition, "form_token": bed.form_token()}, "/links")
    assert page.status == 422
    assert refusals.email in page.body
    assert 'value="reader@"' in page.body
    assert ask(bed, "reader@", state="confirmed").fields == {"email", "state"}
    assert bed.records() == []


def test_a_bot_gets_the_normal_answer_and_no_mail(bed: NewsletterBed) -> None:
    """newsletter#8: by the honeypot, and by haste."""
    bed.bring_to("confirmed")
    sent, person = len(bed.outbox()), ask(bed, "other@example.org")
    assert ask(bed, website="https://spam.example") == person
    assert ask(bed, form_token=bed.form_token(seconds=0)) == person
    bed.deliver()
    assert len(bed.outbox()) == sent
    assert "LINKS" not in bed.rows()


def test_a_subscriber_at_a_domain_that_was_blocked_since_gets_new_links(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#13: a blocked domain signs nobody up, and keeps nobody from leaving."""
    bed.bring_to("confirmed")
    sent = len(bed.outbox())
    site = replace(bed.newsletter.site, newsletter=SignUpLimits(blocked_domains=frozenset({"example.org"})))
    monkeypatch.setattr(bed.newsletter, "site", site)
    assert bed.sign_up("new@example.org").status == 422
    assert ask(bed).status == 202
    bed.deliver()
    assert len(bed.outbox()) == sent + 1


def test_without_a_sender_there_are_no_new_links(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """aws#20"""
    environ = dict(bed.newsletter.settings.environ) | {"SENDER": ""}
    monkeypatch.setattr(bed.newsletter, "site", Settings(environ).site())
    assert ask(bed).status == 404
    assert bed.records() == []
