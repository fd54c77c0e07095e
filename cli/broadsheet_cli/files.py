"""Articles as files: Markdown below YAML front matter, or the API's own JSON. And many files at once.

A Markdown file's front matter holds the API's fields by their names; `id` is the file's name without its ending when
it is not given. The text below is the body, less the one blank line above it and the line break that ends it, so that
`to_markdown` loses nothing. It is Markdown, or HTML where `body_format: html` says so.

A JSON file holds one article as the API takes it, with its `id`, or a list of such. Fields that only the API sets are
passed over, so that what `get --json` printed can be put back.
"""

import json
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

import yaml
from frontmatter.default_handlers import YAMLHandler
from rich.progress import Progress

from .client import READ_ONLY, Client, Stored
from .problems import InvalidId, Refused, Unavailable

FENCE = YAMLHandler(fm_boundary=re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE))
WORKERS = 8
BREAKS = frozenset("\r\n\x85\u2028\u2029")

T = TypeVar("T")
R = TypeVar("R")


class FileError(Exception):
    """What a file holds is no article, whatever the API may think: `rule` says why, `line` and `field` where."""

    def __init__(self, name: str, rule: str, *, line: int | None = None, field: str | None = None) -> None:
        place = name if line is None else f"{name}:{line}"
        super().__init__(f"{place}: {field} {rule}" if field else f"{place}: {rule}")
        self.name, self.rule, self.line, self.field = name, rule, line, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One article found in a file. `name` tells a person where it is from; `article` is what the API takes."""

    name: str
    id: str
    article: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article that did not go in, and why."""

    name: str
    error: FileError | Refused | Unavailable | InvalidId

    def lines(self) -> tuple[str, ...]:
        """The reason for a person: one line for each wrong field, each beginning with the file's name."""
        if isinstance(self.error, FileError):
            return (str(self.error),)
        if isinstance(self.error, Refused) and self.error.problem.errors:
            return tuple(f"{self.name}: {wrong.field} {wrong.rule}" for wrong in self.error.problem.errors)
        return (f"{self.name}: {self.error}",)


@dataclass(slots=True)
class Tally:
    """How many articles are new, were there before (changed or not), and were refused."""

    new: int = 0
    in_place: int = 0
    refused: int = 0


def put_all(
    client: Client,
    paths: Iterable[Path],
    progress: Progress | None = None,
    *,
    on_refusal: Callable[[Refusal], None] = lambda _: None,
    if_match: str | None = None,
    only_new: bool = False,
) -> Tally:
    """Put every article in these files and directories, several at a time; a refused one does not stop the others.

    Holds only a few files in memory at once. Adds a task of its own to `progress`, which the caller starts and stops.
    Calls `on_refusal` in the order of the files, from the caller's thread. Raises `Unreachable`, `Misdirected` or
    `Forbidden` at the first sign of them, since every other article would meet the same; what went in stays in, and
    repeating the whole is safe.
    """
    bar = progress or Progress(disable=True)
    files = tuple(expand(paths))
    task = bar.add_task("Articles", total=len(files))
    tally = Tally()

    def entries() -> Iterator[Entry | FileError]:
        total = len(files)
        for found in _by_file(files):
            total += len(found) - 1
            bar.update(task, total=total)
            yield from found

    def put(entry: Entry | FileError) -> Stored | Refusal:
        if isinstance(entry, FileError):
            return Refusal(entry.name, entry)
        try:
            return client.put(entry.id, entry.article, if_match=if_match, only_new=only_new)
        except (Refused, Unavailable, InvalidId) as error:
            return Refusal(entry.name, error)

    for outcome in _ahead(put, entries()):
        if isinstance(outcome, Refusal):
            tally.refused += 1
            on_refusal(outcome)
        elif outcome.new:
            tally.new += 1
        else:
            tally.in_place += 1
        bar.advance(task)
    return tally


def read_files(paths: Iterable[Path]) -> Iterator[Entry | FileError]:
    """Every article in these files and directories, in order, and an error for each that cannot be read as one."""
    return chain.from_iterable(_by_file(expand(paths)))


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and for a directory those of its own that can be read, by name; the directory itself if none can."""
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.iterdir() if file.suffix.lower() in READERS)
            yield from sorted(file for file in inside if not file.name.startswith(".")) or (path,)
        else:
            yield path


def to_markdown(article: Mapping[str, object]) -> str:
    """An article that the API handed out as a Markdown file that says the same when it is read again.

    A field that is null is left out; the API takes both alike.
    """
    body = article["body"]
    if not isinstance(body, dict):
        raise TypeError("an article's body is an object")
    fields = {"id": article["id"]} | {key: value for key, value in article.items() if key not in READ_ONLY | {"body"}}
    if body["format"] != "markdown":
        fields["body_format"] = body["format"]
    front = yaml.dump(_without_nulls(fields), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{front}---\n\n{body['text']}\n"


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def _by_file(files: Iterable[Path]) -> Iterator[tuple[Entry | FileError, ...]]:
    seen: dict[str, str] = {}
    for file in files:
        try:
            found = tuple(_read(file))
        except FileError as error:
            found = (error,)
        yield tuple(_first_of_its_id(entry, seen) for entry in found)


def _first_of_its_id(entry: Entry | FileError, seen: dict[str, str]) -> Entry | FileError:
    """The entry, unless one of the same id came before: which of the two would win is nobody's wish."""
    if isinstance(entry, FileError) or seen.setdefault(entry.id, entry.name) == entry.name:
        return entry
    return FileError(entry.name, f"{entry.id} is that of {seen[entry.id]} too", field="id")


def _read(file: Path) -> Iterator[Entry | FileError]:
    name = str(file)
    if file.is_dir():
        raise FileError(name, "holds no .md or .json file")
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise FileError(name, f"must end in {', '.join(READERS)}")
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise FileError(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(name, "is not UTF-8", line=data.count(b"\n", 0, error.start) + 1) from error
    return reader(name, unicodedata.normalize("NFC", file.stem), text)


def _read_markdown(name: str, stem: str, text: str) -> Iterator[Entry | FileError]:
    if text.partition("\n")[0].endswith("\r"):
        text = text.replace("\r\n", "\n")
    if not FENCE.detect(text):
        raise FileError(name, "must begin with front matter between two lines of ---", line=1)
    try:
        front, below = FENCE.split(text)
    except ValueError:
        raise FileError(name, "has front matter that no second line of --- ends", line=1) from None
    fields = _read_front(name, front)
    if "body" in fields:
        raise FileError(name, "goes below the front matter; body_format says its format", field="body")
    text = below.removeprefix("\n").removesuffix("\n")
    article_id, body_format = fields.pop("id", stem), fields.pop("body_format", "markdown")
    yield _entry(name, article_id, fields | {"body": {"format": body_format, "text": text}})


def _read_front(name: str, front: str) -> dict[str, object]:
    try:
        fields = FENCE.load(front, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        # The mark counts from 0, and the front matter from the file's second line.
        raise FileError(name, f"is not YAML: {problem}", line=mark.line + 2 if mark else None) from error
    except RecursionError:
        raise FileError(name, "is nested too deeply") from None
    if not isinstance(fields, dict):
        raise FileError(name, "must have fields in its front matter, such as headline: …", line=2)
    return {str(key): value for key, value in fields.items()}


def _read_json(name: str, stem: str, text: str) -> Iterator[Entry | FileError]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(name, f"is not JSON: {error.msg}", line=error.lineno) from error
    except RecursionError:
        raise FileError(name, "is nested too deeply") from None
    if isinstance(found, list):
        for number, article in enumerate(found, 1):
            yield _listed(name, number, article)
    elif isinstance(found, dict):
        yield _entry(name, found.get("id", stem), _writable(found))
    else:
        raise FileError(name, "must hold an article or a list of articles", line=1)


def _listed(name: str, number: int, article: object) -> Entry | FileError:
    place = f"{name} (article {number})"
    if not isinstance(article, dict):
        return FileError(place, "must be an object")
    if "id" not in article:
        return FileError(place, "is required in a list", field="id")
    try:
        return _entry(place, article["id"], _writable(article))
    except FileError as error:
        return error


def _writable(article: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in article.items() if key not in READ_ONLY}


def _entry(name: str, id: object, article: Mapping[str, object]) -> Entry:
    if not isinstance(id, str):
        raise FileError(name, "must be a text; put it in quotes", field="id")
    for field, value in article.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise FileError(name, "is not what JSON can hold", field=field) from None
    return Entry(name, id, article)


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, with dates as RFC 3339 text."""


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> str:
    """A date and time as RFC 3339, with no offset where it has none; a date that does not exist, as it was written.

    Both are for the API to refuse: it names the field, and nobody has guessed.
    """
    try:
        return str(loader.construct_yaml_timestamp(node).isoformat())
    except (ValueError, OverflowError):
        return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


class _Dumper(yaml.SafeDumper):
    """YAML's safe dumper, with line breaks escaped: PyYAML reads U+0085 as another than it wrote (1.2 §5.4)."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if BREAKS.intersection(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)

READERS: Mapping[str, Callable[[str, str, str], Iterator[Entry | FileError]]] = {
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".json": _read_json,
}


def _ahead(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results in the order of the items, made by threads that are never more than a few items ahead."""
    pool = ThreadPoolExecutor(WORKERS)
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == 2 * WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
