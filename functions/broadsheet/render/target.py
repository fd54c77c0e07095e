"""What a surface hands to the publisher: the objects it wants in `Site`, and how to make each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..model.article import Article
from ..model.facts import Facts, Question
from ..model.site import Site


@dataclass(frozen=True, slots=True)
class Output:
    """One object's bytes and the headers that it is served with."""

    body: bytes
    content_type: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class Target:
    """One object of the site: its key, what must be asked to make it, and the making.

    `render` is a pure function of the site and the answers: the same facts give the same bytes, at any time and on
    any machine. It gives None where the object should not exist. `full_text` asks for the sources of the bodies of
    every article in the answers. `once` asks for the object only where there is none yet; it is another's to keep.
    """

    key: str
    questions: tuple[Question, ...]
    render: Callable[[Site, Facts], Output | None]
    full_text: bool = False
    once: bool = False


# The targets that an article touches, or touched in an earlier state: a surface is called with both.
Surface = Callable[[Article, Site], Iterator[Target]]
