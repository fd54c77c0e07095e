"""Each guard of the newsletter is taken away, and the harness finds what the guard was there for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from unittest import mock

import pytest

from broadsheet.model.newsletter.subscriber import Subscriber, SubscriberRecord, confirmation_sent
from broadsheet.services import mailer
from broadsheet.services.mailer import Mailer
from broadsheet.store import subscriber_rows
from broadsheet.store.subscribers import OUTBOX, PREFIX, SIGN_UP, LostRace, Subscribers
from tests.faults.flows import flow
from tests.faults.harness import Fault, FaultInjector, FaultSweep, Mode, check_ending
from tests.faults.invariants import Violation
from tests.faults.readers import Track, race
from tests.faults.scene import TestBed
from tests.faults.schedule import Explorer, in_turn, stalled
from tests.faults.subscriptions import WEEKLY, welcomed
from tests.faults.test_the_harness_bites import altered

Call = Callable[..., Any]


def unconditional_puts(put: Call) -> Call:
    """Writes that do not ask whether the reader is still as they were read."""
    return lambda *args: {name: value for name, value in put(*args).items() if name in ("TableName", "Item")}


def no_second_look(commit: Call) -> Call:
    """Writes that are taken for done though another was quicker."""

    def commit_or_not(*args: Any) -> None:
        with suppress(LostRace):
            commit(*args)

    return commit_or_not


def unconditional_deletes(_: Call) -> Call:
    def delete(subscribers: Subscribers, key: dict[str, str], *_: object) -> None:
        item = {name: {"S": value} for name, value in key.items()}
        subscribers._client.delete_item(TableName=subscribers._table.name, Key=item)  # noqa: SLF001

    return delete


def erasing_only_the_reader(_: Call) -> Call:
    return lambda subscribers, subscriber: subscribers.commit(subscriber)


def one_after_the_other(_: Call) -> Call:
    """Reading the rows each at a moment of its own, as a query may."""

    def read(subscribers: Subscribers, id: str) -> SubscriberRecord:
        table = subscribers._table  # noqa: SLF001
        subscriber = subscribers.get(id)
        request, letter = (table.row(PREFIX + id, sk) for sk in (SIGN_UP, OUTBOX))
        return SubscriberRecord(
            subscriber,
            subscriber_rows.sign_up(id, request) if request else None,
            subscriber_rows.pending_email(id, letter) if letter else None,
        )

    return read


def noted_each_time(_: Call) -> Call:
    """A mail that is written down again where another write came before."""

    def record(a_mailer: Mailer, subscriber: Subscriber) -> None:
        try:
            a_mailer.subscribers.commit(confirmation_sent(subscriber, a_mailer.clock()))
        except LostRace:
            latest = a_mailer.subscribers.get(subscriber.id)
            assert latest
            a_mailer.subscribers.commit(confirmation_sent(latest, a_mailer.clock()))

    return record


@pytest.mark.parametrize(("method", "without"), [("_put", unconditional_puts), ("commit", no_second_look)])
def test_without_the_revision_or_a_second_look_one_who_left_is_subscribed_or_owed_a_farewell(
    stage: TestBed, method: str, without: Callable[[Call], Call]
) -> None:
    track, schedule = Track(stage, race("confirming while leaving")), stalled("confirmer", "TransactWriteItems")
    track.run(schedule)
    with altered(Subscribers, method, without), pytest.raises(Violation, match="as after no order of the actors"):
        track.run(schedule)


def test_without_the_letter_s_condition_a_farewell_is_lost_to_a_welcome(stage: TestBed) -> None:
    track, schedule = Track(stage, race("a welcome while the reader leaves")), stalled("mail", "DeleteItem")
    track.run(schedule)
    with (
        altered(Subscribers, "_delete", unconditional_deletes),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        track.run(schedule)


def test_a_farewell_is_lost_to_who_reads_the_letter_later_than_the_reader(stage: TestBed) -> None:
    track = Track(stage, race("a welcome while the reader leaves"))
    with (
        altered(Subscribers, "get_record", one_after_the_other),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        Explorer(2).explore(track.run)


def test_a_sign_up_that_is_not_erased_is_found(stage: TestBed) -> None:
    """newsletter#25"""
    track, schedule = Track(stage, race("a confirmation while the reader is erased")), in_turn("eraser", "mail")
    track.run(schedule)
    with (
        altered(Subscribers, "erase", erasing_only_the_reader),
        pytest.raises(Violation, match=r"was erased, and has \['META', 'SIGN_UP'\]"),
    ):
        track.run(schedule)


def test_a_sign_up_to_which_nothing_comes_is_found_beside_one_who_was_erased(stage: TestBed) -> None:
    """newsletter#25"""
    with altered(Subscribers, "delete_sign_up", lambda _: lambda *_: None):
        bench = FaultSweep(stage, flow("answer a sign-up of one who was erased"))
    with pytest.raises(Violation, match=r"was erased, and has \['META', 'SIGN_UP'\]"):
        check_ending(stage, bench.undisturbed.ending)


def test_a_welcome_to_one_who_has_complained_is_seen(stage: TestBed) -> None:
    """newsletter#26"""
    track, schedule = Track(stage, race("a welcome while a complaint comes")), in_turn("complaint", "mail")
    track.run(schedule)
    with (
        mock.patch.dict(mailer.STATE_FOR_EMAIL, welcome="suppressed"),
        pytest.raises(Violation, match=r"mail sent a welcome, and had seen .*'state': 'suppressed'"),
    ):
        track.run(schedule)


def test_who_answers_a_mail_before_it_is_written_down_has_answered_it(stage: TestBed) -> None:
    """Or they could not come back within the hour: a mail that nobody has answered would be in the way."""
    track = Track(stage, race("a confirmation while an earlier mail is answered"))
    schedule = stalled("mail", "SendEmail")
    track.run(schedule)

    def unanswered(subscriber: Subscriber, now: datetime) -> Subscriber:
        return replace(confirmation_sent(subscriber, now), awaiting_confirmation_since=now)

    with (
        mock.patch.object(mailer, "confirmation_sent", unanswered),
        pytest.raises(Violation, match="has confirmed, and answered no mail"),
    ):
        track.run(schedule)


def test_a_mail_that_is_written_down_twice_counts_twice(stage: TestBed) -> None:
    """newsletter#11: the client sends the write again when its answer is lost."""
    with altered(Mailer, "_mark_confirmation_sent", noted_each_time):
        bench = FaultSweep(stage, flow("send a confirmation"))
        with pytest.raises(Violation, match=r"sends it again .*\n.*META is"):
            bench.check(Fault(len(bench.undisturbed.calls), Mode.RESENT))


def test_a_mail_that_goes_out_again_with_other_links_is_another_mail(stage: TestBed) -> None:
    """aws#21: two copies have different Message-IDs anyway, so it is what they say that has to be the same."""
    seconds = count()

    def signed_later(send: Call) -> Call:
        def send_signed(self: Mailer, *args: Any) -> None:
            *most, at = args
            send(self, *most, at + timedelta(seconds=next(seconds)))

        return send_signed

    with altered(Mailer, "_send", signed_later):
        bench = FaultSweep(stage, flow("send the welcome"))
        sending = [call.operation for call in bench.undisturbed.calls].index("SendEmail") + 1
        with pytest.raises(Violation, match=r"its answer is lost .*3 different mails were sent, not 2"):
            bench.check(Fault(sending, Mode.UNHEARD))


def test_a_write_that_meets_a_transaction_is_tried_again(stage: TestBed) -> None:
    """newsletter#24: the reader learns nothing of it."""
    stage.prepare(welcomed)
    breaker = FaultInjector((Fault(3, Mode.CONFLICT),), stage.wire.make)
    with stage.wire.heard_by(breaker):
        assert stage.process().prefer(WEEKLY)
    assert [mode for _, mode in breaker.broken] == [Mode.CONFLICT]
