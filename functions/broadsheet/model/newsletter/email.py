"""Email addresses: validation and normalization."""

from email_validator import EmailNotValidError, validate_email

from ..text import bare


class InvalidEmail(ValueError):
    """Not an email address, or one that the newsletter cannot send to."""


def parse_email(text: str) -> str:
    """The email in ASCII: the domain in lower case and Punycode, the local part as typed. Idempotent.

    What cannot be seen at the ends of the text is no part of it: blanks, controls, invisible characters. An email has
    at most 254 characters, its local part at most 64, and neither quotes, a display name nor characters that end a
    header's line. No DNS look-up. Raises `InvalidEmail`.
    """
    try:
        found = validate_email(
            bare(text),
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=True,
            check_deliverability=False,
        )
    except (EmailNotValidError, UnicodeError):
        raise InvalidEmail from None
    if found.ascii_email is None or not found.ascii_email.isascii() or not found.ascii_email.isprintable():
        raise InvalidEmail
    return found.ascii_email


def domain(email: str) -> str:
    """The domain of a parsed email, in lower case and Punycode."""
    return email.rpartition("@")[2]
