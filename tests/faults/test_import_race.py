"""Two imports of one list, while a subscriber in it unsubscribes."""

from unittest import mock

import pytest

from broadsheet.model.newsletter.subscriber import Subscriber
from broadsheet.store.subscribers import Subscribers
from tests.faults.import_flows import STATES, STATUSES, race, subscribers_of
from tests.faults.scheduler import Choice, Explorer, Step
from tests.faults.testbed import TestBed

WANTED = {
    "new": ("suppressed", "unsubscribed", "suppressed"),
    "pending": ("unsubscribed", "unsubscribed", "suppressed"),
    "confirmed": ("confirmed", "confirmed", "suppressed"),
    "unsubscribed": ("unsubscribed", "unsubscribed", "suppressed"),
    "suppressed": ("suppressed", "suppressed", "suppressed"),
    "erased": ("unsubscribed", "unsubscribed", "unsubscribed"),
}


def check_every_order(bed: TestBed) -> None:
    keyring = bed.process().keys.keyring()

    def run(choose: Choice) -> list[Step]:
        steps = list(race(bed, choose))
        found = {reader.id: reader for reader in subscribers_of(bed.process()).scan(1000).subscribers}
        for state in ("new", *STATES):
            for status, wanted in zip(STATUSES, WANTED[state], strict=True):
                reader: Subscriber = found[keyring.email_id(f"{state}-{status}@example.org")]
                assert reader.state == wanted, f"{state}, {status} in the list, is {reader.state}"
        return steps

    Explorer(1).explore(run)


@pytest.mark.proof
def test_two_imports_and_an_unsubscription_end_the_same_in_every_order(bed: TestBed) -> None:
    """newsletter#27: a subscriber who unsubscribes stays so, whether the list was imported before or after."""
    check_every_order(bed)


def test_without_the_condition_an_import_subscribes_one_who_has_just_unsubscribed(bed: TestBed) -> None:
    unconditional = mock.patch.object(Subscribers, "_condition", return_value=None)
    with unconditional, pytest.raises(AssertionError, match="pending, subscribed in the list"):
        check_every_order(bed)
