"""Renders all kinds of pages and mails from a sample, in two situations, and reports where templates fail.

With articles, ads, a newsletter and a publisher; and a new site without any of them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from broadsheet import paper
from broadsheet.model import errors
from broadsheet.model.config import Edition, Publisher, Site
from broadsheet.model.newsletter.subscriber import Consent, Preferences, Profile, Subscriber
from broadsheet.render.newsletter import forms
from broadsheet.render.newsletter.issue_mail import issue_test_mail, render_issue
from broadsheet.render.newsletter.mail import LINKS, render_mail
from broadsheet.render.outputs import AD_OUTPUTS, build_targets, targets
from broadsheet.render.shared.issues import coming
from infra.paper_check.fault import Fault
from infra.paper_check.sample import NOW, Sample

_PUBLISHER = Publisher("A publisher", "1 Street\nTown")
_EMAIL = "reader@example.org"
_SENDER = "news@news.example"
_TOKEN = "token"  # noqa: S105  # of a sample
Rendering = tuple[str, Callable[[], object]]


def faults(site: Site) -> Iterator[Fault]:
    """A fault for each place in the paper's templates at which rendering fails, once."""
    found: dict[tuple[str, int], Fault] = {}
    for situation in situations(site):
        for fault in (fault for rendering in situation for fault in _of(rendering)):
            found.setdefault((fault.file, fault.line), fault)
    yield from found.values()


def situations(site: Site) -> Iterator[list[Rendering]]:
    """What is rendered in each situation, by what it is called."""
    with_everything = replace(site, sends_mail=True, publisher=site.publisher or _PUBLISHER, hub="https://hub.example/")
    new = replace(site, sends_mail=False, publisher=None)
    yield [*_pages(with_everything, empty=False), *_newsletter(with_everything)]
    yield [*_pages(new, empty=True), *_newsletter(new)]


def _pages(site: Site, *, empty: bool) -> Iterator[Rendering]:
    sample = Sample(site, empty=empty)
    changes = sample.changes()
    ads = [target for output in AD_OUTPUTS for target in output(changes)]
    wanted = [*targets(changes, statics_current=False), *build_targets(site), *ads]
    snapshot = sample.snapshot(wanted)
    for target in wanted:
        yield target.key, partial(target.render, site, snapshot)
    for issue in sample.issues():
        articles = sample.issue_articles(issue.key.edition)
        yield f"the mail of {issue.key.id}", partial(render_issue, issue, articles, (), site)
        test = partial(issue_test_mail, issue, articles, (), _EMAIL, _SENDER, site)
        yield f"the test mail of {issue.key.id}", test


def _newsletter(site: Site) -> Iterator[Rendering]:
    for edition in site.editions.values():
        yield from _forms(edition, site)
        for kind in LINKS:
            links = {name: f"https://news.example/{name}" for name in LINKS[kind]}
            mail = partial(render_mail, kind, edition, _EMAIL, _SENDER, links, NOW, site.publisher)
            yield f"the mail {kind}", mail
            if kind == "welcome":
                yield f"the mail {kind} with the next issue", partial(mail, more=_next_issue(edition, site))


def _next_issue(edition: Edition, site: Site) -> str:
    return coming(Preferences(edition.code), edition, NOW, site)


def _forms(edition: Edition, site: Site) -> Iterator[Rendering]:
    preferences = Preferences(edition.code)
    profile = Profile(_EMAIL, preferences, Consent(NOW, None, "1", edition.code), NOW)
    reader = Subscriber("reader", "confirmed", NOW, profile)
    gone = replace(reader, state="unsubscribed")
    wrong = errors.Invalid((errors.FieldError("email", errors.Rule("wrong_format", "must be an email")),))
    above = forms.link_refused(edition, errors.LinkRefused("This link is damaged."), "preferences")
    yield "the form", partial(forms.sign_up_page, edition, site, _TOKEN, {})
    yield (
        "the form with an error",
        partial(forms.sign_up_page, edition, site, _TOKEN, {"email": "a"}, wrong, None, above),
    )
    yield "the form for new links", partial(forms.links_page, edition, _TOKEN, {"email": "a"}, wrong)
    yield "the page after the form", partial(forms.accepted_page, edition, "sign_up")
    for purpose in ("confirm", "unsubscribe"):
        yield f"the page {purpose}", partial(forms.action_page, edition, purpose, _TOKEN)
    for subscriber in (reader, gone):
        page = partial(
            forms.preferences_page, edition, site, subscriber, profile, _TOKEN, _TOKEN, saved=True, moment=NOW
        )
        yield "the page of a subscriber", page


def _of(rendering: Rendering) -> Iterator[Fault]:
    what, render = rendering
    try:
        render()
    except Exception as error:  # noqa: BLE001  # a template can raise anything
        file, line = _place(error)
        yield Fault(file, line, f"cannot render {what}: {type(error).__name__}: {error}")


def _place(error: Exception) -> tuple[str, int]:
    """The innermost place in the paper's templates; else the folder as a whole."""
    frames = [(Path(frame.filename), frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    folder = paper.FOLDER or Path()
    own = [(path.relative_to(folder).as_posix(), line) for path, line in frames if path.is_relative_to(folder)]
    return own[-1] if own else ("templates", 0)
