"""The pages behind the newsletter's form and links. They work without script and hold nothing but their own words."""

from ..model import errors
from ..model.site import Edition
from .phrases import filled, phrases

# Which words explain a refusal; what is not here is explained as `busy`.
EXPLANATIONS: dict[type[errors.Refusal], str] = {
    errors.LinkRefused: "link",
    errors.SwitchedOff: "off",
}


def requested(edition: Edition) -> str:
    """The answer to every sign-up that could be read."""
    say = phrases(edition, "page")
    return _page(edition, say["requested_title"], say["requested_text"], say["requested_more"])


def message(edition: Edition) -> str:
    """The same as `requested`, in a sentence."""
    return phrases(edition, "page")["requested_text"]


def question(edition: Edition, purpose: str, token: str) -> str:
    """The page that a link of a mail opens: a button that does what the link is for (`confirm` or `leave`)."""
    say = phrases(edition, "page")
    title, text, button = (say[f"{purpose}_{part}"] for part in ("title", "text", "button"))
    return filled("question.html", edition, title=title, texts=[text], purpose=purpose, token=token, button=button)


def done(edition: Edition, outcome: str) -> str:
    """The page after the button: `confirmed` or `left`."""
    say = phrases(edition, "page")
    title, text = say[f"{outcome}_title"], say[f"{outcome}_text"]
    return filled("done.html", edition, title=title, texts=[text], home=say["home"])


def refused(edition: Edition, refusal: errors.Refusal) -> str:
    """The page for a request that cannot be done."""
    say = phrases(edition, "refusal")
    if isinstance(refusal, errors.Invalid):
        wrong = dict.fromkeys(
            say["email"] if error.field == "email" else say["field"].replace("$field", error.field)
            for error in refusal.errors
        )
        return _page(edition, say["invalid_title"], *wrong, say["back"])
    return _page(edition, say[f"{_kind(refusal)}_title"], explanation(edition, refusal))


def explanation(edition: Edition, refusal: errors.Refusal) -> str:
    """Why a link or the whole newsletter is refused, in a sentence or two."""
    return phrases(edition, "refusal")[f"{_kind(refusal)}_text"]


def _kind(refusal: errors.Refusal) -> str:
    return EXPLANATIONS.get(type(refusal), "busy")


def _page(edition: Edition, title: str, *texts: str) -> str:
    return filled("page.html", edition, title=title, texts=texts)
