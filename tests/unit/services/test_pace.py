"""The pace of a worker: its rate, what it makes up for, and how it gives way to SES."""

from dataclasses import dataclass, field

import pytest

from broadsheet.model.newsletter.sending import MAX_SEGMENTS, SECONDS_PER_MAIL, SHARE, segments_for, share_of
from broadsheet.services.sending.pace import LONGEST, SLOWEST, Pace


@dataclass
class Mails:
    """Mails by a pace, each of which takes so many seconds."""

    rate: float = 10.0
    now: float = 1_000.0
    at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(lambda: self.now, self._sleep, self.rate)

    def send(self, number: int, seconds: float = 0.0) -> None:
        for _ in range(number):
            self.pace.wait()
            self.at.append(self.now)
            self.now += seconds

    def gaps(self) -> list[float]:
        return [round(after - before, 3) for before, after in zip(self.at, self.at[1:], strict=False)]

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


def test_mails_are_evenly_spaced_however_long_each_takes() -> None:
    mails = Mails()
    mails.send(3)
    mails.send(3, 0.09)
    assert mails.gaps() == [0.1] * 5


def test_a_slow_mail_is_made_up_for_and_a_long_pause_is_not() -> None:
    """newsletter#31: with slow answers of SES now and then, a worker reaches its rate all the same."""
    mails = Mails()
    for _ in range(10):
        mails.send(9, 0.05)
        mails.send(1, 0.4)
    assert len(mails.at) / (mails.at[-1] - mails.at[0]) == pytest.approx(mails.rate, rel=0.03)
    mails.now += 60
    paused = len(mails.at)
    mails.send(30)
    assert sum(at <= mails.at[paused] + 0.5 for at in mails.at[paused:]) <= mails.rate * 1.5 + 1


def test_a_refusal_halves_the_rate_and_it_comes_back_step_by_step() -> None:
    """newsletter#31."""
    mails = Mails()
    mails.send(2, 0.8)
    mails.pace.slow_down()
    mails.at.clear()
    mails.send(4)
    assert mails.gaps() == [0.2] * 3  # and nothing is made up for
    for _ in range(20):
        mails.pace.slow_down()
    assert mails.pace.factor == SLOWEST
    factors = []
    while mails.pace.factor < 1:
        factors.append(mails.pace.factor)
        mails.pace.speed_up()
    assert factors == sorted(set(factors))
    mails.pace.speed_up()
    assert mails.pace.factor == 1
    seldom = Mails(0.001)
    seldom.send(2)
    assert seldom.gaps() == [LONGEST]


@pytest.mark.parametrize("rate", [0.1, 1, 7, 10, 14, 50, 100, 200, 500, 600])
def test_the_workers_of_an_issue_reach_their_share_of_ses_s_rate_and_no_more_workers_run_than_that_takes(
    rate: float,
) -> None:
    """newsletter#31."""
    segments = segments_for(rate)
    assert 1 <= segments <= MAX_SEGMENTS
    assert segments / SECONDS_PER_MAIL >= rate * SHARE
    assert segments == 1 or (segments - 1) / SECONDS_PER_MAIL < rate * SHARE


@pytest.mark.parametrize("segments", [(2, 2), (1, 90), (14, 14, 2, 2)])
def test_issues_at_once_have_equal_parts_of_ses_s_rate_and_leave_some_of_it(segments: tuple[int, ...]) -> None:
    """newsletter#46: none of them starves another one."""
    rate = 100.0
    parts = [workers * share_of(rate, len(segments), workers) for workers in segments]
    assert parts == pytest.approx([rate * SHARE / len(segments)] * len(segments))
    assert sum(parts) < rate
    sent = []
    for workers in segments:
        mails = Mails(share_of(rate, len(segments), workers))
        mails.send(round(60 * mails.rate) + 1)
        sent.append(workers * (len(mails.at) - 1) / (mails.at[-1] - mails.at[0]))
    assert sent == pytest.approx(parts)


def test_no_rate_takes_more_workers_than_a_transaction_plans() -> None:
    assert segments_for(10_000) == MAX_SEGMENTS
