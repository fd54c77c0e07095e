"""The kinds of pages of the site. A new kind is one line in `KINDS`: all proofs and screenshots include it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import urllib3

from broadsheet.model.config import parse_site
from broadsheet.model.newsletter.issue import Issue, IssueKey
from broadsheet.model.slug import name_key
from broadsheet.settings import SITE_FILE
from broadsheet.store.articles import Articles
from broadsheet.store.issues import Issues
from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import LocalDeployment

API = "/api/subscriptions"
SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
EDITIONS = tuple(SITE.editions)
ISSUE_DAY = "2026-11-29"


@dataclass(frozen=True)
class Edition:
    """Articles and links of an edition, one for each kind of page. Links of mails are paths with their tokens."""

    code: str
    section: str
    tag: str
    author: str
    article: str
    caricature: str
    gone: str
    confirm: str
    unsubscribe: str
    preferences: str
    unsubscribed: str
    erased: str

    @property
    def front(self) -> str:
        return f"/{self.code}/"

    @property
    def date(self) -> list[str]:
        """The year, the month and the day of the article."""
        return self.article.split("/")[2:5]

    def folder(self, listing: str) -> str:
        return f"{self.front}{listing}/"

    def month(self, listing: str) -> str:
        """The article's month in that listing."""
        return self.folder(listing) + "/".join([*self.date[:2], ""])


KINDS: Mapping[str, Callable[[Edition], str]] = {
    "doors": lambda _: "/",
    "front": lambda edition: edition.front,
    "article": lambda edition: edition.article,
    "caricature": lambda edition: edition.caricature,
    "section": lambda edition: edition.folder(f"section/{edition.section}"),
    "tag": lambda edition: edition.folder(f"tag/{name_key(edition.tag)}"),
    "author": lambda edition: edition.folder(f"author/{name_key(edition.author)}"),
    "caricatures": lambda edition: edition.folder("caricatures"),
    "day": lambda edition: edition.front + "/".join([*edition.date, ""]),
    "month": lambda edition: edition.front + "/".join([*edition.date[:2], ""]),
    "year": lambda edition: edition.front + "/".join([*edition.date[:1], ""]),
    "archive": lambda edition: f"{edition.front}archive/",
    "section-month": lambda edition: edition.month(f"section/{edition.section}"),
    "caricatures-month": lambda edition: edition.month("caricatures"),
    "feeds": lambda edition: f"{edition.front}feeds/",
    "static-page": lambda edition: f"{edition.front}privacy/",
    "issues": lambda edition: f"{edition.front}newsletter/",
    "issue": lambda edition: f"{edition.front}newsletter/{ISSUE_DAY}/",
    "api": lambda _: "/api/",
    "not-found": lambda edition: f"{edition.front}nothing-here/",
    "gone": lambda edition: edition.gone,
    "confirm": lambda edition: edition.confirm,
    "unsubscribe": lambda edition: edition.unsubscribe,
    "form": lambda edition: f"/api/subscriptions/form?edition={edition.code}",
    "preferences": lambda edition: edition.preferences,
    "unsubscribed": lambda edition: edition.unsubscribed,
    "erased": lambda edition: edition.erased,
    "refused-confirm": lambda edition: f"/api/subscriptions/confirm?edition={edition.code}&token=nonsense",
    "refused-unsubscribe": lambda edition: f"/api/subscriptions/unsubscribe?edition={edition.code}&token=nonsense",
    "refused-preferences": lambda edition: f"/api/subscriptions/preferences?edition={edition.code}&token=nonsense",
}


def paths(stack: LocalDeployment) -> dict[tuple[str, str], str]:
    """The path of a page of each kind, by edition and kind; to be called once for a deployment of the sample edition.

    What the sample lacks is made: one article is withdrawn, and readers of each edition sign up.
    """
    with connect(stack.url) as editor:
        editions = [_edition(stack, editor, code) for code in EDITIONS]
    _compose(stack, editions)
    stack.settle()
    return {(each.code, kind): quote(path(each), safe="/?&=%") for each in editions for kind, path in KINDS.items()}


def _compose(stack: LocalDeployment, editions: Sequence[Edition]) -> None:
    """An issue of each edition, with its article and its caricature."""
    issues = Issues(stack.deployment.clients.dynamodb, stack.deployment.name("Articles"))
    articles = Articles(stack.deployment.clients.dynamodb, stack.deployment.name("Articles"))
    for edition in editions:
        shown = [articles.by_path(path) for path in (edition.article, edition.caricature)]
        ids = tuple(article.id for article in shown if article)
        key, now = IssueKey(edition.code, "daily", ISSUE_DAY), datetime(2026, 11, 29, 5, 3, tzinfo=UTC)
        issue = Issue(key, now - timedelta(days=1), now, now, ids, "News", note="Good morning.")
        issues.commit(issues.next(edition.code, "daily"), issue)


def objects(stack: LocalDeployment, part: str, ending: str) -> list[str]:
    """The paths of the objects of the site whose keys contain `part` and end with `ending`."""
    found = stack.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=stack.site_bucket)
    keys = [entry["Key"] for each in found for entry in each["Contents"]]
    return [f"/{key}" for key in keys if part in key and key.endswith(ending)]


def _edition(stack: LocalDeployment, editor: Client, code: str) -> Edition:
    live = [one for one in editor.list(edition=code) if one["live"] and one["kind"] != "page"]
    article = next(one for one in live if one["kind"] == "article" and one["tags"] and one["authors"] and one["image"])
    withdrawn = live[-1]
    editor.withdraw(str(withdrawn["id"]))
    readers = _Readers(stack, code)
    return Edition(
        code=code,
        section=str(article["section"]),
        tag=_first(article["tags"]),
        author=_first(article["authors"]),
        article=str(article["path"]),
        caricature=str(next(one["path"] for one in live if one["kind"] == "caricature")),
        gone=str(withdrawn["path"]),
        confirm=readers.link("new", "confirm"),
        unsubscribe=readers.link("new", "unsubscribe"),
        preferences=readers.own("confirmed"),
        unsubscribed=readers.unsubscribed("unsubscribed"),
        erased=readers.erased("erased"),
    )


class _Readers:
    """Readers who sign up for the edition together, each in another state."""

    NAMES = ("new", "confirmed", "unsubscribed", "erased")

    def __init__(self, stack: LocalDeployment, code: str) -> None:
        self.stack, self.code = stack, code
        form = urllib3.request("GET", f"{stack.url}{API}/form", headers={"Accept": "application/json"}).json()
        time.sleep(form["wait_seconds"] + 1)  # people take longer to fill it in
        for name in self.NAMES:
            self.post("", {"email": self.address(name), "edition": code, "form_token": form["form_token"]})
        stack.settle()

    def link(self, name: str, purpose: str) -> str:
        """The path of such a link in the reader's latest mail with one."""
        mails = [mail for mail in self.stack.outbox() if self.address(name) in mail.header("To")]
        parts = [urlsplit(link) for mail in mails for link in mail.links]
        return [f"{one.path}?{one.query}" for one in parts if one.path == f"{API}/{purpose}"][-1]

    def own(self, name: str) -> str:
        """The preferences link of a reader who has confirmed."""
        self.follow(self.link(name, "confirm"), "confirm")
        self.stack.settle()
        return self.link(name, "preferences")

    def unsubscribed(self, name: str) -> str:
        """The own link of a reader who has left."""
        own = self.own(name)
        self.follow(self.link(name, "unsubscribe"), "unsubscribe")
        return own

    def erased(self, name: str) -> str:
        """The preferences link of a reader who was erased."""
        own = self.own(name)
        self.follow(own, "erase")
        return own

    def address(self, name: str) -> str:
        return f"{name}-{self.code}@courier.example"

    def follow(self, link: str, call: str) -> None:
        """Press the button that makes the call with the link's token."""
        self.post(f"/{call}", {"token": link.rpartition("token=")[2]})

    def post(self, call: str, sent: dict[str, str]) -> None:
        answer = urllib3.request("POST", f"{self.stack.url}{API}{call}", json=sent)
        assert answer.status in (200, 202), answer.data


def _first(names: object) -> str:
    assert isinstance(names, list)
    return str(names[0])
