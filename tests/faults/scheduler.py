"""The scheduler of race runs: one actor runs at a time, and before each call to AWS a choice says which one goes on.

Equal choices give equal runs, so a run that failed can be repeated from its choices alone.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.interceptor import Call, Listener, Refusal
from tests.faults.process import Killed

KILL_PREFIX = "† "  # before the name of a chosen actor: its process is killed here
PATIENCE = 60  # seconds that a step may take before the run is given up as stuck

Act = Callable[[], None]
Resource = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """A choice: the actors that could go on, each with its next call (None at its start), and the one that did."""

    ready: Mapping[str, Call | None]
    chosen: str


class Choice(Protocol):
    """Chooses the actor that goes on, of those that are ready; `last` is the one before, None at first."""

    def __call__(self, ready: Mapping[str, Call | None], last: str | None) -> str: ...


Run = Callable[[Choice], Sequence[Step]]
"""Runs a race once, by a choice, and returns its steps. Raises what the run violates."""


class Actor:
    """Acts in a thread of its own, and waits before each call until the scheduler lets it go on."""

    def __init__(self, name: str, act: Act, back: threading.Semaphore) -> None:
        self.name = name
        self.call: Call | None = None
        self.done = False
        self.error: BaseException | None = None
        self.killed = False
        self._act = act
        self._go = threading.Semaphore(0)
        self._back = back
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def step(self) -> None:
        """Let it go on to its next call, or to its end."""
        self._go.release()
        if not self._back.acquire(timeout=PATIENCE):
            raise TimeoutError(f"{self.name} is stuck")
        if self.done:
            self._thread.join(PATIENCE)

    def wait(self, call: Call) -> None:
        """In its own thread: wait here, and die here if it is killed."""
        self.call = call
        self._back.release()
        self._go.acquire()
        if self.killed:
            raise Killed

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self.killed:
                self._act()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001  # it is the result of the actor
            self.error = error
        self.done = True
        self._back.release()


@dataclass
class Scheduler(Listener):
    """Runs actors by a choice. `watch` is called after each call that took effect, in the scheduler's thread."""

    watch: Callable[[str, Call], None] = lambda *_: None
    steps: list[Step] = field(default_factory=list)
    _actors: dict[str, Actor] = field(default_factory=dict)
    _effects: list[tuple[str, Call]] = field(default_factory=list)

    def before(self, call: Call) -> Refusal | None:
        if actor := self._actors.get(threading.current_thread().name):
            actor.wait(call)
        return None

    def after(self, call: Call, done: bool) -> None:
        if done:
            self._effects.append((threading.current_thread().name, call))

    def run(self, acts: Mapping[str, Act], choose: Choice) -> dict[str, BaseException | None]:
        """Run all actors to their ends. Returns what each raised. What `watch` raises ends the run."""
        back = threading.Semaphore(0)
        self._actors = {name: Actor(name, act, back) for name, act in acts.items()}
        for actor in self._actors.values():
            actor.start()
        last: str | None = None
        try:
            while ready := {name: actor.call for name, actor in self._actors.items() if not actor.done}:
                last = choose(ready, last)
                self.steps.append(Step(ready, last))
                last = last.removeprefix(KILL_PREFIX)
                self._actors[last].killed = last != self.steps[-1].chosen
                self._actors[last].step()
                effects, self._effects = self._effects, []
                for name, call in effects:
                    self.watch(name, call)
        finally:
            for actor in self._actors.values():
                actor.killed = True
                while not actor.done:
                    actor.step()
        return {name: actor.error for name, actor in self._actors.items()}

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(step.chosen for step in self.steps)


def following(choices: Sequence[str]) -> Choice:
    """These choices one after the other; then the last actor runs to its end, and then the next."""
    remaining = iter(choices)

    def choose(ready: Mapping[str, Call | None], last: str | None) -> str:
        chosen = next(remaining, last)
        return next(iter(ready)) if chosen is None or chosen.removeprefix(KILL_PREFIX) not in ready else chosen

    return choose


def in_turn(*names: str) -> Choice:
    """One after the other, each to its end."""

    def choose(ready: Mapping[str, Call | None], last: str | None) -> str:  # noqa: ARG001  # the same in any state
        return next(name for name in names if name in ready)

    return choose


def stalled(name: str, operation: str, key: str = "") -> Choice:
    """One actor waits before its first call of an operation, on a key that starts so, until all others are done."""

    def choose(ready: Mapping[str, Call | None], last: str | None) -> str:  # noqa: ARG001  # the last one does not matter
        others = [other for other in ready if other != name]
        if name not in ready:
            return others[0]
        call = ready[name]
        about = call and call.operation == operation and str(call.params.get("Key", "")).startswith(key)
        return others[0] if others and about else name

    return choose


def in_turns(*turns: tuple[str, str, int]) -> Choice:
    """In each turn, one actor goes on until it is about to make its n-th call of an operation, or to its end; then all
    others go on to their ends.
    """
    remaining, made = list(turns), Counter[tuple[str, str]]()

    def choose(ready: Mapping[str, Call | None], last: str | None) -> str:  # noqa: ARG001  # the last one does not matter
        while remaining:
            name, operation, number = remaining[0]
            call = ready.get(name)
            if name in ready and not (call and call.operation == operation and made[name, operation] == number - 1):
                made[name, call.operation if call else ""] += 1
                return name
            remaining.pop(0)
        return next(iter(ready))

    return choose


def drawn(seed: int, killable: Sequence[str] = ()) -> Choice:
    """Random choices. Some seeds switch at every call, some seldom: long waits find what quick turns do not.

    With some seeds, one of the `killable` actors is killed somewhere.
    """
    rng = random.Random(seed)  # noqa: S311  # not for secrets
    switching = rng.choice((0.03, 0.1, 0.3, 1.0))
    dying = rng.choice((0.0, 0.02))

    def choose(ready: Mapping[str, Call | None], last: str | None) -> str:
        if last is None or last not in ready or rng.random() < switching:
            last = rng.choice(sorted(ready))
        return KILL_PREFIX + last if last in killable and rng.random() < dying else last

    return choose


def draw(run: Run, seeds: Iterable[int], killable: Sequence[str]) -> None:
    """Run one random order for each seed. A failure names its seed."""
    for seed in seeds:
        try:
            run(drawn(seed, killable))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


@dataclass
class Explorer:
    """Runs every order of some actors with at most so many switches away from an actor that could have gone on.

    A switch before a call that concerns no other actor is left out: the same switch right after it gives the same run.
    The explorer learns from the runs which resources each actor uses.

    Of the switches that can be added to a run, one in `every` is tried, spread evenly over it. The orders in which
    actors start and follow one another are all tried.
    """

    switches: int
    every: int = 1
    used: dict[str, set[tuple[Resource, bool]]] = field(default_factory=dict)

    def explore(self, run: Run) -> int:
        """Run all of them. Returns how many these are."""
        todo: list[tuple[str, ...]] = [()]
        count = 0
        while todo:
            prefix = todo.pop()
            steps = run(following(prefix))
            count += 1
            self._learn(steps)
            todo += self._chosen(steps, prefix)
        return count

    def _chosen(self, steps: Sequence[Step], prefix: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        switching = -1
        for variation in self._variations(steps, len(prefix)):
            switching += (switches := _switches(steps, variation) > _switches(steps, prefix))
            if not switches or switching % self.every == self.every // 2:
                yield variation

    def _variations(self, steps: Sequence[Step], start: int) -> Iterator[tuple[str, ...]]:
        choices = tuple(step.chosen for step in steps)
        for at in range(start, len(steps)):
            last, ready = choices[at - 1] if at else None, steps[at].ready
            if last is not None and last in ready and not self._matters(last, ready[last]):
                continue
            for other in (name for name in ready if name != choices[at]):
                if _switches(steps, (*choices[:at], other)) <= self.switches:
                    yield (*choices[:at], other)

    def _learn(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if call := step.ready[step.chosen]:
                self.used.setdefault(step.chosen, set()).update((it, not call.reads) for it in resources(call))

    def _matters(self, actor: str, call: Call | None) -> bool:
        """Whether the order of this call and other actors' calls may matter: they share a resource, and one writes."""
        if call is None or call.operation == "Scan":  # which reads what all others write
            return True
        others = {use for name, uses in self.used.items() if name != actor for use in uses}
        return any((it, True) in others or (not call.reads and (it, False) in others) for it in resources(call))


def _switches(steps: Sequence[Step], choices: Sequence[str]) -> int:
    pairs = zip(choices, choices[1:], steps[1:], strict=False)
    return sum(last != now and last in step.ready for last, now, step in pairs)


def resources(call: Call) -> Iterator[Resource]:
    """The resources that a call uses: an object, a partition of a table, the executions of the state machine."""
    if call.service == "stepfunctions":
        yield "executions", ""
    if call.service == "s3":
        yield call.params["Bucket"], call.params["Key"]
    for write in call.params.get("TransactItems", ()):
        for operation in write.values():
            key: dict[str, Any] = operation.get("Key") or operation.get("Item")
            yield operation["TableName"], key["pk"]["S"]
    for table, request in call.params.get("RequestItems", {}).items():
        for key in request.get("Keys", ()):
            yield table, key["pk"]["S"]
    if call.service == "dynamodb" and "TableName" in call.params and call.operation != "Scan":
        values: dict[str, Any] = call.params.get("Key") or call.params.get("Item") or {}
        pk = values["pk"] if values else call.params["ExpressionAttributeValues"][":pk"]
        yield call.params["TableName"], pk["S"]
