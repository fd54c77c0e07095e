"""NewsletterRace runs of the newsletter: subscribers, the mailer and notifications of SES over the same subscriber."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import permutations, product
from types import MappingProxyType

from broadsheet.model.errors import Refusal
from tests.faults import subscriber_invariants
from tests.faults.delivery import changed
from tests.faults.drawn import Drawn
from tests.faults.interceptor import Call, Listener
from tests.faults.invariants import Violation, must
from tests.faults.moto_state import Mail, Row
from tests.faults.newsletter_flows import (
    HOUR,
)
from tests.faults.process import Killed, Process, Records
from tests.faults.race import describe
from tests.faults.scheduler import KILL_PREFIX, Act, Choice, Scheduler, Step
from tests.faults.testbed import TestBed

DAY = timedelta(days=1)
EVENING = DAY + HOUR  # when every mailer sends
KILLABLE = ("mail", "other")
# An editor who lifts a suppression for bounces confirms whom it stopped, and one who imports those who have not left.
CONFIRMING = ("confirm", "lifter", "importer")
MAX_CALLS = 7  # of a mailer for one subscriber
MEANT_FOR = {
    "confirmation": "pending",
    "welcome": "confirmed",
    "farewell": "unsubscribed",
    "links": "confirmed",
    "reminder": "confirmed",
    "imported": "confirmed",
}


@dataclass(frozen=True)
class NewsletterRace:
    """The state before a race, and its actors by name. The names of confirming, erasing and lifting actors say so.

    `switches` bounds how often an actor waits for another where every order is run.
    """

    name: str
    given: Callable[[TestBed], None]
    actors: Callable[["NewsletterRaceContext"], dict[str, Act]]
    switches: int = 3

    def __str__(self) -> str:
        return self.name


@dataclass
class NewsletterRaceContext:
    """One run of a race: the responses of its actors, and the batches that are not done."""

    bed: TestBed
    responses: dict[str, str] = field(default_factory=dict)
    undone: list[Records] = field(default_factory=list)

    def acts(self, name: str, act: Callable[[Process], object], after: timedelta = DAY) -> dict[str, Act]:
        """An actor with a process of its own. What it asks may be refused."""

        def run() -> None:
            try:
                self.responses[name] = str(act(self.bed.process(after)))
            except Refusal as refusal:
                self.responses[name] = type(refusal).__name__

        return {name: run}

    def sends_mail(self, name: str, records: Records | None = None) -> dict[str, Act]:
        """A mailer with these records, or with those that wait in the stream when it starts."""
        if records is not None:
            self.undone.append(records)

        def run() -> None:
            batch = records
            if batch is None:
                batch = self.bed.subscribers.take()
                self.undone.append(batch)
            failed = self.bed.process(EVENING).mail_records(batch) if batch else []
            if not failed:
                self.undone.remove(batch)

        return {name: run}

    def settle(self) -> None:
        """Failed and interrupted batches come again, and the stream finishes."""
        for batch in self.undone:
            assert not self.bed.process(EVENING).mail_records(batch)
        self.bed.settle(EVENING)


@dataclass(frozen=True)
class End:
    """What is left in the end: the rows, the responses, and the different mails by kind."""

    rows: Sequence[Row]
    responses: Mapping[str, str]
    mails: Counter[str]


@dataclass
class KillAfter(Listener):
    """Kills a process after so many calls; never where that is None."""

    calls: int | None

    def before(self, call: Call) -> None:  # noqa: ARG002  # any call
        if self.calls == 0:
            raise Killed
        self.calls = self.calls and self.calls - 1


class NewsletterRaceRun:
    """A race on a test bed, which runs again and again from the same state."""

    def __init__(self, bed: TestBed, race: NewsletterRace) -> None:
        self.bed = bed
        self.race = race
        self._settled: set[object] = set()
        bed.prepare(race.given)
        self._beginning = bed.save()
        self._serial = Drawn(self._serial_ends())

    def with_serial_ends(self) -> "NewsletterRaceRun":
        """Run every serial order now, before a test alters the code."""
        self._serial.draw_all()
        return self

    def run(self, choose: Choice) -> Sequence[Step]:
        """Run the race once. Raises `Violation` with the choices that led to it."""
        context = self._begin()
        scheduler = Scheduler(self._watch)
        try:
            with self.bed.interceptor.listening(scheduler):
                ended = scheduler.run(self.race.actors(context), choose)
            must(not any(ended.values()), f"raised: {ended}")
            undone = [changed(batch) for batch in context.undone]
            state = self.bed.fingerprint(), repr(undone), repr(context.responses)
            if state not in self._settled:
                end = self._end(context)
                died = any(step.chosen.startswith(KILL_PREFIX) for step in scheduler.steps)
                serial = end in self._serial or (died and end in self._serial_with_kills)
                must(serial, f"it ends as after no order of the actors: {end}, not {self._serial.drawn}")
                self._settled.add(state)
        except Violation as violation:
            raise Violation(f"{self.race.name}: {violation}\nafter {describe(scheduler.steps)}") from violation
        return scheduler.steps

    def _begin(self) -> NewsletterRaceContext:
        self.bed.restore(self._beginning)
        self._seen: dict[str, Sequence[Row]] = {}
        self._before = _confirmed(self._readers())
        return NewsletterRaceContext(self.bed)

    @cached_property
    def _serial_with_kills(self) -> Drawn[End]:
        """The ends of serial runs in which mailers are killed after any number of calls."""
        names = [name for name in self.race.actors(self._begin()) if name in KILLABLE]
        lives = product((*range(MAX_CALLS), None), repeat=len(names))
        return Drawn(end for calls in lives for end in self._serial_ends(dict(zip(names, calls, strict=True))))

    def _serial_ends(self, lives: Mapping[str, int | None] = MappingProxyType({})) -> Iterator[End]:
        """The end after the actors acted one after the other, for every order; some are killed after so many calls."""
        for order in permutations(self.race.actors(self._begin())):
            context = self._begin()
            acts = self.race.actors(context)
            for name in order:
                with self.bed.interceptor.listening(KillAfter(lives.get(name))), suppress(Killed):
                    acts[name]()
            yield self._end(context)

    def _end(self, context: NewsletterRaceContext) -> End:
        context.settle()
        rows, mails = self.bed.moto.rows("Subscribers"), self.bed.moto.mails()
        subscriber_invariants.check_settled(rows)
        distinct = Counter(f"{kind(mail)} {dict(mail.headers)['Subject']}" for mail in set(mails))
        return End([_without_random(row) for row in rows], dict(context.responses), distinct)

    def _watch(self, actor: str, call: Call) -> None:
        """After each call: a mail fits the state that its mailer last read, and only a confirming or lifting actor
        confirms.
        """
        rows = self.bed.moto.rows("Subscribers")
        subscriber_invariants.check(rows)
        if call.operation == "SendEmail":
            mail = self.bed.moto.mails()[-1]
            sent, to = kind(mail), dict(mail.headers)["To"].lower()
            seen = next((one for one in self._seen.get(actor, ()) if _email(one) == to), None)
            must(seen is not None and _fits(sent, seen), f"{actor} sent a {sent}, and had seen {seen}")
        if call.service == "dynamodb":
            readers = self._readers()
            if "MAILBOX#" not in repr(call.params.get("Key")):  # a read of a mailbox shows no subscriber
                self._seen[actor] = readers
            now = _confirmed(readers)
            must(now <= self._before or actor.startswith(CONFIRMING), f"{actor} confirmed a reader")
            self._before = now
        if actor == "eraser" and not call.reads:
            subscriber_invariants.check_just_erased(rows)

    def _readers(self) -> Sequence[Row]:
        """The rows of the subscribers that the race is about."""
        rows = subscriber_invariants.partitions(self.bed.moto.rows("Subscribers"))
        return [partition["META"] for partition in rows.values() if "META" in partition]


def _fits(sent: str, reader: Row) -> bool:
    """Whether a subscriber in this state gets such a mail. A confirmation goes to one whose mail bounced, too."""
    returns = sent == "confirmation" and reader["suppression_reason"] == "bounce" and reader["nonce"]
    return bool(reader["profile"] and (returns or reader["state"] == MEANT_FOR[sent]))


def kind(mail: Mail) -> str:
    """The kind of a mail, by what no other kind has."""
    marks = {
        "confirmation": "/confirm?",
        "farewell": "/form?",
        "links": "never expire",
        "reminder": "already subscribed",
        "imported": "We have your address from",
    }
    return next((kind for kind, mark in marks.items() if mark in mail.text), "welcome")


def _email(row: Row) -> str:
    return str(row["profile"]["email"]).lower() if row["profile"] else ""


def _confirmed(rows: Sequence[Row]) -> set[str]:
    """The keys of the confirmed subscribers."""
    return {row["pk"] for row in rows if row["state"] == "confirmed"}


def _without_random(row: Row) -> Row:
    return {name: "by lot" if name == "nonce" and value else value for name, value in row.items()}
