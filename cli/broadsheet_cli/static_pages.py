"""Static pages in a folder: `FOLDER/<edition>/<slug>.md`. The folder and the name of a file say what page it is."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from .errors import FileError
from .files import FileArticle, read_each


def page_files(folder: Path, editions: Iterable[str]) -> tuple[Path, ...]:
    """The pages in a folder, edition by edition in that order. Raises `FileError` for what cannot be one of these."""
    known = tuple(editions)
    if not folder.is_dir():
        raise FileError(str(folder), "must be a folder, with a folder of .md files for each edition")
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and entry.name not in known:
            raise FileError(str(entry), f"must be named after an edition of the site: {', '.join(known)}")
        if entry.suffix == ".md":
            raise FileError(str(entry), "must be in a folder named after its edition")
    files = tuple(file for edition in known for file in sorted((folder / edition).glob("[!.]*.md")))
    if not files:
        raise FileError(str(folder), "holds no .md file in a folder named after an edition")
    return files


def read_pages(files: Iterable[Path]) -> Iterator[tuple[FileArticle | FileError, ...]]:
    """The page in each file, or an error. Of files with the same name, those of later editions translate the first."""
    originals: dict[str, str] = {}
    for file in files:
        slug = unicodedata.normalize("NFC", file.stem)
        own = {"id": _id(file.parent.name, slug), "kind": "page", "edition": file.parent.name, "slug": slug}
        original = originals.setdefault(slug, own["id"])
        for found in read_each([file]):
            yield tuple(_as_page(entry, own, original) for entry in found)


def _as_page(entry: FileArticle | FileError, own: Mapping[str, str], original: str) -> FileArticle | FileError:
    if isinstance(entry, FileError):
        return entry
    for name, value in own.items():
        given = entry.id if name == "id" else entry.article.get(name)
        if name in entry.lines and given != value:
            rule = f"must be left out, or {value}, which the folder and the name of the file say"
            return FileError(entry.name, rule, line=entry.lines.get(name), field=name)
    fields = {name: value for name, value in own.items() if name != "id"}
    translated = {"translation_of": original} if original != own["id"] else {}
    return replace(entry, id=own["id"], article={**translated, **entry.article, **fields})


def _id(edition: str, slug: str) -> str:
    """The id of the page. Ids are ASCII, so other letters are written as in domains."""
    name = slug if slug.isascii() else f"xn--{slug.encode('punycode').decode()}"
    return f"page.{edition}.{name}"
