"""Every text that readers see, by language: the files `locales/*.toml`, as `texts.Locale`.

The paper's own files, in its folder `locales/`, are laid over those that are built in, word by word. What a file of
another language lacks, and an edition in a language without a file, gets the English texts. `{edition}` in a text is
the edition's name; other fields are filled in where the text is used.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ... import paper
from ...model.article import Article
from ...model.config import Edition
from .plurals import CATEGORIES
from .texts import Locale, Plural

LOCALES = Path(__file__).parents[1] / "locales"
BUILT_IN = frozenset(path.stem for path in LOCALES.glob("*.toml"))
FALLBACK = "en"
# Languages that are usually written from right to left.
RIGHT_TO_LEFT = frozenset(["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"])

T = TypeVar("T")
Table = dict[str, Any]


@cache
def languages() -> frozenset[str]:
    """The languages that have a file, built in or the paper's."""
    return BUILT_IN | {Path(name).stem for name in paper.files("locales") if name.endswith(".toml")}


def locale(edition: Edition) -> Locale:
    """The edition's texts. Files are read once in a process, and only those of the languages that are asked for."""
    return _locale(edition.code, edition.name, edition.numerals, edition.months)


def autonym(edition: Edition) -> str:
    """The name of the edition's language in that language; the edition's own name where no file has it."""
    return locale(edition).autonym if _language(edition.code) else edition.name


def og_locale(edition: Edition) -> str:
    """The edition's language as Open Graph writes it, with its territory where that is known: `en_GB`, `ar`."""
    return locale(edition).dates.tag.partition("-u-")[0].replace("-", "_")


def direction(language: str) -> str:
    """The direction in which a language (BCP 47) is usually written."""
    return "rtl" if _base(language) in RIGHT_TO_LEFT else "ltr"


def direction_of(article: Article, edition: Edition) -> str:
    """The direction of the article's texts: the edition's, unless the article has a language of its own."""
    return direction(article.language) if article.language else edition.direction


def feed_notices() -> Mapping[str, str]:
    """The notice above a feed that a browser shows, by language."""
    return {language: _locale(language, "", "latn", "gregorian").feeds.notice for language in sorted(languages())}


def typed(kind: type[T], table: Mapping[str, Any], edition: str) -> T:
    """The table as an object of that class. Raises `TypeError` for missing and unknown keys and for wrong types."""
    hints = get_type_hints(kind)
    if wrong := hints.keys() ^ table.keys():
        raise TypeError(f"{kind.__name__}: missing or unknown keys: {', '.join(sorted(wrong))}")
    return kind(**{name: _value(hint, table[name], edition) for name, hint in hints.items()})


def _value(hint: Any, value: Any, edition: str) -> Any:
    match value:
        case dict() if hint is Plural and is_plural(value):
            return Plural({category: form.replace("{edition}", edition) for category, form in value.items()})
        case dict() if hint is not Plural and is_dataclass(hint) and isinstance(hint, type):
            return typed(hint, value, edition)
        case str() if hint is str:
            return value.replace("{edition}", edition)
        case list() if hint == tuple[str, ...] and all(isinstance(each, str) for each in value):
            return tuple(value)
    raise TypeError(f"{value!r} is not a {hint}")


@lru_cache
def _locale(code: str, name: str, numerals: str, months: str) -> Locale:
    language = _language(code) or FALLBACK
    words = table(language)
    dates = _dates(words["dates"], language, code, numerals, months)
    return typed(Locale, words | {"language": language, "dates": dates}, name)


def _dates(table: Mapping[str, Any], language: str, code: str, numerals: str, months: str) -> Mapping[str, Any]:
    """The table of dates with the names of months that the edition chose."""
    chosen = months if months in table["months"] else "gregorian"
    names = table["months"][chosen]
    tag = names["tag"] if code == language or chosen != "gregorian" else code
    return {**table, "months": names["names"], "numerals": numerals, "tag": f"{tag}-u-nu-{numerals}"}


def _language(code: str) -> str | None:
    """The language of an edition with that code, if it has a file: of the code itself, or of its base language."""
    return next((name for name in (code.lower(), _base(code)) if name in languages()), None)


@cache
def table(language: str) -> Table:
    """The words of a language that has a file."""
    words = read(LOCALES / f"{language}.toml") if language in BUILT_IN else table(FALLBACK)
    own = paper.own(f"locales/{language}.toml")
    return laid_over(words, read(own)) if own else words


def read(path: Path) -> Table:
    """The words of one file. Raises `tomllib.TOMLDecodeError` for one that is no TOML."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def laid_over(words: Table, own: Table) -> Table:
    """The words, with the paper's own in their places. Keys that Broadsheet has no words for are left out."""
    return {name: _laid_over(name, value, own[name]) if name in own else value for name, value in words.items()}


def is_plural(value: object) -> bool:
    """Whether a value is a table of the forms of a `Plural`."""
    if not isinstance(value, dict) or not value or not value.keys() <= {*CATEGORIES}:
        return False
    return all(isinstance(form, str) for form in value.values())


def _laid_over(name: str, value: Any, own: Any) -> Any:
    """A word or table of words. The forms of a plural belong together; names of months may come in several sets."""
    match value, own:
        case dict(), dict() if name == "months":
            return value | own
        case dict(), dict() if not is_plural(value):
            return laid_over(value, own)
    return own


def _base(language: str) -> str:
    return language.partition("-")[0].lower()
