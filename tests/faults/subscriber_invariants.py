"""What must hold of subscribers, at every moment and in the end: stated again, independently of the code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.faults.invariants import must
from tests.faults.moto_state import Row

SUBSCRIBER = "SUBSCRIBER#"
GETS_MAIL = ("pending", "confirmed")
Partition = Mapping[str, Row]
"""The rows of one subscriber, by sort key."""


def check(rows: Iterable[Row]) -> None:
    """At every moment: the state of each subscriber is consistent, and no pending email is from the future."""
    for pk, partition in partitions(rows).items():
        subscriber, pending = partition.get("META"), partition.get("OUTBOX")
        if subscriber:
            _check_state(pk, subscriber)
            _check_confirmation(pk, subscriber)
            if subscriber["profile"] is None:
                check_erased(pk, subscriber)
        if pending:
            known = subscriber is not None and pending["revision"] <= subscriber["revision"]
            must(known, f"{pk} has a pending email for no revision")


def check_settled(rows: Iterable[Row]) -> None:
    """In the end, moreover: no email and no request for links is pending, and an erased subscriber has one row, without
    personal data.
    """
    check(rows)
    for pk, partition in partitions(rows).items():
        must("OUTBOX" not in partition, f"{pk} still has a pending email")
        must("LINKS" not in partition, f"{pk} still waits for new links")
        if "META" in partition and partition["META"]["profile"] is None:
            must(set(partition) == {"META"}, f"{pk} was erased, and has {sorted(partition)}")


def check_just_erased(rows: Iterable[Row]) -> None:
    """At the moment after an erasure: each subscriber has one row, without personal data."""
    for pk, partition in partitions(rows).items():
        must(set(partition) == {"META"}, f"{pk} was erased, and has {sorted(partition)}")
        check_erased(pk, partition["META"])


def check_erased(pk: str, subscriber: Row) -> None:
    """The row has no personal data: no email, no preferences, no source, no id of a mail at SES."""
    must(not subscriber["profile"] and not subscriber["bounces"], f"{pk} was erased, and {subscriber} is stored")
    text = repr(subscriber)
    must("@" not in text and "/" not in text, f"{pk} was erased, and {subscriber} is stored")


def partitions(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """The rows of each subscriber, by sort key."""
    found: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row["pk"].startswith(SUBSCRIBER):
            found[row["pk"]][row["sk"]] = row
    return found


def _check_state(pk: str, subscriber: Row) -> None:
    """Only a person gets mail, and only a suppressed subscriber has a reason for that."""
    state = subscriber["state"]
    must(state in (*GETS_MAIL, "unsubscribed", "suppressed"), f"{pk} is {state}")
    must(bool(subscriber["profile"]) or state not in GETS_MAIL, f"{pk} is {state}, and has no personal data")
    must(
        (state == "suppressed") == bool(subscriber["suppression_reason"]),
        f"{pk} has the reason {subscriber['suppression_reason']}",
    )


def _check_confirmation(pk: str, subscriber: Row) -> None:
    """Subscribers who get mail have a link to confirm with, and others have none; imported ones have none either.

    Whose mail bounced may have one after a new sign-up.
    """
    state, linked = subscriber["state"], subscriber["nonce"] is not None
    returns = state in GETS_MAIL or subscriber["suppression_reason"] == "bounce"
    fits = returns if linked else state != "pending"
    must(fits, f"{pk} is {state}, and has {'a' if linked else 'no'} link to confirm")
    if state == "confirmed":
        must(bool(subscriber["profile"]["confirmed_at"]) or not linked, f"{pk} has confirmed at no time")
        must(subscriber["awaiting_confirmation_since"] is None, f"{pk} has confirmed, and answered no mail")
