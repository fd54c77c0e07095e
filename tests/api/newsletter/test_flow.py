"""From a sign-up to a confirmed subscriber, and to an unsubscribed one."""

import io
import logging
import re

import pytest
from botocore.exceptions import EndpointConnectionError

from broadsheet.model.newsletter.subscriber import Consent, PendingEmail, Preferences, Profile, Subscriber
from broadsheet.model.newsletter.tokens import UNSUBSCRIBE
from broadsheet.render.newsletter.reader_links import reader_link
from broadsheet.store.conflict import LostRace
from broadsheet.store.secrets import REMEMBERED, SigningKeys
from broadsheet.store.ses import MailRefused, MailRefusedPermanently
from broadsheet.telemetry import logger
from infra.local.account import REGION
from tests.api.newsletter.bed import READER, NewsletterBed, link, part
from tests.world import NOON

STATES = ["new", "pending", "confirmed", "unsubscribed", "suppressed", "bounced"]


def state(bed: NewsletterBed, address: str = READER) -> str:
    reader = bed.subscriber(address)
    return reader.state if reader else "new"


def test_a_sign_up_and_a_confirmation_subscribe_a_reader(bed: NewsletterBed) -> None:
    """newsletter#16, newsletter#19"""
    accepted = bed.submit({"email": READER, "edition": "en", "source": "/en/2026/03/14/ferry/"})
    assert accepted.status == 202
    assert state(bed) == "new"
    bed.later(seconds=1)
    assert bed.deliver() == []
    [mail] = bed.outbox()
    assert mail["To"] == READER
    assert state(bed) == "pending"
    bed.later(minutes=5)
    confirmed = bed.press(bed.open(link(mail, "confirm")))
    assert confirmed.status == 200
    assert "You are subscribed" in confirmed.body
    reader = bed.subscriber()
    assert reader
    consent = Consent(NOON, "/en/2026/03/14/ferry/", "1", "en")
    assert reader.state == "confirmed"
    assert reader.profile == Profile(READER, Preferences("en"), consent, bed.clock.at)


def test_mails_go_to_the_spelling_of_the_mail_that_was_answered(bed: NewsletterBed) -> None:
    """newsletter#4: though somebody else signed up later with the same email in another case."""
    bed.sign_up("Reader@example.org")
    bed.deliver()
    bed.later(hours=2)
    bed.sign_up("READER@example.org")
    bed.deliver()
    assert [mail["To"] for mail in bed.outbox()] == ["Reader@example.org", "READER@example.org"]
    assert bed.press(bed.open(link(bed.outbox()[0], "confirm"))).status == 200
    bed.deliver()
    assert bed.outbox()[-1]["To"] == "Reader@example.org"


def test_following_a_link_changes_nothing(bed: NewsletterBed) -> None:
    """newsletter#1, newsletter#16, newsletter#22: mail scanners open links."""
    bed.bring_to("pending")
    [mail] = bed.outbox()
    for purpose in ("confirm", "unsubscribe"):
        with bed.calls() as calls:
            page = bed.open(link(mail, purpose))
        assert page.status == 200
        assert page.body.count("<button") == 1
        assert set(calls) <= {"GetSecretValue"}
    assert state(bed) == "pending"


@pytest.mark.parametrize("form", [True, pytest.param(False, marks=pytest.mark.proof)])
def test_the_answer_is_the_same_in_every_state_and_so_are_the_calls(bed: NewsletterBed, form: bool) -> None:
    """newsletter#7: status, headers, body, and the only call."""
    seen = []
    bed.sign_up("warm@example.org")
    for number, reached in enumerate(STATES):
        address = f"reader{number}@example.org"
        bed.bring_to(reached, address)
        assert state(bed, address) == {"bounced": "suppressed"}.get(reached, reached)
        with bed.calls() as calls:
            answer = bed.submit({"email": address}) if form else bed.sign_up(address)
        assert address not in answer.body
        seen.append((answer, calls))
    assert all(one == seen[0] for one in seen)
    assert (seen[0][0].status, seen[0][1]) == (202, ["TransactWriteItems"])


def test_a_cold_start_adds_two_calls_to_a_sign_up(bed: NewsletterBed) -> None:
    """newsletter#7"""
    with bed.calls() as calls:
        bed.sign_up()
    assert calls == ["GetSecretValue", "GetSecretValue", "TransactWriteItems"]


@pytest.mark.parametrize(
    ("reached", "mails"),
    [("new", 1), ("pending", 1), ("confirmed", 0), ("unsubscribed", 1), ("suppressed", 0), ("bounced", 1)],
)
def test_a_confirmation_mail_is_sent_only_if_confirming_would_change_the_state(
    bed: NewsletterBed, reached: str, mails: int
) -> None:
    """newsletter#17, newsletter#18: two hours after the last mail, if there was one."""
    bed.bring_to(reached)
    before = bed.subscriber()
    sent = len(bed.outbox())
    bed.sign_up(edition="ar", source="/ar/")
    assert bed.deliver() == []
    confirmations = [mail for mail in bed.outbox(sent) if "/confirm?" in part(mail, "plain")]
    assert len(confirmations) == mails
    if not mails:
        assert bed.subscriber() == before


def test_a_double_click_makes_one_row_and_one_mail(bed: NewsletterBed) -> None:
    """newsletter#14"""
    for address in (READER, "Reader@Example.ORG", "READER@example.org"):
        bed.sign_up(address)
        bed.later(seconds=1)
    bed.submit({"email": READER})
    assert bed.deliver() == []
    bed.sign_up()
    assert bed.deliver() == []
    assert len(bed.outbox()) == 1
    assert bed.rows() == ["META", "SIGN_UP"]  # the subscriber, and the latest sign-up


def test_records_that_are_delivered_again_cause_no_second_mail(bed: NewsletterBed) -> None:
    """newsletter#14: at once, hours later, and after the state has changed."""
    bed.sign_up()
    records = bed.records()
    for _ in range(3):
        assert bed.deliver(records) == []
        bed.later(hours=5)
    [mail] = bed.outbox()
    bed.press(bed.open(link(mail, "confirm")))
    assert bed.deliver(records) == []
    bed.press(bed.open(link(mail, "unsubscribe")))
    assert bed.deliver(records) == []
    assert bed.deliver(records) == []
    assert len(bed.outbox()) == 3  # the welcome and the farewell were due
    assert state(bed) == "unsubscribed"


def test_a_record_of_an_expired_sign_up_is_ignored(bed: NewsletterBed) -> None:
    """newsletter#12"""
    bed.sign_up()
    records = bed.records()
    bed.clients.dynamodb.delete_item(TableName=bed.table, Key=records[0]["dynamodb"]["Keys"])
    assert bed.deliver(records) == []
    assert bed.outbox() == []


def test_only_the_key_of_a_record_is_used(bed: NewsletterBed) -> None:
    bed.sign_up()
    [record] = bed.records()
    record["dynamodb"]["NewImage"] = {"address": {"S": "other@example.org"}}
    assert bed.deliver([record]) == []
    assert [mail["To"] for mail in bed.outbox()] == [READER]


def test_sign_ups_and_rate_limit_windows_expire_after_a_day(bed: NewsletterBed) -> None:
    """newsletter#12"""
    bed.sign_up()
    rows = {row["pk"]["S"].partition("#")[0]: row for row in bed.clients.dynamodb.scan(TableName=bed.table)["Items"]}
    assert int(rows["SUBSCRIBER"]["expires_at"]["N"]) == int(NOON.timestamp()) + 86400
    assert int(rows["RATE"]["expires_at"]["N"]) == int(NOON.timestamp()) + 3600 + 86400
    table = bed.clients.dynamodb.describe_time_to_live(TableName=bed.table)["TimeToLiveDescription"]
    assert table["AttributeName"] == "expires_at"


def test_confirming_twice_is_a_success(bed: NewsletterBed) -> None:
    """newsletter#16"""
    bed.bring_to("pending")
    page = bed.open(link(bed.outbox()[0], "confirm"))
    first = bed.press(page)
    before = bed.subscriber()
    bed.later(hours=6)  # before the next issue, of which the page tells
    assert bed.press(page) == first
    assert bed.subscriber() == before


def test_a_confirmation_expires_after_seven_days(bed: NewsletterBed) -> None:
    """newsletter#15"""
    bed.sign_up()
    bed.deliver()
    page = bed.open(link(bed.outbox()[0], "confirm"))
    bed.later(days=7, seconds=1)
    assert bed.press(page).status == 400
    assert bed.open(link(bed.outbox()[0], "confirm")).status == 400
    assert state(bed) == "pending"


def test_a_mail_program_unsubscribes_with_one_click(bed: NewsletterBed) -> None:
    """newsletter#21: no cookie, no redirect, 200."""
    bed.bring_to("confirmed")
    mail = bed.outbox()[0]
    answer = bed.one_click(mail["List-Unsubscribe"].strip("<>"))
    assert answer.status == 200
    assert not {"location", "set-cookie"} & set(answer.headers)
    assert state(bed) == "unsubscribed"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_may_be_multipart(bed: NewsletterBed) -> None:
    """newsletter#21: RFC 8058 §3.2 prefers it."""
    bed.bring_to("confirmed")
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n\xff'
    query = {"token": bed.keyring().sign("unsubscribe", NOON, bed.keyring().email_id(READER))}
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert bed.call("POST", "/unsubscribe", body, query=query, headers=headers).status == 200
    assert state(bed) == "unsubscribed"


@pytest.mark.parametrize("reached", STATES)
def test_unsubscribing_succeeds_in_every_state(bed: NewsletterBed, reached: str) -> None:
    """newsletter#7, newsletter#18: a suppressed email stays suppressed, and an unknown one gets no row."""
    bed.bring_to(reached)
    rows = bed.rows()
    token = bed.keyring().sign("unsubscribe", NOON, bed.keyring().email_id(READER))
    answers = [bed.call("POST", "/unsubscribe", {"token": token}) for _ in range(2)]
    assert [(answer.status, answer.json) for answer in answers] == [(200, {"status": "unsubscribed"})] * 2
    kept = {"new": "new", "suppressed": "suppressed", "bounced": "suppressed"}
    assert state(bed) == kept.get(reached, "unsubscribed")
    assert bed.deliver() == []
    assert bed.rows() == rows


def test_after_unsubscribing_the_same_mail_confirms_nothing(bed: NewsletterBed) -> None:
    """newsletter#18"""
    bed.bring_to("pending")
    [mail] = bed.outbox()
    page = bed.open(link(mail, "confirm"))
    bed.press(bed.open(link(mail, "unsubscribe")))
    assert bed.press(page).status == 400
    assert state(bed) == "unsubscribed"


def test_an_unsubscribed_reader_returns_by_a_new_mail_and_not_by_an_old_one(bed: NewsletterBed) -> None:
    """newsletter#18, newsletter#22: and every unsubscribe link, however old, works again."""
    bed.sign_up()
    bed.deliver()
    [first] = bed.outbox()
    bed.later(minutes=1)
    bed.press(bed.open(link(first, "confirm")))
    bed.press(bed.open(link(first, "unsubscribe")))
    assert bed.press(bed.open(link(first, "confirm"))).status == 400
    bed.later(minutes=1)
    bed.sign_up()
    assert bed.deliver() == []
    assert state(bed) == "pending"
    assert bed.press(bed.open(link(first, "confirm"))).status == 400
    second = bed.outbox()[-1]
    assert link(second, "confirm") != link(first, "confirm")
    assert bed.press(bed.open(link(second, "confirm"))).status == 200
    assert state(bed) == "confirmed"
    bed.later(days=2000)
    assert bed.press(bed.open(link(first, "unsubscribe"))).status == 200
    assert state(bed) == "unsubscribed"


def test_links_outlive_the_rotation_of_their_key(bed: NewsletterBed) -> None:
    """newsletter#22"""
    bed.bring_to("confirmed")
    mail = bed.outbox()[0]
    bed.rotate(current="2", **{"2": "n" * 64})
    bed.sign_up("second@example.org")
    bed.deliver()
    assert bed.press(bed.open(link(bed.outbox()[-1], "confirm"))).status == 200
    assert bed.press(bed.open(link(mail, "unsubscribe"))).status == 200
    assert state(bed) == "unsubscribed"


def test_a_new_key_is_read_within_minutes_and_not_at_each_call(bed: NewsletterBed) -> None:
    at = [0.0]
    keys = SigningKeys(bed.clients.secrets, bed.secret, lambda: at[0])
    assert keys.keyring().current == "1"
    bed.rotate(current="2", **{"2": "n" * 64})
    at[0] = REMEMBERED - 1
    assert keys.keyring().current == "1"
    at[0] = REMEMBERED
    assert keys.keyring().current == "2"


def test_an_email_without_a_token_unsubscribes_nobody(bed: NewsletterBed) -> None:
    """newsletter#23"""
    bed.bring_to("confirmed")
    for fields in ({"email": READER}, {"email": READER, "token": ""}, {"token": READER}):
        assert bed.submit(fields, "/unsubscribe").status == 400
        assert bed.call("POST", "/unsubscribe", fields).status == 400
    assert state(bed) == "confirmed"


def test_a_permanently_refused_mail_blocks_no_other(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in SES's sandbox, where this is every email that is not verified."""

    def refuse(*_: object, **__: object) -> None:
        raise MailRefusedPermanently("MessageRejected")

    ses = bed.mailer.deps().ses
    monkeypatch.setattr(ses, "send", refuse)
    bed.sign_up()
    assert bed.deliver() == []
    assert bed.outbox() == []


def test_a_refused_mail_is_sent_when_the_record_is_delivered_again(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#14: and the other mails of the batch are sent."""
    for address in ("one@example.org", "two@example.org", "three@example.org"):
        bed.sign_up(address)
    records = bed.records()
    ses = bed.mailer.deps().ses
    send = ses.send

    def refuse_one(address: str, message: bytes, reader: str) -> None:
        if address == "one@example.org":
            raise MailRefused("TooManyRequestsException")
        send(address, message, reader)

    monkeypatch.setattr(ses, "send", refuse_one)
    assert bed.deliver(records) == [records[0]["dynamodb"]["SequenceNumber"]]
    assert [mail["To"] for mail in bed.outbox()] == ["two@example.org", "three@example.org"]
    monkeypatch.setattr(ses, "send", send)
    assert bed.deliver(records) == []
    assert [mail["To"] for mail in bed.outbox()] == ["two@example.org", "three@example.org", "one@example.org"]


def test_a_lost_answer_of_ses_repeats_the_same_mail_at_worst(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#14, aws#21: a confirmation is sent at least once, always with the same link; SES gives each copy a
    Message-ID of its own, so mail programs show both."""
    bed.sign_up()
    records = bed.records()
    ses = bed.mailer.deps().ses
    send = ses.send

    def lose_the_answer(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        raise TimeoutError

    monkeypatch.setattr(ses, "send", lose_the_answer)
    assert len(bed.deliver(records)) == 1
    monkeypatch.setattr(ses, "send", send)
    bed.later(minutes=3)
    assert bed.deliver(records) == []
    first, second = bed.outbox()
    assert link(first, "confirm") == link(second, "confirm")
    ids = [mail["Message-ID"] for mail in (first, second)]
    assert ids[0] != ids[1]
    assert all(re.fullmatch(rf"<\S+@{REGION}\.amazonses\.com>", id) for id in ids)
    assert part(first, "plain") == part(second, "plain")


def test_a_reader_who_confirms_before_the_mail_is_recorded_is_confirmed(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed.sign_up()
    ses = bed.mailer.deps().ses
    send = ses.send

    def send_and_confirm(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        bed.press(bed.open(link(bed.outbox()[0], "confirm")))

    monkeypatch.setattr(ses, "send", send_and_confirm)
    assert bed.deliver() == []
    reader = bed.subscriber()
    assert reader
    assert (reader.state, reader.confirmations_sent_at, reader.awaiting_confirmation_since) == (
        "confirmed",
        (NOON,),
        None,
    )


def test_a_newer_sign_up_replaces_the_mail_of_an_older_one(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#14, newsletter#20: in the language of the newer one, and the links of both work."""
    bed.sign_up()
    records = bed.records()
    ses = bed.mailer.deps().ses
    send = ses.send

    def lose_the_answer(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        raise TimeoutError

    monkeypatch.setattr(ses, "send", lose_the_answer)
    assert len(bed.deliver(records)) == 1
    monkeypatch.setattr(ses, "send", send)
    bed.later(minutes=1)
    bed.sign_up(edition="ar")
    assert bed.deliver(records + bed.records()) == []
    first, second = bed.outbox()
    assert (first["Content-Language"], second["Content-Language"]) == ("en", "ar")
    assert link(first, "confirm") != link(second, "confirm")
    assert bed.press(bed.open(link(first, "confirm"))).status == 200


def test_a_lost_race_is_retried(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The retry of a confirmation finds that the reader has unsubscribed."""
    bed.bring_to("pending")
    [mail] = bed.outbox()
    page = bed.open(link(mail, "confirm"))
    subscribers = bed.newsletter.deps().subscribers
    commit = subscribers.commit
    raced: list[Subscriber] = []

    def lose_once(reader: Subscriber, pending: PendingEmail | None) -> None:
        if not raced:
            raced.append(reader)
            bed.press(bed.open(link(mail, "unsubscribe")))
        commit(reader, pending)

    monkeypatch.setattr(subscribers, "commit", lose_once)
    assert bed.press(page).status == 400
    assert state(bed) == "unsubscribed"


def test_a_race_that_is_always_lost_is_answered_with_503(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    bed.bring_to("pending")
    page = bed.open(link(bed.outbox()[0], "confirm"))
    subscribers = bed.newsletter.deps().subscribers

    def lose(*_: object) -> None:
        raise LostRace

    monkeypatch.setattr(subscribers, "commit", lose)
    refused = bed.press(page)
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")


def test_a_record_that_the_code_fails_on_becomes_a_dead_letter_and_blocks_no_other(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aws#11: an operator can send it to the mailer again."""
    bed.sign_up("first@example.org")
    bed.sign_up("second@example.org")
    ses = bed.mailer.deps().ses
    send = ses.send

    def fail_at_first(address: str, *rest: object, **more: object) -> None:
        if address == "first@example.org":
            raise RuntimeError("a name that the code does not understand")
        send(address, *rest, **more)

    monkeypatch.setattr(ses, "send", fail_at_first)
    assert bed.deliver() == []
    assert [mail["To"] for mail in bed.outbox()] == ["second@example.org"]
    [event] = bed.set_aside()
    monkeypatch.setattr(ses, "send", send)
    assert bed.deliver(event["Records"]) == []
    assert [mail["To"] for mail in bed.outbox()] == ["second@example.org", "first@example.org"]


@pytest.mark.parametrize(
    "outage", [EndpointConnectionError(endpoint_url="https://ses.example"), MailRefused("Throttled")]
)
def test_after_an_outage_the_mail_is_sent_when_the_record_is_delivered_again(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch, outage: Exception
) -> None:
    """aws#11"""
    bed.sign_up()
    ses = bed.mailer.deps().ses
    records = bed.records()

    def fail(*_: object, **__: object) -> None:
        raise outage

    with monkeypatch.context() as patch:
        patch.setattr(ses, "send", fail)
        assert len(bed.deliver(records)) == 1
    assert bed.set_aside() == []
    assert bed.deliver(records) == []
    assert len(bed.outbox()) == 1


def test_logs_contain_no_email_token_or_id(
    bed: NewsletterBed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#15: not even if an error's message quotes them."""
    log = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", log)
    bed.bring_to("confirmed")
    bed.submit({"email": "reader@"})
    bed.open(link(bed.outbox()[0], "confirm") + "x")
    bed.sign_up("other@example.org")
    ses = bed.mailer.deps().ses

    def fail(address: str, *_: object, **__: object) -> None:
        raise RuntimeError(f"cannot write to {address}")

    monkeypatch.setattr(ses, "send", fail)
    assert bed.deliver() == []
    assert len(bed.set_aside()) == 1
    written = "".join((log.getvalue(), *capsys.readouterr()))
    assert "the mailer failed for a subscriber" in written
    assert "SignUpRequested" in written
    keyring, reader = bed.keyring(), bed.subscriber()
    assert reader
    secrets = [READER, "other@", reader.id, keyring.email_id("other@example.org"), reader.nonce or "", "token"]
    secrets += [link(bed.outbox()[0], "confirm").rpartition("=")[2]]
    assert not [secret for secret in secrets if secret in written]


def test_one_click_in_an_issue_of_a_year_ago_unsubscribes(bed: NewsletterBed) -> None:
    """newsletter#21, newsletter#22: with the link that a mail of an issue has, also after its key was replaced."""
    bed.bring_to("confirmed")
    reader = bed.subscriber()
    assert reader
    unsubscribe = reader_link(bed.keyring(), bed.newsletter.site, UNSUBSCRIBE, reader.id, "en", bed.clock.at)
    bed.later(days=366)
    bed.rotate(**{"current": "2", "2": "n" * 64})
    assert bed.one_click(unsubscribe).status == 200
    assert state(bed) == "unsubscribed"
