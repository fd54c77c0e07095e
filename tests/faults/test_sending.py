"""Fault sweeps and race runs of sending: no reader has a second mail, and every report adds up."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

import pytest
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ReadTimeoutError

from broadsheet.services.sending import delivery
from broadsheet.services.sending.dispatch import Dispatcher
from broadsheet.services.sending.worker import Worker
from broadsheet.store import deliveries
from broadsheet.store.deliveries import Deliveries, _segment_row
from broadsheet.store.ses import Ses
from broadsheet.store.subscribers import Subscribers
from broadsheet.store.table import ABSENT, Table
from tests.faults.faults import Fault, Mode
from tests.faults.floors import SENDING_FAULTS, SENDING_ORDERS
from tests.faults.invariants import Violation
from tests.faults.scheduler import Explorer, draw, in_turns, stalled
from tests.faults.sending_flows import DAILY, SENDING, flow
from tests.faults.sending_invariants import by_issue
from tests.faults.sending_race import SendingRace, SendingRaceRun
from tests.faults.sending_races import KILLABLE, RACES, race
from tests.faults.sending_sweep import SendingSweep
from tests.faults.sweep import Flow
from tests.faults.test_guards import altered
from tests.faults.test_newsletter_guards import unconditional_puts
from tests.faults.testbed import TestBed

Call = Callable[..., Any]
RaceRuns = Callable[[SendingRace], SendingRaceRun]
Sweeps = Callable[[Flow], SendingSweep]
SWITCHES, QUICK_EVERY = 1, 3  # of each race in `make test`; `make proof` tries all single ones, and many random orders
SEEDS = 40
PAIRS_EVERY = 12
SWITCHING = "two workers while a reader chooses weekly and daily again"
TAKING = "one", "PutItem", 1
STORING = "one", "PutItem", 3
"""One is about to store its progress after its first mail: before, it took the segment, and recorded."""
# Each takes long; `make test` runs a flow, and a race, of the same parts.
PROVED = (
    "stop and resume an issue",
    "two workers while a reader leaves",
    SWITCHING,
    "an editor stops and resumes two workers",
)
every_flow = pytest.mark.parametrize("flow", SENDING, ids=str)
every_race = pytest.mark.parametrize("race", RACES, ids=str)


def quick(what: Iterable[Flow] | Iterable[SendingRace]) -> list[Any]:
    """Those that `make test` runs, and the others as proofs."""
    return [pytest.param(each, marks=pytest.mark.proof) if each.name in PROVED else each for each in what]


@pytest.fixture(scope="module")
def sweeps(bed: TestBed) -> Sweeps:
    """The sweep of each flow, made once."""
    return cache(lambda flow: SendingSweep(bed, flow))


@pytest.fixture(scope="module")
def race_runs(bed: TestBed) -> RaceRuns:
    """Each race's run, made once."""
    return cache(lambda race: SendingRaceRun(bed, race))


@pytest.mark.parametrize("flow", quick(SENDING), ids=str)
def test_any_call_may_fail_in_any_way(sweeps: Sweeps, flow: Flow) -> None:
    """newsletter#28, newsletter#29, newsletter#31, newsletter#32. Calls of each kind fail."""
    sweep = sweeps(flow)
    sweep.check_all(sweep.some_faults())


def test_the_quick_sweeps_try_at_least_as_many_faults_as_they_did(sweeps: Sweeps) -> None:
    quickly = [flow for flow in SENDING if flow.name not in PROVED]
    assert sum(1 for flow in quickly for _ in sweeps(flow).some_faults()) >= SENDING_FAULTS


@pytest.mark.proof
@every_flow
def test_every_call_may_fail_in_any_way(sweeps: Sweeps, flow: Flow) -> None:
    """newsletter#28, newsletter#29, newsletter#31, newsletter#32."""
    sweep = sweeps(flow)
    sweep.check_all(sweep.single_faults())


@pytest.mark.proof
@every_flow
def test_any_two_calls_may_fail(sweeps: Sweeps, flow: Flow) -> None:
    """newsletter#28, newsletter#29, newsletter#31, newsletter#32. The second one may be in the next attempt."""
    sweep = sweeps(flow)
    sweep.check_all(
        (first, Fault(number, mode))
        for first in sweep.some_faults()
        for number in range(first.number + 1, first.number + 1 + len(sweep.undisturbed.calls), PAIRS_EVERY)
        for mode in (Mode.UNHEARD, Mode.KILLED_AFTER)
    )


@every_flow
def test_the_sweep_numbers_every_call_of_a_flow(sweeps: Sweeps, flow: Flow) -> None:
    sweep = sweeps(flow)
    names = "".join(f"{call.operation} " for call in sweep.undisturbed.calls)
    assert re.fullmatch(flow.operations, names), names


@pytest.mark.parametrize("race", quick(RACES), ids=str)
def test_nobody_is_sent_twice_in_some_orders(race_runs: RaceRuns, race: SendingRace) -> None:
    """newsletter#28, newsletter#30, newsletter#31, newsletter#32."""
    orders = Explorer(SWITCHES, QUICK_EVERY).explore(race_runs(race).run)
    assert orders >= SENDING_ORDERS.get(race.name, 0)


@pytest.mark.proof
@every_race
def test_nobody_is_sent_twice_in_any_order_with_one_switch(race_runs: RaceRuns, race: SendingRace) -> None:
    """newsletter#28, newsletter#30, newsletter#31, newsletter#32."""
    Explorer(SWITCHES).explore(race_runs(race).run)


@pytest.mark.proof
@every_race
def test_nobody_is_sent_twice_in_random_orders(race_runs: RaceRuns, race: SendingRace) -> None:
    """newsletter#28, newsletter#30, newsletter#31, newsletter#32. In some of them, a process is killed."""
    draw(race_runs(race).run, range(SEEDS), KILLABLE)


def test_a_conflict_with_a_late_worker_costs_no_outcome_and_no_segment(sweeps: Sweeps) -> None:
    """newsletter#29, newsletter#31. A single write does not wait for another client's transaction on its row."""
    sweep = sweeps(flow("send an issue"))
    operations = [call.operation for call in sweep.undisturbed.calls]
    taking, recording, storing, *_ = (at for at, name in enumerate(operations, 1) if name == "PutItem")
    for number in (taking, recording, storing):
        run = sweep.run(Fault(number, Mode.CONFLICT))
        assert set(by_issue(run.ending.deliveries)[DAILY.id].claims.values()) == {"sent"}
        assert [call.operation for call in run.calls].count("Scan") == operations.count("Scan")


def test_without_the_condition_on_the_subscriber_who_has_left_is_claimed(bed: TestBed) -> None:
    """newsletter#30"""
    runs = SendingRaceRun(bed, race("a reader leaves"))
    runs.run(stalled("one", "TransactWriteItems"))
    with (
        altered(Subscribers, "_condition", unconditional_puts),
        pytest.raises(Violation, match="who is no reader of the issue"),
    ):
        runs.run(stalled("one", "TransactWriteItems"))


def test_without_the_condition_on_the_segment_a_late_worker_sends_what_nobody_counts(bed: TestBed) -> None:
    """newsletter#32"""
    runs = SendingRaceRun(bed, race(SWITCHING))
    turns = ("one", "TransactWriteItems", 2), ("chooser", "PutItem", 2), ("two", "", 0), ("chooser", "", 0)
    runs.run(in_turns(*turns))

    def unchecked(check: Call) -> Call:
        return lambda table, pk, sk, _: check(table, pk, sk, Attr("pk").exists())

    with altered(Table, "check_write", unchecked), pytest.raises(Violation, match="2 count as sent, not 3"):
        runs.run(in_turns(*turns))


def test_without_the_condition_on_progress_a_late_worker_takes_it_back(bed: TestBed) -> None:
    """newsletter#32"""
    runs, turns = SendingRaceRun(bed, race("two executions")), (STORING, ("two", "", 0))
    runs.run(in_turns(*turns))

    def unconditional(_: Call) -> Call:
        return lambda deliveries, key, segment, _: deliveries._table.put(_segment_row(key, segment))  # noqa: SLF001

    with (
        altered(Deliveries, "put_segment", unconditional),
        pytest.raises(Violation, match="is finished, and readers wait"),
    ):
        runs.run(in_turns(*turns))


def test_without_the_condition_on_what_was_read_a_late_worker_undoes_the_end(bed: TestBed) -> None:
    """newsletter#32"""
    runs, turns = SendingRaceRun(bed, race("two executions")), (("two", "Query", 2), TAKING, ("two", "", 0))
    runs.run(in_turns(*turns))

    def by_epoch(_: Call) -> Call:
        return lambda deliveries, key, before, after: deliveries.put_segment(key, after, before.epoch)

    with (
        altered(Deliveries, "take_segment", by_epoch),
        pytest.raises(Violation, match="is finished, and readers wait"),
    ):
        runs.run(in_turns(*turns))


def test_without_the_claims_from_before_a_report_counts_a_reader_as_another(bed: TestBed) -> None:
    """newsletter#32"""
    runs, turns = SendingRaceRun(bed, race("two workers on one segment")), (STORING, ("two", "", 0))
    runs.run(in_turns(*turns))
    with (
        altered(Worker, "_claims", lambda _: lambda *_: {}),
        pytest.raises(Violation, match="2 count as sent, not 3"),
    ):
        runs.run(in_turns(*turns))


def test_a_claim_that_must_not_exist_is_the_last_guard_against_a_second_mail(bed: TestBed) -> None:
    """newsletter#28: it holds by itself, without what the subscriber's row has of earlier issues."""
    runs = SendingRaceRun(bed, race("two workers on one segment"))
    turns = STORING, ("two", "", 0)
    with mock.patch.object(delivery, "with_issue", lambda reader, _: replace(reader, revision=reader.revision + 1)):
        runs.run(in_turns(*turns))
        with (
            mock.patch.object(deliveries, "ABSENT", Attr("pk").exists() | ABSENT),
            pytest.raises(Violation, match="a reader has several mails"),
        ):
            runs.run(in_turns(*turns))


def test_a_worker_that_does_not_look_for_a_stop_is_noticed(bed: TestBed) -> None:
    """newsletter#39"""
    runs, turns = (
        SendingRaceRun(bed, race("an editor stops a worker")),
        (("one", "TransactWriteItems", 1), ("editor", "", 0)),
    )
    runs.run(in_turns(*turns))
    with (
        altered(Deliveries, "running", lambda _: lambda _: frozenset({DAILY.id})),
        pytest.raises(Violation, match="sends on though the issue was stopped"),
    ):
        runs.run(in_turns(*turns))


def test_a_schedule_that_overrules_an_editor_is_noticed(bed: TestBed) -> None:
    """newsletter#39"""
    runs = SendingRaceRun(bed, race("an editor holds what the schedule begins"))
    turns = ("one", "TransactWriteItems", 3), ("holder", "", 0)
    runs.run(in_turns(*turns))
    with (
        altered(Dispatcher, "_begin", lambda _: lambda dispatcher, key, now: dispatcher.start(key, None, now)),
        pytest.raises(Violation, match="the issue is running after"),
    ):
        runs.run(in_turns(*turns))


def test_a_mail_that_is_sent_again_after_a_lost_answer_is_noticed(sweeps: Sweeps) -> None:
    """newsletter#28, newsletter#29."""

    def insistent(send: Call) -> Call:
        def send_again(*args: Any) -> None:
            try:
                send(*args)
            except ReadTimeoutError:
                send(*args)

        return send_again

    sweep = sweeps(flow("send an issue"))
    lost = Fault([call.operation for call in sweep.undisturbed.calls].index("SendEmail") + 1, Mode.UNHEARD)
    sweep.check(lost)
    with altered(Ses, "send", insistent), pytest.raises(Violation, match="a reader has several mails"):
        sweep.check(lost)
