"""The outbox: when a welcome or a farewell is sent, once, and what cancels it."""

import pytest

from broadsheet.store.ses import MailRefusedPermanently
from tests.api.newsletter.bed import READER, NewsletterBed, link

FAREWELL, WELCOME = 2, 1  # their positions among the mails of a reader who confirmed and unsubscribed


def test_confirming_sends_a_welcome_and_unsubscribing_a_farewell(bed: NewsletterBed) -> None:
    """newsletter#20: in the reader's language, with the links that they may need."""
    bed.sign_up(edition="ar")
    bed.deliver()
    bed.press(bed.open(link(bed.outbox()[0], "confirm")))
    assert bed.deliver() == []
    bed.press(bed.open(link(bed.outbox()[WELCOME], "unsubscribe")))
    assert bed.deliver() == []
    assert [mail["Content-Language"] for mail in bed.outbox()] == ["ar"] * 3
    welcome, farewell = bed.outbox()[WELCOME:]
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in farewell
    assert bed.open(link(welcome, "preferences")).status == 200
    assert bed.open(link(farewell, "form")).status == 200
    assert bed.rows() == ["META", "SIGN_UP"]


def test_a_pending_email_is_sent_once_however_often_its_record_is_delivered(bed: NewsletterBed) -> None:
    """newsletter#14"""
    bed.bring_to("pending")
    page = bed.open(link(bed.outbox()[0], "confirm"))
    bed.press(page)
    bed.press(page)
    records = bed.records()
    for _ in range(3):
        assert bed.deliver(records) == []
        bed.later(hours=1)
    assert len(bed.outbox()) == 2


def test_unsubscribing_before_the_welcome_is_sent_sends_the_farewell_only(bed: NewsletterBed) -> None:
    bed.bring_to("pending")
    [mail] = bed.outbox()
    bed.press(bed.open(link(mail, "confirm")))
    bed.press(bed.open(link(mail, "unsubscribe")))
    assert bed.deliver() == []
    assert len(bed.outbox()) == 2
    assert bed.open(link(bed.outbox()[1], "form")).status == 200


@pytest.mark.parametrize("reached", ["pending", "suppressed", "unsubscribed"])
def test_only_confirmed_subscribers_get_a_farewell(bed: NewsletterBed, reached: str) -> None:
    """Pending subscribers never got the newsletter, suppressed ones get no mail, unsubscribed ones had a farewell."""
    bed.bring_to(reached)
    sent = len(bed.outbox())
    bed.one_click(link(bed.outbox()[0], "unsubscribe"))
    assert bed.deliver() == []
    assert len(bed.outbox()) == sent


def test_erasing_cancels_a_pending_email(bed: NewsletterBed) -> None:
    """newsletter#25"""
    bed.bring_to("confirmed")
    welcome = bed.outbox()[WELCOME]
    bed.press(bed.open(link(welcome, "unsubscribe")))
    assert bed.call("POST", "/erase", {"token": link(welcome, "preferences").rpartition("=")[2]}).status == 200
    assert bed.deliver() == []
    assert len(bed.outbox()) == 2


def test_a_permanently_refused_pending_email_is_deleted(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    bed.bring_to("pending")
    bed.press(bed.open(link(bed.outbox()[0], "confirm")))
    ses = bed.mailer.deps().ses
    with monkeypatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise MailRefusedPermanently("MessageRejected")

        patch.setattr(ses, "send", refuse)
        assert bed.deliver() == []
    assert bed.rows() == ["META", "SIGN_UP"]
    bed.later(hours=2)
    bed.sign_up()
    assert bed.deliver() == []
    assert [mail["To"] for mail in bed.outbox()] == [READER]
