"""Refusals: why a request is not done, as a tree of exceptions. `broadsheet.http` maps each to its status."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field: its path in the request (`image.width`), the rule that it breaks, and where in a text of
    several lines, the line."""

    field: str
    rule: str
    line: int | None = None


class Refusal(Exception):
    """A request that is not done. The message tells the client why."""


class Malformed(Refusal):
    """The request's body cannot be parsed."""


class WrongType(Refusal):
    """The call does not accept the request's media type."""


class TooLarge(Refusal):
    """The request, or a field of it, exceeds its limit."""


class Invalid(Refusal):
    """Some fields of the request break a rule. `errors` has all of them."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field} {error.rule}" for error in errors))
        self.errors = errors


class NotFound(Refusal):
    """The resource does not exist and never did."""


class Gone(Refusal):
    """The resource existed and was withdrawn."""


class Stale(Refusal):
    """A precondition of the request failed. `current` is what the request would have changed, None if there is none."""

    def __init__(self, reason: str, current: Any) -> None:
        super().__init__(reason)
        self.current = current


class LinkRefused(Refusal):
    """A mail's link is forged, damaged, expired or used up."""


class SwitchedOff(Refusal):
    """The operator has not configured this feature."""


class Busy(Refusal):
    """Other clients kept changing the same thing. The same request may succeed a moment later."""


class TooManyRequests(Refusal):
    """A rate limit is exceeded: of one network or of all, as `scope` names it. Retry after `seconds`."""

    def __init__(self, scope: str, seconds: int) -> None:
        super().__init__(f"There were too many sign-ups; please try again in {-(-seconds // 60)} minutes.")
        self.scope = scope
        self.seconds = seconds


class FormTokenRefused(Invalid):
    """A sign-up without a valid form token."""

    def __init__(self) -> None:
        super().__init__((FieldError("form_token", "must come from /api/subscriptions/form, within the hour"),))


class CaptchaFailed(Invalid):
    """The captcha's provider did not confirm the captcha response."""

    def __init__(self) -> None:
        super().__init__((FieldError("captcha_response", "must be what the captcha gave to a person"),))


class BlockedDomain(Invalid):
    """The email is at a blocked domain."""

    def __init__(self) -> None:
        super().__init__((FieldError("email", "must be at a domain that this newsletter is sent to"),))


class CaptchaUnavailable(Refusal):
    """The captcha's provider gave no verdict, so the sign-up is refused."""
