"""Behind the CDN, for what the site does not have: 301 where it moved, 410 where it is gone for good, else 404."""

import os
from functools import cache
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.services.redirects import explain
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.site_objects import SiteObjects

# Short, since an article may be on its way. CloudFront keeps a 301 and a 404 for as long, and a 410 not at all: each
# request for a withdrawn article comes here, and the throttle of the API bounds them (docs/operations.md).
CACHE = "public, max-age=10"

settings = Settings(os.environ)
site = settings.site()


@cache
def stores() -> tuple[Articles, SiteObjects]:
    """The parts of this function; the clients are made once in a process."""
    return (
        Articles(boto3.client("dynamodb", config=CONFIG), settings.articles_table),
        SiteObjects(boto3.client("s3", config=CONFIG), settings.site_bucket),
    )


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    missing = explain(*stores(), site, unquote(event["rawPath"]))
    headers = {"Cache-Control": CACHE, "Content-Type": "text/html; charset=utf-8"}
    if missing.location:
        headers["Location"] = missing.location
    return {"statusCode": missing.status.value, "headers": headers, "body": missing.html}
