"""The schemas of a sign-up and of a subscriber's preferences, as forms and API clients send them."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..model.config import Site
from ..model.errors import FieldError, Rule
from ..model.newsletter.form import Safeguards
from ..model.newsletter.sign_up import SignUp
from ..model.newsletter.subscriber import FREQUENCIES, Preferences
from .email import Email
from .fields import BrokenRule, Choice, Field, ListOf, Object, Text, one_of, read, refuse

LONGEST_SOURCE = 300
LONGEST_TOKEN = 4096
HONEYPOT = "website"
# A form may have these fields several times.
LISTS = frozenset({"sections"})
# A captcha's widget adds a field of its own name to the form; `captcha_response` is for API clients.
CAPTCHA_FIELDS = ("captcha_response", "cf-turnstile-response", "h-captcha-response", "g-recaptcha-response")


PATH_RULE = Rule("not_a_path", f"must be a path of the site, at most {LONGEST_SOURCE} characters")


class SitePath(Field):
    """A path of the site, with its query if it has one."""

    def parse(self, value: Any) -> str:
        is_path = isinstance(value, str) and value.startswith("/") and not value.startswith("//")
        if not is_path or len(value) > LONGEST_SOURCE or not value.isprintable() or " " in value:
            raise BrokenRule(PATH_RULE)
        return str(value)


def _token() -> Text:
    return Text(LONGEST_TOKEN, default=None)


PREFERENCE_FIELDS: Mapping[str, Field] = {
    "edition": Text(default=None),
    "sections": ListOf(Text(), default=None),
    "frequency": Choice(*FREQUENCIES, default=None),
}
SAFEGUARD_FIELDS: Mapping[str, Field] = {name: _token() for name in ("form_token", HONEYPOT, *CAPTCHA_FIELDS)}
SIGN_UP = Object(
    {
        "email": Email(),
        **PREFERENCE_FIELDS,
        "source": SitePath(default=None),
        **SAFEGUARD_FIELDS,
    }
)
# A subscriber who changes a section keeps the edition, so the edition is required here. The token is the link's.
PREFERENCES = Object({**PREFERENCE_FIELDS, "edition": Text(), "token": _token()})


def parse_sign_up(sent: object, site: Site) -> SignUp:
    """The sign-up in a request's fields. Raises `Invalid` with every broken rule."""
    values, errors = read(SIGN_UP, sent, "body")
    refuse([*errors, *preference_errors(values, site)])
    return SignUp(
        email=values["email"],
        preferences=preferences(values, site),
        source=values["source"],
        safeguards=safeguards(values),
    )


def parse_preferences(sent: object, site: Site) -> Preferences:
    """The preferences in a request's fields. Raises `Invalid` with every broken rule."""
    values, errors = read(PREFERENCES, sent, "body")
    refuse([*errors, *preference_errors(values, site)])
    return preferences(values, site)


def safeguards(values: Mapping[str, Any]) -> Safeguards:
    """What a form carries against bots, in valid values of `SAFEGUARD_FIELDS`."""
    return Safeguards(
        form_token=values["form_token"] or "",
        is_bot=bool(values[HONEYPOT]),
        captcha_response=next((values[name] for name in CAPTCHA_FIELDS if values[name]), ""),
    )


def preference_errors(values: Mapping[str, Any], site: Site) -> Iterator[FieldError]:
    """The rules for preferences that depend on the site's editions. Values may lack what is invalid."""
    if "edition" not in values:
        return
    edition = values["edition"] or next(iter(site.editions))
    if edition not in site.editions:
        yield FieldError("edition", one_of(site.editions))
    elif not set(values.get("sections") or ()) <= (known := site.editions[edition].sections).keys():
        yield FieldError("sections", Rule("not_a_choice", f"must be a list of some of {', '.join(known)}"))


def preferences(values: Mapping[str, Any], site: Site) -> Preferences:
    """The preferences in valid values; the site's first edition, all sections and the default frequency if left out.

    All sections are stored as none, so that they include sections that the edition gets later. Others are stored in the
    edition's order.
    """
    edition = values["edition"] or next(iter(site.editions))
    wanted, known = set(values["sections"] or ()), site.editions[edition].sections
    sections = tuple(section for section in known if section in wanted) if wanted != known.keys() else ()
    return Preferences(edition, sections, values["frequency"] or FREQUENCIES[0])
