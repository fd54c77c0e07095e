"""The flows of the newsletter: the state of a subscriber, what the subscriber does, and the mails that follow."""

import re
from datetime import timedelta

from broadsheet.model.errors import TooManyRequests
from broadsheet.model.newsletter.bounces import MAX_SOFT_BOUNCES, MIN_SOFT_BOUNCING, Kind
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.store.subscribers import PREFIX
from tests.faults.invariants import must
from tests.faults.process import MINUTE, READER, Process
from tests.faults.subscriber_invariants import partitions
from tests.faults.sweep import Act, Flow
from tests.faults.testbed import TestBed, nothing

HOUR = timedelta(hours=1)
WEEKLY = Preferences("ar", ("city",), "weekly")
OTHER = "other@example.org"


def signed_up(bed: TestBed) -> None:
    bed.process().sign_up()


def mailed(bed: TestBed) -> None:
    """Pending, with a confirmation from noon."""
    bed.prepare(signed_up)
    bed.settle()


def signed_up_again(bed: TestBed) -> None:
    """Pending; signs up for another edition an hour after the mail."""
    bed.prepare(mailed)
    bed.process(HOUR).sign_up(edition="ar", source="/ar/")


def confirmed(bed: TestBed) -> None:
    """Confirmed; the welcome is pending."""
    bed.prepare(mailed)
    bed.process(MINUTE).confirm(token(bed, "confirm"))


def welcomed(bed: TestBed) -> None:
    bed.prepare(confirmed)
    bed.settle(MINUTE)


def signed_up_though_confirmed(bed: TestBed) -> None:
    bed.prepare(welcomed)
    bed.process(HOUR).sign_up()


def reminded(bed: TestBed) -> None:
    """Confirmed; signs up again within a day of a mail with links, which an earlier sign-up caused."""
    bed.prepare(signed_up_though_confirmed)
    bed.settle(HOUR)
    bed.process(2 * HOUR).sign_up()


def imported(bed: TestBed) -> None:
    """Imported; the mail that says so is pending."""
    bed.process().import_reader()


def asked_for_links(bed: TestBed) -> None:
    """Confirmed; asks for new links an hour after the confirmation mail."""
    bed.prepare(welcomed)
    bed.process(2 * HOUR).ask_for_links()


def asked_for_links_and_unsubscribed(bed: TestBed) -> None:
    bed.prepare(asked_for_links)
    bed.process(2 * HOUR).unsubscribe(token(bed, "unsubscribe"))


def asked_for_links_again(bed: TestBed) -> None:
    """Asks for new links within an hour of a mail with some."""
    bed.prepare(asked_for_links)
    bed.settle(2 * HOUR)
    bed.process(2 * HOUR + MINUTE).ask_for_links()


def unsubscribed(bed: TestBed) -> None:
    """Unsubscribed; the farewell is pending."""
    bed.prepare(welcomed)
    bed.process(2 * MINUTE).unsubscribe(token(bed, "unsubscribe"))


def farewell_sent(bed: TestBed) -> None:
    bed.prepare(unsubscribed)
    bed.settle(2 * MINUTE)


def signed_up_anew(bed: TestBed) -> None:
    bed.prepare(farewell_sent)
    bed.process(HOUR).sign_up()


def suppressed(bed: TestBed) -> None:
    bed.prepare(welcomed)
    bed.process().handle_notification(reader(bed), "complaint", 9)


def complained(bed: TestBed) -> None:
    """Suppressed after a complaint, which SES has on its own list."""
    bed.prepare(suppressed)
    bed.deployment.clients.ses.put_suppressed_destination(EmailAddress=READER, Reason="COMPLAINT")


def bounced_hard(bed: TestBed) -> None:
    """Confirmed, and suppressed after a hard bounce."""
    bed.prepare(welcomed)
    bed.process().handle_notification(reader(bed), "hard bounce", 9)


def complained_erased(bed: TestBed) -> None:
    bed.prepare(complained)
    bed.process(HOUR).erase()


def signed_up_erased(bed: TestBed) -> None:
    """Suppressed, then erased, then signed up."""
    bed.prepare(suppressed)
    bed.process(HOUR).erase()
    bed.process(2 * HOUR).sign_up()


def bounced(bed: TestBed) -> None:
    """One bounce fewer than suppresses."""
    bed.prepare(welcomed)
    for mail in range(2, MAX_SOFT_BOUNCES + 1):
        bed.process().handle_notification(reader(bed), "soft bounce", mail)


def counted(bed: TestBed) -> None:
    """All sign-ups that one network may make in an hour."""
    for _ in range(bed.site.newsletter.per_network):
        bed.process().sign_up(OTHER)
    bed.settle()


def answered(bed: TestBed) -> None:
    """The stream delivers all records of a subscriber again."""
    bed.prepare(farewell_sent)
    bed.subscribers.delivered = 0


def several_signed_up(bed: TestBed) -> None:
    """A subscriber who signs up again while the farewell is pending, and two others who have just signed up."""
    bed.prepare(unsubscribed)
    for address in (READER, OTHER, "third@example.org"):
        bed.process(HOUR).sign_up(address)


def reader(bed: TestBed) -> str:
    """The id of the only subscriber, as the tag of each mail has it."""
    [pk] = partitions(bed.moto.rows("Subscribers"))
    return pk.removeprefix(PREFIX)


def token(bed: TestBed, purpose: str, mail: int = 0) -> str:
    """The token in the link of a mail, by default the first."""
    return str(re.findall(rf"{purpose}\?\S*token=(\S+)", bed.moto.mails()[mail].text)[0])


def sign_up(_: TestBed, reader: Process) -> None:
    reader.sign_up()


def sign_up_for_another_edition(_: TestBed, reader: Process) -> None:
    reader.sign_up(edition="ar", source="/ar/")


def ask_for_links(_: TestBed, reader: Process) -> None:
    reader.ask_for_links()


def be_refused(bed: TestBed, reader: Process) -> None:
    before = bed.moto.state("Subscribers")
    try:
        reader.sign_up()
    except TooManyRequests:
        must(bed.moto.state("Subscribers") == before, "a refused sign-up was written")
        return
    must(False, "a sign-up was accepted above the limit")


def send_mail(bed: TestBed, mail: Process) -> None:
    """The mailer handles what waits in the stream."""
    bed.subscribers.deliver(mail.mail_records)


def confirm(bed: TestBed, reader: Process) -> None:
    reader.confirm(token(bed, "confirm"))


def prefer(_: TestBed, reader: Process) -> None:
    reader.prefer(WEEKLY)


def unsubscribe(bed: TestBed, reader: Process) -> None:
    reader.unsubscribe(token(bed, "unsubscribe"))


def unsubscribe_by_one_click(bed: TestBed, reader: Process) -> None:
    """By the List-Unsubscribe header of the last mail that has one."""
    headers = [dict(mail.headers).get("List-Unsubscribe", "") for mail in bed.moto.mails()]
    reader.unsubscribe(headers[-1].rstrip(">").rpartition("token=")[2])


def erase(_: TestBed, reader: Process) -> None:
    reader.erase()


def handle_notification(kind: Kind, mail: int) -> Act:
    """A notification of SES about a mail, by its number."""

    def act(bed: TestBed, function: Process) -> None:
        function.handle_notification(reader(bed), kind, mail)

    return act


def lift(_: TestBed, editor: Process) -> None:
    editor.lift()


def import_reader(_: TestBed, editor: Process) -> None:
    editor.import_reader()


def show_reader(_: TestBed, editor: Process) -> None:
    editor.show_reader()


def unsubscribe_reader(_: TestBed, editor: Process) -> None:
    editor.unsubscribe_reader()


def erase_reader(_: TestBed, editor: Process) -> None:
    editor.erase_reader()


READING = "GetSecretValue TransactGetItems "
SIGNING_UP = "GetSecretValue TransactWriteItems "
ERASING = "GetSecretValue TransactGetItems TransactWriteItems "
CLAIM = "GetItem TransactWriteItems "
CONFIRMATION = CLAIM + "SendEmail PutItem "
MAIL = "SendEmail DeleteItem "
LIFTING = "GetSecretValue GetItem DeleteSuppressedDestination PutItem "
NEWSLETTER = (
    Flow("sign up", nothing, sign_up, SIGNING_UP),
    Flow("sign up again before the mail is sent", signed_up, sign_up_for_another_edition, SIGNING_UP),
    Flow("sign up above the network's limit", counted, be_refused, SIGNING_UP),
    Flow("send a confirmation", signed_up, send_mail, READING + CONFIRMATION),
    Flow(
        "send another confirmation after a second sign-up",
        signed_up_again,
        send_mail,
        READING + CONFIRMATION,
        HOUR,
    ),
    Flow(
        "send a confirmation after unsubscribing",
        signed_up_anew,
        send_mail,
        READING + CONFIRMATION,
        HOUR,
    ),
    Flow(
        "send a reminder for the sign-up of a confirmed subscriber",
        signed_up_though_confirmed,
        send_mail,
        READING + CLAIM + MAIL,
        HOUR,
    ),
    Flow("handle another sign-up within a day", reminded, send_mail, READING + "GetItem DeleteItem ", 2 * HOUR),
    Flow("import a reader", nothing, import_reader, "GetSecretValue BatchGetItem TransactWriteItems "),
    Flow(
        "import a pending reader",
        signed_up_again,
        import_reader,
        "GetSecretValue BatchGetItem TransactWriteItems ",
        HOUR,
    ),
    Flow("send the mail after an import", imported, send_mail, READING + MAIL, MINUTE),
    Flow("an editor is shown a reader", mailed, show_reader, READING + "Query ", HOUR),
    Flow(
        "an editor unsubscribes a reader",
        welcomed,
        unsubscribe_reader,
        "GetSecretValue GetItem TransactWriteItems ",
        HOUR,
    ),
    Flow(
        "an editor unsubscribes a pending reader", mailed, unsubscribe_reader, "GetSecretValue GetItem PutItem ", HOUR
    ),
    Flow("an editor erases an imported reader", imported, erase_reader, ERASING, HOUR),
    Flow("handle a batch that is delivered again", answered, send_mail, READING, HOUR),
    Flow("confirm", mailed, confirm, "GetSecretValue GetItem TransactWriteItems UpdateItem ", MINUTE),
    Flow("send the welcome", confirmed, send_mail, READING + MAIL, MINUTE),
    Flow("change preferences", welcomed, prefer, "GetSecretValue GetItem PutItem ", HOUR),
    Flow("decline", mailed, unsubscribe, "GetSecretValue GetItem PutItem ", MINUTE),
    Flow("unsubscribe", welcomed, unsubscribe, "GetSecretValue GetItem TransactWriteItems ", HOUR),
    Flow(
        "unsubscribe by one click",
        welcomed,
        unsubscribe_by_one_click,
        "GetSecretValue GetItem TransactWriteItems ",
        HOUR,
    ),
    Flow("send the farewell", unsubscribed, send_mail, READING + MAIL, 2 * MINUTE),
    Flow(
        "send mail to several subscribers",
        several_signed_up,
        send_mail,
        READING + MAIL + CONFIRMATION + 2 * ("TransactGetItems " + CONFIRMATION),
        HOUR,
    ),
    Flow("ask for new links", welcomed, ask_for_links, SIGNING_UP, HOUR),
    Flow("send new links", asked_for_links, send_mail, READING + CLAIM + MAIL, 2 * HOUR),
    Flow(
        "handle a request for links of who has unsubscribed",
        asked_for_links_and_unsubscribed,
        send_mail,
        READING + MAIL + "DeleteItem ",
        2 * HOUR,
    ),
    Flow(
        "handle a request for links within an hour of a mail with some",
        asked_for_links_again,
        send_mail,
        READING + "GetItem DeleteItem ",
        2 * HOUR + MINUTE,
    ),
    Flow("erase a subscriber who asked for links", asked_for_links, erase, ERASING, 3 * HOUR),
    Flow("erase a pending subscriber", signed_up_again, erase, ERASING, HOUR),
    Flow(
        "erase a subscriber with a pending welcome",
        confirmed,
        erase,
        "GetSecretValue TransactGetItems TransactWriteItems ",
        HOUR,
    ),
    Flow("erase a suppressed subscriber", suppressed, erase, ERASING, HOUR),
    Flow("handle a sign-up of an erased subscriber", signed_up_erased, send_mail, READING + "DeleteItem ", 2 * HOUR),
    Flow("handle a hard bounce", mailed, handle_notification("hard bounce", 1), "GetItem PutItem ", HOUR),
    Flow("handle a complaint", confirmed, handle_notification("complaint", 1), "GetItem PutItem ", HOUR),
    Flow("handle a transient bounce", welcomed, handle_notification("soft bounce", 2), "GetItem PutItem ", HOUR),
    Flow(
        "handle the last of a row of bounces",
        bounced,
        handle_notification("soft bounce", 2 + MIN_SOFT_BOUNCING // MINUTE),
        "GetItem PutItem ",
        HOUR,
    ),
    Flow(
        "handle a delivery that ends a row of bounces",
        bounced,
        handle_notification("delivery", 9),
        "GetItem PutItem ",
        HOUR,
    ),
    Flow("lift a suppression after a complaint", complained, lift, LIFTING, HOUR),
    Flow("lift a suppression after a bounce", bounced_hard, lift, LIFTING, HOUR),
    Flow("lift a suppression of an erased subscriber", complained_erased, lift, LIFTING, 2 * HOUR),
    Flow("lift a suppression that there is not", welcomed, lift, "GetSecretValue GetItem ", HOUR),
)
