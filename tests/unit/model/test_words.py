"""Words by which editors find articles."""

import pytest

from broadsheet.model.words import has_words, words_in


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The ferryman's strike", "ferry"),
        ("The ferryman’s strike", "FERRYMANS"),
        ("Café at the quay", "cafe quay"),
        ("Naïve: an op-ed", "op ed"),
        ("إضراب عمّال العبّارات", "اضراب العبارات"),
        ("وبالمدينةِ مقهىً", "المدينه مقهي"),
        ("ميزانية ٢٠٢٦", "2026"),
        ("بودجه ۱۴۰۵", "1405"),
        ("مســـــتشفى", "مستشفى"),
        ("مسؤولون في بيئة", "مسوولون بييه"),
    ],
)
def test_a_word_is_found_in_every_spelling(text: str, query: str) -> None:
    assert has_words(text, words_in(query))


@pytest.mark.parametrize(
    ("text", "query"), [("Ferry strike", "ferry tram"), ("Ferry strike", "ferries"), ("op-ed", "oped"), ("", "a")]
)
def test_every_word_must_be_there(text: str, query: str) -> None:
    assert not has_words(text, words_in(query))


def test_a_text_without_letters_and_digits_has_no_words() -> None:
    assert words_in("«…» – !") == ()
