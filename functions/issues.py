"""The API of the newsletter's issues: editors see what was composed and what is next. Only signed requests get in."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.caller import caller_of
from broadsheet.entity_tags import etag
from broadsheet.model.article import Article
from broadsheet.model.errors import NotFound, ParameterError, Rule
from broadsheet.model.newsletter.issue import FREQUENCIES, Frequency, Issue, issue_path, parse_issue_id
from broadsheet.schemas.fields import one_of, refuse
from broadsheet.schemas.issue import parse_newsletter, parse_note
from broadsheet.services import issues
from broadsheet.services.issues import Preview
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.issues import NEWEST, Issues
from broadsheet.store.queries import ArticleQueries

LARGEST_REQUEST = 50_000  # bytes
USUAL_LIMIT, HIGHEST_LIMIT = 20, 100  # issues in an answer
NOT_A_NAME = Rule("bad_cursor", "must be the `next` of an answer about the same edition and frequency")

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    issues: Issues
    queries: ArticleQueries


@cache
def deps() -> Deps:
    """Made once in a process, with the client."""
    client, table = boto3.client("dynamodb", config=CONFIG), settings.articles_table
    return Deps(Issues(client, table), ArticleQueries(client, table, site))


@app.get("/api/issues")
def browse() -> Response[str]:
    """List the composed issues of an edition and a frequency, newest first.

    Issues for which there was no news are among them, without articles. `next` is the `before` of the next page.

    Raises `Invalid` for a wrong parameter.
    """
    query = http.Query(app.current_event, "edition", "frequency", "limit", "before")
    limit = query.number("limit", USUAL_LIMIT, 1, HIGHEST_LIMIT)
    edition = _choice(query, "edition", tuple(site.editions))
    frequency: Any = _choice(query, "frequency", FREQUENCIES)
    before = query.collect(lambda: _before(query, edition, frequency), NEWEST)
    query.check()
    found = deps().issues.newest(edition, frequency, limit + 1, before)
    following = found[limit - 1].key.name if len(found) > limit else None
    answer = {"issues": [to_json(issue) for issue in found[:limit]], "next": following}
    return http.answer(HTTPStatus.OK, answer, {"Cache-Control": "private, no-cache"})


@app.get("/api/issues/<id>")
def get(id: str) -> Response[str]:
    """Read an issue as it was composed.

    Its page shows the articles as they are now: corrections that were made since, and no withdrawn ones.

    Raises `NotFound` for an issue that was not composed.
    """
    key = parse_issue_id(unquote(id))
    issue = deps().issues.get(key) if key else None
    if issue is None:
        raise NotFound(f"there is no issue {unquote(id)}")
    return http.conditional(app.current_event, etag(1, to_json(issue)), lambda: to_json(issue))


@app.get("/api/next-issues/<edition>/<frequency>")
def preview(edition: str, frequency: str) -> Response[str]:
    """Read what the next issue would be if it were composed now.

    It has the articles that were published since the issue before it and that are on the site now. What editors put
    over it is in `subject` and `note`.

    Raises `NotFound` for an unknown edition or frequency.
    """
    found = _preview(*_newsletter(edition, frequency))
    return http.conditional(app.current_event, _etag(found), lambda: preview_json(found))


@app.put("/api/next-issues/<edition>/<frequency>")
def put(edition: str, frequency: str) -> Response[str]:
    """Put a subject and a note over the next issue.

    They hold for one issue: once it is composed, the next one has none. An empty subject stands for the headline of the
    issue's first article, and an empty note for none.

    Idempotent: the same texts again succeed and write nothing. Without a precondition the last write wins. A request
    with `If-Match` that was done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1).

    Raises `NotFound` for an unknown edition or frequency, `Stale` and `Busy`.
    """
    code, often = _newsletter(edition, frequency)
    by = caller_of(app.current_event).name
    fields, parameters = http.json_body(app.current_event, LARGEST_REQUEST), http.Parameters(app.current_event)
    required = parameters.precondition()
    texts = parameters.read(lambda: parse_note(fields, code, often))
    if issues.put_note(deps().issues, code, often, texts, required, by):
        about = {"edition": code, "frequency": often, "updated_by": by}
        telemetry.logger.info("an editor wrote over the next issue", extra=about)
    found = _preview(code, often)
    headers = {"ETag": _etag(found), "Cache-Control": "private, no-cache"}
    return http.answer(HTTPStatus.OK, preview_json(found), headers)


def to_json(issue: Issue) -> dict[str, Any]:
    """An issue as it was composed."""
    return {
        "id": issue.key.id,
        "edition": issue.key.edition,
        "frequency": issue.key.frequency,
        "composed_at": http.timestamp(issue.composed_at),
        "since": http.timestamp(issue.since),
        "until": http.timestamp(issue.until),
        "articles": list(issue.articles),
        "mail_subject": issue.subject,
        "preheader": issue.preheader,
        "note": issue.note,
        "path": issue_path(issue.key, site) if issue.articles else None,
    }


def preview_json(found: Preview) -> dict[str, Any]:
    """The next issue in the fields of a request, with what the system adds."""
    coming, issue = found.coming, found.issue
    return {
        "subject": coming.subject,
        "note": coming.note,
        "id": issue.key.id,
        "edition": coming.edition,
        "frequency": coming.frequency,
        "due_at": http.timestamp(found.moment),
        "since": coming.since and http.timestamp(coming.since),
        "mail_subject": issue.subject,
        "preheader": issue.preheader,
        "articles": [_listed(article) for article in found.digest.articles],
        "revision": coming.revision,
        "updated_by": coming.updated_by,
    }


def _choice(query: http.Query, name: str, choices: tuple[str, ...]) -> str:
    """One of these; the first where the request names none, or a wrong one, which is reported."""

    def chosen() -> str:
        value = query.values.get(name, choices[0])
        refuse(() if value in choices else (ParameterError(name, one_of(choices)),))
        return value

    return query.collect(chosen, choices[0])


def _before(query: http.Query, edition: str, frequency: str) -> str:
    """The name of the issue before which the issues are."""
    before = query.values.get("before")
    if before is None:
        return NEWEST
    refuse(() if parse_issue_id(f"{edition}-{frequency}-{before}") else (ParameterError("before", NOT_A_NAME),))
    return before


def _newsletter(edition: str, frequency: str) -> tuple[str, Frequency]:
    return parse_newsletter(unquote(edition), unquote(frequency), site)


def _preview(edition: str, frequency: Frequency) -> Preview:
    return issues.preview(deps().issues, deps().queries, site, edition, frequency, datetime.now(UTC))


def _etag(found: Preview) -> str:
    return etag(found.coming.revision, preview_json(found))


def _listed(article: Article) -> dict[str, Any]:
    return {"id": article.id, "headline": article.headline, "section": article.section}


http.tag_stale(app, lambda coming: _etag(_preview(coming.edition, coming.frequency)))


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
