"""Articles in files: Markdown with YAML front matter, or the API's own JSON.

Front matter has the API's fields by their names, each value as it is typed; the `id` defaults to the file's name
without its extension. The body is Markdown, or HTML if `body_format: html` says so. An item of
`corrections` is a text, or has a `text` and an `at`.

A JSON file has one article in the API's schema, with its `id`, or a list of articles. Read-only fields are ignored,
so the output of `get --json` can be put back. `updated_at` is not one of them: the API takes it as
the time of the change. A file without it leaves that time to the API.
"""

import codecs
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path

from .client import READ_ONLY
from .errors import FileError

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class FileArticle:
    """An article in a file. `name` says where it is, for messages; `article` is the body of the API call.

    Addresses of pictures are relative to `file`. `lines` has the line of each field, by its path in the API, where the
    file's format has such lines.
    """

    name: str
    id: str
    article: Mapping[str, object]
    file: Path = Path()
    lines: Mapping[str, int] = field(default_factory=dict)


def read_files(paths: Iterable[Path]) -> Iterator[FileArticle | FileError]:
    """Every article in these files and directories, in order, and an error for each one that cannot be read."""
    return chain.from_iterable(read_each(expand(paths)))


def read_each(files: Iterable[Path]) -> Iterator[tuple[FileArticle | FileError, ...]]:
    """The articles of each file. An id that an earlier file has is an error: the order of two writes is undefined."""
    seen: dict[str, str] = {}
    for file in files:
        try:
            found = tuple(_read(file))
        except FileError as error:
            found = (error,)
        yield tuple(_unless_seen(entry, seen) for entry in found)


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, each once. A folder becomes the readable files in it and in its folders, or stays if it has none.

    Files and folders whose names begin with a dot are left out, and so are files of other formats, such as pictures.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in (*_inside(path, frozenset()),) or (path,):
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _inside(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    """The readable files in a folder by name, and then those of its folders. Links to folders above are left out."""
    real = folder.resolve()
    if not folder.is_dir() or real in above:
        return
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        yield folder  # `_read` says that it cannot be read
        return
    yield from (entry for entry in entries if entry.suffix.lower() in READERS and not entry.is_dir())
    for entry in entries:
        yield from _inside(entry, above | {real})


def _unless_seen(entry: FileArticle | FileError, seen: dict[str, str]) -> FileArticle | FileError:
    if isinstance(entry, FileError) or seen.setdefault(entry.id, entry.name) == entry.name:
        return entry
    return FileError(entry.name, f"{entry.id} is also in {seen[entry.id]}", field="id")


def _read(file: Path) -> Iterator[FileArticle | FileError]:
    name = str(file)
    if file.is_dir():
        readable = os.access(file, os.R_OK | os.X_OK)
        raise FileError(name, "holds no .md or .json file" if readable else "cannot be read")
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise FileError(name, f"must end in {', '.join(READERS)}")
    for entry in reader(name, unicodedata.normalize("NFC", file.stem), read_text(file)):
        yield replace(entry, file=file) if isinstance(entry, FileArticle) else entry


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark. Raises `FileError`."""
    name = str(file)
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise FileError(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        if data.startswith(UTF_16):
            raise FileError(name, "is in UTF-16; save it as UTF-8") from error
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(name, "is not UTF-8; save it as UTF-8, not as Windows-1252 or Latin-1", line=line) from error
    if "\0" in text[:2]:
        raise FileError(name, "is in UTF-16; save it as UTF-8")
    return text


def _read_markdown(name: str, stem: str, text: str) -> Iterator[FileArticle | FileError]:
    from .front_matter import from_markdown

    read = from_markdown(name, text)
    fields = dict(read.fields)
    if "body" in fields:
        rule = "goes below the front matter; body_format says its format"
        raise FileError(name, rule, line=read.lines["body"], field="body")
    corrections = fields.get("corrections")
    if isinstance(corrections, list):
        fields["corrections"] = [{"text": each} if isinstance(each, str) else each for each in corrections]
    article_id, body_format = fields.pop("id", stem), fields.pop("body_format", "markdown")
    article = _file_article(name, article_id, fields | {"body": {"format": body_format, "text": read.body}})
    yield replace(article, lines=read.lines)


def _read_json(name: str, stem: str, text: str) -> Iterator[FileArticle | FileError]:
    try:
        parsed = json.loads(text, object_pairs_hook=partial(_distinct, name))
    except json.JSONDecodeError as error:
        raise FileError(name, f"is not JSON: {error.msg}", line=error.lineno) from error
    except RecursionError:
        raise FileError(name, "is nested too deeply") from None
    if isinstance(parsed, list):
        for number, article in enumerate(parsed, 1):
            yield _list_item(name, number, article)
    elif isinstance(parsed, dict):
        yield _file_article(name, parsed.get("id", stem), _writable(parsed))
    else:
        raise FileError(name, "must hold an article or a list of articles", line=1)


def _distinct(name: str, pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for key, value in pairs:
        if key in fields:
            raise FileError(name, "is given twice in one object", field=key)
        fields[key] = value
    return fields


def _list_item(name: str, number: int, article: object) -> FileArticle | FileError:
    place = f"{name} (article {number})"
    if not isinstance(article, dict):
        return FileError(place, "must be an object")
    if "id" not in article:
        return FileError(place, "is required in a list", field="id")
    try:
        return _file_article(place, article["id"], _writable(article))
    except FileError as error:
        return error


def _writable(article: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in article.items() if key not in READ_ONLY}


def _file_article(name: str, id: object, article: Mapping[str, object]) -> FileArticle:
    if not isinstance(id, str):
        raise FileError(name, "must be a text; put it in quotes", field="id")
    for key, value in article.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise FileError(name, "cannot be written as JSON", field=key) from None
    return FileArticle(name, id, article)


READERS: Mapping[str, Callable[[str, str, str], Iterator[FileArticle | FileError]]] = {
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".json": _read_json,
}
