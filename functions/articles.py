"""The articles API: editors put, read, list and withdraw articles. API Gateway lets only signed requests in."""

import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.model.article import Article
from broadsheet.model.errors import FieldError, Invalid
from broadsheet.model.manuscript import check_id
from broadsheet.render.shared import markup
from broadsheet.render.shared.losses import Loss
from broadsheet.schemas.article import parse_article
from broadsheet.services import editing
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.bodies import Bodies

LARGEST_REQUEST = 5_000_000  # bytes: a body of 1 MB in JSON escapes is several times as long
PAGE, LARGEST_PAGE = 50, 200
STRICT = re.compile(r'(?:^|[,;])\s*handling\s*=\s*"?strict"?\s*(?:$|[,;])', re.IGNORECASE)

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    articles: Articles
    bodies: Bodies


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    return Deps(
        Articles(boto3.client("dynamodb", config=CONFIG), settings.articles_table),
        Bodies(boto3.client("s3", config=CONFIG), settings.bodies_bucket),
    )


@app.put("/api/articles/<id>")
def put(id: str) -> Response[str]:
    """Create or replace an article.

    Idempotent: the same content again succeeds and writes nothing. Without a precondition the last editor wins. A
    request with `If-Match` that was done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1). A new
    headline does not change the path. A new slug or day does, and every earlier path answers 301. Corrections that are
    left out stay.

    `warnings` in the answer names what pages and feeds do not keep of the body. With `Prefer: handling=strict`
    (RFC 7240 §4.4) such a body is refused instead.

    Raises `Stale` and `Busy`.
    """
    id = check_id(unquote(id))
    manuscript = parse_article(http.json_body(app.current_event, LARGEST_REQUEST), site)
    losses = markup.losses(markup.Source(manuscript.format, manuscript.hash, manuscript.text), site.base_url)
    if losses and STRICT.search(app.current_event.headers.get("prefer", "")):
        raise Invalid(
            tuple(FieldError("body.text", f"is not kept whole: {loss.message}", loss.line) for loss in losses)
        )
    article, new = editing.put(deps().articles, deps().bodies, site, datetime.now(UTC), id, manuscript, precondition())
    headers = {"ETag": http.etag(article.revision), "Location": f"/api/articles/{id}"}
    return http.answer(
        HTTPStatus.CREATED if new else HTTPStatus.OK, to_json(article) | {"warnings": _warnings(losses)}, headers
    )


@app.get("/api/articles/<id>")
def get(id: str) -> Response[str]:
    """Read an article with its body, whether published, scheduled or a draft.

    Raises `Invalid` for an invalid id, `NotFound`, and `Gone` for a withdrawn article.
    """
    article = editing.read(deps().articles, check_id(unquote(id)))
    tags = http.entity_tags(app.current_event.headers.get("if-none-match", ""))
    headers = {"ETag": http.etag(article.revision), "Cache-Control": "private, no-cache"}
    if tags & {"*", str(article.revision)}:
        return http.answer(HTTPStatus.NOT_MODIFIED, headers=headers)
    body = {"format": article.body.format, "text": deps().bodies.get(article.body.hash)}
    return http.answer(HTTPStatus.OK, to_json(article) | {"body": body}, headers)


@app.delete("/api/articles/<id>")
def delete(id: str) -> Response[str]:
    """Withdraw an article: it leaves every listing and feed, and its path answers 410.

    Idempotent: withdrawing an article that is withdrawn or does not exist succeeds. A later `PUT` publishes it again,
    with the next revision.

    Raises `Invalid`, `Stale` and `Busy`.
    """
    editing.remove(deps().articles, datetime.now(UTC), check_id(unquote(id)), precondition())
    return http.answer(HTTPStatus.NO_CONTENT)


@app.get("/api/articles")
def browse() -> Response[str]:
    """List an edition's articles page by page, newest first: published ones, scheduled ones and drafts.

    The articles come without their bodies. `next` is the cursor of the next page. No article is skipped or repeated
    because others were put meanwhile.

    Raises `Invalid`.
    """
    query = http.query(app.current_event, "edition", "status", "section", "before", "limit")
    limit = http.number(query, "limit", PAGE, 1, LARGEST_PAGE)
    edition = query["edition"] = query.get("edition") or next(iter(site.editions))
    choices = {"edition": tuple(site.editions), "status": editing.STATUSES}
    if edition in site.editions:
        choices["section"] = tuple(site.editions[edition].sections)
    http.check_choices(query, choices)
    page = editing.browse(
        deps().articles, edition, query.get("status"), query.get("section"), query.get("before"), limit
    )
    return http.answer(HTTPStatus.OK, {"articles": [to_json(article) for article in page.articles], "next": page.next})


def precondition() -> editing.Precondition:
    """The precondition in the request's headers."""
    headers = app.current_event.headers
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match is not None and none_match.strip() != "*":
        raise Invalid((FieldError("If-None-Match", "must be * on a change"),))
    return editing.Precondition(
        frozenset(http.entity_tags(match)) if match is not None else None, none_match is not None
    )


def to_json(article: Article) -> dict[str, Any]:
    """The article in the fields of a request and those that the system adds, without its body."""
    fields = asdict(article)
    for name in ("body", "stem", "dated", "created_at", "changed_at"):
        del fields[name]
    published_at = http.timestamp(article.published_at) if article.dated else None
    return fields | {
        "published_at": published_at,
        "updated_at": http.timestamp(article.updated_at),
        "corrections": [{"text": each.text, "at": http.timestamp(each.at)} for each in article.corrections],
    }


def _warnings(losses: Iterable[Loss]) -> list[dict[str, Any]]:
    return [asdict(loss) | {"message": loss.message} for loss in losses]


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
