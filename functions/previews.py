"""The previews API: editors put and delete previews. API Gateway lets only signed requests in; links are public."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.caller import caller_of
from broadsheet.model.config import Site
from broadsheet.model.errors import NotFound
from broadsheet.model.manuscript import check_id
from broadsheet.render.shared.target import RenderedObject
from broadsheet.services.previewing.service import FOLDER, PreviewService, PutPreview
from broadsheet.services.previewing.shown import Showing
from broadsheet.services.warnings import warnings_of
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.bodies import Bodies
from broadsheet.store.parameters import DeployedSite
from broadsheet.store.previews import Previews
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.secrets import SigningKeys

LARGEST_REQUEST = 5_000_000  # bytes: as that of an article

settings = Settings(os.environ)
app = http.resolver()


@dataclass(frozen=True)
class Deps:
    """What the handlers work with."""

    articles: Articles
    bodies: Bodies
    previews: Previews
    keys: SigningKeys
    deployed: DeployedSite
    queries: Callable[[Site], ArticleQueries]

    @cached_property
    def service(self) -> PreviewService:
        """With this deployment's URL."""
        site = self.deployed.site
        showing = Showing(self.articles, self.queries(site), self.bodies, site)
        return PreviewService(self.previews, showing, self.keys.keyring, site, settings.image_origins)


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    dynamodb, s3 = boto3.client("dynamodb", config=CONFIG), boto3.client("s3", config=CONFIG)
    return Deps(
        Articles(dynamodb, settings.articles_table),
        Bodies(s3, settings.bodies_bucket),
        Previews(s3, settings.previews_bucket),
        SigningKeys(boto3.client("secretsmanager", config=CONFIG), settings.preview_secret),
        DeployedSite(boto3.client("ssm", config=CONFIG), settings.site_url_parameter, settings.site()),
        partial(ArticleQueries, dynamodb, settings.articles_table),
    )


@app.put("/api/previews/<name>")
def put(name: str) -> Response[str]:
    """Create a preview, or change what its link shows.

    A preview shows an article, or an ad, as it would be on the site, whatever its status and date, and the pages that
    it would change. Nothing of it is public: only people with the link can see it, for a day after the first `PUT`.
    Idempotent: a later `PUT` of the same name changes what the same link shows.

    Without `article`, the preview shows the stored article as it is when the link is opened.

    Raises `NotFound`, `Gone` and `Busy`.
    """
    parameters, now = http.Parameters(app.current_event), datetime.now(UTC)
    name = parameters.collect(lambda: check_id(unquote(name), "name"), "")
    sent = http.json_body(app.current_event, LARGEST_REQUEST)
    if not name:
        parameters.read(lambda: deps().service.parse(sent, now))
    done = deps().service.put(name, sent, now)
    if done.changed:
        _log(name, "put")
    return http.answer(HTTPStatus.OK, to_json(done))


@app.delete("/api/previews/<name>")
def delete(name: str) -> Response[str]:
    """End a preview: its link answers 404 at once. Idempotent: one that does not exist stays so.

    A later `PUT` of the same name has another link.

    Raises `Invalid`.
    """
    name = check_id(unquote(name), "name")
    deps().service.delete(name)
    _log(name, "ended")
    return http.answer(HTTPStatus.NO_CONTENT)


@app.get(f"{FOLDER}.+", compress=True)
def show() -> Response[str]:
    """Show a page or a fragment of a preview. Everything that is not there has the same answer."""
    event = app.current_event
    token, _, path = unquote(event.raw_path.removeprefix(FOLDER)).partition("/")
    path = f"/{path}" if path else ""
    try:
        opened = deps().service.open(token, path, datetime.now(UTC))
    except NotFound:
        return _page(HTTPStatus.NOT_FOUND, deps().service.not_found(path))
    tag = f'W/"{opened.etag}"'  # weak: the page is the same page when it is compressed
    if http.has_already(event, tag):
        return Response(HTTPStatus.NOT_MODIFIED, headers=_headers() | {"ETag": tag})
    return _page(HTTPStatus.OK, opened.rendered, {"ETag": tag})


def _log(name: str, outcome: str) -> None:
    about = {"preview": name, "outcome": outcome, "updated_by": caller_of(app.current_event).name}
    telemetry.logger.info("an editor changed a preview", extra=about)


def to_json(done: PutPreview) -> dict[str, Any]:
    """The link, the pages that it shows, its end, and the warnings about the article."""
    warnings = warnings_of(deps().articles, deps().deployed.site, done.manuscript) if done.manuscript else ()
    return {
        "url": done.url,
        "pages": done.pages,
        "ends_at": http.timestamp(done.preview.ends_at),
        "warnings": [asdict(each) for each in warnings],
    }


def _page(status: HTTPStatus, rendered: RenderedObject, headers: dict[str, str] | None = None) -> Response[str]:
    return Response(status, rendered.content_type, rendered.body.decode(), _headers() | (headers or {}))


def _headers() -> dict[str, str]:
    return http.PRIVATE_PAGE | {
        "Content-Security-Policy": settings.content_security_policy,
        "X-Robots-Tag": "noindex, nofollow",
    }


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
