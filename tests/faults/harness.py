"""Breaks one call of a flow after the other in every way that a call can break, and looks what becomes of it.

After each fault everything is repeated as its caller or AWS would: an editor sends the request again, the stream brings
the batch again, the schedule runs again, a reader presses the button again. What is then stored, published and sent
must be what an undisturbed run leaves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from urllib3.exceptions import ProtocolError

from broadsheet.deadline import UNLIMITED, Deadline
from broadsheet.model.history import PART
from tests.faults import held, histories, invariants
from tests.faults.emulated import Letter, Row
from tests.faults.invariants import Violation, must
from tests.faults.scene import Killed, Process, TestBed, parts_of
from tests.faults.wire import Call, Listener, Refusal

ATTEMPTS = 8
SHOWN = 5  # of the runs that went wrong
FINISHING = 10  # calls: what a function may still make after its time has run out; its reserve is for these
URL = "https://aws.example"
Act = Callable[[TestBed, Process], None]

CHANCE = ("nonce", "written_at")
SHORT = 10  # calls


class Mode(Enum):
    """How a call breaks."""

    UNSENT = "it fails before it takes effect"
    THROTTLED = "it is throttled"
    CONFLICT = "it is refused, for another's change that is under way"
    UNHEARD = "it takes effect and its answer is lost"
    RESENT = "it takes effect, its answer is lost, and the client sends it again"
    KILLED_BEFORE = "the process dies before it"
    KILLED_AFTER = "the process dies after it"

    @property
    def takes_effect(self) -> bool:
        return self in (Mode.UNHEARD, Mode.RESENT, Mode.KILLED_AFTER)

    def applies(self, call: Call) -> bool:
        """Whether such a call can break so, and so that it is not another way by another name.

        A process that dies after a call might as well die before the next; one whose read is not answered does not
        care why.
        """
        match self:
            case Mode.CONFLICT:
                return call.conditional
            case Mode.UNHEARD:
                return not call.reads
            case Mode.RESENT:
                return call.single
            case _:
                return self is not Mode.KILLED_AFTER or not call.reads


# Of a long flow's calls, how some writes and some reads break.
TELLING = {False: (Mode.CONFLICT, Mode.UNHEARD, Mode.KILLED_AFTER), True: (Mode.THROTTLED,)}
# What each service says when it is asked too much, and when others are at the same thing.
THROTTLES = {
    "dynamodb": Refusal("ThrottlingException", 400),
    "s3": Refusal("SlowDown", 503),
    "sesv2": Refusal("TooManyRequestsException", 429),
    "secretsmanager": Refusal("ThrottlingException", 400),
    "sqs": Refusal("ThrottlingException", 400),
    "hub": Refusal("", 429),
}
CANCELLED = Refusal(
    "TransactionCanceledException",
    400,
    {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
)
CONFLICTS = {
    "TransactWriteItems": CANCELLED,
    "TransactGetItems": CANCELLED,
    "PutItem": Refusal("TransactionConflictException", 400),
    "DeleteItem": Refusal("TransactionConflictException", 400),
    "PutObject": Refusal("ConditionalRequestConflict", 409),
    "DeleteObject": Refusal("ConditionalRequestConflict", 409),
}


@dataclass(frozen=True)
class Fault:
    """One broken call: which, by its place in the run, counted from 1, and how it breaks."""

    number: int
    mode: Mode

    def __str__(self) -> str:
        return f"call {self.number}: {self.mode.value}"


@dataclass
class FaultInjector(Listener):
    """Numbers the calls of a run, and breaks those that it is told to.

    With call `late_at` the invocation's time runs out: its `deadline` has passed until the next attempt.
    """

    faults: tuple[Fault, ...]
    make: Callable[[Call], None]
    late_at: int | None = None
    calls: list[Call] = field(default_factory=list)
    broken: list[tuple[Call, Mode]] = field(default_factory=list)

    @property
    def late(self) -> bool:
        return self.late_at is not None and len(self.calls) >= self.late_at

    @property
    def deadline(self) -> Deadline:
        return Deadline(lambda: 0.0 if self.late else UNLIMITED.left)

    def before(self, call: Call) -> Refusal | None:
        self.calls.append(call)
        mode = self._mode()
        if mode is None or mode in (Mode.UNHEARD, Mode.KILLED_AFTER) or not mode.applies(call):
            return None
        self.broken.append((call, mode))
        match mode:
            case Mode.RESENT:
                self.make(call)
                return None
            case Mode.KILLED_BEFORE:
                raise Killed
            case Mode.UNSENT:
                raise _no_answer(call, EndpointConnectionError)
            case Mode.THROTTLED:
                return THROTTLES[call.service]
            case _:
                return CONFLICTS[call.operation]

    def after(self, call: Call, done: bool) -> None:  # noqa: ARG002  what was refused breaks like what was done
        mode = self._mode()
        if mode in (Mode.UNHEARD, Mode.KILLED_AFTER):
            self.broken.append((call, mode))
            raise Killed if mode is Mode.KILLED_AFTER else _no_answer(call, ReadTimeoutError)

    def _mode(self) -> Mode | None:
        return next((fault.mode for fault in self.faults if fault.number == len(self.calls)), None)


def _no_answer(call: Call, error: type[EndpointConnectionError | ReadTimeoutError]) -> Exception:
    return ProtocolError(URL) if call.service == "hub" else error(endpoint_url=URL)


@dataclass(frozen=True)
class Flow:
    """Something that a caller asks for: what there is before, the asking, and the operations that it calls.

    `act` is one attempt in one process; raising means that the caller asks again. `operations` is an expression for
    their names in order, each with a space after it. `later` is how long after noon it happens. What `recurs` happens
    again by itself, whatever became of it. `part` is how many places a part of a channel's history has.
    """

    name: str
    given: Callable[[TestBed], None]
    act: Act
    operations: str
    later: timedelta = timedelta()
    recurs: bool = False
    part: int = PART

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Ending:
    """All that a run leaves behind; of each feed, the state of which the hub was told last, and all objects' states."""

    articles: list[Row]
    subscribers: list[Row]
    site: dict[str, bytes]
    bodies: set[str]
    media: dict[str, bytes]
    mails: list[Letter]
    heard: dict[str, Any]
    states: dict[str, Any]

    def differences(self, other: "Ending") -> Iterator[str]:
        """Where this ending is not as the other, in words; mails and counts aside."""
        for what in ("articles", "subscribers"):
            mine, theirs = (_by_key(map(_without_count, getattr(ending, what))) for ending in (self, other))
            yield from (f"{what}: {line}" for line in _differences(mine, theirs))
        yield from (f"site: {line}" for line in _differences(self.site, other.site))
        yield from (f"media: {line}" for line in _differences(self.media, other.media))
        yield from (f"hub: {line}" for line in _differences(self.heard, other.heard))
        if self.bodies != other.bodies:
            yield f"bodies: {sorted(self.bodies ^ other.bodies)}"


@dataclass(frozen=True)
class Run:
    """What became of one run."""

    calls: tuple[Call, ...]
    broken: tuple[tuple[Call, Mode], ...]
    ending: Ending


class FaultSweep:
    """A flow on a stage, ready to be run again and again from the same beginning."""

    def __init__(self, stage: TestBed, flow: Flow) -> None:
        self.stage = stage
        self.flow = flow
        with parts_of(flow.part):
            stage.prepare(flow.given)
        self._beginning = stage.save()
        self._endings: dict[object, Ending] = {}
        self.undisturbed = self.run()

    def run(self, *faults: Fault, late_at: int | None = None) -> Run:
        """Run the flow with the faults in it, repeating it until it is done; then let the streams settle.

        With call `late_at` the time of its invocation runs out.
        """
        with parts_of(self.flow.part):
            return self._run(faults, late_at)

    def _run(self, faults: tuple[Fault, ...], late_at: int | None) -> Run:
        self.stage.restore(self._beginning)
        breaker = FaultInjector(faults, self.stage.wire.make, late_at)
        process = replace(self.stage.process(self.flow.later), deadline=breaker.deadline)
        for _ in range(ATTEMPTS):
            faults_before, done = len(breaker.broken), False
            try:
                with self.stage.wire.heard_by(breaker):
                    self.flow.act(self.stage, process)
                done = True
            except Killed:
                process = replace(process)
            except Exception:
                if len(breaker.broken) == faults_before and not breaker.late:
                    raise
            if breaker.late:
                after = len(breaker.calls) - (breaker.late_at or 0)
                must(after < FINISHING, f"{after} calls are made after the time has run out")
                breaker.late_at = None
            if done:
                break
            check_standing(self.stage)
        else:
            raise Violation(f"not done after {ATTEMPTS} attempts")
        if self.flow.recurs:
            self.flow.act(self.stage, process)
        return Run(tuple(breaker.calls), tuple(breaker.broken), self._ending())

    def _ending(self) -> Ending:
        """What the streams and the queue make of what there is now. The same makes the same, so it is seen but once."""
        now = self.stage.standing()
        if now not in self._endings:
            self.stage.settle(self.flow.later)
            self.stage.notify(self.flow.later)
            self._endings[now] = self._found()
        return self._endings[now]

    def _found(self) -> Ending:
        emulated = self.stage.emulated
        return Ending(
            [_without_chance(row) for row in emulated.rows("Articles")],
            [_without_chance(row) for row in emulated.rows("Subscribers")],
            emulated.objects("Site"),
            set(emulated.objects("Bodies")),
            emulated.objects("Media"),
            emulated.mails(),
            dict(emulated.heard()),
            {key: emulated.state("Site", key) for key in emulated.objects("Site")},
        )

    def sweep(self, faults: Iterable[Fault | tuple[Fault, ...]]) -> int:
        """Check each, and raise `Violation` with all that was found; else say how many runs that were."""
        count, found = 0, []
        for count, fault in enumerate(faults, 1):  # noqa: B007  it is counted
            try:
                self.check(*(fault if isinstance(fault, tuple) else (fault,)))
            except Violation as violation:
                found.append(str(violation))
        if found:
            raise Violation(f"{len(found)} of {count} runs:\n\n" + "\n\n".join(found[:SHOWN]))
        return count

    def check(self, *faults: Fault) -> None:
        """Raises `Violation` when a run with the faults does not end as the undisturbed one."""
        named = ", then ".join(map(str, faults))
        calls: Sequence[Call] = self.undisturbed.calls
        try:
            run = self.run(*faults)
            calls = run.calls
            self.compare(run)
        except Exception as error:
            at = "; ".join(
                f"{fault.number} is {calls[fault.number - 1]}" for fault in faults if fault.number <= len(calls)
            )
            raise Violation(f"{self.flow.name}, {named} (call {at}): {error}") from error

    def compare(self, run: Run) -> None:
        """The run's ending against the undisturbed one's, and against what must be so of any."""
        check_mails(self.undisturbed.ending.mails, run)
        check_counts(self.undisturbed.ending.subscribers, run)
        if run.ending is self.undisturbed.ending:
            return
        if different := list(run.ending.differences(self.undisturbed.ending)):
            raise Violation("it does not end as undisturbed:\n" + "\n".join(different))
        check_ending(self.stage, run.ending)

    def check_late(self, numbers: Iterable[int]) -> None:
        """Raises `Violation` when a run whose time runs out at one of these calls does not end as the undisturbed one,
        or goes on regardless.
        """
        for number in numbers:
            try:
                self.compare(self.run(late_at=number))
            except Violation as violation:
                call = self.undisturbed.calls[number - 1]
                raise Violation(f"{self.flow.name}, late at call {number}, {call}: {violation}") from violation

    def first_of_each_kind(self) -> list[int]:
        """The first of the calls that do much the same, by number."""
        kinds = self._kinds()
        return [number for number, kind in enumerate(kinds, 1) if kind not in kinds[: number - 1]]

    def single_faults(self) -> Iterator[Fault]:
        """Every call broken in every way."""
        for number, call in enumerate(self.undisturbed.calls, 1):
            yield from (Fault(number, mode) for mode in Mode if mode.applies(call))

    def some_faults(self) -> Iterator[Fault]:
        """Every call of a short flow broken in every way. Of a long one, some calls in some ways.

        These are the first of the calls that do much the same, and the death after the last such write.
        """
        calls, kinds = self.undisturbed.calls, self._kinds()
        for fault in self.single_faults():
            at = fault.number - 1
            first = kinds[at] not in kinds[:at] and fault.mode in TELLING[calls[at].reads]
            last = kinds[at] not in kinds[at + 1 :] and fault.mode is Mode.KILLED_AFTER
            if len(calls) <= SHORT or first or last:
                yield fault

    def most_faults(self) -> Iterator[Fault]:
        """Every write in one way, by turns; of the reads that do much the same the first in every way."""
        calls, kinds = self.undisturbed.calls, self._kinds()
        for number, call in enumerate(calls, 1):
            modes = [mode for mode in Mode if mode.applies(call)]
            if not call.reads:
                yield Fault(number, modes[number % len(modes)])
            elif kinds[number - 1] not in kinds[: number - 1]:
                yield from (Fault(number, mode) for mode in modes)

    def _kinds(self) -> list[tuple[str, str]]:
        return [_kind(call) for call in self.undisturbed.calls]


def check_standing(stage: TestBed) -> None:
    """What holds at every moment, however far the flow has got."""
    emulated = stage.emulated
    held.check(emulated.rows("Subscribers"))
    invariants.check_table(emulated.rows("Articles"), emulated.objects("Bodies"))
    invariants.check_links(emulated.objects("Site"))
    invariants.check_media(emulated.objects("Media"))


def check_ending(stage: TestBed, ending: Ending) -> None:
    """What holds once everything is done."""
    held.check_settled(ending.subscribers)
    invariants.check_table(ending.articles, ending.bodies)
    invariants.check_site(ending.articles, ending.site, stage.site)
    invariants.check_ads(ending.articles, ending.site)
    invariants.check_media(ending.media)
    live = [article for article in invariants.articles(ending.articles) if article.live]
    histories.check_feeds(live, ending.site, stage.site)
    for feed, state in ending.heard.items():
        invariants.must(feed not in ending.states or state == ending.states[feed], f"the hub missed a change of {feed}")


def _kind(call: Call) -> tuple[str, str]:
    """What tells calls apart that do not do much the same: the operation, and the kind of object or row."""
    key = call.params.get("Key") or call.params.get("ExpressionAttributeValues", {})
    if isinstance(key, str):
        name = key.rpartition("/")[2]
        return call.operation, "archive" if name.count(".") > 1 else name.partition(".")[0]
    pk = key.get("pk") or key.get(":pk") or {"S": ""}
    return call.operation, pk["S"].partition("#")[0]


# What may honestly differ from the undisturbed run. There are two things, and no others.


def check_mails(expected: list[Letter], run: Run) -> None:
    """A mail may go out again, as often as what became of it was lost; and then it is the same mail, Message-ID aside.

    Whether SES took a mail cannot be asked, and no write to the table is one with the sending. Who would rather send it
    once at most would leave some readers without theirs.
    """
    sent, repeats = run.ending.mails, _lost_mails(run)
    different = len(set(sent))
    must(different == len(set(expected)), f"{different} different mails were sent, not {len(set(expected))}")
    otherwise = f"{len(sent)} mails were sent, not {len(expected)} and {repeats} again"
    must(len(sent) == len(expected) + repeats, otherwise)


def check_counts(expected: list[Row], run: Run) -> None:
    """A sign-up may count again, if its answer was lost; never less than once.

    A reader who sends the form again because no answer came cannot be told from one who signs up twice, and limits had
    rather count one too many.
    """
    counting = [mode for call, mode in run.broken if any("Update" in it for it in call.params.get("TransactItems", ()))]
    again = sum(mode.takes_effect for mode in counting)
    found = _by_key(run.ending.subscribers)
    for key, row in _by_key(expected).items():
        if "sign_ups" in row:
            count, most = found.get(key, {"sign_ups": 0})["sign_ups"], row["sign_ups"] + again
            must(
                row["sign_ups"] <= count <= most,
                f"{key} counts {count} sign-ups, not {row['sign_ups']}, {most} at most",
            )


def _lost_mails(run: Run) -> int:
    """How many times a mail is out and nothing says so: the answer of SES is lost, or what was to be noted then is."""
    broken = {id(call): mode for call, mode in run.broken}
    lost, out = 0, False
    for call in run.calls:
        mode = broken.get(id(call))
        effect = mode is None or mode.takes_effect
        if call.operation == "SendEmail":
            lost += effect and mode is not None
            out = mode is None
        elif out and mode is not Mode.CONFLICT:  # after which whoever notes it looks again
            noted = effect and call.operation in ("PutItem", "DeleteItem")
            given_up = mode is not None and not noted
            lost += given_up
            out = not (noted or given_up)
    return lost


def _without_count(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "sign_ups"}


def _without_chance(row: Row) -> Row:
    """The row without what is drawn by lot, or by the emulator's own clock; mails' links are checked elsewhere."""
    return {name: "by lot" if name in CHANCE and value else value for name, value in row.items()}


def _by_key(rows: Iterable[Row]) -> dict[str, Any]:
    return {f"{row['pk']} {row['sk']}": row for row in rows}


def _differences(mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    for key in sorted(mine.keys() | theirs.keys()):
        if key not in mine:
            yield f"{key} is missing"
        elif key not in theirs:
            yield f"{key} is too many"
        elif mine[key] != theirs[key]:
            yield f"{key} is {_from_difference(mine[key], theirs[key])}, not {_from_difference(theirs[key], mine[key])}"


def _from_difference(one: Any, other: Any) -> str:
    """A text's part from a little before where it is not as the other; the whole of anything else."""
    if not isinstance(one, bytes):
        return repr(one)
    start = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    return repr(one[max(0, start - 40) : start + 160])
