"""Welcome and farewell: who gets one, once, and what stops it."""

import pytest

from broadsheet.store.ses import EmailRefusedForGood
from tests.api.newsletter.desk import READER, Desk, link

FAREWELL, WELCOME = 2, 1  # where they are in the outbox of one who came and went


def test_who_confirms_is_welcomed_and_who_leaves_is_told_so(desk: Desk) -> None:
    """newsletter#20: in their language, with what they may need."""
    desk.sign_up(edition="ar")
    desk.deliver()
    desk.press(desk.open(link(desk.outbox()[0], "confirm")))
    assert desk.deliver() == []
    desk.press(desk.open(link(desk.outbox()[WELCOME], "leave")))
    assert desk.deliver() == []
    assert [letter["Content-Language"] for letter in desk.outbox()] == ["ar"] * 3
    welcome, farewell = desk.outbox()[WELCOME:]
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in farewell
    assert desk.open(link(welcome, "preferences")).status == 200
    assert desk.open(link(farewell, "form")).status == 200
    assert desk.rows() == ["META", "REQUEST"]


def test_a_letter_is_sent_once_however_often_its_record_comes(desk: Desk) -> None:
    """newsletter#14"""
    desk.bring_to("pending")
    page = desk.open(link(desk.outbox()[0], "confirm"))
    desk.press(page)
    desk.press(page)
    records = desk.records()
    for _ in range(3):
        assert desk.deliver(records) == []
        desk.later(hours=1)
    assert len(desk.outbox()) == 2


def test_who_leaves_before_the_welcome_is_sent_gets_the_farewell_alone(desk: Desk) -> None:
    desk.bring_to("pending")
    [letter] = desk.outbox()
    desk.press(desk.open(link(letter, "confirm")))
    desk.press(desk.open(link(letter, "leave")))
    assert desk.deliver() == []
    assert len(desk.outbox()) == 2
    assert desk.open(link(desk.outbox()[1], "form")).status == 200


@pytest.mark.parametrize("reached", ["pending", "suppressed", "left"])
def test_nobody_else_gets_a_farewell(desk: Desk, reached: str) -> None:
    """One who declines has not been here, one who is suppressed is written to no more, one who left knows."""
    desk.bring_to(reached)
    sent = len(desk.outbox())
    desk.one_click(link(desk.outbox()[0], "leave"))
    assert desk.deliver() == []
    assert len(desk.outbox()) == sent


def test_one_who_is_erased_meanwhile_gets_no_letter(desk: Desk) -> None:
    """newsletter#25"""
    desk.bring_to("confirmed")
    welcome = desk.outbox()[WELCOME]
    desk.press(desk.open(link(welcome, "leave")))
    assert desk.call("POST", "/erase", {"token": link(welcome, "preferences").rpartition("=")[2]}).status == 200
    assert desk.deliver() == []
    assert len(desk.outbox()) == 2


def test_a_letter_that_ses_will_never_take_is_owed_no_longer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.bring_to("pending")
    desk.press(desk.open(link(desk.outbox()[0], "confirm")))
    _, postbox, _ = desk.mail.stores()
    with monkeypatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise EmailRefusedForGood("MessageRejected")

        patch.setattr(postbox, "send", refuse)
        assert desk.deliver() == []
    assert desk.rows() == ["META", "REQUEST"]
    desk.later(hours=2)
    desk.sign_up()
    assert desk.deliver() == []
    assert [letter["To"] for letter in desk.outbox()] == [READER]
