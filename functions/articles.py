"""The articles API: editors put, read, list and withdraw articles. API Gateway lets only signed requests in."""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.model import manuscript
from broadsheet.model.article import Article
from broadsheet.model.errors import FieldError, Invalid, WrongType
from broadsheet.schemas.article import parse_article
from broadsheet.services import editing
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.bodies import Bodies

LARGEST_REQUEST = 5_000_000  # bytes; a body of 1 MB may be sent with escapes, several times as long as its letters
PAGE, LARGEST_PAGE = 50, 200

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@cache
def stores() -> tuple[Articles, Bodies]:
    """The parts of this function; the clients are made once in a process."""
    return (
        Articles(boto3.client("dynamodb", config=CONFIG), settings.articles_table),
        Bodies(boto3.client("s3", config=CONFIG), settings.bodies_bucket),
    )


@app.put("/api/articles/<id>")
def put(id: str) -> Response[str]:
    """Put an article in, or in the place of the one that has its id.

    The same content again is a success that writes nothing. Without a precondition the last editor wins. A request with
    `If-Match` that was done before, and whose answer was lost, succeeds again (RFC 9110 §13.1.1). A new headline leaves
    the address alone; a new slug or day moves the page, and every earlier address answers 301.

    Raises `Stale` and `Busy`.
    """
    articles, bodies = stores()
    id = manuscript.check_id(unquote(id))
    if http.media_type(app.current_event.headers) != "application/json":
        raise WrongType("an article is sent as application/json")
    sent = parse_article(http.read_json(http.body_text(app.current_event), LARGEST_REQUEST), site)
    article, new = editing.put(articles, bodies, site, datetime.now(UTC), id, sent, precondition())
    headers = {"ETag": http.etag(article.revision), "Location": f"/api/articles/{id}"}
    return http.answer(HTTPStatus.CREATED if new else HTTPStatus.OK, shown(article), headers)


@app.get("/api/articles/<id>")
def get(id: str) -> Response[str]:
    """Read an article with its body, be it published, scheduled or a draft.

    Raises `Invalid` for what is no id, `NotFound`, and `Gone` for a withdrawn one.
    """
    articles, bodies = stores()
    article = editing.read(articles, manuscript.check_id(unquote(id)))
    tags = http.entity_tags(app.current_event.headers.get("if-none-match", ""))
    headers = {"ETag": http.etag(article.revision), "Cache-Control": "private, no-cache"}
    if tags & {"*", str(article.revision)}:
        return http.answer(HTTPStatus.NOT_MODIFIED, headers=headers)
    body = {"format": article.body.format, "text": bodies.get(article.body.hash)}
    return http.answer(HTTPStatus.OK, shown(article) | {"body": body}, headers)


@app.delete("/api/articles/<id>")
def delete(id: str) -> Response[str]:
    """Withdraw an article: it leaves every listing and feed, and its address answers 410.

    Again is fine, and so is an article that never was. Put again it is back, at the revision that follows.

    Raises `Invalid`, `Stale` and `Busy`.
    """
    articles, _ = stores()
    editing.remove(articles, datetime.now(UTC), manuscript.check_id(unquote(id)), precondition())
    return http.answer(HTTPStatus.NO_CONTENT)


@app.get("/api/articles")
def browse() -> Response[str]:
    """List an edition's articles, newest first: published ones, scheduled ones and drafts.

    They come without their bodies and in parts. `next` leads on, and no article is missed or comes twice because others
    were put in meanwhile.

    Raises `Invalid`.
    """
    articles, _ = stores()
    query = app.current_event.query_string_parameters
    known = ("edition", "status", "section", "before", "limit")
    if unknown := tuple(FieldError(name, "is not a parameter here") for name in query if name not in known):
        raise Invalid(unknown)
    limit = http.number(query, "limit", PAGE, 1, LARGEST_PAGE)
    edition = query.get("edition") or next(iter(site.editions))
    found = editing.browse(
        articles, site, edition, query.get("status"), query.get("section"), query.get("before"), limit
    )
    return http.answer(HTTPStatus.OK, {"articles": [shown(a) for a in found.articles], "next": found.next})


def precondition() -> editing.Precondition:
    """What the request's headers demand of the article's present state."""
    headers = app.current_event.headers
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match is not None and none_match.strip() != "*":
        raise Invalid((FieldError("If-None-Match", "must be * on a change"),))
    return editing.Precondition(
        frozenset(http.entity_tags(match)) if match is not None else None, none_match is not None
    )


def shown(article: Article) -> dict[str, Any]:
    """The article as an editor sees it, its body's text aside."""
    fields = asdict(article)
    for inner in ("body", "stem", "dated", "created_at"):
        del fields[inner]
    instants = {name: f"{fields[name]:%Y-%m-%dT%H:%M:%SZ}" for name in ("published_at", "updated_at")}
    return fields | instants | ({} if article.dated else {"published_at": None})


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
