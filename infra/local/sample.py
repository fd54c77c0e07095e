"""The sample edition: pictures into the Site bucket, as an upload would put them there, and articles through the API."""

from __future__ import annotations

from pathlib import Path

from rich.progress import Progress

from infra.client import LOCAL_CREDENTIALS, LOCAL_REGION, ApiError, Client
from infra.files import Refusal, put_all
from infra.local.stack import LocalStack, StackError

SAMPLE = Path(__file__).parent / "sample"
PUBLISHING = 120.0
"""Seconds that publishing the edition may take."""


def load(stack: LocalStack, bucket: str, progress: Progress) -> None:
    """Put the whole edition in, and return when it is published. Raises StackError for an article that is refused."""
    for picture in sorted((SAMPLE / "media").glob("*.svg")):
        stack.cloud.s3.put_object(
            Bucket=bucket,
            Key=f"media/sample/{picture.name}",
            Body=picture.read_bytes(),
            ContentType="image/svg+xml",
            CacheControl="public, max-age=86400",
        )
    refusals: list[Refusal] = []
    try:
        with Client(stack.url, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
            put_all(client, [SAMPLE / "en", SAMPLE / "ar"], progress, on_refusal=refusals.append)
    except ApiError as error:
        raise StackError(f"The sample edition cannot be loaded: {error}.") from error
    if refusals:
        raise StackError(f"The sample edition is refused: {refusals[0].lines()[0]}")
    task = progress.add_task("Publishing", total=None)
    stack.settle(PUBLISHING)
    progress.update(task, total=1, completed=1)
