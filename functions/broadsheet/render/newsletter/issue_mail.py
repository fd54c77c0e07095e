"""The mail of an issue: text and HTML with the same content, without tracking, for one choice of sections.

Readers with the same choice get the same content; only their own links differ. So it is rendered once, with
placeholders for these, which hold a character that no text of an article can have.

**Headers.** Mail programs file an issue by `List-Id` (RFC 2919), and Gmail counts complaints by `Feedback-ID`. In the
copy that a reader gets, SES replaces `Message-ID` and `Date`, and adds a `Feedback-ID` of its own, which begins with
tags that `store/ses.py` gives it. Other mail servers, and the local deployment, keep all headers.

`templates/mail/issue.html` is written by `make mails` from `infra/issue_layout.html` and its style sheets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import quote
from hashlib import sha256
from html import escape
from typing import Any, Literal

from ...model.article import Article
from ...model.config import Edition, Site
from ...model.image import sources
from ...model.newsletter.issue import Digest, Issue, IssueKey, arranged_digest, issue_path
from ..shared import issues, urls
from ..shared.locale import direction, locale
from .issue_texts import preheader, subject
from .mail import POLICY
from .templating import filled

Link = Literal["unsubscribe", "preferences"]

PLACEHOLDERS: Mapping[Link, str] = {"unsubscribe": "\0unsubscribe\0", "preferences": "\0preferences\0"}
# Gmail cuts what is longer than 102 KB, and with it the link to unsubscribe. The reader's own links take the rest.
MAX_HTML = 96_000  # bytes
PICTURE_WIDTH = 504  # pixels, of a sheet of 560; the file has twice as many for dense screens


@dataclass(frozen=True, slots=True)
class IssueContent:
    """An issue's mail for one choice of sections, without what is one reader's."""

    issue: Issue
    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class _Picture:
    src: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Item:
    """An article as the templates show it."""

    headline: str
    summary: str
    url: str
    authors: str
    time: str
    lang: str
    direction: str
    picture: _Picture | None


def render_issue(issue: Issue, articles: Sequence[Article], chosen: Sequence[str], site: Site) -> IssueContent | None:
    """The issue with the articles of the chosen sections; of all, where none is chosen. None where it has none.

    `articles` are those of the issue in its order. The HTML is shorter than `MAX_HTML`: articles for which there is no
    room are on the issue's page, to which the last link leads. A pure function: equal input gives equal content.
    """
    return _rendered(issue, articles, chosen, site, PLACEHOLDERS)


def issue_mail(
    content: IssueContent, email: str, sender: str, links: Mapping[Link, str], site: Site, reader: str
) -> EmailMessage:
    """The mail to that email, from the email `sender`. `links` are the reader's own, as absolute URLs.

    `reader` is the subscriber's id. The Message-ID is the same for the same issue and reader, and does not tell the id.
    A line break in a header is an error of Python's email, so no subject and no name adds a header.
    """
    key, html, text = content.issue.key, content.html, content.text
    for name, placeholder in PLACEHOLDERS.items():
        html, text = html.replace(placeholder, escape(links[name])), text.replace(placeholder, links[name])
    mail = _addressed(content, content.subject, email, sender, site)
    mail["Message-ID"] = f"<{_hashed(f'{key.id} {reader}', 32)}@{_domain(sender)}>"
    mail["List-Id"] = _list_id(key, site)
    mail["List-Unsubscribe"] = f"<{links['unsubscribe']}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Feedback-ID"] = f"{key.frequency}:{key.edition}:issue:{_hashed(_domain(sender), 12)}"
    return _with_parts(mail, content, text, html)


def issue_test_mail(
    issue: Issue, articles: Sequence[Article], chosen: Sequence[str], email: str, sender: str, site: Site
) -> EmailMessage | None:
    """A test of the issue's mail, to an editor: `render_issue` and `issue_mail` without a reader.

    Subject and first line say that it is a test. It belongs to no list, so nobody unsubscribes by it, and has no link
    of a reader: those at its foot lead to the sign-up form.
    """
    edition = site.editions[issue.key.edition]
    texts = locale(edition)
    form = site.url(f"/api/subscriptions/form?edition={edition.code}")
    content = _rendered(
        issue, articles, chosen, site, {"unsubscribe": form, "preferences": form}, texts.issues.mail.test
    )
    if content is None:
        return None
    line = texts.issues.mail.test_subject.format(subject=content.subject)
    mail = _addressed(content, line, email, sender, site)
    return _with_parts(mail, content, content.text, content.html)


def _rendered(
    issue: Issue,
    articles: Sequence[Article],
    chosen: Sequence[str],
    site: Site,
    links: Mapping[Link, str],
    notice: str = "",
) -> IssueContent | None:
    edition = site.editions[issue.key.edition]
    found = [article for article in articles if not chosen or article.section in chosen]
    digest = arranged_digest(found, edition.sections)
    if not digest.articles:
        return None
    whole = tuple(article.id for article in digest.articles) == issue.articles
    line = issue.subject if whole else subject(digest, issue.subject if issue.titled else "")
    values = {
        "subject": line,
        "preheader": issue.preheader if whole else preheader(digest, line, edition),
        "label": issues.label(issue, site),
        "title": issue.subject if issue.titled else "",
        "note": issue.note.split("\n\n") if issue.note else [],
        "page": urls.absolute(site, issue_path(issue.key, site)),
        "links": links,
        "notice": notice,
        "start": "right" if edition.direction == "rtl" else "left",
        "imprint": locale(edition).imprint(site.publisher),
    }
    html = _fitted(digest, edition, site, values)
    text = filled("issue.txt", edition, **values, **_parts(digest, edition, site, len(digest.articles)))
    return IssueContent(issue, line, html, text)


def _addressed(content: IssueContent, line: str, email: str, sender: str, site: Site) -> EmailMessage:
    """A mail with that subject and the headers that all mails of the issue have, and no content yet."""
    edition = site.editions[content.issue.key.edition]
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = line
    mail["From"] = Address(edition.name, addr_spec=sender)
    mail["To"] = email
    if edition.issues.reply_to:
        mail["Reply-To"] = edition.issues.reply_to
    mail["Date"] = content.issue.composed_at
    return mail


def _with_parts(mail: EmailMessage, content: IssueContent, text: str, html: str) -> EmailMessage:
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    mail["Content-Language"] = content.issue.key.edition
    return mail


def _list_id(key: IssueKey, site: Site) -> str:
    """The name of the list and its id (RFC 2919). The id never changes, as the site's tag authority never does."""
    edition = site.editions[key.edition]
    texts = locale(edition)
    name = {"daily": texts.issues.mail.daily_list, "weekly": texts.issues.mail.weekly_list}[key.frequency]
    domain = site.tag_authority.partition(",")[0]
    return f'"{quote(name)}" <{key.frequency}.{key.edition}.newsletter.{domain}>'


def _hashed(text: str, length: int) -> str:
    return sha256(text.encode()).hexdigest()[:length]


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2]


def _fitted(digest: Digest, edition: Edition, site: Site, values: Mapping[str, Any]) -> str:
    """The HTML with as many articles as there is room for."""
    count = len(digest.articles)
    while True:
        html = filled("issue.html", edition, **values, **_parts(digest, edition, site, count))
        size = len(html.encode())
        if size <= MAX_HTML or not count:
            return html
        count = min(count - 1, count * MAX_HTML // size)


def _parts(digest: Digest, edition: Edition, site: Site, count: int) -> dict[str, Any]:
    """The first `count` articles of a digest, in the parts of the templates."""
    kept = {article.id for article in digest.articles[:count]}

    def items(articles: Sequence[Article], *, pictures: bool = False) -> list[_Item]:
        return [_item(article, edition, site, pictures) for article in articles if article.id in kept]

    sections = [(edition.sections.get(key, key), items(articles)) for key, articles in digest.sections]
    return {
        "lead": items((digest.lead,) if digest.lead else (), pictures=True),
        "sections": [(name, found) for name, found in sections if found],
        "caricatures": items(digest.caricatures, pictures=True),
        "cut": count < len(digest.articles),
    }


def _item(article: Article, edition: Edition, site: Site, pictures: bool) -> _Item:
    dates = locale(edition).dates
    return _Item(
        headline=article.headline,
        summary=article.summary,
        url=urls.absolute(site, article.path or "/"),
        authors=f"{dates.comma} ".join(article.authors),
        time=dates.moment(site.local(article.published_at)),
        lang=article.lang,
        direction=direction(article.language) if article.language else edition.direction,
        picture=_picture(article, site) if pictures else None,
    )


def _picture(article: Article, site: Site) -> _Picture | None:
    """The article's image in a width for mails. Mail programs show no SVG, and load nothing without encryption."""
    if article.image is None or not article.image.width:
        return None
    image = article.image
    fitting = [path for path, width in sources(image.src, "jpeg") if width >= min(image.width, 2 * PICTURE_WIDTH - 48)]
    src = urls.absolute(site, fitting[0] if fitting else image.src)
    if not src.startswith("https://") or src.lower().endswith(".svg"):
        return None
    width = min(PICTURE_WIDTH, image.width)
    return _Picture(src, image.alt, width, max(1, round(image.height * width / image.width)))
