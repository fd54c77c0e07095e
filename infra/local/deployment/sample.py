"""Loads the sample edition: images and a recording into the site's bucket; articles and an ad through the API."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Callable
from pathlib import Path

from rich.progress import Progress

from broadsheet_cli.batch_put import PutResult, put_all
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


def load(api: str, clients: AwsClients, bucket: str, progress: Progress, moved: Callable[[], object]) -> None:
    """Load the edition; the publisher runs asynchronously afterwards.

    A call that takes too long on a busy machine fails, so everything is put again as long as that changes something,
    which `moved()` tells by another value. Raises SampleError.
    """
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
    before = moved()
    while failure := _put(api, progress):
        now = moved()
        if now == before:
            raise SampleError(failure)
        before = now


def _put(api: str, progress: Progress) -> str | None:
    """Put articles and the ad. Returns a sentence about the first failure; None if there is none."""
    results: list[PutResult] = []
    try:
        with Client(api, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
            put_all(client, [EDITION / "en", EDITION / "ar"], progress, on_result=results.append)
            client.put_ad("rope-works", AD)
    except ApiError as error:
        return f"The sample edition cannot be loaded: {error}."
    wrong = next((wrong for result in results for wrong in result.errors), None)
    return f"The API refuses the sample edition: {wrong.lines()[0]}." if wrong else None


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
