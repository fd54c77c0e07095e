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

from broadsheet.store.rows import from_item
from tests.faults import invariants
from tests.faults.emulated import Letter, Row
from tests.faults.invariants import Violation
from tests.faults.scene import Killed, Process, Stage
from tests.faults.wire import Call, Listener, Refusal

ATTEMPTS = 8
SHOWN = 5  # of the runs that went wrong
URL = "https://aws.example"


class Mode(Enum):
    """How a call breaks."""

    UNSENT = "it fails before it takes effect"
    THROTTLED = "it is throttled"
    CONFLICT = "it is refused, for another's change that is under way"
    UNHEARD = "it takes effect and its answer is lost"
    KILLED_BEFORE = "the process dies before it"
    KILLED_AFTER = "the process dies after it"

    @property
    def takes_effect(self) -> bool:
        return self in (Mode.UNHEARD, Mode.KILLED_AFTER)

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
            case _:
                return self is not Mode.KILLED_AFTER or not call.reads


# What each service says when it is asked too much, and when others are at the same thing.
THROTTLES = {
    "dynamodb": Refusal("ThrottlingException", 400),
    "s3": Refusal("SlowDown", 503),
    "sesv2": Refusal("TooManyRequestsException", 429),
    "secretsmanager": Refusal("ThrottlingException", 400),
}
CONFLICTS = {
    "dynamodb": Refusal(
        "TransactionCanceledException",
        400,
        {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
    ),
    "s3": Refusal("ConditionalRequestConflict", 409),
}


@dataclass(frozen=True)
class Fault:
    """One broken call: which, by its place in the run, counted from 1, and how it breaks."""

    number: int
    mode: Mode

    def __str__(self) -> str:
        return f"call {self.number}: {self.mode.value}"


@dataclass
class Breaker(Listener):
    """Numbers the calls of a run, and breaks those that it is told to."""

    faults: tuple[Fault, ...] = ()
    calls: list[Call] = field(default_factory=list)
    broken: list[tuple[Call, Mode]] = field(default_factory=list)

    def before(self, call: Call) -> Refusal | None:
        self.calls.append(call)
        mode = self._mode()
        if mode is None or mode.takes_effect or (mode is Mode.CONFLICT and not call.conditional):
            return None
        self.broken.append((call, mode))
        match mode:
            case Mode.KILLED_BEFORE:
                raise Killed
            case Mode.UNSENT:
                raise EndpointConnectionError(endpoint_url=URL)
            case Mode.THROTTLED:
                return THROTTLES[call.service]
            case _:
                return CONFLICTS[call.service]

    def after(self, call: Call, done: bool) -> None:  # noqa: ARG002  what was refused breaks like what was done
        mode = self._mode()
        if mode and mode.takes_effect:
            self.broken.append((call, mode))
            raise Killed if mode is Mode.KILLED_AFTER else ReadTimeoutError(endpoint_url=URL)

    def _mode(self) -> Mode | None:
        return next((fault.mode for fault in self.faults if fault.number == len(self.calls)), None)


@dataclass(frozen=True)
class Flow:
    """Something that a caller asks for: what there is before, the asking, and the operations that it calls.

    `act` is one attempt in one process; raising means that the caller asks again. `operations` is an expression for
    their names in order, each with a space after it. `later` is how long after noon it happens. What `recurs` happens
    again by itself, whatever became of it.
    """

    name: str
    given: Callable[[Stage], None]
    act: Callable[[Stage, Process], None]
    operations: str
    later: timedelta = timedelta()
    recurs: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Ending:
    """All that a run leaves behind."""

    articles: list[Row]
    subscribers: list[Row]
    site: dict[str, bytes]
    bodies: set[str]
    mails: list[Letter]

    def differences(self, other: "Ending") -> Iterator[str]:
        """Where this ending is not as the other, in words; mails aside."""
        for what in ("articles", "subscribers"):
            mine, theirs = (_by_key(getattr(ending, what)) for ending in (self, other))
            yield from (f"{what}: {line}" for line in _differences(mine, theirs))
        yield from (f"site: {line}" for line in _differences(self.site, other.site))
        if self.bodies != other.bodies:
            yield f"bodies: {sorted(self.bodies ^ other.bodies)}"


@dataclass(frozen=True)
class Run:
    """What became of one run."""

    calls: tuple[Call, ...]
    broken: tuple[tuple[Call, Mode], ...]
    ending: Ending


class Bench:
    """A flow on a stage, ready to be run again and again from the same beginning."""

    def __init__(self, stage: Stage, flow: Flow) -> None:
        self.stage = stage
        self.flow = flow
        stage.clear()
        flow.given(stage)
        self._beginning = stage.save()
        self.undisturbed = self.run()

    def run(self, *faults: Fault) -> Run:
        """Run the flow with the faults in it, repeating it until it is done; then let the streams settle."""
        self.stage.restore(self._beginning)
        process = self.stage.process(self.flow.later)
        breaker = Breaker(faults)
        for _ in range(ATTEMPTS):
            faults_before = len(breaker.broken)
            try:
                with self.stage.wire.heard_by(breaker):
                    self.flow.act(self.stage, process)
                break
            except Killed:
                process = replace(process)
            except Exception:
                if len(breaker.broken) == faults_before:
                    raise
            check_standing(self.stage)
        else:
            raise Violation(f"not done after {ATTEMPTS} attempts")
        if self.flow.recurs:
            self.flow.act(self.stage, process)
        self.stage.settle(self.flow.later)
        return Run(tuple(breaker.calls), tuple(breaker.broken), self.ending())

    def ending(self) -> Ending:
        emulated = self.stage.emulated
        return Ending(
            emulated.rows("Articles"),
            [_without_chance(row) for row in emulated.rows("Subscribers")],
            emulated.objects("Site"),
            set(emulated.objects("Bodies")),
            emulated.mails(),
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
        if different := list(run.ending.differences(self.undisturbed.ending)):
            raise Violation("it does not end as undisturbed:\n" + "\n".join(different))
        check_ending(self.stage, run.ending)

    def single_faults(self) -> Iterator[Fault]:
        """Every call broken in every way."""
        for number, call in enumerate(self.undisturbed.calls, 1):
            yield from (Fault(number, mode) for mode in Mode if mode.applies(call))

    def amid_its_like(self, number: int) -> bool:
        """Whether a call is a read between two of its kind: much the same becomes of all of them."""
        kinds = [call.operation for call in self.undisturbed.calls]
        call = self.undisturbed.calls[number - 1]
        return call.reads and kinds[max(0, number - 2) : number + 1] == [call.operation] * 3


def check_standing(stage: Stage) -> None:
    """What holds at every moment, however far the flow has got."""
    emulated = stage.emulated
    invariants.check_table(emulated.rows("Articles"), emulated.objects("Bodies"))
    invariants.check_links(emulated.objects("Site"))


def check_ending(stage: Stage, ending: Ending) -> None:
    """What holds once everything is done."""
    invariants.check_table(ending.articles, ending.bodies)
    invariants.check_site(ending.articles, ending.site, stage.process().site)


def check_mails(expected: list[Letter], run: Run) -> None:
    """The same mails; one whose outcome or record was lost may have gone out again, and then it is the same mail."""
    sent = run.ending.mails
    repeats = sum(_lost_track_of_a_mail(call, mode) for call, mode in run.broken)
    if len(set(sent)) != len(set(expected)):
        raise Violation(f"{len(set(sent))} different mails were sent, not {len(set(expected))}")
    if len(sent) != len(expected) + repeats:
        raise Violation(f"{len(sent)} mails were sent, not {len(expected)} and {repeats} again")


def _lost_track_of_a_mail(call: Call, mode: Mode) -> bool:
    """Whether a mail is out and nothing says so: the answer to its sending is lost, or its record is not written."""
    if call.operation == "SendEmail":
        return mode.takes_effect
    row = from_item(call.params.get("Item", {}))
    return row.get("state") == "pending" and bool(row.get("mailed_at")) and not mode.takes_effect


def _without_chance(row: Row) -> Row:
    """The row without what is drawn by lot; `mailed` links are checked against it elsewhere."""
    return {name: "by lot" if name == "nonce" and value else value for name, value in row.items()}


def _by_key(rows: list[Row]) -> dict[str, Any]:
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
