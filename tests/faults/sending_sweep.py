"""Fault sweeps of sending: after any fault, every report adds up, and no reader has a second mail."""

from dataclasses import replace

from tests.faults import sending_invariants
from tests.faults.ending import Ending
from tests.faults.invariants import Violation, must
from tests.faults.moto_state import Row
from tests.faults.sending_invariants import Told, by_issue
from tests.faults.sweep import FaultSweep, Run


class SendingSweep(FaultSweep):
    """A flow of sending. What the publisher makes of an issue is no part of it.

    The end may differ from that of the undisturbed run in one way: whether a reader was sent the mail may be unknown,
    of one reader for each fault.
    """

    def _ending(self) -> Ending:
        return Ending.of(self.bed.moto)

    def compare(self, run: Run) -> None:
        """Compare the run's ending with the undisturbed one's, and check the invariants."""
        expected, ending = (_without_sendings(each.ending) for each in (self.undisturbed, run))
        if different := list(ending.differences(expected)):
            raise Violation("it does not end like the undisturbed run:\n" + "\n".join(different))
        must(set(ending.mails) <= set(expected.mails), "a mail is another one than in the undisturbed run")
        sending_invariants.check(run.ending.deliveries, run.ending.issue_mails)
        before, after = (by_issue(each.ending.deliveries) for each in (self.undisturbed, run))
        must(before.keys() == after.keys(), f"{sorted(after)} are sent, not {sorted(before)}")
        for issue, told in after.items():
            _compare(issue, before[issue], told, len(run.injected))
            if told.state == "finished":
                sending_invariants.check_finished(issue, told)
            else:
                must(f"{issue}-{told.run}" in run.ending.executions, f"no execution sends {issue} in run {told.run}")


def _compare(issue: str, expected: Told, found: Told, faults: int) -> None:
    """As many outcomes may be unknown as there were faults. All others are as they were."""
    must(found.state == expected.state, f"{issue} is {found.state}, not {expected.state}")
    must(found.claims.keys() == expected.claims.keys(), f"{issue}: other readers are claimed")
    unknown = {reader for reader, outcome in found.claims.items() if outcome != expected.claims[reader]}
    must(len(unknown) <= faults, f"{issue}: after {faults} faults, {len(unknown)} outcomes are others: {found.claims}")
    must({found.claims[reader] for reader in unknown} <= {"unknown"}, f"{issue}: {found.claims}")
    for outcome in ("skipped", "suppressed", "failed"):
        must(found.count(outcome) == expected.count(outcome), f"{issue}: {found.count(outcome)} are {outcome}")
    must(found.feedback == expected.feedback, f"{issue}: {found.feedback} count, not {expected.feedback}")
    must(found.audience == expected.audience, f"{issue} has an audience of {found.audience}, not {expected.audience}")


def _without_sendings(ending: Ending) -> Ending:
    """The ending without what is compared here: a mail that SES refused at first is claimed again, for example, so the
    subscriber has another revision.
    """
    return replace(ending, deliveries=[], executions={}, subscribers=list(map(_without_revision, ending.subscribers)))


def _without_revision(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "revision"}
