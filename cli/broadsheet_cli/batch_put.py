"""Many articles from files into a site, several at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rich.progress import Progress

from .client import Client, Stored, is_local
from .enclosures import NoRecording, Recordings
from .errors import FileError, InvalidId, Refused, Unavailable
from .files import FileArticle, expand, read_each

WORKERS = 8

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article that was not stored, and why."""

    name: str
    error: FileError | Refused | Unavailable | InvalidId
    lines_of_fields: Mapping[str, int] = field(default_factory=dict)

    def lines(self) -> tuple[str, ...]:
        """Messages for a person: one for each wrong field, each beginning with the file's name and the field's line."""
        if isinstance(self.error, FileError):
            return (str(self.error),)
        if isinstance(self.error, Refused) and self.error.problem.errors:
            return tuple(
                f"{_place(self.name, self.lines_of_fields, error.field, error.line)} {error.rule}"
                for error in self.error.problem.errors
            )
        return (f"{self.name}: {self.error}",)


@dataclass(slots=True)
class PutCounts:
    """How many articles were new, existed before (changed or not), and were refused; the warnings about them."""

    new: int = 0
    existing: int = 0
    refused: int = 0
    warnings: int = 0


def put_all(
    client: Client,
    paths: Iterable[Path],
    progress: Progress | None = None,
    *,
    on_refusal: Callable[[Refusal], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
    if_match: str | None = None,
    only_new: bool = False,
    strict: bool = False,
) -> PutCounts:
    """Put every article in these files and directories. A refused article does not stop the others. Idempotent.

    Measures recordings that articles name or play (`Recordings.completed`).

    Holds only a few files in memory at once. Adds its own task to `progress`, which the caller starts and stops.
    Calls `on_refusal`, and `on_warning` with a message for each part of an article that the site does not keep, in the
    order of the files, in the caller's thread; `strict` makes such an article a refusal. Raises `Unreachable`,
    `UnexpectedResponse` or `Forbidden` at the first such error, since every other article would fail too.
    """
    bar = progress or Progress(disable=True)
    files = tuple(expand(paths))
    task = bar.add_task("Articles", total=len(files))
    counts = PutCounts()
    recordings = Recordings(client.api if is_local(client.api) else None)

    def articles() -> Iterator[FileArticle | FileError]:
        total = len(files)
        for found in read_each(files):
            total += len(found) - 1
            bar.update(task, total=total)
            yield from found

    def put(article: FileArticle | FileError) -> tuple[FileArticle, Stored] | Refusal:
        if isinstance(article, FileError):
            return Refusal(article.name, article)
        try:
            sent = recordings.completed(article.article)
            return article, client.put(article.id, sent, if_match=if_match, only_new=only_new, strict=strict)
        except (Refused, Unavailable, InvalidId) as error:
            return Refusal(article.name, error, article.lines)
        except NoRecording as error:
            line = article.lines.get("enclosure.url", article.lines.get("enclosure"))
            return Refusal(article.name, FileError(article.name, str(error), line=line, field="enclosure.url"))

    for result in _map_ahead(put, articles()):
        if isinstance(result, Refusal):
            counts.refused += 1
            on_refusal(result)
            bar.advance(task)
            continue
        article, stored = result
        counts.new += stored.new
        counts.existing += not stored.new
        for warning in stored.warnings:
            counts.warnings += 1
            on_warning(f"{_place(article.name, article.lines, warning.field, warning.line)} {warning.message}")
        bar.advance(task)
    recordings.close()
    return counts


def _place(name: str, lines: Mapping[str, int], path: str, line: int | None) -> str:
    """Where a field is: the file's name and line if its format has lines of fields; else the field, and its line."""
    start = lines.get(path)
    if start is not None:
        return f"{name}:{start + (line or 1) - 1}: {path}"
    return f"{name}: {path}" if line is None else f"{name}: {path} line {line}:"


def _map_ahead(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results in the order of the items, from threads that read at most twice as many items ahead."""
    pool = ThreadPoolExecutor(WORKERS)
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) == 2 * WORKERS:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
