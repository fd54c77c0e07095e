"""Loads the sample edition: images and a recording into the site's bucket; articles and an ad through the API."""

from __future__ import annotations

import io
import math
import re
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.progress import Progress

from broadsheet_cli.batch_put import PutResult, put_all
from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION, Client
from broadsheet_cli.errors import ApiError
from infra.local.moto.clients import AwsClients

EDITION = Path(__file__).parent / "sample_edition"
SECTION = re.compile(r"^section: (\S+)$", re.MULTILINE)
AD = {
    "image": {"src": "/media/sample/rope-works.svg", "width": 300, "height": 250},
    "alt": "Corderie Daou: rope since 1911",
    "link": "https://example.org/corderie-daou",
    "from": "2026-01-01T00:00:00Z",
}


class SampleError(Exception):
    """The sample edition could not be loaded completely. The text is one sentence that says why."""


def load(api: str, clients: AwsClients, bucket: str, progress: Progress) -> Iterator[str]:
    """Load the edition; the publisher runs asynchronously afterwards. Raises SampleError.

    Loads only the languages that the site has as editions, with the sections of the sample's articles. Yields a
    sentence for each of the others.
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
    results: list[PutResult] = []
    try:
        with Client(api, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
            editions = client.site().editions
            missing = {folder: missing_in(folder, editions) for folder in (EDITION / "en", EDITION / "ar")}
            if folders := [folder for folder, lacks in missing.items() if not lacks]:
                put_all(client, folders, progress, on_result=results.append)
                client.put_ad("rope-works", AD)
    except ApiError as error:
        raise SampleError(f"The sample edition cannot be loaded: {error}.") from error
    for wrong in (wrong for result in results for wrong in result.errors):
        raise SampleError(f"The API refuses the sample edition: {wrong.lines()[0]}.")
    for folder, lacks in missing.items():
        if lacks:
            yield f"The sample in {folder.name} is left out, because the site has no {lacks}."


def missing_in(folder: Path, editions: Mapping[str, frozenset[str]]) -> str:
    """What a site with these editions and their sections lacks for the sample's articles in a folder; else nothing."""
    if folder.name not in editions:
        return f"edition {folder.name}"
    texts = (file.read_text(encoding="utf-8") for file in folder.glob("*.md"))
    sections = {section for text in texts for section in SECTION.findall(text)}
    lacking = sorted(sections - editions[folder.name])
    return f"section {', '.join(lacking)} in its edition {folder.name}" if lacking else ""


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
