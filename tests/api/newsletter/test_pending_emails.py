"""The outbox: when a welcome, a farewell or a mail after an import is sent, once, and what cancels it."""

import pytest

from broadsheet.render.shared.locale import locale
from broadsheet.schemas.import_row import Batch
from broadsheet.services.subscriber_import import import_subscribers
from broadsheet.store.ses import MailRefusedPermanently
from tests.api.newsletter.bed import READER, NewsletterBed, link, part
from tests.api.newsletter.mails import SITE

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
    ses, records = bed.mailer.deps().ses, bed.records()
    with monkeypatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise MailRefusedPermanently("MessageRejected")

        patch.setattr(ses, "send", refuse)
        assert bed.deliver(records) == []
    assert bed.rows() == ["META", "SIGN_UP"]
    bed.later(hours=2)
    assert bed.deliver(records) == []
    assert [mail["To"] for mail in bed.outbox()] == [READER]


def import_reader(bed: NewsletterBed, edition: str = "en", source: str | None = "our former newsletter") -> None:
    """Import the reader, as the subscribers API does."""
    rows = [{"email": READER, "status": "subscribed", "consented_at": "2024-05-06T07:08:09Z", "edition": edition}]
    batch = Batch(rows, source=source)
    import_subscribers(bed.subscribers, bed.keyring(), bed.newsletter.site, bed.clock.at, batch)


@pytest.mark.parametrize("edition", ["en", "ar"])
def test_an_imported_reader_gets_one_mail_that_says_where_the_email_comes_from(
    bed: NewsletterBed, edition: str
) -> None:
    """newsletter#20, newsletter#21, newsletter#27: also when the import and the stream's record are repeated."""
    import_reader(bed, edition)
    records = bed.records()
    assert bed.deliver(records) == []
    bed.later(days=1)
    import_reader(bed, edition, "another list")
    assert bed.deliver(records + bed.records()) == []
    [mail] = bed.outbox()
    assert (mail["To"], mail["Content-Language"]) == (READER, edition)
    assert all("our former newsletter" in part(mail, kind) for kind in ("plain", "html"))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert READER in bed.open(link(mail, "preferences")).body
    assert bed.one_click(mail["List-Unsubscribe"].strip("<>")).status == 200
    reader = bed.subscriber()
    assert reader
    assert reader.state == "unsubscribed"


@pytest.mark.parametrize("leaves", [True, False])
def test_an_imported_reader_who_is_gone_before_the_mail_is_sent_does_not_get_it(
    bed: NewsletterBed, leaves: bool
) -> None:
    """newsletter#18, newsletter#25: the farewell takes its place; an erasure deletes it."""
    import_reader(bed)
    id = bed.keyring().email_id(READER)
    if leaves:
        bed.call("POST", "/unsubscribe", {"token": bed.keyring().sign("unsubscribe", bed.clock.at, id)})
    else:
        bed.call("POST", "/erase", {"token": bed.keyring().sign("preferences", bed.clock.at, id)})
    assert bed.deliver() == []
    assert [mail["Subject"] for mail in bed.outbox()] == [locale(SITE.editions["en"]).mails.farewell.subject] * leaves
