"""The pages behind the newsletter's form and links. They work without script and hold nothing but their own words."""

from html import escape

from ..model import errors
from ..model.site import Edition
from .phrases import phrases, template

# Which words explain a refusal; what is not here is explained as `busy`.
EXPLANATIONS: dict[type[errors.Refusal], str] = {
    errors.LinkRefused: "link",
    errors.SwitchedOff: "off",
}


def requested(edition: Edition) -> str:
    """The answer to every sign-up that could be read."""
    say = phrases(edition, "page")
    return _page(edition, say["requested_title"], _paragraphs(say["requested_text"], say["requested_more"]))


def message(edition: Edition) -> str:
    """The same as `requested`, in a sentence."""
    return phrases(edition, "page")["requested_text"]


def question(edition: Edition, purpose: str, token: str) -> str:
    """The page that a link of a mail opens: a button that does what the link is for (`confirm` or `leave`)."""
    say = phrases(edition, "page")
    form = f"""<form method="post" action="/api/subscriptions/{purpose}">
<input type="hidden" name="edition" value="{escape(edition.code)}">
<input type="hidden" name="token" value="{escape(token)}">
<button type="submit">{escape(say[f"{purpose}_button"])}</button>
</form>"""
    return _page(edition, say[f"{purpose}_title"], _paragraphs(say[f"{purpose}_text"]) + form)


def done(edition: Edition, outcome: str) -> str:
    """The page after the button: `confirmed` or `left`."""
    say = phrases(edition, "page")
    home = f'<p><a href="/{escape(edition.code)}/">{escape(say["home"])}</a></p>'
    return _page(edition, say[f"{outcome}_title"], _paragraphs(say[f"{outcome}_text"]) + home)


def refused(edition: Edition, refusal: errors.Refusal) -> str:
    """The page for a request that cannot be done."""
    say = phrases(edition, "refusal")
    if isinstance(refusal, errors.Invalid):
        wrong = dict.fromkeys(
            say["email"] if error.field == "email" else say["field"].replace("$field", error.field)
            for error in refusal.errors
        )
        return _page(edition, say["invalid_title"], _paragraphs(*wrong, say["back"]))
    return _page(edition, say[f"{_kind(refusal)}_title"], _paragraphs(explanation(edition, refusal)))


def explanation(edition: Edition, refusal: errors.Refusal) -> str:
    """Why a link or the whole newsletter is refused, in a sentence or two."""
    return phrases(edition, "refusal")[f"{_kind(refusal)}_text"]


def _kind(refusal: errors.Refusal) -> str:
    return EXPLANATIONS.get(type(refusal), "busy")


def _paragraphs(*texts: str) -> str:
    return "".join(f"<p>{escape(text)}</p>\n" for text in texts)


def _page(edition: Edition, title: str, content: str) -> str:
    return template("page.html").substitute(
        lang=escape(edition.code),
        dir=escape(edition.direction),
        paper=escape(edition.name),
        title=escape(title),
        content=content,
    )
