"""The newsletter's flows: what there is of a reader before, what they do, and the mails that follow."""

import re
from datetime import timedelta

from broadsheet.model.errors import TooManyRequests
from broadsheet.model.newsletter.bounces import MAX_BOUNCES, Kind
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


def asked(bed: TestBed) -> None:
    bed.process().sign_up()


def mailed(bed: TestBed) -> None:
    """Pending, with a mail from noon."""
    bed.prepare(asked)
    bed.settle()


def asked_again(bed: TestBed) -> None:
    """Pending, and asking for another edition an hour after the mail."""
    bed.prepare(mailed)
    bed.process(HOUR).sign_up(edition="ar", source="/ar/")


def confirmed(bed: TestBed) -> None:
    """Subscribed, and owed a welcome."""
    bed.prepare(mailed)
    bed.process(MINUTE).confirm(token(bed, "confirm"))


def welcomed(bed: TestBed) -> None:
    bed.prepare(confirmed)
    bed.settle(MINUTE)


def asked_though_subscribed(bed: TestBed) -> None:
    bed.prepare(welcomed)
    bed.process(HOUR).sign_up()


def gone(bed: TestBed) -> None:
    """Left, and owed a farewell."""
    bed.prepare(welcomed)
    bed.process(2 * MINUTE).leave(token(bed, "leave"))


def said_farewell(bed: TestBed) -> None:
    bed.prepare(gone)
    bed.settle(2 * MINUTE)


def asked_to_come_back(bed: TestBed) -> None:
    bed.prepare(said_farewell)
    bed.process(HOUR).sign_up()


def suppressed(bed: TestBed) -> None:
    bed.prepare(welcomed)
    bed.process().handle_notification(reader(bed), "complained", 9)


def erased_and_asked(bed: TestBed) -> None:
    """Suppressed, erased, and signed up by somebody."""
    bed.prepare(suppressed)
    bed.process(HOUR).erase()
    bed.process(2 * HOUR).sign_up()


def bounced(bed: TestBed) -> None:
    """One bounce less than suppresses."""
    bed.prepare(welcomed)
    for mail in range(2, MAX_BOUNCES + 1):
        bed.process().handle_notification(reader(bed), "bounced for now", mail)


def counted(bed: TestBed) -> None:
    """All sign-ups that one network has in an hour."""
    for _ in range(bed.site.newsletter.per_network):
        bed.process().sign_up(OTHER)
    bed.settle()


def answered(bed: TestBed) -> None:
    """A reader of whom the stream brings all records again."""
    bed.prepare(said_farewell)
    bed.subscribers.delivered = 0


def in_a_batch(bed: TestBed) -> None:
    """One who asks to come back while the farewell is still owed, and two others who have just signed up."""
    bed.prepare(gone)
    for address in (READER, OTHER, "third@example.org"):
        bed.process(HOUR).sign_up(address)


def reader(bed: TestBed) -> str:
    """The id of the only reader there is, as the tag of each of their mails has it."""
    [pk] = partitions(bed.moto.rows("Subscribers"))
    return pk.removeprefix(PREFIX)


def token(bed: TestBed, purpose: str, mail: int = 0) -> str:
    """What the link of a mail carries, the first one's if none is named."""
    return str(re.findall(rf"{purpose}\?\S*token=(\S+)", bed.moto.mails()[mail].text)[0])


def sign_up(_: TestBed, reader: Process) -> None:
    reader.sign_up()


def sign_up_for_another_edition(_: TestBed, reader: Process) -> None:
    reader.sign_up(edition="ar", source="/ar/")


def be_refused(bed: TestBed, reader: Process) -> None:
    before = bed.moto.state("Subscribers")
    try:
        reader.sign_up()
    except TooManyRequests:
        must(bed.moto.state("Subscribers") == before, "something was written of a sign-up that was refused")
        return
    must(False, "a sign-up was let in by a full count")


def answer(bed: TestBed, mail: Process) -> None:
    """What the mail function does with what the stream holds."""
    bed.subscribers.deliver(mail.mail_records)


def confirm(bed: TestBed, reader: Process) -> None:
    reader.confirm(token(bed, "confirm"))


def prefer(_: TestBed, reader: Process) -> None:
    reader.prefer(WEEKLY)


def leave(bed: TestBed, reader: Process) -> None:
    reader.leave(token(bed, "leave"))


def leave_by_one_click(bed: TestBed, reader: Process) -> None:
    """By the header of the last mail that has one."""
    headers = [dict(mail.headers).get("List-Unsubscribe", "") for mail in bed.moto.mails()]
    reader.leave(headers[-1].rstrip(">").rpartition("token=")[2])


def erase(_: TestBed, reader: Process) -> None:
    reader.erase()


def handle_notification(kind: Kind, mail: int) -> Act:
    """A notice of SES about a mail, by its number."""

    def act(bed: TestBed, function: Process) -> None:
        function.handle_notification(reader(bed), kind, mail)

    return act


ANSWERING = "GetSecretValue TransactGetItems "
ASKED = "GetSecretValue TransactWriteItems "
CONFIRMATION = "PutItem SendEmail PutItem "
LETTER = "SendEmail DeleteItem "
NEWSLETTER = (
    Flow("sign up", nothing, sign_up, ASKED),
    Flow("sign up again before the mail is sent", asked, sign_up_for_another_edition, ASKED),
    Flow("sign up where the network's count is full", counted, be_refused, ASKED),
    Flow("send a confirmation", asked, answer, ANSWERING + CONFIRMATION),
    Flow(
        "send another confirmation to one who has changed their mind",
        asked_again,
        answer,
        ANSWERING + CONFIRMATION,
        HOUR,
    ),
    Flow("send a confirmation to one who had left", asked_to_come_back, answer, ANSWERING + CONFIRMATION, HOUR),
    Flow("answer the sign-up of one who is subscribed", asked_though_subscribed, answer, ANSWERING, HOUR),
    Flow("answer a batch that comes again", answered, answer, ANSWERING, HOUR),
    Flow("confirm", mailed, confirm, "GetSecretValue GetItem TransactWriteItems ", MINUTE),
    Flow("send the welcome", confirmed, answer, ANSWERING + LETTER, MINUTE),
    Flow("change preferences", welcomed, prefer, "GetSecretValue GetItem PutItem ", HOUR),
    Flow("decline", mailed, leave, "GetSecretValue GetItem PutItem ", MINUTE),
    Flow("leave", welcomed, leave, "GetSecretValue GetItem TransactWriteItems ", HOUR),
    Flow("leave by one click", welcomed, leave_by_one_click, "GetSecretValue GetItem TransactWriteItems ", HOUR),
    Flow("send the farewell", gone, answer, ANSWERING + LETTER, 2 * MINUTE),
    Flow(
        "answer several readers",
        in_a_batch,
        answer,
        ANSWERING + LETTER + CONFIRMATION + 2 * ("TransactGetItems " + CONFIRMATION),
        HOUR,
    ),
    Flow("erase one who is pending", asked_again, erase, "GetSecretValue TransactGetItems TransactWriteItems ", HOUR),
    Flow(
        "erase one who is owed a welcome", confirmed, erase, "GetSecretValue TransactGetItems TransactWriteItems ", HOUR
    ),
    Flow("erase one who is suppressed", suppressed, erase, "GetSecretValue TransactGetItems TransactWriteItems ", HOUR),
    Flow("answer a sign-up of one who was erased", erased_and_asked, answer, ANSWERING + "DeleteItem ", 2 * HOUR),
    Flow("handle a hard bounce", mailed, handle_notification("bounced", 1), "GetItem PutItem ", HOUR),
    Flow("handle a complaint", confirmed, handle_notification("complained", 1), "GetItem PutItem ", HOUR),
    Flow("handle a bounce for now", welcomed, handle_notification("bounced for now", 2), "GetItem PutItem ", HOUR),
    Flow(
        "handle the last of a row of bounces",
        bounced,
        handle_notification("bounced for now", 9),
        "GetItem PutItem ",
        HOUR,
    ),
    Flow(
        "handle a delivery that ends a row of bounces",
        bounced,
        handle_notification("delivered", 9),
        "GetItem PutItem ",
        HOUR,
    ),
)
