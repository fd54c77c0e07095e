"""Readers, the mail function and SES's notices that meet over the same reader, and what must be so while they do."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import permutations, product
from types import MappingProxyType

from broadsheet.model.errors import Refusal
from tests.faults import held
from tests.faults.emulated import Letter, Row
from tests.faults.invariants import Violation, must
from tests.faults.races import told
from tests.faults.scene import MINUTE, Killed, Process, Records, TestBed, changed, nothing
from tests.faults.schedule import DAGGER, Act, Choice, Scheduler, Step
from tests.faults.subscriptions import (
    HOUR,
    WEEKLY,
    asked,
    asked_again,
    confirmed,
    gone,
    mailed,
    reader,
    said_farewell,
    token,
    welcomed,
)
from tests.faults.wire import Call, Listener

DAY = timedelta(days=1)
EVENING = DAY + HOUR  # when mail is sent, whoever sends it
MORTAL = ("mail", "other")
LONGEST = 6  # calls of a mail function that answers one reader
MEANT_FOR = {"confirmation": "pending", "welcome": "confirmed", "farewell": "unsubscribed"}


@dataclass(frozen=True)
class Race:
    """Who meets, by name. Who confirms is called so, and so is who erases.

    `switches` is how often an actor may be made to wait for others where every order is tried in a short time.
    """

    name: str
    given: Callable[[TestBed], None]
    actors: Callable[["Meeting"], dict[str, Act]]
    switches: int = 3

    def __str__(self) -> str:
        return self.name


@dataclass
class Meeting:
    """One run of a race: what its actors were answered, and the batches that are not done."""

    stage: TestBed
    answers: dict[str, str] = field(default_factory=dict)
    undone: list[Records] = field(default_factory=list)

    def acts(self, name: str, act: Callable[[Process], object], after: timedelta = DAY) -> dict[str, Act]:
        """Somebody who acts in a process of their own, and may be refused."""

        def run() -> None:
            try:
                self.answers[name] = str(act(self.stage.process(after)))
            except Refusal as refusal:
                self.answers[name] = type(refusal).__name__

        return {name: run}

    def sends_mail(self, name: str, records: Records | None = None) -> dict[str, Act]:
        """A mail function, which gets these records, or what the stream holds when it begins."""
        if records is not None:
            self.undone.append(records)

        def run() -> None:
            batch = records
            if batch is None:
                batch = self.stage.subscribers.take()
                self.undone.append(batch)
            failed = self.stage.process(EVENING).answer_records(batch) if batch else []
            if not failed:
                self.undone.remove(batch)

        return {name: run}

    def settle(self) -> None:
        """The batches that failed or were broken off come again, and then what the stream holds."""
        for batch in self.undone:
            assert not self.stage.process(EVENING).answer_records(batch)
        self.stage.settle(EVENING)


@dataclass(frozen=True)
class End:
    """What is left when all is done: the rows, what each actor was answered, and the mails that are not the same."""

    rows: Sequence[Row]
    answers: Mapping[str, str]
    mails: Counter[str]


@dataclass
class Life(Listener):
    """Of a process that ends when it has made so many calls; None, and it ends by itself."""

    calls: int | None

    def before(self, call: Call) -> None:  # noqa: ARG002  whichever it is
        if self.calls == 0:
            raise Killed
        self.calls = self.calls and self.calls - 1


class Track:
    """A race on a stage, run again and again from the same beginning."""

    def __init__(self, stage: TestBed, race: Race) -> None:
        self.stage = stage
        self.race = race
        self._settled: set[object] = set()
        stage.prepare(race.given)
        self._beginning = stage.save()
        self._serial = list(self._serial_ends())

    def run(self, choose: Choice) -> Sequence[Step]:
        """Run the race once, and raise `Violation` for what must not be, with the choices that led there."""
        meeting = self._begin()
        stepper = Scheduler(self._watch)
        try:
            with self.stage.wire.heard_by(stepper):
                ended = stepper.run(self.race.actors(meeting), choose)
            must(not any(ended.values()), f"raised: {ended}")
            standing = self.stage.standing(), repr([changed(batch) for batch in meeting.undone]), repr(meeting.answers)
            if standing not in self._settled:
                end = self._end(meeting)
                died = any(step.chosen.startswith(DAGGER) for step in stepper.steps)
                serial = end in self._serial or (died and end in self._deadly)
                must(serial, f"it ends as after no order of the actors: {end}, not {self._serial}")
                self._settled.add(standing)
        except Violation as violation:
            raise Violation(f"{self.race.name}: {violation}\nafter {told(stepper.steps)}") from violation
        return stepper.steps

    def _begin(self) -> Meeting:
        self.stage.restore(self._beginning)
        self._seen: dict[str, Row | None] = {}
        self._before = self._reader()
        return Meeting(self.stage)

    @cached_property
    def _deadly(self) -> list[End]:
        """The same where the processes of mail functions end anywhere on the way."""
        names = [name for name in self.race.actors(Meeting(self.stage)) if name in MORTAL]
        lives = product((*range(LONGEST), None), repeat=len(names))
        return [end for calls in lives for end in self._serial_ends(dict(zip(names, calls, strict=True)))]

    def _serial_ends(self, lives: Mapping[str, int | None] = MappingProxyType({})) -> Iterator[End]:
        """What is left when the actors act one after the other, in every order; some end after so many calls."""
        for order in permutations(self.race.actors(Meeting(self.stage))):
            meeting = self._begin()
            acts = self.race.actors(meeting)
            for name in order:
                with self.stage.wire.heard_by(Life(lives.get(name))), suppress(Killed):
                    acts[name]()
            yield self._end(meeting)

    def _end(self, meeting: Meeting) -> End:
        meeting.settle()
        rows, mails = self.stage.emulated.rows("Subscribers"), self.stage.emulated.mails()
        held.check_settled(rows)
        distinct = Counter(f"{kind(mail)} {dict(mail.headers)['Subject']}" for mail in set(mails))
        return End([_without_chance(row) for row in rows], dict(meeting.answers), distinct)

    def _watch(self, actor: str, call: Call) -> None:
        """After every call: a mail fits what its sender last saw, and nobody is confirmed who did not confirm."""
        rows = self.stage.emulated.rows("Subscribers")
        held.check(rows)
        if call.operation == "SendEmail":
            sent, seen = kind(self.stage.emulated.mails()[-1]), self._seen.get(actor)
            fits = seen and seen["profile"] and seen["state"] == MEANT_FOR[sent]
            must(bool(fits), f"{actor} sent a {sent}, and had seen {seen}")
        if call.service == "dynamodb":
            self._seen[actor] = now = self._reader()
            confirms = now and now["state"] == "confirmed" and (self._before or now)["state"] != "confirmed"
            must(not confirms or actor.startswith("confirm"), f"{actor} confirmed a reader")
            self._before = now
        if actor == "eraser" and not call.reads:
            held.check_forgotten(rows)

    def _reader(self) -> Row | None:
        """The row of the reader that the race is about."""
        rows = held.partitions(self.stage.emulated.rows("Subscribers"))
        return next((partition.get("META") for partition in rows.values()), None)


def kind(mail: Letter) -> str:
    """Of which kind a mail is, by the links that no other has."""
    links = {"confirmation": "/confirm?", "farewell": "/form?"}
    return next((kind for kind, link in links.items() if link in mail.text), "welcome")


def _without_chance(row: Row) -> Row:
    return {name: "by lot" if name == "nonce" and value else value for name, value in row.items()}


def _two_sign_ups(meeting: Meeting) -> dict[str, Act]:
    return (
        meeting.acts("one", lambda reader: reader.sign_up())
        | meeting.acts("two", lambda reader: reader.sign_up("Reader@EXAMPLE.org", edition="ar"))
        | meeting.sends_mail("mail")
    )


def _confirming(meeting: Meeting) -> dict[str, Act]:
    link = token(meeting.stage, "confirm")
    return meeting.acts("confirmer", lambda reader: reader.confirm(link))


def _leaving(meeting: Meeting) -> dict[str, Act]:
    link = token(meeting.stage, "unsubscribe")
    return meeting.acts("leaver", lambda reader: reader.unsubscribe(link))


def _erasing(meeting: Meeting) -> dict[str, Act]:
    return meeting.acts("eraser", lambda reader: reader.erase())


def _signing_up(meeting: Meeting, after: timedelta = DAY + MINUTE) -> dict[str, Act]:
    return meeting.acts("reader", lambda reader: reader.sign_up(), after)


def _confirming_and_leaving(meeting: Meeting) -> dict[str, Act]:
    return _confirming(meeting) | _leaving(meeting) | meeting.sends_mail("mail")


def _confirming_twice(meeting: Meeting) -> dict[str, Act]:
    link = token(meeting.stage, "confirm")
    again = meeting.acts("confirmer again", lambda reader: reader.confirm(link))
    return _confirming(meeting) | again | meeting.sends_mail("mail")


def _notice(meeting: Meeting, kind: str, mail: int = 1) -> dict[str, Act]:
    id = reader(meeting.stage)
    return meeting.acts(kind, lambda function: function.heed(id, kind, mail))  # type: ignore[arg-type]  # a `Kind`


def _confirming_and_a_bounce(meeting: Meeting) -> dict[str, Act]:
    return _confirming(meeting) | _notice(meeting, "hard bounce") | meeting.sends_mail("mail")


def _confirming_and_a_complaint(meeting: Meeting) -> dict[str, Act]:
    return _confirming(meeting) | _notice(meeting, "complaint") | meeting.sends_mail("mail")


def _confirming_and_mail(meeting: Meeting) -> dict[str, Act]:
    return _confirming(meeting) | meeting.sends_mail("mail")


def _leaving_and_mail(meeting: Meeting) -> dict[str, Act]:
    return _leaving(meeting) | meeting.sends_mail("mail")


def _erasing_and_mail(meeting: Meeting) -> dict[str, Act]:
    return _erasing(meeting) | meeting.sends_mail("mail")


def _complaining_and_mail(meeting: Meeting) -> dict[str, Act]:
    return _notice(meeting, "complaint") | meeting.sends_mail("mail")


def _erasing_and_signing_up(meeting: Meeting) -> dict[str, Act]:
    return _erasing(meeting) | _signing_up(meeting) | meeting.sends_mail("mail")


def _erasing_and_a_slow_sign_up(meeting: Meeting) -> dict[str, Act]:
    """The sign-up read its clock before the erasing did, wherever it comes to be written."""
    return _erasing(meeting) | _signing_up(meeting, DAY - MINUTE) | meeting.sends_mail("mail")


def _two_workers(meeting: Meeting) -> dict[str, Act]:
    records = meeting.stage.subscribers.take()
    return meeting.sends_mail("mail", records) | meeting.sends_mail("other", dict(records))


def _two_workers_and_confirming(meeting: Meeting) -> dict[str, Act]:
    return _two_workers(meeting) | _confirming(meeting)


def _two_workers_and_leaving(meeting: Meeting) -> dict[str, Act]:
    return _two_workers(meeting) | _leaving(meeting)


def _preferences_and_leaving(meeting: Meeting) -> dict[str, Act]:
    prefer = meeting.acts("chooser", lambda reader: reader.prefer(WEEKLY))
    return prefer | _leaving(meeting) | meeting.sends_mail("mail")


def _coming_back(meeting: Meeting) -> dict[str, Act]:
    return _signing_up(meeting) | meeting.sends_mail("mail")


RACES = (
    Race("the same address signs up twice", nothing, _two_sign_ups, 2),
    Race("confirming while leaving", mailed, _confirming_and_leaving, 2),
    Race("confirming twice", mailed, _confirming_twice, 2),
    Race("confirming while a mail bounces", mailed, _confirming_and_a_bounce, 2),
    Race("confirming while a complaint comes", mailed, _confirming_and_a_complaint, 2),
    Race("a confirmation while an earlier mail is answered", asked_again, _confirming_and_mail),
    Race("a confirmation while the reader declines", asked_again, _leaving_and_mail),
    Race("a confirmation while the reader is erased", asked_again, _erasing_and_mail),
    Race("a confirmation while a complaint comes", asked_again, _complaining_and_mail),
    Race("a welcome while the reader leaves", confirmed, _leaving_and_mail),
    Race("a welcome while the reader is erased", confirmed, _erasing_and_mail),
    Race("a welcome while a complaint comes", confirmed, _complaining_and_mail),
    Race("a farewell while the reader is erased", gone, _erasing_and_mail),
    Race("a farewell while the reader comes back", gone, _coming_back),
    Race("erasing one who is pending while they sign up", mailed, _erasing_and_signing_up, 2),
    Race("erasing one who is subscribed while they sign up", welcomed, _erasing_and_signing_up, 2),
    Race("erasing one who has left while they sign up", said_farewell, _erasing_and_signing_up, 2),
    Race("erasing one who has signed up a little earlier", welcomed, _erasing_and_a_slow_sign_up, 2),
    Race("preferences while leaving", welcomed, _preferences_and_leaving, 2),
    Race("two workers with one sign-up", asked, _two_workers),
    Race("two workers with one welcome", confirmed, _two_workers),
    Race("two workers while an earlier mail is answered", asked_again, _two_workers_and_confirming, 1),
    Race("two workers while the reader leaves", confirmed, _two_workers_and_leaving, 1),
)


def race(name: str) -> Race:
    """The race of that name."""
    return next(race for race in RACES if race.name == name)
