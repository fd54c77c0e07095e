"""What the calls of functions/newsletter.py take and give."""

from __future__ import annotations

from typing import get_args

from broadsheet.model.newsletter.sign_up import CAPTCHA_FIELDS, HONEYPOT, LONGEST_CAPTCHA_RESPONSE, LONGEST_SOURCE
from broadsheet.model.newsletter.subscriber import FREQUENCIES, State
from infra.openapi.parts import FORM, JSON, PAGE, Answer, Body, Call, Header, Json, Parameter, ref
from infra.openapi.shapes import accepted, optional, text, whole

TOKEN = text("The token of a link in a mail.", maxLength=LONGEST_CAPTCHA_RESPONSE)
EDITION = text("The code of the edition whose language is answered in; the site's first if left out.")
SECTIONS = {
    "type": "array",
    "items": {"type": "string"},
    "description": "The keys of the edition's sections that are wanted; none for all of them, those to come too.",
}
FREQUENCY = {"type": "string", "enum": list(FREQUENCIES), "description": "How often the newsletter is sent."}
STATUS = {"type": "string", "enum": list(get_args(State)), "description": "The subscriber's state."}


def nullable(field: Json) -> Json:
    """The field, or null, which is as if it were left out."""
    kinds = {"type": [field["type"], "null"]}
    return {**field, **kinds, **({"enum": [*field["enum"], None]} if "enum" in field else {})}


SCHEMAS = {
    "FormToken": whole(
        form_token=text("The form token for a sign-up."),
        wait_seconds={"type": "integer", "minimum": 1, "description": "How many seconds to wait before the sign-up."},
    ),
    "SignUp": accepted(
        ("email",),
        email=text("The mail address.", format="email", maxLength=254),
        edition=optional("The code of the edition that is wanted; the site's first if left out."),
        sections=nullable(SECTIONS),
        frequency=nullable(FREQUENCY),
        source=optional(
            "The path of the page that the form stands on.", maxLength=LONGEST_SOURCE, pattern=r"^/(?!/)\S*$"
        ),
        form_token=optional(
            "A form token that is at least some seconds and at most an hour old.",
            maxLength=LONGEST_CAPTCHA_RESPONSE,
        ),
        **{
            HONEYPOT: optional(
                "The honeypot, which people do not see: leave it empty.", maxLength=LONGEST_CAPTCHA_RESPONSE
            )
        },
        **{
            name: optional(
                "The captcha response from the widget, if the site has a captcha.", maxLength=LONGEST_CAPTCHA_RESPONSE
            )
            for name in CAPTCHA_FIELDS
        },
    ),
    # A mail program's one click (RFC 8058 §3.2) sends a field of its own, and nothing is made of it.
    "Link": {"type": "object", "properties": {"token": TOKEN, "edition": EDITION}},
    "Wish": accepted(
        ("edition",),
        token=nullable(TOKEN),
        edition=text("The code of the edition that is wanted."),
        sections=nullable(SECTIONS),
        frequency=nullable(FREQUENCY),
    ),
    "Accepted": whole(
        status={"type": "string", "const": "accepted"},
        message=text("A message for the reader, the same for every email, in the language of the edition."),
    ),
    "Preferences": {
        "oneOf": [
            whole(status=STATUS, edition=text("The code of the edition."), sections=SECTIONS, frequency=FREQUENCY),
            whole(status={"type": "string", "const": "erased", "description": "Nothing is stored."}),
        ]
    },
    "DataExport": {
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": True},
        "description": "Every row that is stored about the subscriber; possibly none.",
    },
    **{
        status.title(): whole(status={"type": "string", "const": status})
        for status in ("ready", "confirmed", "unsubscribed", "saved", "erased")
    },
}

FORM_TOKEN = {"form_token": "s.Zm9vYmFy.MTIzNDU2", "wait_seconds": 2}
SIGN_UP = {
    "email": "reader@example.org",
    "edition": "en",
    "sections": ["city"],
    "frequency": "weekly",
    "source": "/en/",
    "form_token": FORM_TOKEN["form_token"],
}
LINK = {"token": "c.Zm9vYmFy.MTIzNDU2", "edition": "en"}
WISH = {"token": LINK["token"], "edition": "en", "sections": ["city"], "frequency": "weekly"}
DATA_EXPORT = {"subscriber": {"state": "confirmed", "profile": {"email": "reader@example.org"}}}
MESSAGE = "If the paper can write to this address, a mail with a link is on its way."

LANGUAGE = Parameter("Language", "query", "edition", EDITION["description"], {"type": "string"}, "en")
QUERY = (
    Parameter(
        "Token", "query", "token", "The token; it may stand in the body of a POST instead.", TOKEN, LINK["token"]
    ),
    LANGUAGE,
)
FILE = Header("Content-Disposition", "That it is a file to keep.", {"type": "string"}, 'attachment; filename="x.json"')


def either(schema: str, example: Json) -> tuple[Body, ...]:
    """The same fields as a form and as JSON."""
    return Body(FORM, ref(schema), example), Body(JSON, ref(schema), example)


def both(says: str, schema: str, example: Json) -> Answer:
    """JSON for a program, and a page for a browser."""
    return Answer(says, (Body(JSON, ref(schema), example), PAGE))


def page(says: str, status: str) -> Call:
    """What a mail's link opens: a page with a button, which changes nothing by itself."""
    return Call({200: both(says, status.title(), {"status": status})}, QUERY, open=True, for_people=True)


def button(says: str, status: str) -> Call:
    """What such a button does, by the token alone, whatever else is sent."""
    answers = {200: both(says, status.title(), {"status": status})}
    return Call(answers, QUERY, either("Link", LINK), optional=True, open=True, for_people=True)


CALLS = {
    "show_form": Call(
        {200: both("The form, or a form token.", "FormToken", FORM_TOKEN)}, (LANGUAGE,), open=True, for_people=True
    ),
    "sign_up": Call(
        {
            200: Answer("The form, for a browser without a valid form token.", (PAGE,)),
            202: both("Accepted, whatever the email.", "Accepted", {"status": "accepted", "message": MESSAGE}),
        },
        takes=either("SignUp", SIGN_UP),
        open=True,
        for_people=True,
    ),
    "show_confirm": page("The page with the button.", "ready"),
    "show_unsubscribe": page("The page with the button.", "ready"),
    "confirm": button("Confirmed, now or before.", "confirmed"),
    "unsubscribe": button("Unsubscribed, now or before.", "unsubscribed"),
    "show_preferences": Call(
        {200: both("The preferences.", "Preferences", {"status": "confirmed"} | WISH)},
        QUERY,
        open=True,
        for_people=True,
    ),
    "save_preferences": Call(
        {200: both("Saved.", "Saved", {"status": "saved"})}, QUERY, either("Wish", WISH), open=True, for_people=True
    ),
    "export": Call(
        {200: Answer("Everything that is stored.", (Body(JSON, ref("DataExport"), DATA_EXPORT),), (FILE,))},
        QUERY,
        either("Link", LINK),
        optional=True,
        open=True,
        for_people=True,
    ),
    "erase": button("Erased, now or before.", "erased"),
}
