"""The requests and answers of functions/newsletter.py."""

from __future__ import annotations

from typing import get_args

from broadsheet.model.newsletter.subscriber import FREQUENCIES, State
from broadsheet.schemas import links, sign_up
from infra.openapi.parts import FORM, JSON, PAGE, Answer, Body, Call, Header, Json, Parameter, ref
from infra.openapi.shapes import described, optional, request, text, whole

TOKEN = text("The token of a link in a mail.", maxLength=sign_up.LONGEST_TOKEN)
LANGUAGE = text("The code of the edition whose language the answer has; the site's first if left out.")
SECTIONS: Json = {
    "type": "array",
    "items": {"type": "string"},
    "description": "The keys of the edition's sections that the newsletter covers; an empty list for all sections, also"
    " those that the edition gets later.",
}
FREQUENCY: Json = {"type": "string", "enum": list(FREQUENCIES), "description": "How often the newsletter is sent."}
STATUS: Json = {"type": "string", "enum": list(get_args(State)), "description": "The state of the subscription."}
NEXT_ISSUE_AT = optional(
    "When the next issue of the edition and frequency is due by the site's settings, to be sent if there is news; null"
    " where none is sent to this subscriber.",
    format="date-time",
)

PREFERENCES = {
    "sections": SECTIONS["description"],
    "frequency": FREQUENCY["description"],
}
SAFEGUARDS = {
    "form_token": "A form token that was issued at least `wait_seconds` and at most an hour ago.",
    sign_up.HONEYPOT: "A honeypot, which people do not see. Leave it out, or empty.",
    **dict.fromkeys(sign_up.CAPTCHA_FIELDS, "The response of the captcha's widget, if the site has a captcha."),
}
SCHEMAS = {
    "FormToken": described(
        "A form token, for a program that signs a reader up.",
        whole(
            form_token=text("The token for a sign-up."),
            wait_seconds={
                "type": "integer",
                "minimum": 1,
                "description": "How long to wait before the sign-up is sent.",
            },
        ),
    ),
    "SignUp": described(
        "A sign-up for the newsletter.",
        request(
            sign_up.SIGN_UP,
            {
                "email": "The email address.",
                "edition": "The code of the edition to subscribe to; the site's first if left out.",
                **PREFERENCES,
                "source": "The path of the page with the form.",
                **SAFEGUARDS,
            },
        ),
    ),
    "LinksForm": described(
        "A request for new links.",
        request(
            links.LINKS,
            {"email": "The email address of the subscriber.", "edition": LANGUAGE["description"], **SAFEGUARDS},
        ),
    ),
    # A mail program's one-click request (RFC 8058 §3.2) has a field of its own, which is ignored.
    "Link": {
        "type": "object",
        "properties": {"token": TOKEN, "edition": LANGUAGE},
        "description": "What a button of a link's page sends.",
    },
    "NewPreferences": described(
        "The preferences that a subscriber chooses.",
        request(
            sign_up.PREFERENCES,
            {"token": TOKEN["description"], "edition": "The code of the edition to get.", **PREFERENCES},
        ),
    ),
    "Accepted": described(
        "The answer to every sign-up and every request for new links.",
        whole(
            status=text("The same for every email address.", const="accepted"),
            message=text("A message for the reader in the language of the edition, the same for every email address."),
        ),
    ),
    "SubscriberPreferences": described(
        "The preferences of a subscriber.",
        whole(
            status=STATUS,
            edition=text("The code of the edition."),
            sections=SECTIONS,
            frequency=FREQUENCY,
            next_issue_at=NEXT_ISSUE_AT,
        ),
    ),
    "Preferences": described(
        "The preferences of a subscriber, or that the subscriber is erased.",
        {"oneOf": [ref("SubscriberPreferences"), ref("Erased")]},
    ),
    "DataExport": {
        "type": "object",
        "properties": {
            **{
                name: {"type": "object", "additionalProperties": True, "description": description}
                for name, description in {
                    "subscriber": "The state, the choices, the record of consent, and what happened to mails.",
                    "latest_sign_up": "The latest sign-up, for a day.",
                    "pending_email": "A mail that is due.",
                    "latest_links_request": "When new links were asked for, for a day.",
                }.items()
            },
            **{
                name: {
                    "type": "array",
                    "items": {"type": "object", "additionalProperties": True},
                    "description": description,
                }
                for name, description in {
                    "issues": "The issues of the last 90 days for the subscriber: when, and the outcome.",
                    "issue_feedback": "The issues whose bounce, or complaint, was counted.",
                }.items()
            },
        },
        "additionalProperties": {"type": "object", "additionalProperties": True},
        "description": "Everything that is stored about the subscriber, by the kind of row. May be empty.",
    },
    **{
        status.title(): described(
            description, whole(status=text("The resulting state.", const=status), next_issue_at=NEXT_ISSUE_AT)
        )
        for status, description in {
            "confirmed": "The subscription is confirmed.",
            "saved": "The preferences are saved.",
        }.items()
    },
    **{
        status.title(): described(description, whole(status=text("The resulting state.", const=status)))
        for status, description in {
            "ready": "The link is valid, and its button can be pressed.",
            "unsubscribed": "The subscriber gets no more newsletters.",
            "erased": "Nothing is stored about the subscriber but what prevents mails by mistake, or a second time.",
        }.items()
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
LINKS = {name: SIGN_UP[name] for name in ("email", "edition", "form_token")}
LINK = {"token": "c.Zm9vYmFy.MTIzNDU2", "edition": "en"}
NEW_PREFERENCES = {"token": LINK["token"], "edition": "en", "sections": ["city"], "frequency": "weekly"}
NEXT_ISSUE = {"next_issue_at": "2026-12-05T05:00:00Z"}
CHOSEN = (
    {"status": "confirmed"} | {name: value for name, value in NEW_PREFERENCES.items() if name != "token"} | NEXT_ISSUE
)
DATA_EXPORT = {
    "subscriber": {"state": "confirmed", "profile": {"email": "reader@example.org"}},
    "issues": [{"issue": "en-daily-2026-11-29", "at": "2026-11-29T05:00:12+00:00", "outcome": "sent"}],
}
MESSAGE = "We have sent you a mail with a link, if this address can get one."

EDITION = Parameter("Language", "query", "edition", LANGUAGE["description"], {"type": "string"}, "en")
QUERY = (
    Parameter("Token", "query", "token", "The token. A POST may have it in the body instead.", TOKEN, LINK["token"]),
    EDITION,
)
FILE = Header(
    "Content-Disposition", "The name of the file to save.", {"type": "string"}, 'attachment; filename="x.json"'
)


def either(schema: str, example: Json) -> tuple[Body, ...]:
    """A body with the same fields as a form or as JSON."""
    return Body(FORM, ref(schema), example), Body(JSON, ref(schema), example)


def both(description: str, schema: str, example: Json) -> Answer:
    """JSON for API clients, a page for browsers."""
    return Answer(description, (Body(JSON, ref(schema), example), PAGE))


def page(description: str, status: str) -> Call:
    """The page that a mail's link opens: it has a button, and changes nothing by itself."""
    return Call({200: both(description, status.title(), {"status": status})}, QUERY, open=True, with_pages=True)


def button(description: str, status: str, **more: str) -> Call:
    """The request of such a button. It needs only the token; other fields are ignored. `more` is in the answer too."""
    answers = {200: both(description, status.title(), {"status": status, **more})}
    return Call(answers, QUERY, either("Link", LINK), optional=True, open=True, with_pages=True)


CALLS = {
    "show_form": Call(
        {200: both("The form, or a form token.", "FormToken", FORM_TOKEN)}, (EDITION,), open=True, with_pages=True
    ),
    "sign_up": Call(
        {
            200: Answer("The form, for a browser that sent no valid form token.", (PAGE,)),
            202: both(
                "Accepted. The answer is the same for every email address.",
                "Accepted",
                {"status": "accepted", "message": MESSAGE},
            ),
        },
        bodies=either("SignUp", SIGN_UP),
        open=True,
        with_pages=True,
    ),
    "send_links": Call(
        {
            200: Answer("The form, for a browser that sent no valid form token.", (PAGE,)),
            202: both(
                "Accepted. The answer is the same for every email address.",
                "Accepted",
                {"status": "accepted", "message": MESSAGE},
            ),
        },
        bodies=either("LinksForm", LINKS),
        open=True,
        with_pages=True,
    ),
    "show_confirm": page("The page with the button, or `ready`.", "ready"),
    "show_unsubscribe": page("The page with the button, or `ready`.", "ready"),
    "confirm": button("Confirmed, now or earlier.", "confirmed", **NEXT_ISSUE),
    "unsubscribe": button("Unsubscribed, now or earlier.", "unsubscribed"),
    "show_preferences": Call(
        {200: both("The preferences.", "Preferences", CHOSEN)},
        QUERY,
        open=True,
        with_pages=True,
    ),
    "save_preferences": Call(
        {200: both("Saved.", "Saved", {"status": "saved"} | NEXT_ISSUE)},
        QUERY,
        either("NewPreferences", NEW_PREFERENCES),
        open=True,
        with_pages=True,
    ),
    "export": Call(
        {200: Answer("The data export.", (Body(JSON, ref("DataExport"), DATA_EXPORT),), (FILE,))},
        QUERY,
        either("Link", LINK),
        optional=True,
        open=True,
        with_pages=True,
    ),
    "erase": button("Erased, now or earlier.", "erased"),
}
