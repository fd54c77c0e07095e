"""Which articles a list for editors has."""

from dataclasses import dataclass
from datetime import date

from .article import STATES, Article, State
from .slug import name_key
from .words import has_words

LISTED: tuple[State, ...] = ("draft", "scheduled", "published")
"""The states of a list for which a client names none."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What articles of an edition have in common; None where it does not matter. `tag` and `author` are keys.

    `first_day` and `last_day` are days of the site, both included. A draft without a date is on no day. `words` are
    those of `words_in`, which the headline and the summary have between them.
    """

    edition: str
    states: tuple[State, ...] = LISTED
    section: str | None = None
    tag: str | None = None
    author: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Keep the states in their order, each once."""
        object.__setattr__(self, "states", tuple(state for state in STATES if state in self.states))

    @property
    def soonest_first(self) -> bool:
        """Whether the list begins with the earliest article: what is due next is read first."""
        return self.states == ("scheduled",)

    def met_by(self, article: Article) -> bool:
        """Whether an article of the edition and states meets all but the bounds of the days."""
        return (
            self.section in (None, article.section)
            and (self.tag is None or self.tag in map(name_key, article.tags))
            and (self.author is None or self.author in map(name_key, article.authors))
            and (self.first_day is self.last_day is None or article.dated)
            and has_words(f"{article.headline} {article.summary}", self.words)
        )
