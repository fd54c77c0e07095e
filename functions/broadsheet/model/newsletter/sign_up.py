"""A sign-up: a request to subscribe to the newsletter. `broadsheet.schemas.sign_up` reads it."""

from dataclasses import dataclass

from .form import Safeguards
from .subscriber import Preferences


@dataclass(frozen=True, slots=True)
class SignUp:
    """A valid sign-up. `source` is the path of the page with the form."""

    email: str
    preferences: Preferences
    source: str | None
    safeguards: Safeguards
