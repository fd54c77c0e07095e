"""What every form of the newsletter carries against bots, beside its own fields."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Safeguards:
    """`form_token` and `captcha_response` are "" where the client sent none. `is_bot`: the honeypot is filled."""

    form_token: str
    is_bot: bool
    captcha_response: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was loaded, as its form token names it. `id` is random."""

    id: str
    loaded_at: datetime
