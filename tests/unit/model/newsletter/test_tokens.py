"""Signed tokens: purposes, lifetimes, keys."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.errors import LinkRefused
from broadsheet.model.newsletter.tokens import CONFIRM, UNSUBSCRIBE, Keyring, KeysRefused

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
OLD = Keyring("1", {"1": "a" * 64})
NEW = Keyring("2", {"1": "a" * 64, "2": "b" * 64})
WEEK = timedelta(days=7)


def test_a_token_verifies_to_what_was_signed() -> None:
    """newsletter#15"""
    assert OLD.verify(CONFIRM, NOON, OLD.sign(CONFIRM, NOON, "id", "nonce")) == ("id", "nonce")
    assert OLD.verify(UNSUBSCRIBE, NOON, OLD.sign(UNSUBSCRIBE, NOON, "id")) == ("id",)


def test_a_token_is_valid_for_its_purpose_only() -> None:
    """newsletter#15"""
    for made, used in ((CONFIRM, UNSUBSCRIBE), (UNSUBSCRIBE, CONFIRM)):
        with pytest.raises(LinkRefused):
            OLD.verify(used, NOON, OLD.sign(made, NOON, "id", "nonce"))


def test_a_confirmation_link_works_for_seven_days_and_an_unsubscribe_link_for_ever() -> None:
    """newsletter#15, newsletter#22"""
    confirm, unsubscribe = OLD.sign(CONFIRM, NOON, "id", "nonce"), OLD.sign(UNSUBSCRIBE, NOON, "id")
    assert OLD.verify(CONFIRM, NOON + WEEK, confirm)
    with pytest.raises(LinkRefused):
        OLD.verify(CONFIRM, NOON + WEEK + timedelta(seconds=1), confirm)
    assert OLD.verify(UNSUBSCRIBE, NOON + 1000 * WEEK, unsubscribe)


def test_a_new_key_signs_and_the_old_one_still_verifies() -> None:
    """newsletter#22: a link in an old issue outlives the rotation."""
    old, new = OLD.sign(UNSUBSCRIBE, NOON, "id"), NEW.sign(UNSUBSCRIBE, NOON, "id")
    assert old != new
    assert NEW.verify(UNSUBSCRIBE, NOON, old) == NEW.verify(UNSUBSCRIBE, NOON, new) == ("id",)
    with pytest.raises(LinkRefused):
        OLD.verify(UNSUBSCRIBE, NOON, new)


def test_an_email_keeps_its_id_across_rotation_and_spelling() -> None:
    """newsletter#4: 128 bits that reveal nothing without the key."""
    id = OLD.email_id("reader@example.org")
    assert id == NEW.email_id("Reader@Example.org")
    assert len(base64.urlsafe_b64decode(id + "==")) * 8 >= 128
    assert id != Keyring("1", {"1": "c" * 64}).email_id("reader@example.org")


@given(st.data())
def test_a_damaged_token_is_refused(data: st.DataObject) -> None:
    """newsletter#15: whichever character is changed."""
    token = OLD.sign(CONFIRM, NOON, "id", "nonce")
    at = data.draw(st.integers(0, len(token) - 2))  # the last letter's lowest bits are padding and mean nothing
    letter = data.draw(st.characters(codec="utf-8"))
    if letter != token[at]:
        with pytest.raises(LinkRefused):
            OLD.verify(CONFIRM, NOON, token[:at] + letter + token[at + 1 :])


@given(st.text())
def test_no_other_text_is_a_valid_token(text: str) -> None:
    """newsletter#15"""
    with pytest.raises(LinkRefused):
        OLD.verify(UNSUBSCRIBE, NOON, text)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"current": "1"}',
        json.dumps({"current": "2", "1": "a" * 64}),
        json.dumps({"current": "2", "2": "a" * 64}),
        json.dumps({"current": "1", "1": "short"}),
        json.dumps({"current": "1", "1": "a" * 64, "2": 5}),
        json.dumps({"current": ["1"], "1": "a" * 64}),
    ],
)
def test_an_invalid_secret_is_refused(secret: str) -> None:
    """newsletter#15"""
    with pytest.raises(KeysRefused) as refusal:
        Keyring.parse(secret)
    assert "a" * 8 not in str(refusal.value)
    assert "short" not in str(refusal.value).split()


def test_repr_shows_no_key() -> None:
    assert "a" * 8 not in repr(NEW)
    assert Keyring.parse(json.dumps({"current": "2", "1": "a" * 64, "2": "b" * 64})) == NEW
