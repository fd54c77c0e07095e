"""The plural categories of languages, as Unicode CLDR has them."""

import pytest

from broadsheet.render.shared.locale import BUILT_IN, is_plural, table
from broadsheet.render.shared.plurals import categories, category
from broadsheet.render.shared.texts import Plural


@pytest.mark.parametrize(
    ("language", "expected"),
    {
        "en": "other one other other other other other other other",
        "fr": "one one other other other other other other other",
        "ar": "zero one two few many many other few many",
        "pl": "many one few many many few many many many",
        "ru": "many one few many one few many many many",
        "cs": "other one few other other other other other other",
        "lv": "zero one other other one other zero other zero",
        "ja": "other other other other other other other other other",
    }.items(),
)
def test_a_number_has_the_category_of_its_language(language: str, expected: str) -> None:
    numbers = [0, 1, 2, 5, 21, 22, 100, 105, 111] if language != "ar" else [0, 1, 2, 3, 11, 99, 100, 105, 111]
    assert " ".join(category(language, number) for number in numbers) == expected


def test_the_categories_of_a_language_are_those_of_its_code_or_of_its_base_language() -> None:
    assert categories("fr-CA") == categories("pt-BR") == categories("pt-PT") == ("one", "other")
    assert [category(language, 0) for language in ("pt-BR", "pt-PT")] == ["one", "other"]
    assert categories("pl") == ("one", "few", "many")
    assert categories("tlh") == ("other",)


@pytest.mark.parametrize("language", sorted(BUILT_IN))
def test_every_plural_has_exactly_the_forms_of_its_language(language: str) -> None:
    plurals = [value for value in table(language)["articles"].values() if is_plural(value)]
    assert len(plurals) == 2
    assert all(tuple(plural) == categories(language) for plural in plurals)


def test_a_form_that_a_locale_lacks_is_another_one() -> None:
    assert Plural({"one": "a", "other": "b"}).form("few") == "b"
    assert Plural({"one": "a", "few": "b"}).form("many") == "b"
