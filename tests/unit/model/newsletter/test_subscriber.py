"""The rules by which readers come and go, on their own: no table, no mail, no clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broadsheet.model.errors import LinkRefused
from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.subscriber import (
    Consent,
    PendingEmail,
    Person,
    Preferences,
    SignUpRequest,
    Subscriber,
    email_due,
    mail_due,
)
from tests.api.newsletter.desk import READER
from tests.world import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def asked(after: timedelta = timedelta(), edition: str = "en", address: str = READER) -> SignUpRequest:
    return SignUpRequest("id", address, Preferences(edition), Consent(NOON + after, "/en/", "1", edition))


def reader(state: str = "pending") -> Subscriber:
    """One who asked at noon, got a mail a minute later, and went on to the state in the minutes after."""
    waiting = subscriber.mailed(subscriber.signed_up(None, asked(), "first"), NOON + MINUTE)
    match state:
        case "confirmed":
            return subscriber.confirmed(waiting, "first", NOON + 2 * MINUTE)
        case "left":
            return subscriber.left(reader("confirmed"), NOON + 3 * MINUTE)
        case "suppressed":
            return subscriber.suppressed(reader("confirmed"), "complaint", NOON + 3 * MINUTE)
    return waiting


def person(subscriber: Subscriber) -> Person:
    assert subscriber.person
    return subscriber.person


def test_a_new_address_waits_for_its_confirmation() -> None:
    """newsletter#19: when, where, to which words and in which language is kept."""
    new = subscriber.signed_up(None, asked(edition="ar"), "nonce")
    assert (new.state, new.nonce, new.revision) == ("pending", "nonce", 1)
    assert person(new) == Person(READER, Preferences("ar"), Consent(NOON, "/en/", "1", "ar"))
    assert mail_due(new, asked(edition="ar"))


@pytest.mark.parametrize("state", ["pending", "confirmed", "left", "suppressed"])
def test_a_request_that_comes_again_changes_nothing_and_earns_no_mail(state: str) -> None:
    """newsletter#14"""
    once = reader(state)
    assert subscriber.signed_up(once, asked(), "other") == once
    assert not mail_due(once, asked())


def test_a_waiting_reader_gets_one_mail_an_hour() -> None:
    """newsletter#11"""
    soon, later = asked(30 * MINUTE), asked(MINUTE + HOUR)
    assert subscriber.signed_up(reader(), soon, "other") == reader()
    assert not mail_due(reader(), soon)
    assert mail_due(subscriber.signed_up(reader(), later, "other"), later)


def test_an_address_gets_three_confirmations_a_day() -> None:
    """newsletter#11: whoever asks, and from wherever."""
    now = NOON
    waiting = reader()
    for _ in range(2):
        now += 2 * HOUR
        waiting = subscriber.mailed(subscriber.signed_up(waiting, asked(now - NOON), "other"), now)
    assert len(waiting.mailed) == 3
    late = asked(23 * HOUR)
    assert subscriber.signed_up(waiting, late, "other") == waiting
    assert not mail_due(waiting, late)
    next_day = asked(25 * HOUR)
    assert mail_due(subscriber.signed_up(waiting, next_day, "other"), next_day)


def test_the_three_a_day_hold_for_one_who_confirms_and_leaves_again_and_again() -> None:
    """newsletter#11: the hour is waived for who has answered, the day is not."""
    now, current = NOON, reader("left")
    for _ in range(2):
        now += 5 * MINUTE
        current = subscriber.mailed(subscriber.signed_up(current, asked(now - NOON), "again"), now)
        current = subscriber.left(subscriber.confirmed(current, "again", now), now)
    once_more = asked(now - NOON + 5 * MINUTE)
    assert subscriber.signed_up(current, once_more, "again") == current


@pytest.mark.parametrize("state", ["confirmed", "left"])
def test_who_answered_a_mail_before_it_is_written_down_may_come_back_at_once(state: str) -> None:
    """newsletter#11, newsletter#18: it counts as one of the day's three, and holds up no other."""
    late = subscriber.mailed(reader(state), NOON + 4 * MINUTE)
    assert late.unanswered_at is None
    assert len(late.mailed) == 2
    gone = subscriber.left(late, NOON + 5 * MINUTE)
    assert mail_due(subscriber.signed_up(gone, asked(6 * MINUTE), "second"), asked(6 * MINUTE))


def test_a_mail_that_was_refused_is_still_due() -> None:
    """newsletter#14"""
    unsent = subscriber.signed_up(None, asked(), "first")
    assert subscriber.signed_up(unsent, asked(), "other") == unsent
    assert mail_due(unsent, asked())


def test_a_later_mail_keeps_the_links_of_the_earlier_one_working_and_says_what_is_confirmed() -> None:
    """newsletter#19"""
    again = subscriber.signed_up(reader(), asked(2 * HOUR, "ar"), "other")
    assert (again.nonce, person(again).preferences.edition, person(again).consent.edition) == ("first", "ar", "ar")


@pytest.mark.parametrize("state", ["confirmed", "suppressed"])
def test_a_sign_up_changes_nothing_for_one_who_is_confirmed_or_suppressed(state: str) -> None:
    """newsletter#17, newsletter#18"""
    request = asked(48 * HOUR, "ar", "Reader@example.org")
    assert subscriber.signed_up(reader(state), request, "other") == reader(state)
    assert not mail_due(reader(state), request)


def test_one_who_left_comes_back_only_by_a_new_confirmation() -> None:
    """newsletter#18: the link from before they left does not bring them back, not even after they asked again."""
    assert reader("left").nonce is None
    back = subscriber.signed_up(reader("left"), asked(5 * MINUTE), "second")
    assert (back.state, back.nonce, person(back).confirmed_at) == ("pending", "second", None)
    assert mail_due(back, asked(5 * MINUTE))
    with pytest.raises(LinkRefused):
        subscriber.confirmed(back, "first", NOON + HOUR)
    assert subscriber.confirmed(back, "second", NOON + HOUR).state == "confirmed"


def test_a_request_from_before_they_left_does_not_bring_them_back() -> None:
    """newsletter#18: the stream may bring it late."""
    assert subscriber.signed_up(reader("left"), asked(2 * MINUTE), "second") == reader("left")


def test_one_who_left_unconfirmed_waits_for_the_hour() -> None:
    """Otherwise anyone could have mails sent as fast as they are declined."""
    declined = subscriber.left(reader(), NOON + 2 * MINUTE)
    assert subscriber.signed_up(declined, asked(30 * MINUTE), "second") == declined
    assert subscriber.signed_up(declined, asked(2 * HOUR), "second").nonce == "second"


def test_confirming_and_leaving_twice_change_nothing() -> None:
    """newsletter#16"""
    for state in ("confirmed", "left", "suppressed"):
        once = reader(state)
        if state == "confirmed":
            assert subscriber.confirmed(once, "first", NOON + HOUR) == once
        else:
            assert subscriber.left(once, NOON + HOUR) == once
    assert subscriber.suppressed(reader("suppressed"), "bounce", NOON + HOUR) == reader("suppressed")


def test_only_the_present_nonce_confirms() -> None:
    """newsletter#15"""
    for state, nonce in (("pending", "other"), ("pending", ""), ("left", "first"), ("suppressed", "first")):
        with pytest.raises(LinkRefused):
            subscriber.confirmed(reader(state), nonce, NOON)
    with pytest.raises(LinkRefused):
        subscriber.confirmed(None, "first", NOON)


def test_every_change_counts_the_revision_up() -> None:
    assert [reader(state).revision for state in ("pending", "confirmed", "left", "suppressed")] == [2, 3, 4, 4]
    assert subscriber.signed_up(reader("left"), asked(HOUR), "second").revision == 5


def test_becoming_subscribed_earns_a_welcome_and_leaving_a_farewell() -> None:
    pending, confirmed, left = (reader(state) for state in ("pending", "confirmed", "left"))
    assert email_due(pending, confirmed) == PendingEmail("id", "welcome", confirmed.revision)
    assert email_due(confirmed, left) == PendingEmail("id", "farewell", left.revision)
    nothing = [
        (None, pending),
        (confirmed, confirmed),
        (pending, subscriber.left(pending, NOON)),
        (confirmed, reader("suppressed")),
        (confirmed, subscriber.erased(confirmed, NOON)),
        (confirmed, subscriber.preferred(confirmed, Preferences("ar"))),
    ]
    assert [email_due(before, after) for before, after in nothing] == [None] * len(nothing)


def test_preferences_are_for_those_who_are_subscribed() -> None:
    """newsletter#24"""
    wanted = Preferences("ar", ("city",), "weekly")
    changed = subscriber.preferred(reader("confirmed"), wanted)
    assert person(changed).preferences == wanted
    assert subscriber.preferred(changed, wanted) == changed
    for state in ("pending", "left", "suppressed"):
        with pytest.raises(LinkRefused):
            subscriber.preferred(reader(state), wanted)
    with pytest.raises(LinkRefused):
        subscriber.preferred(None, wanted)


@pytest.mark.parametrize("state", ["pending", "confirmed", "left", "suppressed"])
def test_an_erased_reader_is_a_hash_that_has_left_or_is_suppressed(state: str) -> None:
    """newsletter#25"""
    gone = subscriber.erased(reader(state), NOON + HOUR)
    assert gone.person is None
    assert gone.state == ("suppressed" if state == "suppressed" else "left")
    assert READER not in repr(gone)
    back = subscriber.signed_up(gone, asked(2 * HOUR), "second")
    assert back.state == ("suppressed" if state == "suppressed" else "pending")


def test_an_address_in_other_letters_is_mailed_as_it_was_typed_last() -> None:
    """newsletter#4: it is the same reader, and the mail goes where they said."""
    again = subscriber.signed_up(reader(), asked(2 * HOUR, address="READER@example.org"), "other")
    assert person(again) == Person("READER@example.org", Preferences("en"), asked(2 * HOUR).consent)
    assert again == replace(reader(), person=again.person, revision=reader().revision + 1)
