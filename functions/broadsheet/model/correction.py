"""The corrections of an article, oldest first. A later one never replaces an earlier one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .errors import FieldError, Invalid, Rule

# Some thirty rows hold the article with its corrections, and one transaction of at most 4 MB writes all of them.
MOST_CORRECTIONS, MOST_CHARACTERS = 20, 10_000


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong and is right now, and when it was corrected: in UTC, to the second."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentCorrection:
    """A correction as an editor sends it. Without a time, it keeps the time that it has, or gets that of the put."""

    text: str
    at: datetime | None


def replaced(stored: Iterable[Correction], sent: Sequence[SentCorrection], now: datetime) -> tuple[Correction, ...]:
    """The corrections as the whole list was sent. Raises `Invalid` for too much text."""
    times = {each.text: each.at for each in stored}
    dated = [Correction(each.text, each.at or times.get(each.text, now)) for each in sent]
    return _within_limits("corrections", sorted(dated, key=lambda each: each.at))


def appended(stored: tuple[Correction, ...], text: str, now: datetime) -> tuple[Correction, ...]:
    """The stored corrections and one more; the same ones where its text is among them. Raises `Invalid` for too many.

    A text that is stored is not repeated, so a request may be sent again after another editor's correction.
    """
    if any(each.text == text for each in stored):
        return stored
    return _within_limits("correction", sorted([*stored, Correction(text, now)], key=lambda each: each.at))


def _within_limits(field: str, corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    if len(corrections) > MOST_CORRECTIONS or sum(len(each.text) for each in corrections) > MOST_CHARACTERS:
        message = f"must leave at most {MOST_CORRECTIONS} corrections, of {MOST_CHARACTERS:,} characters together"
        raise Invalid((FieldError(field, Rule("too_many", message)),))
    return tuple(corrections)
