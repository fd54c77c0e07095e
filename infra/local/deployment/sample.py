"""Loads the sample edition: images into the site's bucket; articles and an ad through the API."""

from __future__ import annotations

from pathlib import Path

from rich.progress import Progress

from broadsheet_cli.batch_put import Refusal, put_all
from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION, Client
from broadsheet_cli.errors import ApiError
from infra.local.moto.clients import AwsClients

EDITION = Path(__file__).parent / "sample_edition"
AD = {
    "image": {"src": "/media/sample/rope-works.svg", "width": 300, "height": 250},
    "alt": "Corderie Daou: rope since 1911",
    "link": "https://example.org/corderie-daou",
    "from": "2026-01-01T00:00:00Z",
}


class SampleError(Exception):
    """The sample edition could not be loaded completely. The text is one sentence that says why."""


def load(api: str, clients: AwsClients, bucket: str, progress: Progress) -> None:
    """Load the edition; the publisher runs asynchronously afterwards. Raises SampleError."""
    for image in sorted((EDITION / "media").glob("*.svg")):
        clients.s3.put_object(
            Bucket=bucket,
            Key=f"media/sample/{image.name}",
            Body=image.read_bytes(),
            ContentType="image/svg+xml",
            CacheControl="public, max-age=86400",
        )
    refusals: list[Refusal] = []
    try:
        with Client(api, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
            put_all(client, [EDITION / "en", EDITION / "ar"], progress, on_refusal=refusals.append)
            client.put_ad("rope-works", AD)
    except ApiError as error:
        raise SampleError(f"The sample edition cannot be loaded: {error}.") from error
    if refusals:
        raise SampleError(f"The API refuses the sample edition: {refusals[0].lines()[0]}.")
