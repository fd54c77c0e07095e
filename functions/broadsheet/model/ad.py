"""An ad: a picture with its link, in which edition, and from when until when."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ad:
    """The ad of that name. Instants are in UTC, to the second; `until` None means for good.

    `edition` is None where it is shown in all of them. Of those that are live, pages show the heaviest, ties by name.
    `live` says whether it is shown: the time decides, and whoever looks at the clock notes it here.
    """

    name: str
    edition: str | None
    src: str
    width: int
    height: int
    alt: str
    link: str
    starts: datetime
    until: datetime | None
    weight: int
    live: bool = False

    def at(self, now: datetime) -> "Ad":
        """The same as it should be at that time."""
        return replace(self, live=self.starts <= now and (self.until is None or now < self.until))
