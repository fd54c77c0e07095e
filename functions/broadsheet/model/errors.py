"""Refusals: why a request is not done, as a tree of exceptions. `broadsheet.http` maps each to its status.

Types of problems and codes of rules are a part of the API: none is renamed or removed. docs/articles-api.md explains
each; a test compares.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Code = Literal[
    "absent",
    "bad_cursor",
    "blank",
    "blocked_domain",
    "captcha_failed",
    "conflict",
    "draft",
    "form_token_refused",
    "in_future",
    "in_past",
    "not_a_choice",
    "not_a_date_time",
    "not_a_day",
    "not_a_language",
    "not_a_media_type",
    "not_a_path",
    "not_a_slug",
    "not_a_url",
    "not_after",
    "not_an_email",
    "not_an_id",
    "not_kept",
    "not_sha256",
    "other_edition",
    "out_of_range",
    "repeated",
    "required",
    "self_reference",
    "too_few",
    "too_long",
    "too_many",
    "unknown_field",
    "unknown_parameter",
    "unsupported_header",
    "withdrawn",
    "wrong_format",
    "wrong_type",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for a field: its code for programs, and its text for people, which continues the name of the field."""

    code: Code
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field: its path in the request (`image.width`), the rule that it breaks, and where in a text of
    several lines, the line.

    `at` is its JSON Pointer (RFC 6901), where the path does not tell it: an unknown field may have dots in its name.
    """

    field: str
    rule: Rule
    line: int | None = None
    at: str | None = None

    @property
    def pointer(self) -> str | None:
        """The field's JSON Pointer in the request's body; None if it is not in the body."""
        return pointer(*self.field.split(".")) if self.at is None else self.at


class ParameterError(FieldError):
    """One invalid parameter of the path or the query, or one invalid header."""

    __slots__ = ()

    @property
    def pointer(self) -> None:
        return None


def pointer(*names: str) -> str:
    """The JSON Pointer (RFC 6901) of the value at these names and positions."""
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names)


NOT_IN_PAST = Rule("in_past", "must be in the future")
NOT_IN_FUTURE = Rule("in_future", "must not be in the future")
FORM_TOKEN_RULE = Rule("form_token_refused", "must come from /api/subscriptions/form, within the hour")
CAPTCHA_RULE = Rule("captcha_failed", "must be what the captcha gave to a person")
DOMAIN_RULE = Rule("blocked_domain", "must be at a domain that this newsletter is sent to")


class Refusal(Exception):
    """A request that is not done. The message tells the client why. `type` is the type of the problem.

    `retry_after` is the number of seconds after which the same request may succeed, if time alone can help.
    """

    type: ClassVar[str]
    retry_after: int | None = None


class Malformed(Refusal):
    """The request's body cannot be parsed."""

    type = "malformed"


class WrongType(Refusal):
    """The call does not accept the request's media type."""

    type = "wrong-type"


class TooLarge(Refusal):
    """The request, or a field of it, exceeds its limit."""

    type = "too-large"


class Invalid(Refusal):
    """Some fields of the request break a rule. `errors` has all of them."""

    type = "invalid"

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field} {error.rule}" for error in errors))
        self.errors = errors


class NotFound(Refusal):
    """The resource does not exist and never did."""

    type = "not-found"


class EditionRefused(Refusal):
    """The API key is not for the edition of this article."""

    type = "edition-refused"


class Gone(Refusal):
    """The resource existed and was withdrawn."""

    type = "gone"


class RevisionGone(Refusal):
    """The revision of the article is not kept any more."""

    type = "revision-gone"


class Stale(Refusal):
    """A precondition of the request failed.

    `current` is what the request would have changed, None if there is none.
    """

    type = "stale"

    def __init__(self, reason: str, current: Any) -> None:
        super().__init__(reason)
        self.current = current


class LinkRefused(Refusal):
    """A mail's link is forged, damaged, expired or used up."""

    type = "link-refused"


class NotSubscribed(LinkRefused):
    """The link is valid, and its subscriber gets no newsletter, so there is nothing to change."""


class SwitchedOff(Refusal):
    """The operator has not configured this feature."""

    type = "switched-off"


class WrongState(Refusal):
    """What the request asks for is not possible in the present state of the resource."""

    type = "wrong-state"


class Busy(Refusal):
    """Other clients kept changing the same thing. The same request may succeed a moment later."""

    type = "busy"
    retry_after = 1


class TooManyRequests(Refusal):
    """A rate limit is exceeded: that of one network, or that of all.

    `scope` names it; `retry_after` is always there.
    """

    type = "too-many-requests"

    def __init__(self, scope: str, seconds: int) -> None:
        super().__init__(f"There were too many sign-ups; please try again in {-(-seconds // 60)} minutes.")
        self.scope = scope
        self.retry_after = seconds


class FormTokenRefused(Invalid):
    """A sign-up without a valid form token."""

    def __init__(self) -> None:
        super().__init__((FieldError("form_token", FORM_TOKEN_RULE),))


class CaptchaFailed(Invalid):
    """The captcha's provider did not confirm the captcha response."""

    def __init__(self) -> None:
        super().__init__((FieldError("captcha_response", CAPTCHA_RULE),))


class BlockedDomain(Invalid):
    """The email is at a blocked domain."""

    def __init__(self) -> None:
        super().__init__((FieldError("email", DOMAIN_RULE),))


class CaptchaUnavailable(Refusal):
    """The captcha's provider gave no verdict, so the sign-up is refused."""

    type = "captcha-unavailable"
    retry_after = 60
