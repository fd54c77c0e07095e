"""A request for new links: a subscriber whose links were damaged or lost asks for a mail with new ones."""

from dataclasses import dataclass
from datetime import datetime

from .form import Safeguards


@dataclass(frozen=True, slots=True)
class LinksForm:
    """A valid form for new links."""

    email: str
    safeguards: Safeguards


@dataclass(frozen=True, slots=True)
class LinksRequest:
    """The latest request for new links with an email, which is not stored. `id` is the keyed hash of the email."""

    id: str
    at: datetime
