"""A list that comes in while others are at the same readers."""

from typing import Any
from unittest import mock

import pytest

from broadsheet.model.newsletter.subscriber import Subscriber
from broadsheet.store.subscribers import Subscribers
from tests.faults.lists import STATES, STATUSES, meet, roll_of
from tests.faults.scene import TestBed
from tests.faults.schedule import Choice, Explorer, Step

WANTED = {
    "new": ("suppressed", "unsubscribed", "suppressed"),
    "pending": ("unsubscribed", "unsubscribed", "suppressed"),
    "confirmed": ("confirmed", "confirmed", "suppressed"),
    "unsubscribed": ("unsubscribed", "unsubscribed", "suppressed"),
    "suppressed": ("suppressed", "suppressed", "suppressed"),
    "erased": ("unsubscribed", "unsubscribed", "unsubscribed"),
}


def meet_in_every_order(stage: TestBed) -> None:
    keyring = stage.process().keys.keyring()

    def run(choose: Choice) -> list[Step]:
        steps = list(meet(stage, choose))
        found = {reader.id: reader for reader in roll_of(stage.process()).scan(1000).subscribers}
        for state in ("new", *STATES):
            for status, wanted in zip(STATUSES, WANTED[state], strict=True):
                reader: Subscriber = found[keyring.email_id(f"{state}-{status}@example.org")]
                assert reader.state == wanted, f"{state}, {status} in the list, is {reader.state}"
        return steps

    Explorer(1).explore(run)


def test_two_of_the_same_list_and_a_reader_who_leaves_end_the_same_in_every_order(stage: TestBed) -> None:
    """newsletter#27: whoever leaves has left, whether the list subscribed them before that or finds them gone."""
    meet_in_every_order(stage)


def test_without_the_condition_a_list_brings_back_who_has_just_left(stage: TestBed) -> None:
    conditional = Subscribers._put  # noqa: SLF001  # the guard that is taken away

    def put(roll: Subscribers, reader: Subscriber) -> Any:
        return {name: said for name, said in conditional(roll, reader).items() if name in ("TableName", "Item")}

    with (
        mock.patch.object(Subscribers, "_put", put),
        pytest.raises(AssertionError, match="pending, subscribed in the list"),
    ):
        meet_in_every_order(stage)
