"""What may be held of readers, at any moment and once everything is done, said again in other words than the code's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.faults.emulated import Row
from tests.faults.invariants import must

READER = "SUBSCRIBER#"
Partition = Mapping[str, Row]


def check(rows: Iterable[Row]) -> None:
    """Who gets mail is a person; who may confirm has a link for it, and who gets none has not; letters name a revision.

    Who came with a list has nothing to confirm.
    """
    for pk, held in partitions(rows).items():
        reader, letter = held.get("META"), held.get("OUTBOX")
        if reader:
            gets_mail = reader["state"] in ("pending", "confirmed")
            must(gets_mail or reader["state"] in ("unsubscribed", "suppressed"), f"{pk} is {reader['state']}")
            linked = reader["nonce"] is not None
            fits = gets_mail if linked else reader["state"] != "pending"
            must(fits, f"{pk} is {reader['state']}, and has {'a' if linked else 'no'} link to confirm")
            must(bool(reader["profile"]) or not gets_mail, f"{pk} is {reader['state']}, and nobody")
            must(
                (reader["state"] == "suppressed") == bool(reader["suppression_reason"]),
                f"{pk} has the reason {reader['suppression_reason']}",
            )
            if reader["state"] == "confirmed":
                must(bool(reader["profile"]["confirmed_at"]) or not linked, f"{pk} has confirmed at no time")
                must(reader["awaiting_confirmation_since"] is None, f"{pk} has confirmed, and answered no mail")
            if reader["profile"] is None:
                check_nobody(pk, reader)
        if letter:
            must(reader is not None and letter["revision"] <= reader["revision"], f"{pk} is owed a letter from nowhere")


def check_settled(rows: Iterable[Row]) -> None:
    """Besides, nobody is owed a letter, and of who was erased there is one row that tells nothing."""
    check(rows)
    for pk, held in partitions(rows).items():
        must("OUTBOX" not in held, f"{pk} is still owed a letter")
        if "META" in held and held["META"]["profile"] is None:
            must(set(held) == {"META"}, f"{pk} was erased, and has {sorted(held)}")


def check_forgotten(rows: Iterable[Row]) -> None:
    """At the moment after an erasing: each reader has a row that tells nothing, and no other."""
    for pk, held in partitions(rows).items():
        must(set(held) == {"META"}, f"{pk} was erased, and has {sorted(held)}")
        check_nobody(pk, held["META"])


def check_nobody(pk: str, reader: Row) -> None:
    """A row that tells nothing of a person: no address, no wish, no source, no mail's id at SES."""
    must(not reader["profile"] and not reader["bounces"], f"{pk} was erased, and {reader} is known")
    must("@" not in repr(reader) and "/" not in repr(reader), f"{pk} was erased, and {reader} is known")


def partitions(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """What is held of each reader, by the sort keys."""
    found: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row["pk"].startswith(READER):
            found[row["pk"]][row["sk"]] = row
    return found
