"""The articles API: editors and API clients put, read, find, withdraw and restore articles.

Only signed requests get here, and requests below `/bearer` whose key the authorizer accepted.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.article_json import article_json, edit_json, revision_json, site_json
from broadsheet.caller import Caller, caller_of
from broadsheet.entity_tags import etag
from broadsheet.model.api_key import PREFIX
from broadsheet.model.article import Article
from broadsheet.model.config import Site
from broadsheet.model.editions import EVERY
from broadsheet.model.errors import FieldError, Invalid, ParameterError, Rule
from broadsheet.model.manuscript import Manuscript, check_id, is_id
from broadsheet.model.precondition import Precondition
from broadsheet.model.revision import LARGEST_REVISION, NOT_A_NUMBER
from broadsheet.schemas import merge_patch
from broadsheet.schemas.article import named_paths, parse_article
from broadsheet.schemas.criteria import CRITERIA, check_alone, parse_criteria, parse_path, parse_until
from broadsheet.services import changes, editing, listings, revisions
from broadsheet.services.warnings import BODY, ManuscriptWarning, warnings_of
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.bodies import Bodies
from broadsheet.store.parameters import DeployedSite
from broadsheet.store.revisions import Revisions

LARGEST_REQUEST = 5_000_000  # bytes: a body of 1 MB in JSON escapes is several times as long
PAGE, LARGEST_PAGE = 50, 200
STRICT = re.compile(r'(?:^|[,;])\s*handling\s*=\s*"?strict"?\s*(?:$|[,;])', re.IGNORECASE)

# A few metrics, since each costs by the hour in which it is sent. The log has the outcome of every change.
METRICS: dict[editing.Outcome, str] = {
    "created": "ArticlesPut",
    "replaced": "ArticlesPut",
    "revived": "ArticlesPut",
    "restored": "ArticlesPut",
    "unchanged": "ArticlesUnchanged",
    "withdrawn": "ArticlesWithdrawn",
    "rescheduled": "ArticlesWithdrawn",
}

settings = Settings(os.environ)
app = http.resolver(PREFIX)


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    articles: Articles
    revisions: Revisions
    bodies: Bodies
    deployed: DeployedSite

    @property
    def site(self) -> Site:
        """The site with this deployment's URL."""
        return self.deployed.site


@dataclass(frozen=True, slots=True)
class Checked:
    """A manuscript that is accepted, with what the editor should know of it."""

    manuscript: Manuscript
    warnings: tuple[ManuscriptWarning, ...]


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    dynamodb = boto3.client("dynamodb", config=CONFIG)
    return Deps(
        Articles(dynamodb, settings.articles_table),
        Revisions(dynamodb, settings.articles_table),
        Bodies(boto3.client("s3", config=CONFIG), settings.bodies_bucket),
        DeployedSite(boto3.client("ssm", config=CONFIG), settings.site_url_parameter, settings.site()),
    )


@app.put("/api/articles/<id>")
def put(id: str) -> Response[str]:
    """Create or replace an article.

    Idempotent: the same content again succeeds and writes nothing. Without a precondition the last write wins. A
    request with `If-Match` that was done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1). A new
    headline does not change the path. A new slug or day does, and every earlier path answers 301. Corrections that are
    left out stay. A withdrawn article is published again, with its date and path, unless `revive` is false.

    `warnings` in the answer names what pages and feeds do not keep of the body, and dead references: ids of missing or
    withdrawn articles. With `Prefer: handling=strict` (RFC 7240 §4.4) a body that is not kept whole is refused instead.
    With `dry_run`, the call makes all checks and gives the same answer, but writes nothing.

    Raises `EditionRefused`, `Gone`, `Stale` and `Busy`.
    """
    query = http.Query(app.current_event, "dry_run", "revive")
    id, required = _id(query, id), query.precondition()
    dry_run, revive = query.flag("dry_run", False), query.flag("revive", True)
    sent = http.json_body(app.current_event, LARGEST_REQUEST)
    checked = _checked(query.read(lambda: parse_article(sent, deps().site, id, datetime.now(UTC))))
    paths = tuple(named_paths(sent))

    def unless_contradicted(current: Article | None) -> Checked:
        editing.check_paths(deps().articles, id, current, paths)
        return checked

    return _put(id, unless_contradicted, required, dry_run, revive, "put")


@app.patch("/api/articles/<id>")
def patch(id: str) -> Response[str]:
    """Change some fields of an article.

    The request is a JSON Merge Patch (RFC 7396): fields that it leaves out stay, null removes one, and a list replaces
    the whole list. It changes what `GET` answers, and the result is put: with the same rules, preconditions and answers
    as by `PUT`. What another client changes meanwhile stays, too. As by `PUT`, `updated_at` and the corrections follow
    from the change unless the request has them.

    Raises `Invalid`, `EditionRefused`, `NotFound`, `Gone` for a withdrawn article, `Stale` and `Busy`.
    """
    query = http.Query(app.current_event, "dry_run")
    dry_run, required = query.flag("dry_run", False), query.precondition()
    id = _id(query, id)
    sent = http.json_body(app.current_event, LARGEST_REQUEST, merge_patch.MEDIA_TYPE)

    def patched(current: Article | None) -> Checked:
        article = editing.present(current, id)
        # Where a request leaves these out, they follow from the change.
        kept = _stored_without(article, "updated_at", "corrections")
        whole = merge_patch.patched(kept, sent)
        manuscript = query.read(lambda: parse_article(whole, deps().site, id, datetime.now(UTC)))
        editing.check_paths(deps().articles, id, article, named_paths(whole))
        return _checked(manuscript)

    if not is_id(id):
        query.check()  # no article has it, so nothing can be said of its fields
    return _put(id, patched, required, dry_run, False, "patch")


@app.get("/api/articles/<id>")
def get(id: str) -> Response[str]:
    """Read an article with its body, whether published, scheduled or a draft.

    The fields of the answer can be put again. Its `ETag` is the precondition of a change (`If-Match`), and saves the
    next read the answer if nothing has changed (`If-None-Match`).

    Raises `Invalid` for an invalid id, `EditionRefused`, `NotFound`, and `Gone` for a withdrawn article.
    """
    article = editing.read(deps().articles, check_id(unquote(id)), _caller().editions)
    return http.conditional(app.current_event, _etag(article), lambda: _stored(article))


@app.delete("/api/articles/<id>")
def delete(id: str) -> Response[str]:
    """Withdraw an article: it leaves every listing and feed, and its path answers 410.

    Idempotent: an article that is withdrawn stays so. A later `PUT` publishes it again, with the next revision. With
    `until`, the article is scheduled for that time instead, and its path answers 404 until then. A draft is refused.

    Raises `Invalid`, `EditionRefused`, `NotFound`, `Stale` and `Busy`.
    """
    articles, site, editor = deps().articles, deps().site, _editor()
    query = http.Query(app.current_event, "until")
    id, required = _id(query, id), query.precondition()
    until = query.read(lambda: parse_until(query.values, editor.now))
    if until is None:
        edit = editing.withdraw(articles, site, editor, id, required)
    else:
        edit = editing.postpone(articles, deps().bodies, site, editor, id, required, until)
    record(edit)
    return http.answer(HTTPStatus.OK, edit_json(edit, deps().site), {"ETag": _etag(edit.article)})


@app.get("/api/articles/<id>/revisions")
def history(id: str) -> Response[str]:
    """List the revisions of an article that are kept, page by page, newest first, also of a withdrawn article.

    Each has who made it, when, by which call, and which fields changed; these are null where only its text is still
    kept. `next` is the cursor of the next page. A page may have fewer revisions than `limit`, or none, and still a
    `next`. A client with a key gets no revisions of other editions than the key's.

    Raises `Invalid`, `EditionRefused` and `NotFound`.
    """
    query = http.Query(app.current_event, "before", "limit")
    id = _id(query, id)
    limit = query.number("limit", PAGE, 1, LARGEST_PAGE)
    given = "before" in query.values
    before = query.number("before", LARGEST_REVISION, 1, LARGEST_REVISION) if given else None
    query.check()
    editions, now = _caller().editions, datetime.now(UTC)
    page = revisions.history(deps().articles, deps().revisions, editions, id, before, limit, now)
    next = None if page.next is None else str(page.next)
    return http.answer(HTTPStatus.OK, {"revisions": [revision_json(each) for each in page.versions], "next": next})


@app.get("/api/articles/<id>/revisions/<revision>")
def read_revision(id: str, revision: str) -> Response[str]:
    """Read an article as one revision had it, with its body, also of a withdrawn article.

    That is what `GET` of the article answered before the next revision.

    Raises `Invalid`, `EditionRefused`, `NotFound`, and `RevisionGone` for a revision that is not kept any more.
    """
    parameters, editions = http.Parameters(app.current_event), _caller().editions
    id, number = _id(parameters, id), _number(parameters, revision)
    parameters.check()
    article = revisions.read(deps().articles, deps().revisions, editions, id, number, datetime.now(UTC))
    return http.conditional(app.current_event, _etag(article), lambda: _stored(article))


@app.post("/api/articles/<id>/revisions/<revision>/restore")
def restore(id: str, revision: str) -> Response[str]:
    """Put an article again as one revision had it.

    The answer of `GET` for that revision is put, without its `updated_at`: with the same rules, preconditions and
    answers as by `PUT`, so the date, the status and the corrections are those of the revision, too. It makes a new
    revision. Idempotent: restoring it again succeeds and writes nothing. A withdrawn article is published again, unless
    `revive` is false. A revision in which the article was withdrawn is refused.

    Raises `Invalid`, `EditionRefused`, `NotFound`, `RevisionGone` for a revision that is not kept any more, `Gone`,
    `Stale` and `Busy`.
    """
    query, now = http.Query(app.current_event, "dry_run", "revive"), datetime.now(UTC)
    id, number, required = _id(query, id), _number(query, revision), query.precondition()
    dry_run, revive = query.flag("dry_run", False), query.flag("revive", True)
    query.check()

    def restored(current: Article | None) -> Checked:
        article = revisions.to_restore(current, deps().revisions, id, number, now)
        _caller().editions.check(article.edition)
        return _checked(parse_article(_stored_without(article, "updated_at"), deps().site, id))

    return _put(id, restored, required, dry_run, revive, "restore")


@app.get("/api/articles")
def browse() -> Response[str]:
    """List an edition's articles page by page, in any state, newest first; scheduled ones alone, the soonest first.

    The articles come without their bodies. `next` is the cursor of the next page. No article is skipped or repeated
    because others were put meanwhile. Where filters leave out most articles, a page may have fewer than `limit`, or
    none, and still a `next`. With `path` alone, the list has the article that has or had this path, if any.

    With `changed_after` and at most `limit` besides, the list has the articles that changed since then, withdrawn ones
    included, in the order of their changes. `next` is never null: the client goes on with `changed_after=<next>`, at
    once where `more` is true, else whenever it likes. No change is missed, however many writers there are. Changes of
    the last two minutes come again in the next answer, because others may still be committed before them.

    A client whose key is for some editions lists these alone; without `edition`, the key's first. By `path` it gets no
    article of another edition, and changes, which are those of all editions, are refused.

    Raises `Invalid` and `EditionRefused`.
    """
    articles, site = deps().articles, deps().site
    query = http.Query(app.current_event, *CRITERIA, "before", "changed_after", "limit", "path")
    editions = _caller().editions
    if "changed_after" in query.values:
        # Cursors name the last change of any edition, so leaving out articles would not be enough.
        editions.check(EVERY)
        return _changed(query)
    if "path" in query.values:
        path = query.read(lambda: parse_path(query.values))
        page = listings.at_path(articles, site, editions, path)
    else:
        limit, before = query.number("limit", PAGE, 1, LARGEST_PAGE), query.values.get("before")
        query.collect(lambda: listings.check_cursor(before), None)
        criteria = query.read(lambda: parse_criteria(editions.first | query.values, site))
        editions.check(criteria.edition)
        page = listings.browse(articles, site, criteria, before, limit)
    return _page(page.articles, page.next, page.next is not None)


def _changed(query: http.Query) -> Response[str]:
    limit, after = query.number("limit", PAGE, 1, LARGEST_PAGE), query.values["changed_after"]
    query.collect(lambda: changes.check_cursor(after), None)
    query.read(lambda: check_alone(query.values, "changed_after", "limit"))
    page = changes.changed(deps().articles, after, datetime.now(UTC), limit)
    return _page(page.articles, page.next, page.more)


def _page(found: Sequence[Article], next: str | None, more: bool) -> Response[str]:
    articles = [article_json(article, deps().site) for article in found]
    return http.answer(HTTPStatus.OK, {"articles": articles, "next": next, "more": more})


@app.get("/api/site")
def read_site() -> Response[str]:
    """Read the site's name, URL and time zone, its editions with their sections, and the version of the API.

    All but the version is as the operator has set it in `site.toml`.
    """
    return http.answer(HTTPStatus.OK, site_json(deps().site))


def record(edit: editing.Edit) -> None:
    """Count what a call did, and log it if it changed something."""
    telemetry.metrics.add_metric(METRICS[edit.outcome], MetricUnit.Count, 1)
    if edit.outcome != "unchanged":
        changed = {
            "article": edit.article.id,
            "outcome": edit.outcome,
            "revision": edit.article.revision,
            "updated_by": edit.article.updated_by,
        }
        telemetry.logger.info("an editor changed an article", extra=changed)


def _checked(manuscript: Manuscript) -> Checked:
    """The manuscript with its warnings. Raises `Invalid` where the client is strict and the body is not kept whole."""
    found = warnings_of(deps().articles, deps().site, manuscript)
    losses = [each for each in found if each.field == BODY]
    if losses and STRICT.search(app.current_event.headers.get("prefer", "")):
        rules = ((Rule("not_kept", f"is not kept whole: {loss.message}"), loss.line) for loss in losses)
        raise Invalid(tuple(FieldError(BODY, rule, line) for rule, line in rules))
    return Checked(manuscript, found)


def _put(
    id: str,
    sent: Callable[[Article | None], Checked],
    required: Precondition,
    dry_run: bool,
    revive: bool,
    call: editing.PutBy,
) -> Response[str]:
    """Put what was sent, given the present article."""
    checked: list[Checked] = []

    def manuscript_for(current: Article | None) -> Manuscript:
        checked.append(sent(current))
        return checked[-1].manuscript

    request = editing.Put(id, manuscript_for, required, revive, call)
    articles, site, editor = deps().articles, deps().site, _editor()
    if dry_run:
        edit = editing.rehearse(articles, site, editor, request)
    else:
        edit = editing.put(articles, deps().bodies, site, editor, request)
        record(edit)
    content = edit_json(edit, deps().site) | {"warnings": [asdict(each) for each in checked[-1].warnings]}
    if dry_run:
        return http.answer(HTTPStatus.OK, content)
    status = HTTPStatus.CREATED if edit.outcome in ("created", "revived") else HTTPStatus.OK
    return http.answer(status, content, {"ETag": _etag(edit.article), "Location": _location(id)})


def _editor() -> editing.Editor:
    """Who calls, and when."""
    caller = _caller()
    return editing.Editor(caller.name, datetime.now(UTC), settings.keep_revisions, caller.editions)


def _caller() -> Caller:
    return caller_of(app.current_event)


def _location(id: str) -> str:
    """The path of an article where the caller may read it."""
    keyed = app.current_event["rawPath"].startswith(f"{PREFIX}/")
    return f"{PREFIX if keyed else ''}/api/articles/{id}"


def _id(parameters: http.Parameters, id: str) -> str:
    """The article's id in the path."""
    return parameters.collect(lambda: check_id(unquote(id)), id)


def _number(parameters: http.Parameters, revision: str) -> int:
    """The revision that the path names."""

    def number() -> int:
        if not re.fullmatch("[1-9][0-9]{0,8}", revision, re.ASCII):
            raise Invalid((ParameterError("revision", NOT_A_NUMBER),))
        return int(revision)

    return parameters.collect(number, LARGEST_REVISION)


def _stored(article: Article) -> dict[str, Any]:
    """The article as `GET` answers it: with its body."""
    body = {"format": article.body.format, "text": deps().bodies.get(article.body.hash)}
    return article_json(article, deps().site) | {"body": body}


def _stored_without(article: Article, *names: str) -> dict[str, Any]:
    return {name: value for name, value in _stored(article).items() if name not in names}


def _etag(article: Article) -> str:
    """The entity tag of what `GET` answers. The hash of the body's text stands for the text, which is not read."""
    return etag(article.revision, article_json(article, deps().site) | {"body": asdict(article.body)})


http.tag_stale(app, _etag)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    answered = app.resolve(event, context)
    is_change = event["requestContext"]["http"]["method"] != "GET"
    if is_change and 400 <= answered["statusCode"] < 500:
        telemetry.metrics.add_metric("ArticlesRefused", MetricUnit.Count, 1)
    return answered
