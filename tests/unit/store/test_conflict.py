"""Lost races are retried after random pauses, so that writers of one row do not collide again."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice, repeat
from random import Random

import pytest

from broadsheet.model.errors import Busy
from broadsheet.services import editing
from broadsheet.store.conflict import LONGEST_PAUSE, LostRace, pauses, retrying
from broadsheet.store.table import ABSENT, RACING, Table, unchanged
from tests.world import TEMPLATE, World

WRITERS, ARTICLES = 8, 40  # a bulk import by the command sends eight articles at once
# Seconds, as measured on AWS: a consistent read; how long a transaction holds its rows; a call from the client to the
# function and back.
READ, HELD, CALL = 0.004, 0.015, 0.030


@dataclass
class Writer:
    """One client that imports articles, each of which writes to the same row of counts."""

    remaining: int
    lost: int = 0
    paused: Iterator[float] = repeat(0.0)  # noqa: RUF009  an endless iterator without state


def given_up(paused: Callable[[], Iterator[float]]) -> float:
    """The share of the changes of such an import that exhausts its attempts, in simulated time."""
    writers = [Writer(ARTICLES, paused=paused()) for _ in range(WRITERS)]
    order = count()
    waiting = [(0.001 * number, next(order), writer) for number, writer in enumerate(writers)]
    free_at, exhausted = 0.0, 0
    while waiting:
        now, _, writer = heapq.heappop(waiting)
        if now < free_at:
            writer.lost += 1
            heapq.heappush(waiting, (now + next(writer.paused) + READ, next(order), writer))
            continue
        free_at = now + HELD
        exhausted += writer.lost >= editing.TRIES
        writer.remaining, writer.lost, writer.paused = writer.remaining - 1, 0, paused()
        if writer.remaining:
            heapq.heappush(waiting, (free_at + CALL + READ, next(order), writer))
    return exhausted / (WRITERS * ARTICLES)


def longest(most: int) -> float:
    """The longest time in seconds that so many attempts may sleep."""
    return sum(islice(pauses(lambda _, limit: limit), most - 1))


def test_clients_that_import_together_do_not_exhaust_their_attempts() -> None:
    """aws#13: in simulated time, over a row that one transaction holds at a time."""
    chance = Random(1)  # noqa: S311  the same simulation each time
    assert given_up(lambda: pauses(chance.uniform)) < 0.01  # and the command retries these
    assert given_up(lambda: repeat(0.0)) > 0.1  # without pauses


def test_a_pause_is_random_and_its_limit_grows() -> None:
    runs = [list(islice(pauses(), 12)) for _ in range(200)]
    assert all(0 <= pause <= LONGEST_PAUSE for run in runs for pause in run)
    mean = [sum(run[at] for run in runs) / len(runs) for at in range(12)]
    assert mean[0] < mean[2] < mean[4]
    assert len({run[0] for run in runs}) > 100


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, which do not take any time here."""
    slept: list[float] = []
    monkeypatch.setattr("broadsheet.store.conflict.sleep", slept.append)
    return slept


def test_a_lost_race_is_retried_and_only_retries_wait(slept: list[float]) -> None:
    races = iter((True, True, False))
    slept_before = []

    @retrying(4)
    def change(name: str) -> str:
        slept_before.append(len(slept))
        if next(races):
            raise LostRace(name)
        return name

    assert change("ferry") == "ferry"
    assert slept_before == [0, 1, 2]


def test_a_caller_that_loses_every_race_is_refused_as_busy(slept: list[float]) -> None:
    runs = []

    @retrying(4)
    def change() -> None:
        runs.append(len(slept))
        raise LostRace

    with pytest.raises(Busy):
        change()
    assert runs == [0, 1, 2, 3]
    assert len(slept) == 3
    assert sum(slept) <= longest(4)


def test_another_error_is_not_retried(slept: list[float]) -> None:
    @retrying(4)
    def change() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        change()
    assert slept == []


def test_a_failed_condition_is_a_lost_race_and_names_the_writes(world: World) -> None:
    table = Table(world.clients.dynamodb, world.table)
    row = {"pk": "A", "sk": "A", "text": "first"}
    table.put(row, ABSENT)
    with pytest.raises(LostRace) as lost:
        table.put(row | {"text": "second"}, ABSENT)
    assert lost.value.failed == {0}
    with pytest.raises(LostRace) as lost:
        table.transact(table.delete_write("B", "B"), table.put_write(row | {"text": "second"}, ABSENT))
    assert lost.value.failed == {1}
    with pytest.raises(LostRace):
        table.delete("A", "A", unchanged({"text": "second"}))
    assert table.row("A", "A") == row
    table.delete("A", "A", unchanged({"text": "first"}))
    assert table.row("A", "A") is None


def test_an_editors_attempts_fit_into_the_functions_time() -> None:
    """aws#13: even where a connection dies in between, which takes seven seconds."""
    text = TEMPLATE.read_text(encoding="utf-8").partition("  ArticlesFunction:")[2].partition("  ArticlesRole:")[0]
    timeout = next(int(line.split(":")[1]) for line in text.splitlines() if line.strip().startswith("Timeout:"))
    assert longest(editing.TRIES) + 7 < timeout


def test_every_way_in_which_dynamodb_says_later_counts_as_a_lost_race() -> None:
    """aws#13: `TransactionInProgressException` is retried by the client (botocore's standard mode)."""
    assert {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} == RACING
