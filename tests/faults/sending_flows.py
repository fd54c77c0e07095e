"""The flows of sending: an issue is composed, begun, sent to its readers by two workers, stopped and resumed."""

from collections.abc import Sequence
from datetime import timedelta

from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.subscriber import (
    Consent,
    Preferences,
    Profile,
    Subscriber,
)
from broadsheet.model.newsletter.subscriber import suppressed as after_bounces
from tests.faults.process import Process
from tests.faults.sweep import Flow
from tests.faults.testbed import TestBed
from tests.world import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MORNING = timedelta(hours=17, minutes=3)  # from noon in Greenwich to the time at which issues are composed
SENT = MORNING + 2 * MINUTE
DAILY = IssueKey("en", "daily", "2026-03-15")
SEGMENTS = 2
EVERYTHING = Preferences("en")


def written(bed: TestBed) -> None:
    """Two articles, of which streams tell nothing."""
    bed.process().put("alpha", headline="Alpha stands here")
    bed.process().put("bravo", headline="Bravo has news")
    for stream in (bed.articles, bed.events):
        stream.take()


def subscribed(bed: TestBed) -> None:
    """Two readers in each segment; one of the others chose a section without news, and one's mails bounced."""
    bed.prepare(written)
    emails = emails_by_segment(bed)
    for email in (emails[0][0], emails[0][1], emails[1][0], emails[1][1]):
        confirm(bed, email)
    confirm(bed, emails[0][2], Preferences("en", ("sport",)))
    confirm(bed, emails[1][2], bounced=True)


def composed(bed: TestBed) -> None:
    """The issue is composed, and is being sent: nothing is planned yet."""
    bed.prepare(subscribed)
    bed.process(MORNING).schedule()
    for stream in (bed.articles, bed.events):
        stream.take()


def emails_by_segment(bed: TestBed) -> Sequence[Sequence[str]]:
    """Some emails in each segment of the subscribers table. The keys that hash them differ from run to run."""
    kept = bed.save()
    for number in range(16):
        confirm(bed, f"reader{number}@example.org")
    pages = [bed.process().subscribers.scan(100, None, segment, SEGMENTS) for segment in range(SEGMENTS)]
    bed.restore(kept)
    return [sorted(each.profile.email for each in page.subscribers if each.profile) for page in pages]


def confirm(bed: TestBed, email: str, chosen: Preferences = EVERYTHING, *, bounced: bool = False) -> None:
    """A reader confirmed in the morning."""
    process, at = bed.process(), NOON - HOUR
    id = process.keys.keyring().email_id(email)
    reader = Subscriber(id, "confirmed", at, Profile(email, chosen, Consent(at, None, "1", "en"), at), None)
    process.subscribers.commit(reader)
    if bounced:
        process.subscribers.commit(after_bounces(reader, "bounce", at))


def delivered(bed: TestBed) -> None:
    """The issue is sent to all its readers."""
    bed.prepare(composed)
    bed.process(SENT).send(DAILY)


def complain(bed: TestBed, function: Process) -> None:
    """SES reports that a reader's mail bounced, and that it was complained about."""
    reader = min(row["reader"] for row in bed.moto.rows("Deliveries") if row.get("outcome") == "sent")
    function.handle_notification(reader, "hard bounce", issue=DAILY.id)
    function.handle_notification(reader, "complaint", issue=DAILY.id)


def schedule(_: TestBed, function: Process) -> None:
    function.schedule()


def send(_: TestBed, machine: Process) -> None:
    machine.send(DAILY)


def stop_and_resume(_: TestBed, process: Process) -> None:
    """An editor stops the issue, workers that come then send nothing, and the editor resumes it."""
    process.dispatcher.stop(DAILY, "lina", process.now)
    process.send(DAILY)
    process.dispatcher.resume(DAILY, "lina", process.now)
    process.send(DAILY)


# A worker reads the issue and its articles, takes the segment, looks whether it may go on, and reads a page. It looks
# again before each reader, after it stored the progress. Of each mail it writes a claim and the outcome.
COMPOSING = "Query " + "GetItem Query GetItem TransactWriteItems GetItem " * 2
BEGINNING = "GetItem GetItem GetItem GetItem TransactWriteItems StartExecution (GetItem )+"
PLANNING = "GetItem GetItem GetAccount Scan Scan TransactWriteItems "
LOOKING = "(PutItem )?Query Query "
MAILING = "(TransactWriteItems SendEmail PutItem )?"
TAKING = "GetItem (GetSecretValue )?GetItem BatchGetItem GetAccount GetItem PutItem "
WORKING = rf"{TAKING}{LOOKING}Scan ({LOOKING}{MAILING})+PutItem "
SENT_WHOLE = rf"{PLANNING}({WORKING}){{2}}GetItem GetItem Query TransactWriteItems "
STOPPING = "GetItem TransactWriteItems GetItem GetItem GetItem GetItem "
RESUMING = "Query GetItem TransactWriteItems StartExecution "
SENDING = (
    Flow("compose issues and begin to send them", subscribed, schedule, COMPOSING + BEGINNING, MORNING, recurs=True),
    Flow("send an issue", composed, send, SENT_WHOLE, SENT),
    Flow("stop and resume an issue", composed, stop_and_resume, STOPPING + RESUMING + SENT_WHOLE, SENT),
    Flow("count a bounce and a complaint", delivered, complain, "(GetItem PutItem TransactWriteItems ){2}", SENT),
)


def flow(name: str) -> Flow:
    """The flow of that name."""
    return next(flow for flow in SENDING if flow.name == name)
