"""What a caller can be refused for, as a small tree that carries data. `broadsheet.http` gives each its status."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path in the request (`image.width`) and the rule that it breaks."""

    field: str
    rule: str


class Refusal(Exception):
    """A request that cannot be done, and why, in a sentence for the caller."""


class Malformed(Refusal):
    """The request's body cannot be read at all."""


class WrongType(Refusal):
    """The request's media type is not one that this call takes."""


class TooLarge(Refusal):
    """The request, or a field of it, is over its limit."""


class Invalid(Refusal):
    """The request was read, and some of its fields break a rule; `errors` names every one."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field} {error.rule}" for error in errors))
        self.errors = errors


class NotFound(Refusal):
    """There is no such thing, and there never was."""


class Gone(Refusal):
    """It was there and has been taken away."""


class Stale(Refusal):
    """A precondition of the request no longer holds; `revision` is the current one, None where there is none."""

    def __init__(self, reason: str, revision: int | None) -> None:
        super().__init__(reason)
        self.revision = revision


class LinkRefused(Refusal):
    """A link from a mail that is forged, damaged, expired or used up."""


class SwitchedOff(Refusal):
    """The site's operator has not set this up."""


class Busy(Refusal):
    """Others kept changing the same thing; the same request may succeed a moment later."""


class TooManyRequests(Refusal):
    """More was asked than is let through; `seconds` from now it may be asked again. `scope` tells what is full."""

    def __init__(self, scope: str, seconds: int) -> None:
        super().__init__(f"There were too many sign-ups; please try again in {-(-seconds // 60)} minutes.")
        self.scope = scope
        self.seconds = seconds


class FormTokenRefused(Invalid):
    """A sign-up that came with no form, or with one from too long ago."""

    def __init__(self) -> None:
        super().__init__((FieldError("form_token", "must come from /api/subscriptions/form, within the hour"),))


class CaptchaFailed(Invalid):
    """The check that tells people from programs was not passed."""

    def __init__(self) -> None:
        super().__init__((FieldError("proof", "must be what the captcha gave to a person"),))


class BlockedDomain(Invalid):
    """An address at a domain that this newsletter is not sent to."""

    def __init__(self) -> None:
        super().__init__((FieldError("email", "must be at a domain that this newsletter is sent to"),))


class CaptchaUnavailable(Refusal):
    """The check that tells people from programs could not be made, so nobody is let in."""
