"""What the calls of functions/newsletter.py take and give."""

from __future__ import annotations

from broadsheet.model.sign_up import LONGEST_SOURCE
from infra.openapi.parts import FORM, JSON, PAGE, Answer, Body, Call, Json, Parameter, ref
from infra.openapi.shapes import accepted, optional, text, whole

TOKEN = text("The token of a link in a mail.")
EDITION = text("The code of the edition whose language is answered in; the site's first if left out.")
SCHEMAS = {
    "SignUp": accepted(
        ("email",),
        email=text("The mail address.", format="email"),
        edition=optional("The code of the edition that is wanted; the site's first if left out."),
        source=optional(
            "The path of the page that the form stands on.", maxLength=LONGEST_SOURCE, pattern=r"^(/(?!/)\S*)?$"
        ),
    ),
    # A mail program's one click (RFC 8058 §3.2) sends a field of its own, and nothing is made of it.
    "Link": {"type": "object", "properties": {"token": TOKEN, "edition": EDITION}},
    "Accepted": whole(
        status={"type": "string", "const": "accepted"},
        message=text("What the reader is told, the same for every address, in the language of the edition."),
    ),
    "Ready": whole(status={"type": "string", "const": "ready"}),
    "Confirmed": whole(status={"type": "string", "const": "confirmed"}),
    "Left": whole(status={"type": "string", "const": "left"}),
}

SIGN_UP = {"email": "reader@example.org", "edition": "en", "source": "/en/"}
LINK = {"token": "c.Zm9vYmFy.MTIzNDU2", "edition": "en"}
MESSAGE = "If the paper can write to this address, a mail with a link is on its way."

QUERY = (
    Parameter(
        "Token", "query", "token", "The token; it may stand in the body of a POST instead.", TOKEN, LINK["token"]
    ),
    Parameter("Language", "query", "edition", EDITION["description"], {"type": "string"}, "en"),
)


def either(schema: str, example: Json) -> tuple[Body, ...]:
    """The same fields as a form and as JSON."""
    return Body(FORM, ref(schema), example), Body(JSON, ref(schema), example)


def both(says: str, schema: str, example: Json) -> Answer:
    """JSON for a program, and a page for a browser."""
    return Answer(says, (Body(JSON, ref(schema), example), PAGE))


CALLS = {
    "sign_up": Call(
        {202: both("Taken, whatever the address.", "Accepted", {"status": "accepted", "message": MESSAGE})},
        takes=either("SignUp", SIGN_UP),
        open=True,
        for_people=True,
    ),
    "ask_to_confirm": Call(
        {200: both("The page with the button.", "Ready", {"status": "ready"})}, QUERY, open=True, for_people=True
    ),
    "ask_to_leave": Call(
        {200: both("The page with the button.", "Ready", {"status": "ready"})}, QUERY, open=True, for_people=True
    ),
    "confirm": Call(
        {200: both("Confirmed, now or before.", "Confirmed", {"status": "confirmed"})},
        QUERY,
        either("Link", LINK),
        optional=True,
        open=True,
        for_people=True,
    ),
    "leave": Call(
        {200: both("Gone, now or before.", "Left", {"status": "left"})},
        QUERY,
        either("Link", LINK),
        optional=True,
        open=True,
        for_people=True,
    ),
}
