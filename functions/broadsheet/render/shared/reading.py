"""How long an article takes to read."""

from .markup import plain

WORDS_PER_MINUTE = 230


def minutes(html: str) -> int:
    """The whole minutes that a reader takes for the words of sanitised HTML, rounded; 0 for less than half of one."""
    return round(len(plain(html).split()) / WORDS_PER_MINUTE)
