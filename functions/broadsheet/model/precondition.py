"""Preconditions: what a client requires of the present state of what it wants to change."""

from dataclasses import dataclass
from typing import Protocol

from .errors import Stale


class Revised(Protocol):
    """What has revisions: an article, an ad, the choice for a front page, a key."""

    @property
    def revision(self) -> int:
        """A number that each change raises, and that no earlier state had."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """The present state has one of some revisions, `*` for any; or there is none. By default anything will do."""

    revisions: frozenset[str] | None = None
    absent: bool = False

    def check(self, what: str, present: Revised | None, done: bool = False) -> None:
        """Raise `Stale` where the state does not fulfil it. `what` is its name in the message.

        Where all is `done` that the request asks for, its own answer may have been lost: then it succeeds again (RFC
        9110 §13.1.1).
        """
        if done and present and self._done_by(present):
            return
        if self.absent and present:
            raise Stale(f"{what} exists already", present)
        if self.revisions is None:
            return
        if present is None:
            raise Stale(f"{what} does not exist", None)
        if not self.revisions & {"*", str(present.revision)}:
            raise Stale(f"{what} is at revision {present.revision}", present)

    def _done_by(self, present: Revised) -> bool:
        """Whether the last change may be the request's own."""
        return self.revisions is not None and str(present.revision - 1) in self.revisions
