"""The texts that readers see: complete in every language, with the types of the code, and all of them used."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from string import Formatter
from typing import Any, get_type_hints

import pytest

from broadsheet.model.config import Edition
from broadsheet.render.shared import texts
from broadsheet.render.shared.dates import Dates
from broadsheet.render.shared.environment import TEMPLATES
from broadsheet.render.shared.locale import LOCALES, is_plural, languages, locale, table, typed
from broadsheet.render.shared.texts import Action, Locale, MailTexts, Message, Plural
from tests.unit.render.newsroom import SITE, Newsroom

# Texts that are passed on as one object: their parts are used by the templates that get it.
GROUPS = (Action, Message, MailTexts, Plural)
EDITION_NAME = "The Courier"


def paths(kind: type[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The dotted name and the type of every text, and of every group of texts."""
    for name, hint in get_type_hints(kind).items():
        yield f"{prefix}{name}", hint
        if is_dataclass(hint) and isinstance(hint, type):
            yield from paths(hint, f"{prefix}{name}.")


def strings(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a table, by its dotted name."""
    match value:
        case str():
            yield prefix, value
        case dict() if is_plural(value):
            yield prefix, value["other"]
        case dict():
            for name, inner in value.items():
                yield from strings(inner, f"{prefix}.{name}" if prefix else name)
        case list():
            for number, inner in enumerate(value):
                yield from strings(inner, f"{prefix}.{number}")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def edition(language: str, **changed: Any) -> Edition:
    return replace(Edition(language, EDITION_NAME, "-", "ltr", {"city": "City"}), **changed)


@pytest.mark.parametrize("months", ["gregorian", "levant"])
@pytest.mark.parametrize("language", sorted(languages()))
def test_every_language_has_every_text(language: str, months: str) -> None:
    """newsletter#20: `locale` raises for missing and unknown keys, and for values of another type."""
    dates = locale(edition(language, months=months)).dates
    assert (len(dates.months), len(dates.weekdays), len(dates.weekdays_short)) == (12, 7, 7)
    assert set(SITE.editions) <= languages()


@pytest.mark.parametrize("language", sorted(languages()))
def test_texts_have_the_same_placeholders_in_every_language(language: str) -> None:
    """newsletter#20"""
    known = {name: placeholders(text) for name, text in strings(table("en")) if not name.startswith("dates.months")}
    found = {name: placeholders(text) for name, text in strings(table(language)) if "dates.months" not in name}
    # A language may use its edition's name in other places than English does.
    allowed = {name: fields | {"edition"} for name, fields in known.items()}
    assert found.keys() == known.keys()
    assert all(found[name] - {"edition"} == known[name] - {"edition"} for name in known)
    assert all(found[name] <= allowed[name] for name in known)


@pytest.mark.parametrize("language", sorted(languages()))
def test_no_text_is_empty_or_has_blanks_at_its_ends(language: str) -> None:
    assert [name for name, text in strings(table(language)) if not text or text != text.strip() or "  " in text] == []


def test_arabic_texts_have_arabic_punctuation() -> None:
    """Between Arabic letters: Latin names and addresses keep their own."""
    arabic = [text for _, text in strings(table("ar"))]
    assert [text for text in arabic if re.search(r"[\u0600-\u06ff»][,;?]", text)] == []


@pytest.mark.parametrize(
    "words",
    [
        {"title": "Title"},
        {"title": "Title", "text": "Text", "button": "Button"},
        {"title": "Title", "text": 7},
        {"title": "Title", "text": ["Text"]},
    ],
    ids=["missing", "unknown", "number", "list"],
)
def test_a_wrong_table_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        typed(Message, words, EDITION_NAME)


def test_the_stylesheet_of_feeds_has_a_notice_in_every_language() -> None:
    css = Newsroom().build()["assets/feed.css"].body.decode()
    notices = {language: locale(edition(language)).feeds.notice for language in languages()}
    for language, notice in notices.items():
        assert f':is(rss, feed):lang({language})::before {{ content: "{notice}"; }}' in css
    [several] = re.findall(r"^:is\(rss, feed\)::before { content: (.+); }$", css, re.MULTILINE)
    assert set(several.split(r' "\A" ')) == {f'"{notice}"' for notice in notices.values()}


def test_the_name_of_an_edition_is_text() -> None:
    """Its braces and dollar signs mean nothing."""
    named = locale(edition("en", name="{title} $x {0}"))
    assert named.sign_up.pitch_of_edition.startswith("The day’s stories from {title} $x {0}, by email.")


def test_every_text_is_used_by_its_full_name() -> None:
    """Code and templates name a text with its group, as in `feeds.intro`; a group of `GROUPS` counts as one text."""
    sources = [*TEMPLATES.rglob("*.*"), *LOCALES.parent.rglob("*.py")]
    used = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    groups = {name for name, hint in paths(Locale) if hint in GROUPS}
    single = {name for name, hint in paths(Locale) if hint is str and name.rpartition(".")[0] not in groups}
    names = {re.escape(name) for name in groups | single if not name.startswith("dates.")}
    names |= {rf"(dates|self)\.{field.name}" for field in fields(Dates)}
    names |= {rf"(texts|self|action|message|explanation)\.{field.name}" for kind in GROUPS for field in fields(kind)}
    assert len(names) > 100
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", used)) == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: path.name)
def test_templates_name_texts_that_exist(template: Path) -> None:
    known = {name for name, _ in paths(Locale)} | {"counted", "imprint"}
    known |= {f"dates.{name}" for name in dir(Dates) if not name.startswith("_")}
    source = re.sub(r"{#.*?#}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {name.removesuffix(".format") for name in re.findall(r"\blocale\.([a-z_.]+)", source)}
    assert found <= known


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: path.name)
def test_templates_hold_no_texts_but_names(template: Path) -> None:
    """Services and formats have the same name in every language; people do not see the honeypot; `front` is a class."""
    source = template.read_text(encoding="utf-8")
    for code in (r"{#.*?#}", r"{%.*?%}", r"{{.*?}}", r"<!--.*?-->", r"<style.*?</style>", r"<[^>]*>"):
        source = re.sub(code, " ", source, flags=re.DOTALL)
    assert set(re.findall(r"[^\W\d_]{2,}", source)) <= {"WhatsApp", "Telegram", "OPML", "Website", "front"}


def test_every_class_of_texts_is_part_of_a_locale() -> None:
    classes = {kind for kind in vars(texts).values() if isinstance(kind, type) and is_dataclass(kind)}
    assert classes == {hint for _, hint in paths(Locale) if isinstance(hint, type) and is_dataclass(hint)} | {Locale}
