"""The API of front pages: editors choose what leads them. API Gateway lets only signed requests in."""

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
from broadsheet.model.errors import NotFound
from broadsheet.model.front import Chosen
from broadsheet.schemas.front import parse_front
from broadsheet.services import fronts
from broadsheet.services.fronts import FrontView
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.fronts import Fronts
from broadsheet.store.queries import ArticleQueries

LARGEST_REQUEST = 50_000  # bytes

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    articles: Articles
    fronts: Fronts
    queries: ArticleQueries


@cache
def deps() -> Deps:
    """Made once in a process, with the client."""
    client, table = boto3.client("dynamodb", config=CONFIG), settings.articles_table
    return Deps(Articles(client, table), Fronts(client, table), ArticleQueries(client, table, site))


@app.get("/api/front/<edition>")
def get(edition: str) -> Response[str]:
    """Read what an edition's editors chose for its front page, and what the page shows now.

    An edition that never chose has an empty choice, of revision 0.

    Raises `NotFound` for an unknown edition.
    """
    view = _view(_edition(edition))
    return http.conditional(app.current_event, _etag(view), lambda: to_json(view))


@app.put("/api/front/<edition>")
def put(edition: str) -> Response[str]:
    """Replace what an edition's editors chose for its front page.

    The page shows the lead first, then the pinned articles in their order, and then the newest day first; within a day,
    articles in `order` come first, in that order. Drafts and scheduled articles may be chosen: the page shows them once
    they are live. A choice ends at `until`, to within a minute.

    Idempotent: the same choice again succeeds and writes nothing. Without a precondition the last write wins. A
    request with `If-Match` that was done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1).

    Raises `NotFound` for an unknown edition, `Stale` and `Busy`.
    """
    code, by = _edition(edition), caller_of(app.current_event).name
    fields, parameters = http.json_body(app.current_event, LARGEST_REQUEST), http.Parameters(app.current_event)
    required = parameters.precondition()
    sent = parameters.read(lambda: parse_front(code, fields))
    if front := fronts.put(deps().fronts, deps().articles, sent, datetime.now(UTC), required, by):
        about = {"edition": code, "revision": front.revision, "updated_by": by}
        telemetry.logger.info("an editor chose for a front page", extra=about)
    view = _view(code)
    return http.answer(HTTPStatus.OK, to_json(view), {"ETag": _etag(view), "Cache-Control": "private, no-cache"})


def _edition(code: str) -> str:
    if (code := unquote(code)) not in site.editions:
        raise NotFound(f"there is no edition {code}; the site has {', '.join(site.editions)}")
    return code


def _view(edition: str) -> FrontView:
    return fronts.view(deps().queries, deps().articles, edition)


def _etag(view: FrontView) -> str:
    return etag(view.front.revision, to_json(view))


def to_json(view: FrontView) -> dict[str, Any]:
    """The choice in the fields of a request, with the articles."""
    front = view.front
    return {
        "lead": _chosen(front.lead) if front.lead else None,
        "pinned": [_chosen(each) for each in front.pinned],
        "order": list(front.order),
        "shown": [_listed(article) for article in view.shown],
        "waiting": [_listed(article) | {"status": article.state} for article in view.waiting],
        "edition": front.edition,
        "revision": front.revision,
        "updated_by": front.updated_by,
    }


def _chosen(chosen: Chosen) -> dict[str, Any]:
    return {"id": chosen.id, "until": chosen.until and http.timestamp(chosen.until)}


def _listed(article: Article) -> dict[str, Any]:
    published_at = http.timestamp(article.published_at) if article.dated else None
    return {"id": article.id, "headline": article.headline, "edition": article.edition, "published_at": published_at}


http.tag_stale(app, lambda front: _etag(_view(front.edition)))


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
