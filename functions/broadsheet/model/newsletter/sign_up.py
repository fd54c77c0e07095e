"""A sign-up: a request to subscribe to the newsletter. `broadsheet.schemas.sign_up` reads it."""

from dataclasses import dataclass

from .subscriber import Preferences


@dataclass(frozen=True, slots=True)
class SignUp:
    """A valid sign-up. `source` is the path of the page with the form.

    `form_token` and `captcha_response` are "" where the client sent none. `is_bot`: the honeypot is filled.
    """

    email: str
    preferences: Preferences
    source: str | None
    form_token: str
    is_bot: bool
    captcha_response: str
