"""A mail address: what is taken for one."""

from email_validator import EmailNotValidError, validate_email


class InvalidEmail(ValueError):
    """The text is no address that mail can be sent to."""


def parse_email(text: str) -> str:
    """The address as mail goes to it: in ASCII, the domain in lower case and Punycode, the rest as typed.

    At most 254 characters, the local part at most 64; no quotes, no display name, nothing that could end a header's
    line. Nothing is looked up. Raises `InvalidEmail`. An address already parsed is given back as it is.
    """
    try:
        found = validate_email(
            text.strip(" "),
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


def domain(address: str) -> str:
    """The domain of an address that was parsed, in lower case and Punycode."""
    return address.rpartition("@")[2]
