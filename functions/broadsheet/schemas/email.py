"""The field for an email address. It has its own module because `email_validator` takes long to import."""

from typing import Any

from ..model.errors import Rule
from ..model.newsletter.email import InvalidEmail, parse_email
from .fields import BrokenRule, Field

EMAIL_RULE = Rule("not_an_email", "must be an email address, like name@example.org")


class Email(Field):
    """An email address, normalized (`parse_email`)."""

    def parse(self, value: Any) -> str:
        try:
            return parse_email(value if isinstance(value, str) else "")
        except InvalidEmail:
            raise BrokenRule(EMAIL_RULE) from None
