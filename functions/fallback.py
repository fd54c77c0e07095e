"""For paths that the site does not have: 301 where a page moved, 410 where it is gone, else 404.

It is the API's `$default` route, so it answers for calls that the API does not have, too: 404 or 405.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import problems, telemetry
from broadsheet.services import unknown_calls
from broadsheet.services.redirects import resolve
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.site_objects import SiteObjects

# Short, since the article may be published at any moment. CloudFront caches a 301 and a 404 as long, and a 410 not at
# all: each request for a withdrawn article invokes this function, and the API's throttle bounds them
# (docs/operations.md).
CACHE = "public, max-age=10"

settings = Settings(os.environ)
site = settings.site()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    articles: Articles
    pages: SiteObjects


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    return Deps(
        Articles(boto3.client("dynamodb", config=CONFIG), settings.articles_table),
        SiteObjects(boto3.client("s3", config=CONFIG), settings.site_bucket),
    )


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    path = unquote(event["rawPath"])
    if unknown_calls.is_call(path):
        return _refuse_call(event["requestContext"]["http"]["method"], path)
    answer = resolve(deps().articles, deps().pages, site, path)
    headers = {"Cache-Control": CACHE, "Content-Type": "text/html; charset=utf-8"}
    if answer.location:
        headers["Location"] = answer.location
    return {"statusCode": answer.status.value, "headers": headers, "body": answer.html}


def _refuse_call(method: str, path: str) -> dict[str, Any]:
    refused = unknown_calls.refuse(method, path)
    headers = {"Cache-Control": "no-store", "Content-Type": problems.MEDIA_TYPE} | refused.headers
    return {"statusCode": refused.status.value, "headers": headers, "body": refused.body}
