"""Loads the sample edition: media into the site's bucket; articles, static pages and an ad through the API."""

from __future__ import annotations

import io
import math
import wave
from pathlib import Path

from rich.progress import Progress

from broadsheet_cli.batch_put import PutResult, put_all
from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION, Client
from broadsheet_cli.errors import ApiError
from broadsheet_cli.static_pages import page_files, read_pages
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
    media = {image.name: (image.read_bytes(), "image/svg+xml") for image in sorted((EDITION / "media").glob("*.svg"))}
    media["foghorn.wav"] = (foghorn(), "audio/wav")
    for name, (content, type) in media.items():
        clients.s3.put_object(
            Bucket=bucket,
            Key=f"media/sample/{name}",
            Body=content,
            ContentType=type,
            CacheControl="public, max-age=86400",
        )
    results: list[PutResult] = []
    try:
        with Client(api, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
            put_all(client, [EDITION / "en", EDITION / "ar"], progress, on_result=results.append)
            pages = page_files(EDITION / "pages", client.site().editions)
            put_all(client, pages, progress, on_result=results.append, read=read_pages)
            client.put_ad("rope-works", AD)
    except ApiError as error:
        raise SampleError(f"The sample edition cannot be loaded: {error}.") from error
    for wrong in (wrong for result in results for wrong in result.errors):
        raise SampleError(f"The API refuses the sample edition: {wrong.lines()[0]}.")


def foghorn() -> bytes:
    """Eleven seconds of two low notes, as WAV."""
    rate, seconds = 4000, 11
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(rate)
        recording.writeframes(bytes(128 + round(100 * _sound(at / rate, seconds)) for at in range(rate * seconds)))
    return file.getvalue()


def _sound(at: float, end: float) -> float:
    """The sound at that second, from -1 to 1: the higher note, a pause, and the lower note."""
    note, left = (110.0, 5.0 - at) if at < 5 else (82.5, end - at)
    begun = at if at < 5 else at - 5.5
    loudness = max(0.0, min(1.0, 4 * begun, 2 * left))
    wave_of = math.sin(2 * math.pi * note * at) + math.sin(4 * math.pi * note * at) / 2
    return loudness * wave_of / 1.5
