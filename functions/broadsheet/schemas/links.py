"""The schema of a request for new links, as forms and API clients send it."""

from ..model.newsletter.links import LinksForm
from .email import Email
from .fields import Object, Text, read, refuse
from .sign_up import SAFEGUARD_FIELDS, safeguards

# The edition is that of the answer's language; a subscriber's mail is in the language of the subscription.
LINKS = Object({"email": Email(), "edition": Text(default=None), **SAFEGUARD_FIELDS})


def parse_links_form(sent: object) -> LinksForm:
    """The form in a request's fields. Raises `Invalid` with every broken rule."""
    values, errors = read(LINKS, sent, "body")
    refuse(errors)
    return LinksForm(values["email"], safeguards(values))
