"""Race runs of sending: workers, schedules, editors and readers over one issue, and what must hold at each step."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from broadsheet.model.errors import Busy, WrongState
from broadsheet.services.sending.dispatch import Unfinished
from tests.faults import sending_invariants, subscriber_invariants
from tests.faults.interceptor import Call
from tests.faults.invariants import Violation, must
from tests.faults.process import Process
from tests.faults.race import describe
from tests.faults.scheduler import Act, Choice, Scheduler, Step
from tests.faults.sending_flows import DAILY, SENT
from tests.faults.testbed import TestBed

EXECUTIONS = 4  # after which every sending is at its end


@dataclass(frozen=True)
class SendingRace:
    """The state before a race, and its actors by name."""

    name: str
    given: Callable[[TestBed], None]
    actors: Callable[["SendingRaceContext"], dict[str, Act]]

    def __str__(self) -> str:
        return self.name


@dataclass
class SendingRaceContext:
    """One run of a race, and the responses of its actors."""

    bed: TestBed
    responses: dict[str, str] = field(default_factory=dict)

    def acts(self, name: str, act: Callable[[Process], object]) -> dict[str, Act]:
        """An actor with a process of its own. What an editor asks may be refused, and tasks may have to come again."""

        def run() -> None:
            try:
                self.responses[name] = str(act(self.bed.process(SENT)))
            except (Busy, Unfinished, WrongState) as error:
                self.responses[name] = type(error).__name__

        return {name: run}


class SendingRaceRun:
    """A race on a test bed, which runs again and again from the same state."""

    def __init__(self, bed: TestBed, race: SendingRace) -> None:
        self.bed = bed
        self.race = race
        self._settled: set[object] = set()
        bed.prepare(race.given)
        self._beginning = bed.save()

    def run(self, choose: Choice) -> Sequence[Step]:
        """Run the race once. Raises `Violation` with the choices that led to it."""
        self.bed.restore(self._beginning)
        self._readers, self._late = self._eligible(), Counter[str]()
        context, scheduler = SendingRaceContext(self.bed), Scheduler(self._watch)
        try:
            with self.bed.interceptor.listening(scheduler):
                ended = scheduler.run(self.race.actors(context), choose)
            must(not any(ended.values()), f"raised: {ended}")
            self._check_responses(context.responses)
            if (state := self.bed.fingerprint()) not in self._settled:
                self._settle()
                self._settled.add(state)
        except Violation as violation:
            raise Violation(f"{self.race.name}: {violation}\nafter {describe(scheduler.steps)}") from violation
        return scheduler.steps

    def _watch(self, actor: str, call: Call) -> None:
        """After each call: who is claimed was a reader until then, and after a stop a worker claims one more."""
        rows, mailed = self.bed.moto.rows("Deliveries"), self.bed.moto.issue_mails()
        sending_invariants.check(rows, mailed)
        if claimed := _claimed(call):
            must(claimed in self._readers, f"{actor} claimed {claimed}, who is no reader of the issue")
            self._late[actor] += not any(row["pk"] == "RUNNING" for row in rows)
            must(self._late[actor] <= 1, f"{actor} sends on though the issue was stopped")
        if call.operation == "TransactWriteItems" and "RUNNING" in str(call.params):
            self._late.clear()
        self._readers = self._eligible()

    def _eligible(self) -> set[str]:
        """The readers who get the issue now: confirmed, and with this choice."""
        subscribers = subscriber_invariants.partitions(self.bed.moto.rows("Subscribers"))
        confirmed = {
            pk: rows["META"]["profile"] for pk, rows in subscribers.items() if rows["META"]["state"] == "confirmed"
        }
        return {
            pk.partition("#")[2]
            for pk, profile in confirmed.items()
            if (profile["preferences"]["edition"], profile["preferences"]["frequency"]) == ("en", "daily")
            and "sport" not in profile["preferences"]["sections"]
        }

    def _check_responses(self, responses: Mapping[str, str]) -> None:
        """What an editor was told is so."""
        state = self._state()
        held = responses.get("holder", "refused").startswith("Sending(")
        must(held == (state == "held") or "holder" not in responses, f"the issue is {state} after {responses}")

    def _settle(self) -> None:
        """Editors let the issue go, the schedule runs, and executions follow each other until the issue is sent."""
        self.bed.process(SENT).schedule()
        editor = self.bed.process(SENT)
        if self._state() == "held":
            editor.dispatcher.start(DAILY, "lina", editor.now)
        if self._state() == "stopped":
            editor.dispatcher.resume(DAILY, "lina", editor.now)
        for _ in range(EXECUTIONS):
            sending = editor.deliveries.get(DAILY)
            if sending is None or sending.state != "running":
                break
            must(sending.execution in self.bed.moto.executions(), f"{sending.execution} is not executed")
            self.bed.process(SENT).send(DAILY)
        sending_invariants.check_settled(self.bed.moto.rows("Deliveries"), self.bed.moto.issue_mails())

    def _state(self) -> str:
        sending = self.bed.process().deliveries.get(DAILY)
        return sending.state if sending else ""


def _claimed(call: Call) -> str | None:
    """The reader whom this call claims; None for another call."""
    items = [write.get("Put", {}).get("Item", {}) for write in call.params.get("TransactItems", ())]
    claims = [item["reader"]["S"] for item in items if "reader" in item]
    return claims[0] if claims else None
