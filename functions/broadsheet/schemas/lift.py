"""The schema of a lift: the email whose suppression an editor lifts."""

from .email import Email
from .fields import Object, read, refuse

LIFT = Object({"email": Email()})


def parse_lift(sent: object) -> str:
    """The email in a request's JSON. Raises `Invalid`."""
    values, errors = read(LIFT, sent, "body")
    refuse(errors)
    email: str = values["email"]
    return email
