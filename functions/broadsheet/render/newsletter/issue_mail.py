"""The mail of an issue: text and HTML with the same content, without tracking, for one choice of sections.

Readers with the same choice get the same content; only three headers and their own links differ. So it is rendered and
encoded once, with placeholders for the links, which hold a character that no text of an article can have. Both parts
are quoted-printable, in which no line depends on another one: lines with links are encoded for each reader.

**Headers.** Mail programs file an issue by `List-Id` (RFC 2919), and Gmail counts complaints by `Feedback-ID`. In the
copy that a reader gets, SES replaces `Message-ID` and `Date`, and adds a `Feedback-ID` of its own, which begins with
tags that `store/ses.py` gives it. Other mail servers, and the local deployment, keep all headers.

`templates/mail/issue.html` is written by `make mails` from `infra/issue_layout.html` and its style sheets.
"""

import re
from binascii import b2a_qp
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import quote
from hashlib import sha256
from html import escape
from itertools import groupby
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
# Spam filters take a URL that ends in a long code and the name of an image for one that tells who reads the mail
# (SpamAssassin's LONG_IMG_URI). The code is that of the image. A query, which is the same in each mail, says so.
NO_WEB_BUG = "?mail"
_FRAMED = ("text", "html")  # in the places of both parts while the rest of a mail is made
_PLAIN = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)  # an email that stands for itself in a header
PICTURE_WIDTH = 504  # pixels, of a sheet of 560; the file has twice as many for dense screens


@dataclass(frozen=True, slots=True)
class IssueContent:
    """An issue's mail for one choice of sections, without what is one reader's."""

    issue: Issue
    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class _ReaderLine:
    """A line of a part, with placeholders for a reader's links."""

    line: bytes
    is_html: bool


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


class IssueMail:
    """The mail of one content from the email `sender`, encoded as far as it is the same for each reader."""

    def __init__(self, content: IssueContent, sender: str, site: Site) -> None:
        key = content.issue.key
        self._issue, self._domain = key.id, _domain(sender)
        mail = _addressed(content, content.subject, sender, site)
        mail["List-Id"] = _list_id(key, site)
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Feedback-ID"] = f"{key.frequency}:{key.edition}:issue:{_hashed(self._domain, 12)}"
        _with_parts(mail, content, *_FRAMED, cte="quoted-printable")
        # RFC 2045 §6.7: quoted-printable text has no "=_".
        mail.set_boundary(f"=_{_hashed(key.id, 32)}")
        self._pieces = _pieces(mail.as_bytes(), content.text, content.html)

    def to(self, email: str, links: Mapping[Link, str], reader: str) -> bytes:
        """The mail to that email. `links` are the reader's own, as absolute URLs; `reader` is the subscriber's id.

        The Message-ID is the same for the same issue and reader, and does not tell the id. Raises ValueError for a line
        break in the email or in a link, so neither adds a header.
        """
        head = (
            _header("To", email if _PLAIN.fullmatch(email) else POLICY.header_store_parse("To", email)[1]),
            _header("Message-ID", f"<{_hashed(f'{self._issue} {reader}', 32)}@{self._domain}>"),
            _header("List-Unsubscribe", f"<{links['unsubscribe']}>"),
        )
        marked = {PLACEHOLDERS[name].encode(): link for name, link in links.items()}
        in_text = {placeholder: link.encode() for placeholder, link in marked.items()}
        in_html = {placeholder: escape(link).encode() for placeholder, link in marked.items()}
        body = (
            piece if isinstance(piece, bytes) else _quoted(_filled(piece.line, in_html if piece.is_html else in_text))
            for piece in self._pieces
        )
        return b"".join((*head, *body))


def issue_test_mail(
    issue: Issue, articles: Sequence[Article], chosen: Sequence[str], email: str, sender: str, site: Site
) -> EmailMessage | None:
    """A test of the issue's mail, to an editor: `render_issue` and `IssueMail` without a reader.

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
    mail = _addressed(content, line, sender, site)
    mail["To"] = email
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


def _addressed(content: IssueContent, line: str, sender: str, site: Site) -> EmailMessage:
    """A mail with that subject and the headers that all mails of the issue have, and no content yet.

    A line break in a header is an error of Python's email, so no subject and no name adds a header.
    """
    edition = site.editions[content.issue.key.edition]
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = line
    mail["From"] = Address(edition.name, addr_spec=sender)
    if edition.issues.reply_to:
        mail["Reply-To"] = edition.issues.reply_to
    mail["Date"] = content.issue.composed_at
    return mail


def _with_parts(
    mail: EmailMessage, content: IssueContent, text: str, html: str, cte: str | None = None
) -> EmailMessage:
    mail.set_content(text, cte=cte)
    mail.add_alternative(html, subtype="html", cte=cte)
    mail["Content-Language"] = content.issue.key.edition
    return mail


def _header(name: str, value: str) -> bytes:
    """A line of the header. Parsing each, as Python's email does, would take longer than all the rest of a mail."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"{name} has a linefeed")
    return POLICY.fold_binary(name, value)


def _pieces(frame: bytes, text: str, html: str) -> tuple[bytes | _ReaderLine, ...]:
    """The mail in the frame's headers, with the text and the HTML in the places of `_FRAMED`."""
    pieces: list[bytes | _ReaderLine] = []
    for framed, part, is_html in zip(_FRAMED, (text, html), (False, True), strict=True):
        before, mark, frame = frame.partition(f"\r\n\r\n{framed}\r\n".encode())
        pieces += [before + mark[:4], *_encoded(part, is_html)]
    return *pieces, frame


def _encoded(text: str, is_html: bool) -> Iterator[bytes | _ReaderLine]:
    """The lines of a text: those without a reader's link are encoded, and joined."""
    marks = [placeholder.encode() for placeholder in PLACEHOLDERS.values()]
    for is_own, lines in groupby(text.encode().splitlines(), lambda line: any(mark in line for mark in marks)):
        if is_own:
            yield from (_ReaderLine(line, is_html) for line in lines)
        else:
            yield b"".join(map(_quoted, lines))


def _quoted(line: bytes) -> bytes:
    return b2a_qp(line + b"\r\n")


def _filled(line: bytes, links: Mapping[bytes, bytes]) -> bytes:
    for placeholder, link in links.items():
        line = line.replace(placeholder, link)
    return line


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
    src = urls.absolute(site, f"{fitting[0]}{NO_WEB_BUG}" if fitting else image.src)
    if not src.startswith("https://") or src.lower().endswith(".svg"):
        return None
    width = min(PICTURE_WIDTH, image.width)
    return _Picture(src, image.alt, width, max(1, round(image.height * width / image.width)))
