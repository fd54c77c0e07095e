"""The newsletter's flows: what there is of a reader before, what they do, and the mails that follow."""

import re
from datetime import timedelta

from broadsheet.model.errors import TooManyRequests
from broadsheet.model.newsletter.bounces import MAX_SOFT_BOUNCES, Kind
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.store.subscribers import PREFIX
from tests.faults.harness import Act, Flow
from tests.faults.held import partitions
from tests.faults.invariants import must
from tests.faults.scene import MINUTE, READER, Process, TestBed, nothing

HOUR = timedelta(hours=1)
WEEKLY = Preferences("ar", ("city",), "weekly")
OTHER = "other@example.org"


def asked(stage: TestBed) -> None:
    stage.process().sign_up()


def mailed(stage: TestBed) -> None:
    """Pending, with a mail from noon."""
    stage.prepare(asked)
    stage.settle()


def asked_again(stage: TestBed) -> None:
    """Pending, and asking for another edition an hour after the mail."""
    stage.prepare(mailed)
    stage.process(HOUR).sign_up(edition="ar", source="/ar/")


def confirmed(stage: TestBed) -> None:
    """Subscribed, and owed a welcome."""
    stage.prepare(mailed)
    stage.process(MINUTE).confirm(token(stage, "confirm"))


def welcomed(stage: TestBed) -> None:
    stage.prepare(confirmed)
    stage.settle(MINUTE)


def asked_though_subscribed(stage: TestBed) -> None:
    stage.prepare(welcomed)
    stage.process(HOUR).sign_up()


def gone(stage: TestBed) -> None:
    """Left, and owed a farewell."""
    stage.prepare(welcomed)
    stage.process(2 * MINUTE).unsubscribe(token(stage, "unsubscribe"))


def said_farewell(stage: TestBed) -> None:
    stage.prepare(gone)
    stage.settle(2 * MINUTE)


def asked_to_come_back(stage: TestBed) -> None:
    stage.prepare(said_farewell)
    stage.process(HOUR).sign_up()


def suppressed(stage: TestBed) -> None:
    stage.prepare(welcomed)
    stage.process().heed(reader(stage), "complaint", 9)


def erased_and_asked(stage: TestBed) -> None:
    """Suppressed, erased, and signed up by somebody."""
    stage.prepare(suppressed)
    stage.process(HOUR).erase()
    stage.process(2 * HOUR).sign_up()


def bounced(stage: TestBed) -> None:
    """One bounce less than suppresses."""
    stage.prepare(welcomed)
    for mail in range(2, MAX_SOFT_BOUNCES + 1):
        stage.process().heed(reader(stage), "soft bounce", mail)


def counted(stage: TestBed) -> None:
    """All sign-ups that one network has in an hour."""
    for _ in range(stage.site.newsletter.per_network):
        stage.process().sign_up(OTHER)
    stage.settle()


def answered(stage: TestBed) -> None:
    """A reader of whom the stream brings all records again."""
    stage.prepare(said_farewell)
    stage.subscribers.delivered = 0


def in_a_batch(stage: TestBed) -> None:
    """One who asks to come back while the farewell is still owed, and two others who have just signed up."""
    stage.prepare(gone)
    for address in (READER, OTHER, "third@example.org"):
        stage.process(HOUR).sign_up(address)


def reader(stage: TestBed) -> str:
    """The id of the only reader there is, as the tag of each of their mails has it."""
    [pk] = partitions(stage.emulated.rows("Subscribers"))
    return pk.removeprefix(PREFIX)


def token(stage: TestBed, purpose: str, mail: int = 0) -> str:
    """What the link of a mail carries, the first one's if none is named."""
    return str(re.findall(rf"{purpose}\?\S*token=(\S+)", stage.emulated.mails()[mail].text)[0])


def sign_up(_: TestBed, reader: Process) -> None:
    reader.sign_up()


def sign_up_for_another_edition(_: TestBed, reader: Process) -> None:
    reader.sign_up(edition="ar", source="/ar/")


def be_refused(stage: TestBed, reader: Process) -> None:
    before = stage.emulated.state("Subscribers")
    try:
        reader.sign_up()
    except TooManyRequests:
        must(stage.emulated.state("Subscribers") == before, "something was written of a sign-up that was refused")
        return
    must(False, "a sign-up was let in by a full count")


def answer(stage: TestBed, mail: Process) -> None:
    """What the mail function does with what the stream holds."""
    stage.subscribers.deliver(mail.answer_records)


def confirm(stage: TestBed, reader: Process) -> None:
    reader.confirm(token(stage, "confirm"))


def prefer(_: TestBed, reader: Process) -> None:
    reader.prefer(WEEKLY)


def leave(stage: TestBed, reader: Process) -> None:
    reader.unsubscribe(token(stage, "unsubscribe"))


def leave_by_one_click(stage: TestBed, reader: Process) -> None:
    """By the header of the last mail that has one."""
    headers = [dict(mail.headers).get("List-Unsubscribe", "") for mail in stage.emulated.mails()]
    reader.unsubscribe(headers[-1].rstrip(">").rpartition("token=")[2])


def erase(_: TestBed, reader: Process) -> None:
    reader.erase()


def heed(kind: Kind, mail: int) -> Act:
    """A notice of SES about a mail, by its number."""

    def act(stage: TestBed, function: Process) -> None:
        function.heed(reader(stage), kind, mail)

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
    Flow("take in a hard bounce", mailed, heed("hard bounce", 1), "GetItem PutItem ", HOUR),
    Flow("take in a complaint", confirmed, heed("complaint", 1), "GetItem PutItem ", HOUR),
    Flow("take in a bounce for now", welcomed, heed("soft bounce", 2), "GetItem PutItem ", HOUR),
    Flow("take in the last of a row of bounces", bounced, heed("soft bounce", 9), "GetItem PutItem ", HOUR),
    Flow("take in a delivery that ends a row of bounces", bounced, heed("delivery", 9), "GetItem PutItem ", HOUR),
)
