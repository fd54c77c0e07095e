"""The import of a list, batch by batch, over subscribers in every state; and a race of two imports and a subscriber."""

from collections.abc import Mapping, Sequence
from functools import partial

from broadsheet.model.newsletter.subscriber import (
    Consent,
    Preferences,
    Requested,
    SignUpRequest,
    confirmed,
    erased,
    signed_up,
    suppressed,
    unsubscribed,
)
from broadsheet.model.newsletter.tokens import UNSUBSCRIBE
from broadsheet.schemas.import_row import Batch
from broadsheet.services import subscriber_import, subscriptions
from broadsheet.store.subscribers import Subscribers
from tests.faults.process import Process
from tests.faults.scheduler import Act, Choice, Scheduler, Step
from tests.faults.sweep import Flow
from tests.faults.testbed import TestBed

STATES = ("pending", "confirmed", "unsubscribed", "suppressed", "erased")
STATUSES = ("subscribed", "unsubscribed", "suppressed")
ROWS = [
    {"email": f"{state}-{status}@example.org", "status": status, "consented_at": "2024-05-06T07:08:09Z"}
    for state in ("new", *STATES)
    for status in STATUSES
]
# One row is refused, and one has an email that a row of the other batch has too.
BATCHES = (ROWS[:8], [*ROWS[8:], {"email": "not an email"}, {**ROWS[0], "status": "suppressed"}])
IMPORTING = "GetSecretValue (BatchGetItem TransactWriteItems ){2}"


def subscribers(bed: TestBed) -> None:
    """A subscriber in every state, for every status that a row can have."""
    process = bed.process()
    subscribers = subscribers_of(process)
    for state in STATES:
        for status in STATUSES:
            address = f"{state}-{status}@example.org"
            id = process.keys.keyring().email_id(address)
            consent = Consent(process.now, "/en/", "1", "en")
            asked = Requested(Preferences("en"), consent)
            reader = signed_up(None, SignUpRequest(id, address, asked.preferences, consent), "nonce")
            subscribers.commit(reader)
            if state != "pending":
                reader = confirmed(reader, "nonce", asked, process.now)
                subscribers.commit(reader)
            if state == "suppressed":
                subscribers.commit(suppressed(reader, "bounce", process.now))
            elif state not in ("pending", "confirmed"):
                after = unsubscribed(reader, process.now) if state == "unsubscribed" else erased(reader, process.now)
                subscribers.commit(after)


def subscribers_of(process: Process) -> Subscribers:
    return Subscribers(process.clients.dynamodb, process.deployment.name("Subscribers"))


def import_list(_: TestBed, editor: Process) -> None:
    """Send the list, batch by batch; another attempt starts with the first batch."""
    for rows in BATCHES:
        subscriber_import.import_subscribers(
            subscribers_of(editor), editor.keys.keyring(), editor.site, editor.now, Batch(rows, source="elsewhere")
        )


LISTS = (Flow("import a list", subscribers, import_list, IMPORTING),)


def race(bed: TestBed, choose: Choice) -> Sequence[Step]:
    """The list is imported twice at the same time, while a subscriber in it unsubscribes."""
    bed.prepare(subscribers)
    process = bed.process()
    keyring = process.keys.keyring()
    link = keyring.sign(UNSUBSCRIBE, process.now, keyring.email_id("pending-subscribed@example.org"))

    def unsubscribe() -> None:
        subscriptions.unsubscribe(process.subscribers, keyring, process.now, link)

    acts: Mapping[str, Act] = {
        "one": partial(import_list, bed, bed.process()),
        "two": partial(import_list, bed, bed.process()),
        "subscriber": unsubscribe,
    }
    scheduler = Scheduler(lambda *_: None)
    with bed.interceptor.listening(scheduler):
        ended = scheduler.run(acts, choose)
    assert not any(ended.values()), ended
    return scheduler.steps
