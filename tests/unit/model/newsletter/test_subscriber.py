"""The transitions between a subscriber's states, and the parsing of a sign-up: no table, no mail, no clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model import config
from broadsheet.model.errors import LinkRefused
from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.spelling import capitals, spelt
from broadsheet.model.newsletter.subscriber import (
    Consent,
    PendingEmail,
    Preferences,
    Profile,
    Requested,
    SignUpRequest,
    Subscriber,
    confirmation_due,
    pending_email,
)
from tests.api.newsletter.bed import READER
from tests.world import NOON

SITE = config.parse_site((Path(__file__).parents[4] / "functions" / "site.toml").read_text(encoding="utf-8"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def sign_up_request(after: timedelta = timedelta(), edition: str = "en", address: str = READER) -> SignUpRequest:
    return SignUpRequest("id", address, Preferences(edition), Consent(NOON + after, "/en/", "1", edition))


def in_state(state: str = "pending") -> Subscriber:
    """A subscriber who signed up at noon, got a mail a minute later, and reached the state in the minutes after."""
    waiting = subscriber.confirmation_sent(subscriber.signed_up(None, sign_up_request(), "first"), NOON + MINUTE)
    match state:
        case "confirmed":
            return confirmed(waiting, "first", NOON + 2 * MINUTE)
        case "unsubscribed":
            return subscriber.unsubscribed(in_state("confirmed"), NOON + 3 * MINUTE)
        case "suppressed":
            return subscriber.suppressed(in_state("confirmed"), "complaint", NOON + 3 * MINUTE)
    return waiting


def confirmed(current: Subscriber | None, nonce: str, now: datetime) -> Subscriber:
    """After the confirmation of what the subscriber's latest sign-up asked for."""
    asked = current.profile.requested if current and current.profile else sign_up_requested()
    return subscriber.confirmed(current, nonce, asked, now)


def sign_up_requested(after: timedelta = timedelta(), edition: str = "en") -> Requested:
    request = sign_up_request(after, edition)
    return Requested(request.preferences, request.consent, capitals(request.email))


def profile_of(subscriber: Subscriber) -> Profile:
    assert subscriber.profile
    return subscriber.profile


def test_a_new_subscriber_is_pending_with_a_record_of_consent() -> None:
    """newsletter#19: time, page, wording and language are stored."""
    new = subscriber.signed_up(None, sign_up_request(edition="ar"), "nonce")
    assert (new.state, new.nonce, new.revision) == ("pending", "nonce", 1)
    assert profile_of(new) == Profile(READER, Preferences("ar"), Consent(NOON, "/en/", "1", "ar"))
    assert confirmation_due(new, sign_up_request(edition="ar"))


@pytest.mark.parametrize("state", ["pending", "confirmed", "unsubscribed", "suppressed"])
def test_a_sign_up_that_is_delivered_again_changes_nothing_and_causes_no_mail(state: str) -> None:
    """newsletter#14"""
    once = in_state(state)
    assert subscriber.signed_up(once, sign_up_request(), "other") == once
    assert not confirmation_due(once, sign_up_request())


def test_a_pending_subscriber_gets_one_confirmation_mail_an_hour() -> None:
    """newsletter#11"""
    soon, later = sign_up_request(30 * MINUTE), sign_up_request(MINUTE + HOUR)
    assert subscriber.signed_up(in_state(), soon, "other") == in_state()
    assert not confirmation_due(in_state(), soon)
    assert confirmation_due(subscriber.signed_up(in_state(), later, "other"), later)


def test_a_subscriber_gets_three_confirmation_mails_a_day() -> None:
    """newsletter#11: from any network."""
    now = NOON
    waiting = in_state()
    for _ in range(2):
        now += 2 * HOUR
        waiting = subscriber.confirmation_sent(subscriber.signed_up(waiting, sign_up_request(now - NOON), "other"), now)
    assert len(waiting.confirmations_sent_at) == 3
    late = sign_up_request(23 * HOUR)
    assert subscriber.signed_up(waiting, late, "other") == waiting
    assert not confirmation_due(waiting, late)
    next_day = sign_up_request(25 * HOUR)
    assert confirmation_due(subscriber.signed_up(waiting, next_day, "other"), next_day)


def test_the_daily_limit_counts_confirmation_mails_that_were_answered() -> None:
    """newsletter#11: an answered mail does not count for the hourly limit, but for the daily one."""
    now, current = NOON, in_state("unsubscribed")
    for _ in range(2):
        now += 5 * MINUTE
        current = subscriber.confirmation_sent(subscriber.signed_up(current, sign_up_request(now - NOON), "again"), now)
        current = subscriber.unsubscribed(confirmed(current, "again", now), now)
    once_more = sign_up_request(now - NOON + 5 * MINUTE)
    assert subscriber.signed_up(current, once_more, "again") == current


@pytest.mark.parametrize("state", ["confirmed", "unsubscribed"])
def test_a_mail_that_is_answered_before_it_is_recorded_delays_no_other(state: str) -> None:
    """newsletter#11, newsletter#18: it counts for the daily limit only."""
    late = subscriber.confirmation_sent(in_state(state), NOON + 4 * MINUTE)
    assert late.awaiting_confirmation_since is None
    assert len(late.confirmations_sent_at) == 2
    gone = subscriber.unsubscribed(late, NOON + 5 * MINUTE)
    assert confirmation_due(
        subscriber.signed_up(gone, sign_up_request(6 * MINUTE), "second"), sign_up_request(6 * MINUTE)
    )


def test_a_confirmation_mail_that_was_not_recorded_is_still_due() -> None:
    """newsletter#14"""
    unsent = subscriber.signed_up(None, sign_up_request(), "first")
    assert subscriber.signed_up(unsent, sign_up_request(), "other") == unsent
    assert confirmation_due(unsent, sign_up_request())


def test_a_newer_sign_up_of_a_pending_subscriber_keeps_the_nonce_and_replaces_the_preferences() -> None:
    """newsletter#19"""
    again = subscriber.signed_up(in_state(), sign_up_request(2 * HOUR, "ar"), "other")
    assert (again.nonce, profile_of(again).preferences.edition, profile_of(again).consent.edition) == (
        "first",
        "ar",
        "ar",
    )


def test_a_link_confirms_what_its_own_mail_asked_for() -> None:
    """newsletter#19: not what somebody else asked for later with the same email."""
    theirs = subscriber.signed_up(in_state(), sign_up_request(2 * HOUR, "ar"), "other")
    for after, edition in ((timedelta(), "en"), (2 * HOUR, "ar")):
        mine = subscriber.confirmed(theirs, "first", sign_up_requested(after, edition), NOON + 3 * HOUR)
        assert profile_of(mine).requested == sign_up_requested(after, edition)
        assert profile_of(mine).confirmed_at == NOON + 3 * HOUR
        other = subscriber.confirmed(mine, "first", sign_up_requested(HOUR, "ar"), NOON + 4 * HOUR)
        assert other == mine


@pytest.mark.parametrize("source", [None, "/en/?a=1,2"])
@pytest.mark.parametrize("sections", [(), ("city",), ("city", "world")])
def test_a_link_holds_what_it_confirms(source: str | None, sections: tuple[str, ...]) -> None:
    asked = Requested(Preferences("ar", sections, "weekly"), Consent(NOON, source, "1", "ar"), "1f")
    assert Requested.read(asked.texts) == asked
    with pytest.raises(LinkRefused):
        Requested.read(())


@pytest.mark.parametrize("mine", [READER, "Reader@example.org", "READER@example.org"])
def test_who_confirms_gets_mail_in_the_spelling_that_their_own_link_was_sent_to(mine: str) -> None:
    """newsletter#4: a later sign-up of somebody else in another case changes nothing about it."""
    waiting = subscriber.signed_up(None, sign_up_request(address=mine), "first")
    link = profile_of(waiting).requested.texts
    theirs = subscriber.signed_up(waiting, sign_up_request(2 * HOUR, address="rEADER@example.org"), "other")
    assert profile_of(theirs).email == "rEADER@example.org"
    confirmed_reader = subscriber.confirmed(theirs, "first", Requested.read(link), NOON + 3 * HOUR)
    assert profile_of(confirmed_reader).email == mine
    again = subscriber.signed_up(confirmed_reader, sign_up_request(48 * HOUR, address="rEADER@example.org"), "third")
    assert again == confirmed_reader


@given(st.emails(), st.emails())
def test_a_link_tells_the_spelling_without_the_email(email: str, other: str) -> None:
    """newsletter#15: only where the capitals are."""
    assert spelt(email.lower(), capitals(email)) == spelt(email.upper(), capitals(email)) == email
    assert spelt(other, capitals(other.lower())) == other.lower()
    assert set(capitals(email)) <= set("0123456789abcdef")


def bounced() -> Subscriber:
    return subscriber.suppressed(in_state("confirmed"), "bounce", NOON + 3 * MINUTE)


def test_a_new_confirmation_ends_a_suppression_for_bounces() -> None:
    """newsletter#18: it proves that mail arrives. The sign-up alone ends nothing."""
    assert subscriber.signed_up(bounced(), sign_up_request(2 * MINUTE), "second") == bounced()
    request = sign_up_request(2 * HOUR, "ar")
    back = subscriber.signed_up(bounced(), request, "second")
    assert (back.state, back.suppression_reason, back.nonce) == ("suppressed", "bounce", "second")
    assert confirmation_due(back, request)
    with pytest.raises(LinkRefused):
        confirmed(back, "first", NOON + 3 * HOUR)
    again = confirmed(back, "second", NOON + 3 * HOUR)
    assert (again.state, again.suppression_reason, again.bounces) == ("confirmed", None, ())
    assert profile_of(again).preferences == Preferences("ar")
    assert pending_email(back, again) == PendingEmail("id", "welcome", again.revision)


def test_a_complaint_and_unsubscribing_end_the_way_back_from_a_suppression_for_bounces() -> None:
    """newsletter#18"""
    back = subscriber.signed_up(bounced(), sign_up_request(2 * HOUR), "second")
    complained = subscriber.suppressed(back, "complaint", NOON + 3 * HOUR)
    assert (complained.suppression_reason, complained.nonce) == ("complaint", None)
    assert subscriber.suppressed(complained, "bounce", NOON + 4 * HOUR) == complained
    assert subscriber.signed_up(complained, sign_up_request(48 * HOUR), "third") == complained
    assert subscriber.unsubscribed(back, NOON + 3 * HOUR).nonce is None


def test_an_erased_subscriber_whose_mail_bounced_returns_by_a_new_confirmation() -> None:
    gone = subscriber.erased(bounced(), NOON + HOUR)
    back = subscriber.signed_up(gone, sign_up_request(2 * HOUR), "second")
    assert (back.state, profile_of(back).email) == ("suppressed", READER)
    assert confirmed(back, "second", NOON + 3 * HOUR).state == "confirmed"


@pytest.mark.parametrize("state", ["confirmed", "suppressed"])
def test_a_sign_up_changes_no_confirmed_or_suppressed_subscriber(state: str) -> None:
    """newsletter#17, newsletter#18"""
    request = sign_up_request(48 * HOUR, "ar", "Reader@example.org")
    assert subscriber.signed_up(in_state(state), request, "other") == in_state(state)
    assert not confirmation_due(in_state(state), request)


def test_an_unsubscribed_subscriber_returns_only_by_a_new_confirmation() -> None:
    """newsletter#18: an older confirmation link does not work, even after a new sign-up."""
    assert in_state("unsubscribed").nonce is None
    back = subscriber.signed_up(in_state("unsubscribed"), sign_up_request(5 * MINUTE), "second")
    assert (back.state, back.nonce, profile_of(back).confirmed_at) == ("pending", "second", None)
    assert confirmation_due(back, sign_up_request(5 * MINUTE))
    with pytest.raises(LinkRefused):
        confirmed(back, "first", NOON + HOUR)
    assert confirmed(back, "second", NOON + HOUR).state == "confirmed"


def test_a_sign_up_from_before_unsubscribing_changes_nothing() -> None:
    """newsletter#18: the stream may deliver it late."""
    assert subscriber.signed_up(in_state("unsubscribed"), sign_up_request(2 * MINUTE), "second") == in_state(
        "unsubscribed"
    )


def test_unsubscribing_while_pending_does_not_lift_the_hourly_limit() -> None:
    """Otherwise a stranger could cause a mail each time that the reader unsubscribes."""
    declined = subscriber.unsubscribed(in_state(), NOON + 2 * MINUTE)
    assert subscriber.signed_up(declined, sign_up_request(30 * MINUTE), "second") == declined
    assert subscriber.signed_up(declined, sign_up_request(2 * HOUR), "second").nonce == "second"


def test_confirming_and_unsubscribing_are_idempotent() -> None:
    """newsletter#16"""
    for state in ("confirmed", "unsubscribed", "suppressed"):
        once = in_state(state)
        if state == "confirmed":
            assert confirmed(once, "first", NOON + HOUR) == once
        else:
            assert subscriber.unsubscribed(once, NOON + HOUR) == once
    assert subscriber.suppressed(in_state("suppressed"), "bounce", NOON + HOUR) == in_state("suppressed")


def test_only_the_current_nonce_confirms() -> None:
    """newsletter#15"""
    for state, nonce in (("pending", "other"), ("pending", ""), ("unsubscribed", "first"), ("suppressed", "first")):
        with pytest.raises(LinkRefused):
            confirmed(in_state(state), nonce, NOON)
    with pytest.raises(LinkRefused):
        confirmed(None, "first", NOON)


def test_every_change_increments_the_revision() -> None:
    assert [in_state(state).revision for state in ("pending", "confirmed", "unsubscribed", "suppressed")] == [
        2,
        3,
        4,
        4,
    ]
    assert subscriber.signed_up(in_state("unsubscribed"), sign_up_request(HOUR), "second").revision == 5


def test_confirming_causes_a_welcome_and_unsubscribing_a_farewell() -> None:
    pending, confirmed, gone = (in_state(state) for state in ("pending", "confirmed", "unsubscribed"))
    assert pending_email(pending, confirmed) == PendingEmail("id", "welcome", confirmed.revision)
    assert pending_email(confirmed, gone) == PendingEmail("id", "farewell", gone.revision)
    nothing = [
        (None, pending),
        (confirmed, confirmed),
        (pending, subscriber.unsubscribed(pending, NOON)),
        (confirmed, in_state("suppressed")),
        (confirmed, subscriber.erased(confirmed, NOON)),
        (confirmed, subscriber.with_preferences(confirmed, Preferences("ar"))),
    ]
    assert [pending_email(before, after) for before, after in nothing] == [None] * len(nothing)


def test_only_confirmed_subscribers_change_preferences() -> None:
    """newsletter#24"""
    wanted = Preferences("ar", ("city",), "weekly")
    changed = subscriber.with_preferences(in_state("confirmed"), wanted)
    assert profile_of(changed).preferences == wanted
    assert subscriber.with_preferences(changed, wanted) == changed
    for state in ("pending", "unsubscribed", "suppressed"):
        with pytest.raises(LinkRefused):
            subscriber.with_preferences(in_state(state), wanted)
    with pytest.raises(LinkRefused):
        subscriber.with_preferences(None, wanted)


@pytest.mark.parametrize("state", ["pending", "confirmed", "unsubscribed", "suppressed"])
def test_an_erased_subscriber_is_unsubscribed_or_suppressed_and_has_no_personal_data(state: str) -> None:
    """newsletter#25"""
    gone = subscriber.erased(in_state(state), NOON + HOUR)
    assert gone.profile is None
    assert gone.state == ("suppressed" if state == "suppressed" else "unsubscribed")
    assert READER not in repr(gone)
    back = subscriber.signed_up(gone, sign_up_request(2 * HOUR), "second")
    assert back.state == ("suppressed" if state == "suppressed" else "pending")


def test_mail_is_sent_to_the_latest_spelling_of_an_email() -> None:
    """newsletter#4: it is the same subscriber."""
    again = subscriber.signed_up(in_state(), sign_up_request(2 * HOUR, address="READER@example.org"), "other")
    assert profile_of(again) == Profile("READER@example.org", Preferences("en"), sign_up_request(2 * HOUR).consent)
    assert again == replace(in_state(), profile=again.profile, revision=in_state().revision + 1)
