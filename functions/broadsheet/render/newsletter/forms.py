"""The pages behind the newsletter's form and links. They work without script and load nothing from other hosts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ...model import errors
from ...model.config import Edition, Site
from ...model.newsletter.captcha import CaptchaSettings
from ...model.newsletter.subscriber import FREQUENCIES, Preferences, Profile, Subscriber
from ...model.newsletter.tokens import CONFIRM, PREFERENCES, UNSUBSCRIBE
from ..shared.issues import coming
from ..shared.locale import autonym, locale
from ..shared.texts import Message
from .templating import filled

FormName = Literal["sign_up", "links"]


def sign_up_page(
    edition: Edition,
    site: Site,
    form_token: str,
    values: Mapping[str, object],
    invalid: errors.Invalid | None = None,
    captcha: CaptchaSettings | None = None,
    above: Message | None = None,
) -> str:
    """The form for signing up, filled in with these values, and with the errors in them.

    `above` stands in place of the title and the pitch: what is wrong with a link, for which signing up helps.
    """
    texts = locale(edition)
    filled_in = {name: value for name, value in values.items() if isinstance(value, str)}
    sections = values.get("sections")
    chosen = tuple(sections) if isinstance(sections, list) else ()
    return _choices(
        "sign_up.html",
        edition,
        site,
        Preferences(edition.code, chosen, filled_in.get("frequency", "")),
        title=above.title if above else texts.sign_up.title,
        texts=[above.text if above else texts.sign_up.pitch_of_edition],
        call="",
        button=texts.sign_up.button,
        source=filled_in.get("source"),
        **_email_form(edition, form_token, values, invalid, captcha),
    )


def links_page(
    edition: Edition,
    form_token: str,
    values: Mapping[str, object],
    invalid: errors.Invalid | None = None,
    captcha: CaptchaSettings | None = None,
    above: Message | None = None,
) -> str:
    """The form by which a subscriber gets new links, filled in with these values, and with the errors in them.

    `above` stands before its text and in place of the title: what is wrong with a link.
    """
    texts = locale(edition)
    return filled(
        "links.html",
        edition,
        title=above.title if above else texts.links.title,
        texts=[above.text, texts.links.text] if above else [texts.links.text],
        call="/links",
        button=texts.links.button,
        **_email_form(edition, form_token, values, invalid, captcha),
    )


def accepted_page(edition: Edition, form: FormName) -> str:
    """The page after a form, the same for every email."""
    texts = locale(edition)
    if form == "links":
        return _message(edition, texts.links.accepted, texts.links.accepted_more)
    return _message(edition, texts.sign_up.accepted, texts.sign_up.accepted_more)


def accepted_text(edition: Edition, form: FormName) -> str:
    """The text of `accepted_page`, for scripts."""
    texts = locale(edition)
    return {"sign_up": texts.sign_up.accepted, "links": texts.links.accepted}[form].text


def action_page(edition: Edition, purpose: str, token: str) -> str:
    """The page that a mail's link opens: a button that does what the link is for (`confirm` or `unsubscribe`)."""
    texts = locale(edition)
    action = {"confirm": texts.subscription.confirm, "unsubscribe": texts.subscription.unsubscribe}[purpose]
    label = action.button
    return filled(
        "action.html", edition, title=action.title, texts=[action.text], purpose=purpose, token=token, label=label
    )


def outcome_page(edition: Edition, outcome: str, more: str = "") -> str:
    """The page after the button: `confirmed`, `unsubscribed` or `erased`. `more` is a paragraph after its text."""
    texts = locale(edition)
    messages = {
        "confirmed": texts.subscription.confirmed,
        "unsubscribed": texts.subscription.unsubscribed,
        "erased": texts.subscription.erased,
    }
    return _message(edition, messages[outcome], *filter(None, [more]))


def preferences_page(
    edition: Edition,
    site: Site,
    subscriber: Subscriber,
    profile: Profile,
    token: str,
    unsubscribe_token: str,
    *,
    saved: bool,
    moment: datetime | None = None,
) -> str:
    """A subscriber's own page: their choices, their data, and buttons to change them.

    Only confirmed subscribers have choices. `token` is that of the link, `unsubscribe_token` that of its button, and
    `moment` that of their next issue. Where the site sends no mail, nobody is asked to subscribe again.
    """
    texts = locale(edition)
    states = {
        "pending": texts.preferences.pending,
        "unsubscribed": texts.preferences.unsubscribed,
        "suppressed": texts.preferences.bounced if subscriber.may_return else texts.preferences.suppressed,
    }
    return _choices(
        "preferences.html",
        edition,
        site,
        profile.preferences,
        title=texts.preferences.title,
        texts=[],
        state=subscriber.state,
        state_text=states.get(subscriber.state),
        may_return=subscriber.may_return and site.sends_mail,
        email=profile.email,
        token=token,
        unsubscribe_token=unsubscribe_token,
        saved=saved,
        next_issue=coming(profile.preferences, edition, moment, site),
    )


def refusal_page(edition: Edition, refusal: errors.Refusal) -> str:
    """The page for a request that is refused, unless it is a link's: those pages have a form that helps."""
    texts = locale(edition)
    if isinstance(refusal, errors.Invalid):
        first, *others = _field_errors(edition, refusal)
        return _message(edition, Message(texts.refusals.invalid, first), *others, texts.refusals.go_back)
    return _message(edition, _explanation(edition, refusal) or texts.refusals.other)


def link_refused(edition: Edition, refusal: errors.LinkRefused, purpose: str) -> Message:
    """Why a link is refused, and what helps. `purpose` is what it is for: `confirm`, `unsubscribe` or `preferences`."""
    texts = locale(edition)
    if isinstance(refusal, errors.NotSubscribed):
        return texts.refusals.not_subscribed
    damaged = {
        CONFIRM: texts.refusals.confirm_link,
        UNSUBSCRIBE: texts.refusals.unsubscribe_link,
        PREFERENCES: texts.refusals.preferences_link,
    }
    return damaged[purpose]


def refusal_text(edition: Edition, refusal: errors.Refusal, purpose: str) -> str | None:
    """Why a request is refused, in a sentence or two; None for errors that only a faulty client makes.

    `purpose` is as in `link_refused`.
    """
    if isinstance(refusal, errors.Invalid):
        return " ".join(_field_errors(edition, refusal))
    if isinstance(refusal, errors.LinkRefused):
        return link_refused(edition, refusal, purpose).text
    explanation = _explanation(edition, refusal)
    return explanation.text if explanation else None


def link_refused_page(edition: Edition, refusal: errors.LinkRefused, purpose: str) -> str:
    """Why a link is refused, and that the site sends no mail. `purpose` is as in `link_refused`."""
    paused = locale(edition).refusals.switched_off
    return _message(edition, link_refused(edition, refusal, purpose), paused.text)


def _explanation(edition: Edition, refusal: errors.Refusal) -> Message | None:
    """The explanation of a refusal that is not about a field."""
    texts = locale(edition)
    explanations: dict[type[errors.Refusal], Message] = {
        errors.SwitchedOff: texts.refusals.switched_off,
        errors.TooManyRequests: texts.refusals.too_many,
        errors.CaptchaUnavailable: texts.refusals.captcha_unavailable,
    }
    return explanations.get(type(refusal))


def _email_form(
    edition: Edition,
    form_token: str,
    values: Mapping[str, object],
    invalid: errors.Invalid | None,
    captcha: CaptchaSettings | None,
) -> dict[str, Any]:
    """What every form that asks for an email shows."""
    email = values.get("email")
    return {
        "form_token": form_token,
        "email": email if isinstance(email, str) else "",
        "field_errors": _field_errors(edition, invalid) if invalid else (),
        "email_invalid": invalid and any(error.field == "email" for error in invalid.errors),
        "captcha": captcha,
    }


def _field_errors(edition: Edition, invalid: errors.Invalid) -> list[str]:
    """What is wrong with the fields of a form, each text once."""
    texts = locale(edition)
    if isinstance(invalid, errors.BlockedDomain):
        return [texts.refusals.blocked_domain]
    own = {
        "email": texts.refusals.email,
        "sections": texts.refusals.sections,
        "form_token": texts.refusals.form_token,
        "captcha_response": texts.refusals.captcha,
    }
    fields = (error.field for error in invalid.errors)
    return list(dict.fromkeys(own.get(field) or texts.refusals.field.format(field=field) for field in fields))


def _choices(template: str, edition: Edition, site: Site, preferences: Preferences, **values: Any) -> str:
    """A page on which a reader chooses an edition, sections and a frequency."""
    texts = locale(edition)
    frequency = preferences.frequency if preferences.frequency in FREQUENCIES else FREQUENCIES[0]
    return filled(
        template,
        edition,
        editions=list(site.editions.values()),
        autonym=autonym,
        sections=preferences.sections,
        frequencies={"daily": texts.choices.daily, "weekly": texts.choices.weekly},
        frequency=frequency,
        **values,
    )


def _message(edition: Edition, message: Message, *more: str) -> str:
    """A page with a message and a link to the front page."""
    return filled("message.html", edition, title=message.title, texts=[message.text, *more])
