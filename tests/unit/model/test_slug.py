"""Slugs and the keys of names: text of any script as one segment of a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.slug import LONGEST, name_key, slugify


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Ferry returns to the old harbour", "ferry-returns-to-the-old-harbour"),
        ("  Fish & chips — “the best”?  ", "fish-chips-the-best"),
        ("The mayor's résumé", "the-mayors-resume"),
        ("Straße 7½", "strasse-71-2"),
        ("عودة العبّارة إلى المرفأ القديم", "عودة-العبارة-إلى-المرفأ-القديم"),
        ("مُؤتَمَرٌ صُحُفيٌّ", "مؤتمر-صحفي"),
        ("الـــميناء ٢٠٢٦", "الميناء-٢٠٢٦"),
        ("شركة Salima Ferries تعود", "شركة-salima-ferries-تعود"),
        ("हिन्दी समाचार", "हिन्दी-समाचार"),
        ("?!…", ""),
        ("", ""),
    ],
)
def test_a_slug_has_letters_and_digits_with_single_hyphens(words: str, slug: str) -> None:
    assert slugify(words) == slug


def test_a_long_slug_ends_at_a_word() -> None:
    slug = slugify("harbour " * 30)
    assert len(slug) <= LONGEST
    assert set(slug.split("-")) == {"harbour"}
    assert len(slugify("h" * 300)) == LONGEST


@given(st.text(max_size=200))
def test_slugify_is_idempotent_and_a_slug_has_no_reserved_characters(words: str) -> None:
    slug = slugify(words)
    assert slugify(slug) == slug
    assert not set(slug) & set("/?#%&\\ .\"'<>")
    assert not slug.startswith("-")
    assert not slug.endswith("-")


@pytest.mark.parametrize(
    "spellings",
    [
        ("Old Harbour", "old harbour", "OLD  HARBOUR ", "old-harbour", "Old\u00a0Harbour"),
        ("عبّارات", "عبارات", "عبـــارات", "\ufecb\ufe92\ufe8e\ufead\ufe8e\ufe95"),
        ("Café", "cafe", "Cafe\u0301", "ＣＡＦＥ"),
        ("⚽", "⚽ "),
        ("The harbour " * 8, "the HARBOUR  " * 8),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in spellings}) == 1


def test_different_names_have_different_keys() -> None:
    long = "harbour " * 12
    names = ["C", "C++", "C#", "R", "R&D", "RD", "⚽", "🏀", "!", "?", f"{long}one", f"{long}two", "عبارة", "عبارات"]
    assert len({name_key(name) for name in names}) == len(names)
    assert [name_key(name) for name in ("C", "Old Harbour", "عبّارات")] == ["c", "old-harbour", "عبارات"]


@given(st.text(min_size=1, max_size=200))
def test_a_key_is_its_own_key_and_fits_into_a_path(name: str) -> None:
    key = name_key(name)
    assert 0 < len(key) <= LONGEST
    assert name_key(key) == key
    assert not set(key) & set("/?#%&\\ .\"'<>")
