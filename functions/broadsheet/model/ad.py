"""An ad: an image with a link, an edition, a start and an end."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ad:
    """The ad of that name. Instants are in UTC, to the second; `until` is None where there is no end.

    `edition` is None for all editions. Pages show the live ads with the greatest weights, ties by name. `live` is
    stored, not computed when a page is rendered, so that rendering needs no clock. `revision` counts the changes of
    editors from 1, those of deleted ads of the name too; a start and an end are none. `updated_by` is the name of the
    caller who made the last one; None where that is not known.
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
    revision: int = 1
    updated_by: str | None = None

    def at(self, now: datetime) -> "Ad":
        """The ad, with `live` as of that time."""
        return replace(self, live=self.starts <= now and (self.until is None or now < self.until))
