"""A list of subscribers that comes in batch by batch, where there are readers in every state; and who else is at it."""

from collections.abc import Mapping, Sequence
from functools import partial

from broadsheet.model.newsletter.subscriber import (
    Consent,
    Preferences,
    SignUpRequest,
    confirmed,
    erased,
    signed_up,
    suppressed,
    unsubscribed,
)
from broadsheet.model.newsletter.tokens import UNSUBSCRIBE
from broadsheet.services import subscriber_import, subscriptions
from broadsheet.store.subscribers import Subscribers
from tests.faults.harness import Flow
from tests.faults.scene import Process, TestBed
from tests.faults.schedule import Act, Choice, Scheduler, Step

STATES = ("pending", "confirmed", "unsubscribed", "suppressed", "erased")
STATUSES = ("subscribed", "unsubscribed", "suppressed")
ROWS = [
    {"email": f"{state}-{status}@example.org", "status": status, "consented_at": "2024-05-06T07:08:09Z"}
    for state in ("new", *STATES)
    for status in STATUSES
]
# A row that is refused, and one of an address that came before, in another batch.
BATCHES = (ROWS[:8], [*ROWS[8:], {"email": "nobody"}, {**ROWS[0], "status": "suppressed"}])
BRINGING = "GetSecretValue (BatchGetItem TransactWriteItems ){2}"


def readers(stage: TestBed) -> None:
    """A reader in every state for every status that the list says of one."""
    process = stage.process()
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
                after = unsubscribed(reader, process.now) if state == "unsubscribed" else erased(reader, process.now)
                roll.commit(after)


def roll_of(process: Process) -> Subscribers:
    return Subscribers(process.cloud.dynamodb, process.deployment.name("Subscribers"))


def bring(_: TestBed, editor: Process) -> None:
    """Send the list, batch by batch; whoever asks again begins with the first."""
    for rows in BATCHES:
        subscriber_import.import_subscribers(
            roll_of(editor), editor.keys.keyring(), editor.site, editor.now, rows, dry_run=False
        )


LISTS = (Flow("import a list", readers, bring, BRINGING),)


def meet(stage: TestBed, choose: Choice) -> Sequence[Step]:
    """The list comes in twice at the same time, while a reader whom it has subscribed leaves."""
    stage.prepare(readers)
    process = stage.process()
    keyring = process.keys.keyring()
    link = keyring.sign(UNSUBSCRIBE, process.now, keyring.email_id("pending-subscribed@example.org"))

    def leave() -> None:
        subscriptions.unsubscribe(process.subscribers, keyring, process.now, link)

    acts: Mapping[str, Act] = {
        "one": partial(bring, stage, stage.process()),
        "two": partial(bring, stage, stage.process()),
        "reader": leave,
    }
    stepper = Scheduler(lambda *_: None)
    with stage.wire.heard_by(stepper):
        ended = stepper.run(acts, choose)
    assert not any(ended.values()), ended
    return stepper.steps
