"""The schema of the calls about one subscriber: the email, in the body, because URLs are logged."""

from .email import Email
from .fields import Object, read, refuse

SUBSCRIBER_EMAIL = Object({"email": Email()})


def parse_subscriber_email(sent: object) -> str:
    """The email in a request's JSON. Raises `Invalid`."""
    values, errors = read(SUBSCRIBER_EMAIL, sent, "body")
    refuse(errors)
    email: str = values["email"]
    return email
