"""The pages behind the newsletter's form and links. They work without script and hold nothing but their own words."""

from collections.abc import Mapping
from typing import Any

from ...model import errors
from ...model.config import Edition, Site
from ...model.newsletter.captcha import CaptchaSettings
from ...model.newsletter.subscriber import FREQUENCIES, Person, Preferences, State
from ..shared.words import autonym
from .phrases import filled, phrases

# Which words explain a refusal that is not about a field.
EXPLANATIONS: dict[type[errors.Refusal], str] = {
    errors.LinkRefused: "link",
    errors.SwitchedOff: "off",
    errors.TooManyRequests: "many",
    errors.CaptchaUnavailable: "check",
}
# Fields that have words of their own for what is wrong with them.
FIELDS = frozenset({"email", "sections", "form_token", "proof"})


def form(
    edition: Edition,
    site: Site,
    stamp: str,
    wish: Mapping[str, object],
    wrong: errors.Invalid | None = None,
    check: CaptchaSettings | None = None,
) -> str:
    """The form for signing up, filled in with what was sent already, and with what is wrong about that."""
    sent = {name: value for name, value in wish.items() if isinstance(value, str)}
    sections = wish.get("sections")
    return _wishes(
        "form",
        edition,
        site,
        Preferences(edition.code, tuple(sections) if isinstance(sections, list) else (), sent.get("frequency", "")),
        stamp=stamp,
        source=sent.get("source"),
        email=sent.get("email", ""),
        wrong=_wrongs(edition, wrong) if wrong else (),
        email_wrong=wrong and any(error.field == "email" for error in wrong.errors),
        check=check,
    )


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
    title, text, label = (say[f"{purpose}_{part}"] for part in ("title", "text", "button"))
    return filled("question.html", edition, title=title, texts=[text], purpose=purpose, token=token, label=label)


def done(edition: Edition, outcome: str) -> str:
    """The page after the button: `confirmed`, `left` or `erased`."""
    say = phrases(edition, "page")
    return _page(edition, say[f"{outcome}_title"], say[f"{outcome}_text"])


def preferences(
    edition: Edition, site: Site, state: State, person: Person, token: str, leave: str, *, saved: bool
) -> str:
    """The page behind a reader's own link: what they get, what is held of them, and buttons that change it.

    One who is not subscribed has nothing to choose. The token is that of the link, `leave` the one for leaving.
    """
    return _wishes(
        "preferences",
        edition,
        site,
        person.preferences,
        state=state,
        address=person.address,
        token=token,
        leave=leave,
        saved=saved,
    )


def refused(edition: Edition, refusal: errors.Refusal) -> str:
    """The page for a request that cannot be done."""
    say = phrases(edition, "refusal")
    if isinstance(refusal, errors.Invalid):
        return _page(edition, say["invalid_title"], *_wrongs(edition, refusal), say["back"])
    kind = EXPLANATIONS.get(type(refusal), "busy")
    return _page(edition, say[f"{kind}_title"], say[f"{kind}_text"])


def explanation(edition: Edition, refusal: errors.Refusal) -> str | None:
    """Why a reader is refused, in a sentence or two; None where only a program's mistake can be the reason."""
    if isinstance(refusal, errors.Invalid):
        return " ".join(_wrongs(edition, refusal))
    kind = EXPLANATIONS.get(type(refusal))
    return phrases(edition, "refusal")[f"{kind}_text"] if kind else None


def _wrongs(edition: Edition, invalid: errors.Invalid) -> list[str]:
    """What is wrong with a form, each once."""
    say = phrases(edition, "refusal")
    if isinstance(invalid, errors.BlockedDomain):
        return [say["domain"]]
    fields = (error.field for error in invalid.errors)
    return list(dict.fromkeys(say[f] if f in FIELDS else say["field"].replace("$field", f) for f in fields))


def _wishes(page: str, edition: Edition, site: Site, wanted: Preferences, **values: Any) -> str:
    """A page on which a reader chooses what they get."""
    say = {**phrases(edition, "wishes"), **phrases(edition, page)}
    return filled(
        f"{page}.html",
        edition,
        title=say["title"],
        texts=[say["text"]] if "text" in say else [],
        say=say,
        editions=list(site.editions.values()),
        autonym=autonym,
        sections=wanted.sections,
        frequencies=FREQUENCIES,
        frequency=wanted.frequency if wanted.frequency in FREQUENCIES else FREQUENCIES[0],
        **values,
    )


def _page(edition: Edition, title: str, *texts: str) -> str:
    """A page with nothing to do on it, and the way on."""
    return filled("done.html", edition, title=title, texts=texts, home=phrases(edition, "page")["home"])
