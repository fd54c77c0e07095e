"""The benchmark of sending at a small scale: its calls are counted here too, and broken bounds are reported."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from benchmarks import sending, sending_costs
from benchmarks.sending import KEY, Processor, Sent, Speed, calls_per_mail
from benchmarks.sending_bounds import MAX_CALLS, sending_bounds
from benchmarks.sending_report import sending_part
from benchmarks.simulated_aws import SimulatedAws, answering_requests

PROCESSOR = Processor([4.0], [1.0], [1.5], [3.0], 176_394)


@pytest.fixture(scope="module")
def counted() -> SimulatedAws:
    return sending.count_calls(1)


def test_a_mail_takes_a_claim_ses_and_a_record_and_hardly_more(counted: SimulatedAws) -> None:
    """newsletter#46."""
    assert counted.sent > 1_600
    assert {name: counted.calls[name] for name in ("TransactWriteItems", "SendEmail")} == {
        "TransactWriteItems": counted.sent,
        "SendEmail": counted.sent,
    }
    assert calls_per_mail(counted) <= MAX_CALLS


def test_the_requests_of_a_mail_are_those_that_botocore_sends(counted: SimulatedAws) -> None:
    aws = SimulatedAws(KEY, 3, latencies=sending.FREE)
    with answering_requests(aws):
        sending._work(aws, 14)  # noqa: SLF001  # a worker
    assert aws.sent == 3
    assert set(aws.calls) == set(counted.calls)


def test_a_broken_bound_of_sending_is_reported(counted: SimulatedAws) -> None:
    sent = _sent(counted)
    assert [bound.claim for bound in sending_bounds(sent) if not bound.holds] == []
    wasteful = SimulatedAws(KEY, 1)
    wasteful.calls.update(SendEmail=100, PutItem=210)
    wasteful.sent = 100
    slow = replace(PROCESSOR, worker=[6.0], own=[2.5])
    starved = [replace(sent.beside[0], a_second=1.0)]
    for broken, number in (
        (replace(sent, all_readers=wasteful), 1),
        (replace(sent, processor=slow), 3),
        (replace(sent, memory={1_000: 1_000_000, 10_000: 2_000_000}), 1),
        (replace(sent, grown={1_000_000: 9_000_000}), 1),
        (replace(sent, speeds=[Speed(14, 2, 10.0, 15.0)]), 2),
        (replace(sent, beside=starved), 1),
    ):
        assert sum(not bound.holds for bound in sending_bounds(broken)) == number


def test_an_issue_s_hours_and_dollars_are_in_the_report(counted: SimulatedAws) -> None:
    sent = _sent(counted)
    small, large = (sending_costs.issue(sent, sent.speeds[0], readers) for readers in (10_000, 1_000_000))
    assert large.seconds == 100 * small.seconds
    assert large.dollars["SES"] == pytest.approx(100)
    assert large.dollars["DynamoDB"] == pytest.approx(100 * small.dollars["DynamoDB"])
    assert sending_costs.write_units(sent) == 7  # a transaction costs double
    report = "\n".join(sending_part(sent))
    assert f"{sum(large.dollars.values()):.2f}" in report


@pytest.mark.proof
def test_workers_reach_ses_s_rate_and_neither_of_two_issues_starves_the_other() -> None:
    """newsletter#31, newsletter#46."""
    processor = sending.on_lambda(0.006)
    speeds = [sending.speed(rate, processor) for rate in sending.RATES]
    beside = [sending.speed(rate, processor, issues=2) for rate in sending.RATES]
    sent = replace(_sent(sending.count_calls(10)), speeds=speeds, beside=beside)
    assert [bound.claim for bound in sending_bounds(sent) if not bound.holds and "second" in bound.claim] == []
    assert all(2 * one.a_second <= one.rate for one in beside)


@pytest.mark.proof
def test_a_worker_keeps_nothing_of_its_readers() -> None:
    """newsletter#46."""
    # In a process of its own: tracemalloc counts every thread, also those of a local deployment of other tests.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        memory, grown = process.submit(sending.memory_of, (1_000, 3_000)).result()
    assert memory[3_000] / memory[1_000] < 1.3
    assert sum(grown.values()) < 2_000_000


def _sent(counted: SimulatedAws) -> Sent:
    memory = {1_000: 1_000_000, 10_000: 1_100_000}
    alone, beside = Speed(14, 2, 12.5, 13.0), Speed(14, 2, 6.2, 8.0)
    return Sent(counted, counted, PROCESSOR, memory, {1_000: 0}, [alone], [beside])
