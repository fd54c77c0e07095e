"""Many articles from files into a site, several at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .client import Client, Stored, Warned, is_local
from .enclosures import NoRecording, Recordings
from .errors import FieldError, FileError, InvalidId, Refused, Unavailable
from .files import FileArticle, expand, read_each
from .illustrated import illustrated
from .messages import FieldErrors, Message, Refusal, located
from .pictures import Pictures
from .terminal import no_bar

if TYPE_CHECKING:
    from rich.progress import Progress

WORKERS = 8
LARGE = 1200  # pixels
WITHDRAWN, REFUSED = "withdrawn", "refused"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of one article.

    `outcome` is the API's; or `withdrawn`, if the article was withdrawn and is left alone; or `refused`. `stored` is
    None for these two. `published_at` is as the file has it, if it has it. `awaiting` has the warnings about ids that
    the article names, which hold only if the same run does not put them.
    """

    file: Path
    name: str
    id: str | None
    outcome: str
    stored: Stored | None = None
    published_at: str | None = None
    warnings: tuple[Message, ...] = ()
    awaiting: tuple[tuple[str, Message], ...] = ()
    errors: tuple[Message, ...] = ()


@dataclass(slots=True)
class PutCounts:
    """How many articles had each outcome, and the warnings about them, without those that are `awaiting`."""

    created: int = 0
    replaced: int = 0
    unchanged: int = 0
    revived: int = 0
    withdrawn: int = 0
    refused: int = 0
    warnings: int = 0

    def add(self, result: PutResult) -> None:
        setattr(self, result.outcome, getattr(self, result.outcome) + 1)
        self.warnings += len(result.warnings)


@dataclass(frozen=True, slots=True)
class PutOptions:
    """How articles are put: see `Client.put`. Without `revive`, a withdrawn article is left alone."""

    if_match: str | None = None
    only_new: bool = False
    strict: bool = False
    dry_run: bool = False
    revive: bool = False


def put_all(
    client: Client,
    paths: Iterable[Path],
    progress: Progress | None = None,
    *,
    on_result: Callable[[PutResult], None] = lambda _: None,
    options: PutOptions = PutOptions(),
    read: Callable[[Iterable[Path]], Iterator[tuple[FileArticle | FileError, ...]]] = read_each,
) -> PutCounts:
    """Put every article in these files and folders. A refused article does not stop the others. Idempotent.

    `read` says what each file holds.

    Uploads the pictures beside the files that articles name (`illustrated`), and measures recordings that articles name
    or play (`Recordings.completed`).

    Holds only a few files in memory at once. Adds its own task to `progress`, which the caller starts and stops.
    Calls `on_result` for each article in the order of the files, in the caller's thread. Raises `Unreachable`,
    `UnexpectedResponse` or `Forbidden` at the first such error, since every other article would fail too.
    """
    bar = progress or no_bar()
    files = tuple(expand(paths))
    task = bar.add_task("Articles", total=len(files))
    counts = PutCounts()

    def entries() -> Iterator[tuple[Path, FileArticle | FileError]]:
        total = len(files)
        for file, found in zip(files, read(files), strict=True):
            total += len(found) - 1
            bar.update(task, total=total)
            yield from ((file, entry) for entry in found)

    with (
        ThreadPoolExecutor(WORKERS) as pool,
        closing(Recordings(client.api if is_local(client.api) else None)) as recordings,
        Pictures(client, dry_run=options.dry_run) as pictures,
        closing(_map_ahead(pool, _Putter(client, recordings, pictures, options).put, entries())) as results,
    ):
        for result in results:
            counts.add(result)
            on_result(result)
            bar.advance(task)
    return counts


@dataclass(frozen=True, slots=True)
class _Putter:
    """Puts one article."""

    client: Client
    recordings: Recordings
    pictures: Pictures
    options: PutOptions

    def put(self, found: tuple[Path, FileArticle | FileError]) -> PutResult:
        file, entry = found
        if isinstance(entry, FileError):
            return PutResult(file, entry.name, None, REFUSED, errors=Refusal(entry.name, entry).messages())
        try:
            return self._put(file, entry)
        except Refused as error:
            if error.problem.status == HTTPStatus.GONE and not self.options.revive:
                return PutResult(file, entry.name, entry.id, WITHDRAWN)
            return _refused(file, entry, error)
        except (FieldErrors, Unavailable, InvalidId) as error:
            return _refused(file, entry, error)
        except NoRecording as error:
            return _refused(file, entry, FieldErrors(FieldError("enclosure.url", str(error))))

    def _put(self, file: Path, entry: FileArticle) -> PutResult:
        options = self.options
        ready, lost = illustrated(entry, self.pictures)
        if lost and options.strict:
            raise FieldErrors(
                *(FieldError(each.field, f"is not kept whole: {each.message}", each.line) for each in lost)
            )
        sent = self.recordings.completed(ready.article)
        stored = self.client.put(
            entry.id,
            sent,
            if_match=options.if_match,
            only_new=options.only_new,
            strict=options.strict,
            dry_run=options.dry_run,
            revive=options.revive,
        )
        found = [
            (each.awaits, located(entry.name, entry.lines, FieldError(each.field, each.message, each.line)))
            for each in (*lost, *stored.warnings, *_small_picture(sent, stored))
        ]
        return PutResult(
            file,
            entry.name,
            entry.id,
            stored.outcome,
            stored,
            _published_at(entry, stored),
            warnings=tuple(message for id, message in found if id is None),
            awaiting=tuple((id, message) for id, message in found if id is not None),
        )


def _small_picture(sent: Mapping[str, object], stored: Stored) -> Iterator[Warned]:
    """A warning of a lead picture that search engines show small
    (https://developers.google.com/search/docs/appearance/google-discover).

    SVGs have no size of their own.
    """
    image = sent.get("image")
    if stored.outcome == "unchanged" or not isinstance(image, dict) or str(image.get("src")).endswith(".svg"):
        return
    width = image.get("width")
    if isinstance(width, int) and width < LARGE:
        message = f"is {width:,}: search engines show a lead picture large from {LARGE:,} pixels on"
        yield Warned(message, field="image.width")


def _refused(file: Path, entry: FileArticle, error: FieldErrors | Refused | Unavailable | InvalidId) -> PutResult:
    refusal = Refusal(entry.name, error, entry.lines)
    return PutResult(file, entry.name, entry.id, REFUSED, errors=refusal.messages())


def _published_at(entry: FileArticle, stored: Stored) -> str | None:
    given = entry.article.get("published_at")
    return given if isinstance(given, str) else stored.published_at


def _map_ahead(pool: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T]) -> Generator[R]:
    """The results in the order of the items, from threads that read at most twice as many items ahead."""
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) == 2 * WORKERS:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
