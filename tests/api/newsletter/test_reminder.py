"""A confirmed reader who lost the welcome signs up again from the form, and gets one mail with links, once a day."""

from datetime import timedelta

import pytest

from broadsheet.render.shared.locale import locale
from broadsheet.store.ses import MailRefused, MailRefusedPermanently
from tests.api.newsletter.bed import READER, NewsletterBed, link
from tests.api.newsletter.mails import SITE
from tests.api.newsletter.test_links import ask
from tests.api.newsletter.test_preferences import own_token


def sign_up_again(bed: NewsletterBed, source_ip: str = "198.18.0.1") -> int:
    """Sign up, deliver, and count the mails that follow."""
    sent = len(bed.outbox())
    assert bed.sign_up(source_ip=source_ip).status == 202
    assert bed.deliver() == []
    return len(bed.outbox()) - sent


@pytest.mark.parametrize("edition", SITE.editions)
def test_a_confirmed_reader_who_signs_up_again_gets_the_link_to_their_page(bed: NewsletterBed, edition: str) -> None:
    """newsletter#17, newsletter#20, newsletter#21: in the language of the subscription, which does not change."""
    bed.bring_to("confirmed")
    bed.call("POST", "/preferences", {"token": own_token(bed), "edition": edition})
    before, other = bed.subscriber(), "ar" if edition == "en" else "en"
    assert bed.submit({"email": READER, "edition": other, "frequency": "weekly"}).status == 202
    assert bed.deliver() == []
    mail = bed.outbox()[-1]
    assert mail["Subject"] == locale(SITE.editions[edition]).mails.reminder.subject
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (bed.subscriber(), bed.rows()) == (before, ["META"])
    assert READER in bed.open(link(mail, "preferences")).body
    assert bed.press(bed.open(link(mail, "unsubscribe"))).status == 200


def test_a_reader_who_confirmed_a_minute_ago_gets_it_too(bed: NewsletterBed) -> None:
    """The confirmation mail of the same hour does not count: it was answered."""
    bed.bring_to("pending")
    assert bed.press(bed.open(link(bed.outbox()[-1], "confirm"))).status == 200
    bed.deliver()
    bed.later(minutes=1)
    assert sign_up_again(bed) == 1


def test_an_address_gets_one_such_mail_a_day(bed: NewsletterBed) -> None:
    """newsletter#11: from any network; a sign-up that causes none leaves nothing."""
    bed.bring_to("confirmed")
    began, mails = bed.clock.at, 0
    for minutes, total in {0: 1, 1: 1, 60: 1, 24 * 60 - 1: 1, 24 * 60: 2, 24 * 60 + 1: 2}.items():
        bed.clock.at = began + timedelta(minutes=minutes)
        mails += sign_up_again(bed, f"198.18.{minutes % 250}.1")
        assert (mails, bed.rows()) == (total, ["META"]), minutes


def test_new_links_of_the_same_day_are_enough_and_may_follow(bed: NewsletterBed) -> None:
    """newsletter#11: the links that a reader asked for are the same ones."""
    bed.bring_to("confirmed")
    bed.later(days=1)
    ask(bed)
    bed.deliver()
    bed.later(hours=2)
    assert sign_up_again(bed) == 0
    bed.later(days=1)
    assert sign_up_again(bed) == 1
    bed.later(hours=1)
    ask(bed)
    sent = len(bed.outbox())
    bed.deliver()
    assert len(bed.outbox()) == sent + 1


def test_a_sign_up_from_before_the_confirmation_causes_no_such_mail(bed: NewsletterBed) -> None:
    """newsletter#14: however late the stream delivers it again."""
    bed.sign_up()
    records = bed.records()
    bed.deliver(records)
    bed.later(minutes=1)
    bed.press(bed.open(link(bed.outbox()[-1], "confirm")))
    bed.deliver()
    bed.later(days=2)
    assert bed.deliver(records) == []
    assert len(bed.outbox()) == 2


def test_a_lost_answer_of_ses_repeats_the_same_mail_at_worst(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#14: and records that are delivered again after that cause none."""
    bed.bring_to("confirmed")
    bed.sign_up()
    records, ses = bed.records(), bed.mailer.deps().ses
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
    sent = len(bed.outbox())
    for _ in range(2):
        assert bed.deliver(records) == []
    assert len(bed.outbox()) == sent + 1
    first, second = bed.outbox()[-2:]
    assert link(first, "preferences") == link(second, "preferences")


def test_a_permanently_refused_mail_is_not_tried_again(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    bed.bring_to("confirmed")
    bed.sign_up()

    def refuse(*_: object) -> None:
        raise MailRefusedPermanently("MessageRejected")

    monkeypatch.setattr(bed.mailer.deps().ses, "send", refuse)
    assert bed.deliver() == []
    assert bed.rows() == ["META"]
