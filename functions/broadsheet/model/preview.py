"""A preview: an article or an ad as it would be on the site, behind a link that ends after a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .ad import Ad
from .manuscript import Manuscript

LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ArticlePreview:
    """What is previewed: the article of that id after this manuscript was put; without one, the stored article."""

    id: str
    manuscript: Manuscript | None


@dataclass(frozen=True, slots=True)
class AdPreview:
    """What is previewed: this ad, in the place of the one with its name."""

    ad: Ad


@dataclass(frozen=True, slots=True)
class Preview:
    """A stored preview. `sent` is the request's JSON, which is parsed anew whenever the preview is opened.

    `started_at`, to the microsecond, belongs to the link: a preview that is put again keeps it while the link holds,
    and one that was deleted in between gets another. `put_at` is when `sent` last changed; it stands for the time of
    publication, so that a preview looks the same until it changes.
    """

    name: str
    started_at: datetime
    put_at: datetime
    sent: Mapping[str, Any]

    @property
    def ends_at(self) -> datetime:
        """When its link ends, to the second."""
        return self.started_at.replace(microsecond=0) + LIFETIME
