"""A list of subscribers that comes in batch by batch, where there are readers in every state; and who else is at it."""

from collections.abc import Mapping, Sequence
from functools import partial

from broadsheet.model.newsletter.subscriber import (
    Consent,
    Preferences,
    SignUpRequest,
    confirmed,
    erased,
    left,
    signed_up,
    suppressed,
)
from broadsheet.model.newsletter.tokens import LEAVE
from broadsheet.services import subscriber_import, subscriptions
from broadsheet.store.subscriber_list import Roll
from tests.faults.process import Process
from tests.faults.scheduler import Act, Choice, Scheduler, Step
from tests.faults.sweep import Flow
from tests.faults.testbed import TestBed

STATES = ("pending", "confirmed", "left", "suppressed", "erased")
STATUSES = ("subscribed", "left", "suppressed")
ROWS = [
    {"email": f"{state}-{status}@example.org", "status": status, "consented_at": "2024-05-06T07:08:09Z"}
    for state in ("new", *STATES)
    for status in STATUSES
]
# A row that is refused, and one of an address that came before, in another batch.
BATCHES = (ROWS[:8], [*ROWS[8:], {"email": "nobody"}, {**ROWS[0], "status": "suppressed"}])
BRINGING = "GetSecretValue (BatchGetItem TransactWriteItems ){2}"


def readers(bed: TestBed) -> None:
    """A reader in every state for every status that the list says of one."""
    process = bed.process()
    roll = roll_of(process)
    for state in STATES:
        for status in STATUSES:
            address = f"{state}-{status}@example.org"
            id = process.keys.keyring().email_id(address)
            consent = Consent(process.now, "/en/", "1", "en")
            reader = signed_up(None, SignUpRequest(id, address, Preferences("en"), consent), "nonce")
            roll.commit(reader)
            if state != "pending":
                reader = confirmed(reader, "nonce", process.now)
                roll.commit(reader)
            if state == "suppressed":
                roll.commit(suppressed(reader, "bounce", process.now))
            elif state not in ("pending", "confirmed"):
                after = left(reader, process.now) if state == "left" else erased(reader, process.now)
                roll.commit(after)


def roll_of(process: Process) -> Roll:
    return Roll(process.cloud.dynamodb, process.deployment.name("Subscribers"))


def bring(_: TestBed, editor: Process) -> None:
    """Send the list, batch by batch; whoever asks again begins with the first."""
    for rows in BATCHES:
        subscriber_import.import_subscribers(
            roll_of(editor), editor.keys.keyring(), editor.site, editor.now, rows, dry_run=False
        )


LISTS = (Flow("import a list", readers, bring, BRINGING),)


def meet(bed: TestBed, choose: Choice) -> Sequence[Step]:
    """The list comes in twice at the same time, while a reader whom it has subscribed leaves."""
    bed.prepare(readers)
    process = bed.process()
    keyring = process.keys.keyring()
    link = keyring.sign(LEAVE, process.now, keyring.email_id("pending-subscribed@example.org"))

    def leave() -> None:
        subscriptions.leave(process.subscribers, keyring, process.now, link)

    acts: Mapping[str, Act] = {
        "one": partial(bring, bed, bed.process()),
        "two": partial(bring, bed, bed.process()),
        "reader": leave,
    }
    scheduler = Scheduler(lambda *_: None)
    with bed.interceptor.listening(scheduler):
        ended = scheduler.run(acts, choose)
    assert not any(ended.values()), ended
    return scheduler.steps
