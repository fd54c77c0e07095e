"""A mail of each kind, and an issue, in each language of the site, for tests and screenshots."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from broadsheet.model import config
from broadsheet.model.article import Article
from broadsheet.model.front import Front
from broadsheet.model.newsletter.issue import Issue, IssueKey, digest
from broadsheet.render.newsletter.issue_mail import (
    IssueContent,
    IssueMail,
    Link,
    issue_test_mail,
    render_issue,
)
from broadsheet.render.newsletter.issue_texts import preheader, subject
from broadsheet.render.newsletter.mail import Kind, render_mail
from broadsheet.settings import SITE_FILE
from tests.unit.render.newsroom import Newsroom
from tests.world import NOON

SITE = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))
SHOWN_LINKS: dict[Kind, set[str]] = {
    "confirmation": {"confirm", "unsubscribe"},
    "welcome": {"preferences", "unsubscribe"},
    "farewell": {"again", "preferences"},
    "links": {"preferences", "unsubscribe"},
    "reminder": {"preferences", "unsubscribe"},
    "imported": {"preferences", "unsubscribe"},
}
LINKS = {
    name: f"https://courier.example/api/subscriptions/{name}?edition=en&token=" + name[0] * 150
    for name in ("confirm", "unsubscribe", "preferences", "again")
}
SENDER = "newsletter@courier.example"
EVERY = list(product(SHOWN_LINKS, SITE.editions))


def sent(kind: Kind = "confirmation", edition: str = "en", email: str = "reader@example.org") -> bytes:
    links = {name: LINKS[name] for name in SHOWN_LINKS[kind]}
    return render_mail(kind, SITE.editions[edition], email, SENDER, links, NOON).as_bytes()


PHOTOGRAPH = {"src": f"/images/{'a' * 64}/1600.jpg", "alt": "Gulls & the ferry", "width": 1600, "height": 900}
SHOWN: dict[str, tuple[dict[str, Any], ...]] = {
    "en": (
        {
            "headline": "Ferry returns to the old harbour",
            "summary": "After nine years it calls again.",
            "image": PHOTOGRAPH,
        },
        {"headline": "Council votes for a second tram", "authors": ["Lina Haddad", "Sami Zain"]},
        {"headline": "Rihan 2–2 Mariners: “a draw” & a storm", "section": "sport", "summary": "Both claimed it."},
        {"headline": "مقابلة مع قبطان العبّارة", "summary": "قال إنه عائد.", "language": "ar", "section": "culture"},
        {"headline": "In praise of queues", "section": "opinion", "authors": ["Leila Haddar"]},
        {"headline": "The inspector", "kind": "caricature", "image": PHOTOGRAPH},
    ),
    "ar": (
        {"headline": "العبّارة تعود إلى الميناء القديم", "summary": "بعد تسع سنوات تعود العبّارة.", "image": PHOTOGRAPH},
        {"headline": "المجلس يصوّت لخط ترام ثانٍ", "authors": ["لينا حداد", "سامي زين"]},
        {"headline": "شركة Harbour & Sons تعلن نتائج 2025", "section": "business", "summary": "أرباح بلغت 12.5%."},
        {"headline": "The captain speaks", "language": "en", "section": "culture", "summary": "He is coming back."},
        {"headline": "المفتش", "kind": "caricature", "image": PHOTOGRAPH},
    ),
}


def issue(
    edition: str = "en",
    chosen: Sequence[str] = (),
    more: int = 0,
    site: config.Site = SITE,
    **changed: Any,
) -> IssueContent:
    """The content of an issue, with some more articles of the usual length."""
    content = render_issue(*composed(edition, more, site, **changed), chosen, site)
    assert content
    return content


def composed(
    edition: str = "en", more: int = 0, site: config.Site = SITE, **changed: Any
) -> tuple[Issue, tuple[Article, ...]]:
    """An issue and its articles."""
    newsroom = Newsroom(site)
    long = {
        "summary": "What the harbour office said about it, and what nobody had asked. " * 3,
        "authors": ["Lina Haddad"],
    }
    sent = [
        *SHOWN[edition],
        *({"headline": f"Number {number} of the news of the day"} | long for number in range(more)),
    ]
    for number, fields in enumerate(sent):
        at = (NOON - timedelta(minutes=number + 1)).isoformat()
        newsroom.put(f"a{number}", NOON, edition=edition, published_at=at, **fields)
    newest = sorted(newsroom.articles.values(), key=lambda article: article.place, reverse=True)
    found = digest(newest, Front(edition), site.editions[edition].sections)
    key = changed.get("key", IssueKey(edition, "daily", "2026-03-14"))
    line = subject(found, changed.get("subject", ""))
    made = Issue(
        key,
        NOON - timedelta(days=1),
        NOON,
        NOON,
        tuple(article.id for article in found.articles),
        line,
        titled="subject" in changed,
        preheader=preheader(found, line, site.editions[edition]),
        note=changed.get("note", ""),
    )
    return made, found.articles


def mailed_test(edition: str = "en", **changed: Any) -> bytes:
    """A test mail of the issue."""
    mail = issue_test_mail(*composed(edition, **changed), (), "editor@example.org", SENDER, SITE)
    assert mail
    return mail.as_bytes()


def sent_issue(content: IssueContent, site: config.Site = SITE, reader: str = "d2f1") -> bytes:
    """The issue as it is sent to a reader."""
    links: dict[Link, str] = {"unsubscribe": LINKS["unsubscribe"], "preferences": LINKS["preferences"]}
    return IssueMail(content, SENDER, site).to("reader@example.org", links, reader)


def named_issue(name: str, **changed: Any) -> bytes:
    """An issue of an edition with that name."""
    site = replace(SITE, editions={**SITE.editions, "en": replace(SITE.editions["en"], name=name)})
    return sent_issue(issue(site=site, **changed), site)
