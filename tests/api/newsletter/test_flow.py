"""From an address in a form to a confirmed reader, and out again."""

import io
import logging
import re

import pytest
from botocore.exceptions import EndpointConnectionError

from broadsheet.model.newsletter.subscriber import Consent, PendingEmail, Person, Preferences, Subscriber
from broadsheet.store.conflict import LostRace
from broadsheet.store.secrets import REMEMBERED, SigningKeys
from broadsheet.store.ses import EmailRefused, EmailRefusedForGood
from broadsheet.telemetry import logger
from infra.local.account import REGION
from tests.api.newsletter.desk import READER, Desk, link, part
from tests.world import NOON

STATES = ["new", "pending", "confirmed", "left", "suppressed"]


def state(desk: Desk, address: str = READER) -> str:
    reader = desk.subscriber(address)
    return reader.state if reader else "new"


def test_an_address_goes_in_and_a_reader_is_subscribed(desk: Desk) -> None:
    """newsletter#16, newsletter#19"""
    accepted = desk.submit({"email": READER, "edition": "en", "source": "/en/2026/03/14/ferry/"})
    assert accepted.status == 202
    assert state(desk) == "new"
    desk.later(seconds=1)
    assert desk.deliver() == []
    [letter] = desk.outbox()
    assert letter["To"] == READER
    assert state(desk) == "pending"
    desk.later(minutes=5)
    confirmed = desk.press(desk.open(link(letter, "confirm")))
    assert confirmed.status == 200
    assert "You are subscribed" in confirmed.body
    reader = desk.subscriber()
    assert reader
    consent = Consent(NOON, "/en/2026/03/14/ferry/", "1", "en")
    assert reader.state == "confirmed"
    assert reader.person == Person(READER, Preferences("en"), consent, desk.clock.at)


def test_following_a_link_changes_nothing(desk: Desk) -> None:
    """newsletter#1, newsletter#16, newsletter#22: mail scanners follow links."""
    desk.bring_to("pending")
    [letter] = desk.outbox()
    for purpose in ("confirm", "leave"):
        with desk.calls() as calls:
            page = desk.open(link(letter, purpose))
        assert page.status == 200
        assert page.body.count("<button") == 1
        assert set(calls) <= {"GetSecretValue"}
    assert state(desk) == "pending"


@pytest.mark.parametrize("form", [True, False])
def test_the_answer_is_the_same_in_every_state_and_so_are_the_calls(desk: Desk, form: bool) -> None:
    """newsletter#7: status, headers, body, and the one write that is made."""
    seen = []
    desk.sign_up("warm@example.org")
    for number, reached in enumerate(STATES):
        address = f"reader{number}@example.org"
        desk.bring_to(reached, address)
        assert state(desk, address) == reached
        with desk.calls() as calls:
            answer = desk.submit({"email": address}) if form else desk.sign_up(address)
        assert address not in answer.body
        seen.append((answer, calls))
    assert all(one == seen[0] for one in seen)
    assert (seen[0][0].status, seen[0][1]) == (202, ["TransactWriteItems"])


def test_a_cold_start_adds_two_calls_to_a_sign_up(desk: Desk) -> None:
    """newsletter#7"""
    with desk.calls() as calls:
        desk.sign_up()
    assert calls == ["GetSecretValue", "GetSecretValue", "TransactWriteItems"]


@pytest.mark.parametrize(
    ("reached", "mails"), [("new", 1), ("pending", 1), ("confirmed", 0), ("left", 1), ("suppressed", 0)]
)
def test_a_mail_goes_only_to_whom_it_can_do_good(desk: Desk, reached: str, mails: int) -> None:
    """newsletter#17, newsletter#18: two hours after the last one, where there was one."""
    desk.bring_to(reached)
    before = desk.subscriber()
    sent = len(desk.outbox())
    desk.sign_up(edition="ar", source="/ar/")
    assert desk.deliver() == []
    assert len(desk.outbox()) - sent == mails
    if not mails:
        assert desk.subscriber() == before


def test_a_double_click_makes_one_row_and_one_mail(desk: Desk) -> None:
    """newsletter#14"""
    for address in (READER, "Reader@Example.ORG", "READER@example.org"):
        desk.sign_up(address)
        desk.later(seconds=1)
    desk.submit({"email": READER})
    assert desk.deliver() == []
    desk.sign_up()
    assert desk.deliver() == []
    assert len(desk.outbox()) == 1
    assert desk.rows() == ["META", "REQUEST"]  # the reader, and the latest request


def test_records_that_come_again_send_nothing_again(desk: Desk) -> None:
    """newsletter#14: at once, hours later, and after the reader has gone on."""
    desk.sign_up()
    records = desk.records()
    for _ in range(3):
        assert desk.deliver(records) == []
        desk.later(hours=5)
    [letter] = desk.outbox()
    desk.press(desk.open(link(letter, "confirm")))
    assert desk.deliver(records) == []
    desk.press(desk.open(link(letter, "leave")))
    assert desk.deliver(records) == []
    assert desk.deliver(records) == []
    assert len(desk.outbox()) == 3  # the welcome and the farewell, which were owed
    assert state(desk) == "left"


def test_a_record_whose_request_has_expired_is_nothing(desk: Desk) -> None:
    """newsletter#12"""
    desk.sign_up()
    records = desk.records()
    desk.cloud.dynamodb.delete_item(TableName=desk.table, Key=records[0]["dynamodb"]["Keys"])
    assert desk.deliver(records) == []
    assert desk.outbox() == []


def test_what_a_record_says_besides_its_key_is_not_believed(desk: Desk) -> None:
    desk.sign_up()
    [record] = desk.records()
    record["dynamodb"]["NewImage"] = {"address": {"S": "other@example.org"}}
    assert desk.deliver([record]) == []
    assert [letter["To"] for letter in desk.outbox()] == [READER]


def test_a_request_is_cleaned_up_after_a_day(desk: Desk) -> None:
    """newsletter#12"""
    desk.sign_up()
    rows = {row["pk"]["S"][:6]: row for row in desk.cloud.dynamodb.scan(TableName=desk.table)["Items"]}
    assert int(rows["SUBSCR"]["expires_at"]["N"]) == int(NOON.timestamp()) + 86400
    assert int(rows["RATE#"]["expires_at"]["N"]) == int(NOON.timestamp()) + 3600 + 86400
    table = desk.cloud.dynamodb.describe_time_to_live(TableName=desk.table)["TimeToLiveDescription"]
    assert table["AttributeName"] == "expires_at"


def test_confirming_twice_is_a_success(desk: Desk) -> None:
    """newsletter#16"""
    desk.bring_to("pending")
    page = desk.open(link(desk.outbox()[0], "confirm"))
    first = desk.press(page)
    before = desk.subscriber()
    desk.later(days=1)
    assert desk.press(page) == first
    assert desk.subscriber() == before


def test_a_confirmation_expires_after_seven_days(desk: Desk) -> None:
    """newsletter#15"""
    desk.sign_up()
    desk.deliver()
    page = desk.open(link(desk.outbox()[0], "confirm"))
    desk.later(days=7, seconds=1)
    assert desk.press(page).status == 400
    assert desk.open(link(desk.outbox()[0], "confirm")).status == 400
    assert state(desk) == "pending"


def test_leaving_by_the_mail_programs_own_button(desk: Desk) -> None:
    """newsletter#21: no cookie, no redirect, 200."""
    desk.bring_to("confirmed")
    letter = desk.outbox()[0]
    left = desk.one_click(letter["List-Unsubscribe"].strip("<>"))
    assert left.status == 200
    assert not {"location", "set-cookie"} & set(left.headers)
    assert state(desk) == "left"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_may_come_as_multipart(desk: Desk) -> None:
    """newsletter#21: RFC 8058 §3.2 prefers it."""
    desk.bring_to("confirmed")
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n\xff'
    query = {"token": desk.keyring().sign("leave", NOON, desk.keyring().email_id(READER))}
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert desk.call("POST", "/leave", body, query=query, headers=headers).status == 200
    assert state(desk) == "left"


@pytest.mark.parametrize("reached", STATES)
def test_leaving_is_a_success_in_every_state(desk: Desk, reached: str) -> None:
    """newsletter#7, newsletter#18: the suppressed stay so, and nobody is made a row."""
    desk.bring_to(reached)
    rows = desk.rows()
    token = desk.keyring().sign("leave", NOON, desk.keyring().email_id(READER))
    answers = [desk.call("POST", "/leave", {"token": token}) for _ in range(2)]
    assert [(answer.status, answer.json) for answer in answers] == [(200, {"status": "left"})] * 2
    assert state(desk) == {"new": "new", "suppressed": "suppressed"}.get(reached, "left")
    assert desk.deliver() == []
    assert desk.rows() == rows


def test_who_declines_cannot_be_confirmed_by_the_same_mail(desk: Desk) -> None:
    """newsletter#18"""
    desk.bring_to("pending")
    [letter] = desk.outbox()
    page = desk.open(link(letter, "confirm"))
    desk.press(desk.open(link(letter, "leave")))
    assert desk.press(page).status == 400
    assert state(desk) == "left"


def test_who_left_comes_back_by_a_new_mail_and_by_no_old_one(desk: Desk) -> None:
    """newsletter#18, newsletter#22: and every leave link, however old, works again."""
    desk.sign_up()
    desk.deliver()
    [first] = desk.outbox()
    desk.later(minutes=1)
    desk.press(desk.open(link(first, "confirm")))
    desk.press(desk.open(link(first, "leave")))
    assert desk.press(desk.open(link(first, "confirm"))).status == 400
    desk.later(minutes=1)
    desk.sign_up()
    assert desk.deliver() == []
    assert state(desk) == "pending"
    assert desk.press(desk.open(link(first, "confirm"))).status == 400
    second = desk.outbox()[-1]
    assert link(second, "confirm") != link(first, "confirm")
    assert desk.press(desk.open(link(second, "confirm"))).status == 200
    assert state(desk) == "confirmed"
    desk.later(days=2000)
    assert desk.press(desk.open(link(first, "leave"))).status == 200
    assert state(desk) == "left"


def test_links_outlive_the_rotation_of_their_key(desk: Desk) -> None:
    """newsletter#22"""
    desk.bring_to("confirmed")
    letter = desk.outbox()[0]
    desk.rotate(current="2", **{"2": "n" * 64})
    desk.sign_up("second@example.org")
    desk.deliver()
    assert desk.press(desk.open(link(desk.outbox()[-1], "confirm"))).status == 200
    assert desk.press(desk.open(link(letter, "leave"))).status == 200
    assert state(desk) == "left"


def test_a_new_key_arrives_within_minutes_and_is_not_asked_for_at_each_call(desk: Desk) -> None:
    at = [0.0]
    keys = SigningKeys(desk.cloud.secrets, desk.secret, lambda: at[0])
    assert keys.keyring().current == "1"
    desk.rotate(current="2", **{"2": "n" * 64})
    at[0] = REMEMBERED - 1
    assert keys.keyring().current == "1"
    at[0] = REMEMBERED
    assert keys.keyring().current == "2"


def test_a_bare_address_removes_nobody(desk: Desk) -> None:
    """newsletter#23"""
    desk.bring_to("confirmed")
    for fields in ({"email": READER}, {"email": READER, "token": ""}, {"token": READER}):
        assert desk.submit(fields, "/leave").status == 400
        assert desk.call("POST", "/leave", fields).status == 400
    assert state(desk) == "confirmed"


def test_a_mail_that_ses_will_never_take_holds_up_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in SES's sandbox, where any stranger's address is such a one."""

    def refuse(*_: object, **__: object) -> None:
        raise EmailRefusedForGood("MessageRejected")

    _, postbox, _ = desk.mail.stores()
    monkeypatch.setattr(postbox, "send", refuse)
    desk.sign_up()
    assert desk.deliver() == []
    assert desk.outbox() == []


def test_a_refused_mail_is_sent_when_the_record_comes_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#14: and others of the batch get theirs."""
    for address in ("one@example.org", "two@example.org", "three@example.org"):
        desk.sign_up(address)
    records = desk.records()
    _, postbox, _ = desk.mail.stores()
    send = postbox.send

    def refuse_one(address: str, message: bytes, reader: str) -> None:
        if address == "one@example.org":
            raise EmailRefused("TooManyRequestsException")
        send(address, message, reader)

    monkeypatch.setattr(postbox, "send", refuse_one)
    assert desk.deliver(records) == [records[0]["dynamodb"]["SequenceNumber"]]
    assert [letter["To"] for letter in desk.outbox()] == ["two@example.org", "three@example.org"]
    monkeypatch.setattr(postbox, "send", send)
    assert desk.deliver(records) == []
    assert [letter["To"] for letter in desk.outbox()] == ["two@example.org", "three@example.org", "one@example.org"]


def test_a_lost_answer_repeats_the_same_mail_at_worst(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#14, aws#21: a confirmation is sent at least once, always with the same link; SES gives each copy a
    Message-ID of its own, so mail programs show both and nothing may count on their being one."""
    desk.sign_up()
    records = desk.records()
    _, postbox, _ = desk.mail.stores()
    send = postbox.send

    def lose_the_answer(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        raise TimeoutError

    monkeypatch.setattr(postbox, "send", lose_the_answer)
    assert len(desk.deliver(records)) == 1
    monkeypatch.setattr(postbox, "send", send)
    desk.later(minutes=3)
    assert desk.deliver(records) == []
    first, second = desk.outbox()
    assert link(first, "confirm") == link(second, "confirm")
    ids = [mail["Message-ID"] for mail in (first, second)]
    assert ids[0] != ids[1]
    assert all(re.fullmatch(rf"<\S+@{REGION}\.amazonses\.com>", id) for id in ids)
    assert part(first, "plain") == part(second, "plain")


def test_a_reader_who_confirms_before_the_mail_is_recorded_is_confirmed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sign_up()
    _, postbox, _ = desk.mail.stores()
    send = postbox.send

    def send_and_confirm(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        desk.press(desk.open(link(desk.outbox()[0], "confirm")))

    monkeypatch.setattr(postbox, "send", send_and_confirm)
    assert desk.deliver() == []
    reader = desk.subscriber()
    assert reader
    assert (reader.state, reader.mailed, reader.unanswered_at) == ("confirmed", (NOON,), None)


def test_the_mail_of_another_sign_up_is_another_mail(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#14, newsletter#20: in the language wanted last, and the links of both work."""
    desk.sign_up()
    records = desk.records()
    _, postbox, _ = desk.mail.stores()
    send = postbox.send

    def lose_the_answer(address: str, message: bytes, reader: str) -> None:
        send(address, message, reader)
        raise TimeoutError

    monkeypatch.setattr(postbox, "send", lose_the_answer)
    assert len(desk.deliver(records)) == 1
    monkeypatch.setattr(postbox, "send", send)
    desk.later(minutes=1)
    desk.sign_up(edition="ar")
    assert desk.deliver(records + desk.records()) == []
    first, second = desk.outbox()
    assert (first["Content-Language"], second["Content-Language"]) == ("en", "ar")
    assert link(first, "confirm") != link(second, "confirm")
    assert desk.press(desk.open(link(first, "confirm"))).status == 200


def test_a_lost_race_is_run_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A confirmation that meets a leaving: whoever comes second sees the first."""
    desk.bring_to("pending")
    [letter] = desk.outbox()
    page = desk.open(link(letter, "confirm"))
    subscribers, *_ = desk.newsletter.stores()
    commit = subscribers.commit
    raced: list[Subscriber] = []

    def lose_once(reader: Subscriber, owed: PendingEmail | None) -> None:
        if not raced:
            raced.append(reader)
            desk.press(desk.open(link(letter, "leave")))
        commit(reader, owed)

    monkeypatch.setattr(subscribers, "commit", lose_once)
    assert desk.press(page).status == 400
    assert state(desk) == "left"


def test_a_race_that_is_never_won_is_answered_with_503(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.bring_to("pending")
    page = desk.open(link(desk.outbox()[0], "confirm"))
    subscribers, *_ = desk.newsletter.stores()

    def lose(*_: object) -> None:
        raise LostRace

    monkeypatch.setattr(subscribers, "commit", lose)
    assert desk.press(page).status == 503


def test_a_reader_whom_the_code_cannot_answer_is_set_aside_and_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aws#11: by hand they are answered later."""
    desk.sign_up("first@example.org")
    desk.sign_up("second@example.org")
    _, postbox, _ = desk.mail.stores()
    send = postbox.send

    def fail_at_first(address: str, *rest: object, **more: object) -> None:
        if address == "first@example.org":
            raise RuntimeError("a name that the code does not understand")
        send(address, *rest, **more)

    monkeypatch.setattr(postbox, "send", fail_at_first)
    assert desk.deliver() == []
    assert [mail["To"] for mail in desk.outbox()] == ["second@example.org"]
    [event] = desk.set_aside()
    monkeypatch.setattr(postbox, "send", send)
    assert desk.deliver(event["Records"]) == []
    assert [mail["To"] for mail in desk.outbox()] == ["second@example.org", "first@example.org"]


@pytest.mark.parametrize(
    "outage", [EndpointConnectionError(endpoint_url="https://ses.example"), EmailRefused("Throttled")]
)
def test_in_an_outage_a_reader_is_answered_when_the_record_comes_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, outage: Exception
) -> None:
    """aws#11"""
    desk.sign_up()
    _, postbox, _ = desk.mail.stores()
    records = desk.records()

    def fail(*_: object, **__: object) -> None:
        raise outage

    with monkeypatch.context() as patch:
        patch.setattr(postbox, "send", fail)
        assert len(desk.deliver(records)) == 1
    assert desk.set_aside() == []
    assert desk.deliver(records) == []
    assert len(desk.outbox()) == 1


def test_logs_hold_neither_address_nor_token_nor_id(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#15: not even when something goes wrong whose message quotes them."""
    log = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", log)
    desk.bring_to("confirmed")
    desk.submit({"email": "reader@"})
    desk.open(link(desk.outbox()[0], "confirm") + "x")
    desk.sign_up("other@example.org")
    _, postbox, _ = desk.mail.stores()

    def fail(address: str, *_: object, **__: object) -> None:
        raise RuntimeError(f"cannot write to {address}")

    monkeypatch.setattr(postbox, "send", fail)
    assert desk.deliver() == []
    assert len(desk.set_aside()) == 1
    written = "".join((log.getvalue(), *capsys.readouterr()))
    assert "a reader cannot be answered" in written
    assert "SignUpRequested" in written
    keyring, reader = desk.keyring(), desk.subscriber()
    assert reader
    secrets = [READER, "other@", reader.id, keyring.email_id("other@example.org"), reader.nonce or "", "token"]
    secrets += [link(desk.outbox()[0], "confirm").rpartition("=")[2]]
    assert not [secret for secret in secrets if secret in written]
