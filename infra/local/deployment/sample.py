"""Loads the sample edition: media into the site's bucket; articles, static pages and an ad through the API."""

from __future__ import annotations

import io
import math
import re
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress

from broadsheet_cli.batch_put import PutResult, put_all
from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION, Client
from broadsheet_cli.errors import ApiError, FileError
from broadsheet_cli.static_pages import page_files, read_pages
from infra.local.moto.clients import AwsClients

BUILT_IN = Path(__file__).parent / "sample_edition"
SECTION = re.compile(r"^section: (\S+)$", re.MULTILINE)
AD = {
    "image": {"src": "/media/sample/rope-works.svg", "width": 300, "height": 250},
    "alt": "Corderie Daou: rope since 1911",
    "link": "https://example.org/corderie-daou",
    "from": "2026-01-01T00:00:00Z",
}


class SampleError(Exception):
    """The sample edition could not be loaded completely. The text is one sentence that says why."""


def load(
    api: str, clients: AwsClients, bucket: str, paper: Path | None, progress: Progress, moved: Callable[[], object]
) -> Iterator[str]:
    """Load the sample of the paper, its folder `sample/`, or else the built-in one; the publisher runs afterwards.

    Of the built-in one, loads only the languages that the site has as editions, with the sections of the articles.
    Yields a sentence for each of the others. A call that takes too long on a busy machine fails, so everything is put
    again as long as that changes something, which `moved()` tells by another value. Raises SampleError.
    """
    own = paper / "sample" if paper else BUILT_IN
    folder = own if own.is_dir() else BUILT_IN
    media = {image.name: (image.read_bytes(), "image/svg+xml") for image in sorted((folder / "media").glob("*.svg"))}
    if folder == BUILT_IN:
        media["foghorn.wav"] = (foghorn(), "audio/wav")
    for name, (content, type) in media.items():
        clients.s3.put_object(
            Bucket=bucket,
            Key=f"media/sample/{name}",
            Body=content,
            ContentType=type,
            CacheControl="public, max-age=86400",
        )
    yield from _put_until_complete(lambda: _put_sample(api, folder, progress), moved)


def put_pages(api: str, paper: Path | None, progress: Progress, moved: Callable[[], object]) -> None:
    """Put the static pages of the paper; one that has not changed writes nothing. Raises SampleError."""
    if paper and (folder := paper / "pages").is_dir():
        _put_until_complete(lambda: _put_pages(api, folder, progress), moved)


def _put_until_complete(put: Callable[[], Sequence[str]], moved: Callable[[], object]) -> Sequence[str]:
    """Call `put` until it does not fail, as long as that changes something. Returns what it returns."""
    before = moved()
    while True:
        try:
            return put()
        except SampleError:
            now = moved()
            if now == before:
                raise
            before = now


def _put_sample(api: str, folder: Path, progress: Progress) -> list[str]:
    """Put articles, static pages and the ad of the built-in sample. Returns a sentence for what is left out."""
    results: list[PutResult] = []
    with _reported(results), Client(api, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
        editions = client.site().editions
        languages = sorted(each for each in folder.iterdir() if each.is_dir() and each.name not in ("media", "pages"))
        missing = {each: missing_in(each, editions) for each in languages}
        if fitting := [each for each, lacks in missing.items() if not lacks]:
            put_all(client, fitting, progress, on_result=results.append)
        if folder == BUILT_IN and fitting:
            pages = page_files(folder / "pages", [each.name for each in fitting])
            put_all(client, pages, progress, on_result=results.append, read=read_pages)
            client.put_ad("rope-works", AD)
    return [
        f"The sample in {each.name} is left out, because the site has no {lacks}."
        for each, lacks in missing.items()
        if lacks
    ]


def _put_pages(api: str, folder: Path, progress: Progress) -> Sequence[str]:
    results: list[PutResult] = []
    with _reported(results), Client(api, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
        put_all(client, page_files(folder, client.site().editions), progress, on_result=results.append, read=read_pages)
    return ()


@contextmanager
def _reported(results: list[PutResult]) -> Iterator[None]:
    """Raise SampleError for the first failure of the calls within, and for the first refusal in `results`."""
    try:
        yield
    except ApiError as error:
        raise SampleError(f"The sample edition cannot be loaded: {error}.") from error
    except FileError as error:
        raise SampleError(f"{error}.") from error
    for wrong in (wrong for result in results for wrong in result.errors):
        raise SampleError(f"The API refuses the sample edition: {wrong.lines()[0]}.")


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
