"""Each guard of the newsletter is removed from the code, and a sweep or a race run notices."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from unittest import mock

import pytest

from broadsheet.model.newsletter import bounces as rules
from broadsheet.model.newsletter.subscriber import Subscriber, SubscriberRecord, confirmation_sent
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.services import mailer, suppressions
from broadsheet.services.mailer import Mailer
from broadsheet.store import subscriber_rows
from broadsheet.store.conflict import LostRace
from broadsheet.store.subscribers import LINKS, OUTBOX, PREFIX, SIGN_UP, Subscribers
from broadsheet.store.suppression_list import SuppressionList
from tests.faults.ending import check_ending
from tests.faults.faults import Fault, FaultInjector, Mode
from tests.faults.flows import flow
from tests.faults.invariants import Violation
from tests.faults.newsletter_flows import WEEKLY, welcomed
from tests.faults.newsletter_race import NewsletterRaceRun
from tests.faults.newsletter_races import race
from tests.faults.process import READER
from tests.faults.scheduler import Explorer, in_turn, stalled
from tests.faults.sweep import FaultSweep
from tests.faults.test_guards import altered
from tests.faults.testbed import TestBed

Call = Callable[..., Any]


def unconditional_puts(_: Call) -> Call:
    """Writes have no condition that the subscriber is still as it was read."""
    return lambda *_: None


def no_second_look(commit: Call) -> Call:
    """A write that lost a race counts as done."""

    def commit_or_not(*args: Any) -> None:
        with suppress(LostRace):
            commit(*args)

    return commit_or_not


def unconditional_deletes(_: Call) -> Call:
    def delete(subscribers: Subscribers, id: str, sk: str, _: object) -> None:
        subscribers._table.delete(PREFIX + id, sk)  # noqa: SLF001  # without the condition

    return delete


def erase_only_the_subscriber(_: Call) -> Call:
    return lambda subscribers, subscriber: subscribers.commit(subscriber)


def read_one_by_one(_: Call) -> Call:
    """The rows are read one after the other, as a query may do, and not in a transaction."""

    def read(subscribers: Subscribers, id: str) -> SubscriberRecord:
        table = subscribers._table  # noqa: SLF001  # the store has no such call
        subscriber = subscribers.get(id)
        links, request, pending = (table.row(PREFIX + id, sk) for sk in (LINKS, SIGN_UP, OUTBOX))
        return SubscriberRecord(
            subscriber,
            subscriber_rows.sign_up(id, request) if request else None,
            subscriber_rows.pending_email(id, pending) if pending else None,
            subscriber_rows.links(id, links) if links else None,
        )

    return read


def record_each_time(_: Call) -> Call:
    """A mail is recorded again after a lost race."""

    def record(sender: Mailer, subscriber: Subscriber) -> None:
        try:
            sender.subscribers.commit(confirmation_sent(subscriber, sender.clock()))
        except LostRace:
            latest = sender.subscribers.get(subscriber.id)
            assert latest
            sender.subscribers.commit(confirmation_sent(latest, sender.clock()))

    return record


@pytest.mark.parametrize(("method", "without"), [("_condition", unconditional_puts), ("commit", no_second_look)])
def test_without_optimistic_concurrency_an_unsubscribed_subscriber_is_confirmed(
    bed: TestBed, method: str, without: Callable[[Call], Call]
) -> None:
    runs, schedule = (
        NewsletterRaceRun(bed, race("confirming while leaving")).with_serial_ends(),
        stalled("confirmer", "TransactWriteItems"),
    )
    runs.run(schedule)
    with altered(Subscribers, method, without), pytest.raises(Violation, match="as after no order of the actors"):
        runs.run(schedule)


def test_without_the_condition_of_a_pending_email_a_welcome_deletes_a_farewell(bed: TestBed) -> None:
    runs, schedule = (
        NewsletterRaceRun(bed, race("a welcome while the subscriber leaves")).with_serial_ends(),
        stalled("mail", "DeleteItem"),
    )
    runs.run(schedule)
    with (
        altered(Subscribers, "_delete", unconditional_deletes),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        runs.run(schedule)


def test_without_a_transactional_read_a_farewell_is_lost(bed: TestBed) -> None:
    runs = NewsletterRaceRun(bed, race("a welcome while the subscriber leaves")).with_serial_ends()
    with (
        altered(Subscribers, "get_record", read_one_by_one),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        Explorer(2).explore(runs.run)


def test_a_sign_up_that_is_not_erased_is_noticed(bed: TestBed) -> None:
    """newsletter#25"""
    runs, schedule = (
        NewsletterRaceRun(bed, race("a confirmation while the subscriber is erased")),
        in_turn("eraser", "mail"),
    )
    runs.run(schedule)
    with (
        altered(Subscribers, "erase", erase_only_the_subscriber),
        pytest.raises(Violation, match=r"was erased, and has \['META', 'SIGN_UP'\]"),
    ):
        runs.run(schedule)


def test_a_sign_up_that_is_kept_beside_an_erased_subscriber_is_noticed(bed: TestBed) -> None:
    """newsletter#25"""
    with altered(Subscribers, "delete_sign_up", lambda _: lambda *_: None):
        sweep = FaultSweep(bed, flow("handle a sign-up of an erased subscriber"))
    with pytest.raises(Violation, match=r"was erased, and has \['META', 'SIGN_UP'\]"):
        check_ending(bed, sweep.undisturbed.ending)


def test_a_request_for_links_that_is_not_erased_is_noticed(bed: TestBed) -> None:
    """newsletter#25"""
    runs, schedule = (
        NewsletterRaceRun(bed, race("new links while the subscriber is erased")),
        in_turn("eraser", "mail"),
    )
    runs.run(schedule)
    with (
        altered(Subscribers, "erase", erase_only_the_subscriber),
        pytest.raises(Violation, match=r"was erased, and has \['LINKS', 'META', 'SIGN_UP'\]"),
    ):
        runs.run(schedule)


def test_a_request_for_links_that_is_kept_is_noticed(bed: TestBed) -> None:
    with altered(Subscribers, "delete_links", lambda _: lambda *_: None):
        sweep = FaultSweep(bed, flow("send new links"))
    with pytest.raises(Violation, match="still waits for new links"):
        check_ending(bed, sweep.undisturbed.ending)


def test_without_a_check_of_the_subscriber_new_links_go_to_who_has_left(bed: TestBed) -> None:
    """newsletter#18: what was read before the mailbox may be no longer so."""

    def unchecked(_: Call) -> Call:
        return lambda subscribers, mailbox, _: subscribers.commit_mail(mailbox)

    runs, schedule = (
        NewsletterRaceRun(bed, race("new links while the subscriber leaves")).with_serial_ends(),
        stalled("mail", "TransactWriteItems"),
    )
    runs.run(schedule)
    with (
        altered(Subscribers, "commit_mail_to", unchecked),
        pytest.raises(Violation, match=r"mail sent a links, and had seen .*'state': 'unsubscribed'"),
    ):
        runs.run(schedule)


def test_a_welcome_to_a_suppressed_subscriber_is_noticed(bed: TestBed) -> None:
    """newsletter#26"""
    runs, schedule = (
        NewsletterRaceRun(bed, race("a welcome while a complaint comes")),
        in_turn("complaint", "mail"),
    )
    runs.run(schedule)
    with (
        mock.patch.dict(mailer.STATE_FOR_EMAIL, welcome="suppressed"),
        pytest.raises(Violation, match=r"mail sent a welcome, and had seen .*'state': 'suppressed'"),
    ):
        runs.run(schedule)


def test_a_subscriber_who_confirms_before_the_mail_is_recorded_has_answered_it(bed: TestBed) -> None:
    """Otherwise an unanswered mail would stop another sign-up within the hour."""
    runs = NewsletterRaceRun(bed, race("a confirmation while an earlier mail is answered"))
    schedule = stalled("mail", "SendEmail")
    runs.run(schedule)

    def unanswered(subscriber: Subscriber, now: datetime) -> Subscriber:
        return replace(confirmation_sent(subscriber, now), awaiting_confirmation_since=now)

    with (
        mock.patch.object(mailer, "confirmation_sent", unanswered),
        pytest.raises(Violation, match="has confirmed, and answered no mail"),
    ):
        runs.run(schedule)


def test_a_mail_that_is_recorded_twice_counts_twice(bed: TestBed) -> None:
    """newsletter#11: the client sends the write again when its response is lost."""
    with altered(Mailer, "_mark_confirmation_sent", record_each_time):
        sweep = FaultSweep(bed, flow("send a confirmation"))
        with pytest.raises(Violation, match=r"sends it again .*\n.*META is"):
            sweep.check(Fault(len(sweep.undisturbed.calls), Mode.RESENT))


def test_a_mail_that_is_sent_again_with_other_links_is_noticed(bed: TestBed) -> None:
    """aws#21: SES gives each copy its own Message-ID, so the content must be equal."""
    seconds = count()

    def signed_later(send: Call) -> Call:
        def send_signed(self: Mailer, *args: Any, **more: Any) -> None:
            *most, at = args
            send(self, *most, at + timedelta(seconds=next(seconds)), **more)

        return send_signed

    with altered(Mailer, "_send", signed_later):
        sweep = FaultSweep(bed, flow("send the welcome"))
        sending = [call.operation for call in sweep.undisturbed.calls].index("SendEmail") + 1
        with pytest.raises(Violation, match=r"its response is lost .*3 different mails were sent, not 2"):
            sweep.check(Fault(sending, Mode.UNHEARD))


def test_a_lift_that_forgets_ses_after_its_write_is_noticed(bed: TestBed) -> None:
    """newsletter#26: after a kill in between, the next call would find nothing to lift."""

    def commit_first(subscribers: Subscribers, ses: SuppressionList, keyring: Keyring, *args: Any) -> object:
        before = subscribers.get(keyring.email_id(READER))
        done = lift(subscribers, None, keyring, *args)
        if before and before.state == "suppressed":
            ses.remove(READER)
        return done

    lift = suppressions.lift
    with mock.patch.object(suppressions, "lift", commit_first):
        sweep = FaultSweep(bed, flow("lift a suppression after a complaint"))
        written = [call.operation for call in sweep.undisturbed.calls].index("PutItem") + 1
        with pytest.raises(Violation, match=r"SES's suppression list: \['reader@example.org'\]"):
            sweep.check(Fault(written, Mode.KILLED_AFTER))


@pytest.mark.parametrize(
    ("guard", "name", "between"),
    [
        ("_lifted", "a complaint comes again while it is lifted", ("lifter", "complaint")),
        ("_outdated", "mails bounce while a suppression is lifted", ("lifter", "late bounce", "hard bounce")),
    ],
)
def test_a_late_notification_that_undoes_a_lift_is_noticed(
    bed: TestBed, guard: str, name: str, between: tuple[str, ...]
) -> None:
    """newsletter#26"""
    runs, schedule = NewsletterRaceRun(bed, race(name)).with_serial_ends(), in_turn(*between)
    runs.run(schedule)
    with mock.patch.object(rules, guard, return_value=False), pytest.raises(Violation, match="no order of the actors"):
        runs.run(schedule)


def test_a_write_that_meets_a_transaction_is_retried(bed: TestBed) -> None:
    """newsletter#24: the subscriber does not notice."""
    bed.prepare(welcomed)
    injector = FaultInjector((Fault(3, Mode.CONFLICT),), bed.interceptor.send)
    with bed.interceptor.listening(injector):
        assert bed.process().prefer(WEEKLY)
    assert [mode for _, mode in injector.injected] == [Mode.CONFLICT]
