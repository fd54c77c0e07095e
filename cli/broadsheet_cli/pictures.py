"""Pictures in files: each distinct content is uploaded once, and becomes an image of the site."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from .client import Client
from .errors import FileError, UnexpectedResponse
from .media_types import LARGEST_IMAGE, media_type

UPLOADS = 8  # at a time: each holds its file in memory, and waits until it is processed
# An upload's size is not known before it is processed. These values pass the API's checks in a dry run.
STAND_IN_WIDTH, STAND_IN_HEIGHT = 1600, 900


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the site, as an article names it, and what it lost on the way from its file."""

    src: str
    width: int
    height: int
    warnings: tuple[str, ...] = ()


class Pictures:
    """Uploads picture files, several at a time, and none twice. Threads may share it; close it after use.

    With `dry_run` nothing is uploaded: a file that was not uploaded before becomes an image that does not exist.
    """

    def __init__(self, client: Client, *, dry_run: bool = False) -> None:
        self._client, self._dry_run = client, dry_run
        self._pool = ThreadPoolExecutor(UPLOADS)
        self._lock = Lock()
        self._by_file: dict[Path, Future[Image]] = {}
        self._by_content: dict[bytes, Future[Image]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for uploads that have begun; cancel the others."""
        self._pool.shutdown(cancel_futures=True)

    def start(self, file: Path) -> Future[Image]:
        """The image of a file, as soon as it is uploaded. Its errors are those of `upload`."""
        path = file.resolve()
        with self._lock:
            if path not in self._by_file:
                self._by_file[path] = self._pool.submit(self._upload, file)
            return self._by_file[path]

    def _upload(self, file: Path) -> Image:
        content = read(file)
        mine: Future[Image] = Future()
        with self._lock:
            first = self._by_content.setdefault(hashlib.sha256(content).digest(), mine)
        if first is mine:
            try:
                mine.set_result((find_or_stand_in if self._dry_run else upload)(self._client, file, content))
            except BaseException as error:
                mine.set_exception(error)
                raise
        return first.result()  # another thread is at it, and waits for none


def read(file: Path) -> bytes:
    """The content of a picture file. Raises `FileError` if it is not readable, is empty or is too large."""
    try:
        size = file.stat().st_size
        content = file.read_bytes() if 0 < size <= LARGEST_IMAGE else b""
    except OSError as error:
        raise FileError(str(file), f"cannot be read: {error.strerror}") from error
    if not content:
        rule = f"has {size:,} bytes; the largest picture has {LARGEST_IMAGE:,}" if size else "is empty"
        raise FileError(str(file), rule)
    return content


def upload(client: Client, file: Path, content: bytes) -> Image:
    """Upload a picture and wait until it is processed. Idempotent. Raises `FileError` with the reason of a refusal."""
    result = client.upload(content, media_type(content, file.suffix.lower()))
    image = _image(client, result)
    if image is None:
        reason = result.get("reason") or "is not processed yet; repeat the command in a minute"
        raise FileError(str(file), str(reason))
    return image


def find_or_stand_in(client: Client, file: Path, content: bytes) -> Image:
    """The image of a picture that was uploaded before, or else an image that does not exist."""
    answer = client.request_upload(content, media_type(content, file.suffix.lower()))
    src = f"/images/{answer.get('id')}/{STAND_IN_WIDTH}.jpg"
    return _image(client, answer) or Image(src, STAND_IN_WIDTH, STAND_IN_HEIGHT)


def _image(client: Client, result: Mapping[str, object]) -> Image | None:
    image, warnings = result.get("image"), result.get("warnings")
    if image is None:
        return None
    found = warnings if isinstance(warnings, list) else []
    match image:
        case {"src": str(src), "width": int(width), "height": int(height)}:
            messages = tuple(str(each.get("message")) for each in found if isinstance(each, dict))
            return Image(src, width, height, messages)
    raise UnexpectedResponse(client.api, 200)
