"""What a reader sends to sign up, or to change what they get: its fields, their rules, and the reading of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..config import Site
from ..errors import FieldError, Invalid
from . import email
from .subscriber import FREQUENCIES, Preferences

LONGEST_SOURCE = 300
LONGEST_CAPTCHA_RESPONSE = 4096
HONEYPOT = "website"
# Fields that may be given several times in a form.
LISTS = frozenset({"sections"})
PREFERENCES = ("edition", "sections", "frequency")
# What the widgets that tell people from programs call their proof in a form.
CAPTCHA_FIELDS = ("captcha_response", "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response")
FIELDS = ("email", *PREFERENCES, "source", "form_token", HONEYPOT, *CAPTCHA_FIELDS)


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a sign-up says: an address, what its reader wants, and the page that it was sent from.

    `form_token` is what came with the form; `is_bot` tells that a field is filled that people do not see;
    `captcha_response` is what a captcha gave for a person.
    """

    email: str
    preferences: Preferences
    source: str | None
    form_token: str
    is_bot: bool
    captcha_response: str


def parse_sign_up(sent: object, site: Site) -> SignUp:
    """The sign-up in a request's fields. Raises `Invalid` with every rule that is broken."""
    values = _read(sent, site, FIELDS, required="email")
    return SignUp(
        values["email"],
        _preferences(values),
        values.get("source"),
        values.get("form_token", ""),
        bool(values.get(HONEYPOT)),
        next((values[name] for name in CAPTCHA_FIELDS if values.get(name)), ""),
    )


def parse_preferences(sent: object, site: Site) -> Preferences:
    """The preferences in a request's fields; sections and frequency that are not said are a new reader's.

    Raises `Invalid` with every rule that is broken.
    """
    return _preferences(_read(sent, site, (*PREFERENCES, "token"), required="edition"))


def _read(sent: object, site: Site, known: tuple[str, ...], required: str) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise Invalid((FieldError("body", "must be an object"),))
    errors = []
    # The edition is known first, since it says which sections there are.
    named = [code for code in site.editions if code == sent.get("edition")]
    values: dict[str, Any] = {"edition": (named or list(site.editions))[0]}
    for name, value in sent.items():
        if name not in known:
            errors.append(FieldError(str(name), "is not a field that is taken here"))
        elif value is not None or name == required:
            try:
                values[name] = _RULES[name](value, site, values)
            except ValueError as error:
                errors.append(FieldError(name, str(error)))
    if required not in sent:
        errors.append(FieldError(required, "is required"))
    if errors:
        raise Invalid(tuple(errors))
    return values


def _preferences(values: Mapping[str, Any]) -> Preferences:
    return Preferences(**{name: values[name] for name in PREFERENCES if name in values})


def _email(value: object, *_: object) -> str:
    try:
        return email.parse_email(value if isinstance(value, str) else "")
    except email.InvalidEmail:
        raise ValueError("must be a mail address, like name@example.org") from None


def _edition(value: object, site: Site, _: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or value not in site.editions:
        raise ValueError(f"must be one of {', '.join(site.editions)}")
    return value


def _sections(value: object, site: Site, values: Mapping[str, Any]) -> tuple[str, ...]:
    """In the order of the edition; all of them are the same as none, which is all that there will be, too."""
    known = site.editions[values["edition"]].sections
    if not isinstance(value, list) or not all(isinstance(one, str) and one in known for one in value):
        raise ValueError(f"must be a list of some of {', '.join(known)}")
    return tuple(one for one in known if one in value) if set(value) != set(known) else ()


def _frequency(value: object, *_: object) -> str:
    if value not in FREQUENCIES:
        raise ValueError(f"must be one of {', '.join(FREQUENCIES)}")
    return str(value)


def _source(value: object, *_: object) -> str:
    path = isinstance(value, str) and value.startswith("/") and not value.startswith("//")
    if not path or len(str(value)) > LONGEST_SOURCE or not str(value).isprintable() or " " in str(value):
        raise ValueError(f"must be a path of the site, at most {LONGEST_SOURCE} characters")
    return str(value)


def _text(value: object, *_: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_CAPTCHA_RESPONSE:
        raise ValueError(f"must be a text of at most {LONGEST_CAPTCHA_RESPONSE} characters")
    return value


_RULES: dict[str, Callable[[object, Site, Mapping[str, Any]], Any]] = {
    "email": _email,
    "edition": _edition,
    "sections": _sections,
    "frequency": _frequency,
    "source": _source,
    "form_token": _text,
    "token": _text,
    HONEYPOT: _text,
    **dict.fromkeys(CAPTCHA_FIELDS, _text),
}
