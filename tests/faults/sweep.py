"""Fault sweeps: a flow runs again and again, with a fault at each of its calls to AWS in turn.

After each fault the test bed does what AWS or a client does: an editor sends the request again, the stream delivers the
batch again, the schedule runs again, a subscriber presses the button again. What is then stored, published and sent
must equal what the undisturbed run leaves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from broadsheet.executor import SEQUENTIAL, Executor
from broadsheet.model.history import PART_SIZE
from tests.faults.ending import Ending, check_ending, check_unfinished
from tests.faults.faults import Fault, FaultInjector, Mode, Watcher, unwatched
from tests.faults.interceptor import Call
from tests.faults.invariants import Violation, must
from tests.faults.process import Killed, Process
from tests.faults.testbed import TestBed, part_size
from tests.faults.tolerances import Injected, check_counts, check_mails

ATTEMPTS = 8
REPORTED = 5  # of the runs that failed
FINISHING = 10  # calls that a function may still make after its time has run out: its reserve is for these
SHORT = 10  # calls: a flow whose every call fails in every way in a sweep of some faults
VERY_SHORT = 3  # calls: the same, in a quick sweep
Act = Callable[[TestBed, Process], None]

# How some writes and some reads of a long flow fail in a sweep of some faults.
SOME_MODES = {False: (Mode.CONFLICT, Mode.UNHEARD, Mode.KILLED_AFTER), True: (Mode.THROTTLED,)}


@dataclass(frozen=True)
class Flow:
    """Something that a client or an event source asks for.

    `given` makes what there is before. `act` is one attempt in one process; when it raises, the client or event source
    tries again. `operations` is a regular expression for the names of the AWS operations that `act` calls undisturbed,
    in order, each with a space after it. `later` is the time of the flow after noon. A flow that `recurs` happens again
    in any case. `part` is the number of places in a part of a channel's history.
    """

    name: str
    given: Callable[[TestBed], None]
    act: Act
    operations: str
    later: timedelta = timedelta()
    recurs: bool = False
    part: int = PART_SIZE

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Run:
    """The calls of one run, those that failed, and what it left."""

    calls: tuple[Call, ...]
    injected: Injected
    ending: Ending


class FaultSweep:
    """A flow on a test bed, which runs again and again from the same state."""

    def __init__(self, bed: TestBed, flow: Flow) -> None:
        self.bed = bed
        self.flow = flow
        with part_size(flow.part):
            bed.prepare(flow.given)
        self._beginning = bed.save()
        self._endings: dict[object, Ending] = {}
        self.undisturbed = self.run()

    def run(
        self,
        *faults: Fault,
        late_at: int | None = None,
        executor: Executor = SEQUENTIAL,
        watch: Watcher = unwatched,
    ) -> Run:
        """Run the flow with these faults, try again until it succeeds, and let streams and queues finish.

        At call `late_at` the invocation runs out of time. `watch` is called after each call of the flow.
        """
        injector = FaultInjector(faults, self.bed.interceptor.send, late_at, watch)
        with part_size(self.flow.part):
            self.bed.restore(self._beginning)
            process = self._retry(injector, executor)
            if self.flow.recurs:
                self.flow.act(self.bed, process)
            return Run(tuple(injector.calls), tuple(injector.injected), self._ending())

    def _retry(self, injector: FaultInjector, executor: Executor) -> Process:
        """Attempt the flow until an attempt succeeds. Returns the process that did it."""
        process = replace(self.bed.process(self.flow.later), deadline=injector.deadline, executor=executor)
        for _ in range(ATTEMPTS):
            killed, done = self._attempt(process, injector)
            if done:
                return process
            check_unfinished(self.bed)
            if killed:
                process = replace(process)  # a new one, with no memory
        raise Violation(f"not done after {ATTEMPTS} attempts")

    def _attempt(self, process: Process, injector: FaultInjector) -> tuple[bool, bool]:
        """Whether the process was killed, and whether the attempt succeeded. Raises what no fault explains."""
        injected, killed, done = len(injector.injected), False, False
        try:
            with self.bed.interceptor.listening(injector):
                self.flow.act(self.bed, process)
            done = True
        except Killed:
            killed = True
        except Exception:
            if len(injector.injected) == injected and not injector.late:
                raise
        if injector.late:
            after = len(injector.calls) - (injector.late_at or 0)
            must(after < FINISHING, f"{after} calls are made after the time has run out")
            injector.late_at = None
        return killed, done

    def _ending(self) -> Ending:
        """What streams and queues make of the present state. Equal states have equal endings, so each is run once."""
        now = self.bed.fingerprint()
        if now not in self._endings:
            self.bed.settle(self.flow.later)
            self.bed.notify(self.flow.later)
            self._endings[now] = Ending.of(self.bed.moto)
        return self._endings[now]

    def check_all(self, faults: Iterable[Fault | tuple[Fault, ...]]) -> int:
        """Check each fault, and return the number of runs. Raises `Violation` with the first failures."""
        count, found = 0, []
        for count, fault in enumerate(faults, 1):  # noqa: B007  # it is counted
            try:
                self.check(*(fault if isinstance(fault, tuple) else (fault,)))
            except Violation as violation:
                found.append(str(violation))
        if found:
            raise Violation(f"{len(found)} of {count} runs:\n\n" + "\n\n".join(found[:REPORTED]))
        return count

    def check(self, *faults: Fault) -> None:
        """Raise `Violation` when a run with these faults does not end like the undisturbed run."""
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
        """Compare the run's ending with the undisturbed one's, and check the invariants."""
        expected = self.undisturbed.ending
        check_mails(expected.mails, run.ending.mails, run.calls, run.injected)
        check_counts(expected.subscribers, run.ending.subscribers, run.injected)
        if run.ending is expected:
            return
        if different := list(run.ending.differences(expected)):
            raise Violation("it does not end like the undisturbed run:\n" + "\n".join(different))
        check_ending(self.bed, run.ending)

    def check_late(self, numbers: Iterable[int]) -> None:
        """Raise `Violation` when a run that is out of time at one of these calls goes on, or does not end like the
        undisturbed run.
        """
        for number in numbers:
            try:
                self.compare(self.run(late_at=number))
            except Violation as violation:
                call = self.undisturbed.calls[number - 1]
                raise Violation(f"{self.flow.name}, late at call {number}, {call}: {violation}") from violation

    def first_of_each_kind(self) -> list[int]:
        """The numbers of the first call of each kind."""
        kinds = self._kinds()
        return [number for number, kind in enumerate(kinds, 1) if kind not in kinds[: number - 1]]

    def single_faults(self) -> Iterator[Fault]:
        """Every call fails in every way."""
        for number, call in enumerate(self.undisturbed.calls, 1):
            yield from (Fault(number, mode) for mode in Mode if mode.applies(call))

    def some_faults(self) -> Iterator[Fault]:
        """Every call of a short flow fails in every way; of a long one, the first call of each kind fails in some ways,
        and the process is killed after the last write of each kind.
        """
        calls, kinds = self.undisturbed.calls, self._kinds()
        for fault in self.single_faults():
            at = fault.number - 1
            first = kinds[at] not in kinds[:at] and fault.mode in SOME_MODES[calls[at].reads]
            last = kinds[at] not in kinds[at + 1 :] and fault.mode is Mode.KILLED_AFTER
            if len(calls) <= SHORT or first or last:
                yield fault

    def quick_faults(self) -> Iterator[Fault]:
        """Every call of a very short flow fails in every way; of any other, the first call of each kind fails in one of
        the ways of `some_faults`, by turns, and the process is killed after the last write of each kind.
        """
        calls, kinds = self.undisturbed.calls, self._kinds()
        if len(calls) <= VERY_SHORT:
            yield from self.single_faults()
            return
        for number, call in enumerate(calls, 1):
            modes = [mode for mode in SOME_MODES[call.reads] if mode.applies(call)]
            if kinds[number - 1] not in kinds[: number - 1]:
                yield Fault(number, modes[number % len(modes)])
            elif not call.reads and kinds[number - 1] not in kinds[number:]:
                yield Fault(number, Mode.KILLED_AFTER)

    def most_faults(self) -> Iterator[Fault]:
        """Every write fails in one way, by turns; the first read of each kind fails in every way."""
        calls, kinds = self.undisturbed.calls, self._kinds()
        for number, call in enumerate(calls, 1):
            modes = [mode for mode in Mode if mode.applies(call)]
            if not call.reads:
                yield Fault(number, modes[number % len(modes)])
            elif kinds[number - 1] not in kinds[: number - 1]:
                yield from (Fault(number, mode) for mode in modes)

    def _kinds(self) -> list[tuple[str, str]]:
        return [_kind(call) for call in self.undisturbed.calls]


def _kind(call: Call) -> tuple[str, str]:
    """Calls of one kind do much the same: they have the same operation, and the same kind of object or row."""
    key = call.params.get("Key") or call.params.get("ExpressionAttributeValues", {})
    if isinstance(key, str):
        name = key.rpartition("/")[2]
        return call.operation, "archive" if name.count(".") > 1 else name.partition(".")[0]
    pk = key.get("pk") or key.get(":pk") or {"S": ""}
    return call.operation, pk["S"].partition("#")[0]
