"""What a reader sends to sign up: its fields, their rules, and the reading of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import address
from .errors import FieldError, Invalid
from .site import Site

LONGEST_SOURCE = 300
FIELDS = ("email", "edition", "source")


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a sign-up says: an address, the edition that it wants, and the page that it was sent from."""

    address: str
    edition: str
    source: str | None


def parse(sent: object, site: Site) -> SignUp:
    """The sign-up in a request's fields. Raises `Invalid` with every rule that is broken."""
    if not isinstance(sent, dict):
        raise Invalid((FieldError("body", "must be an object"),))
    errors = []
    values: dict[str, Any] = {"edition": next(iter(site.editions)), "source": None}
    for name, value in sent.items():
        if name not in FIELDS:
            errors.append(FieldError(str(name), "is not a field that is taken here"))
        elif value is not None or name == "email":
            try:
                values[name] = _RULES[name](value, site)
            except ValueError as error:
                errors.append(FieldError(name, str(error)))
    if "email" not in sent:
        errors.append(FieldError("email", "is required"))
    if errors:
        raise Invalid(tuple(errors))
    return SignUp(values["email"], values["edition"], values["source"])


def _email(value: object, _: Site) -> str:
    try:
        return address.parse(value if isinstance(value, str) else "")
    except address.NotAnAddress:
        raise ValueError("must be a mail address, like name@example.org") from None


def _edition(value: object, site: Site) -> str:
    if not isinstance(value, str) or value not in site.editions:
        raise ValueError(f"must be one of {', '.join(site.editions)}")
    return value


def _source(value: object, _: Site) -> str:
    path = isinstance(value, str) and value.startswith("/") and not value.startswith("//")
    if not path or len(str(value)) > LONGEST_SOURCE or not str(value).isprintable() or " " in str(value):
        raise ValueError(f"must be a path of the site, at most {LONGEST_SOURCE} characters")
    return str(value)


_RULES: dict[str, Callable[[object, Site], str]] = {"email": _email, "edition": _edition, "source": _source}
