"""Text as readers see it."""

import re
import sys
from collections.abc import Iterable

import pytest
import regex  # type: ignore[import-untyped]  # it has no types
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model import text
from broadsheet.model.slug import name_key, slugify

UNSEEN = "\u200b\u200d\ufe0f\u00ad\u2060\ufeff\u3164\u2800\U000e0041\u200f"
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
words = st.text(st.sampled_from(f"ab {UNSEEN}{BIDI}\u00a0\n"), max_size=30)
SURROGATES = 0x800
EVERY = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


def test_the_default_ignorable_code_points_are_those_of_the_unicode_character_database() -> None:
    property_of_unicode = regex.compile(r"\p{Default_Ignorable_Code_Point}")
    ours = re.compile(f"[{text.DEFAULT_IGNORABLE}]")
    assert [c for c in EVERY if property_of_unicode.match(c)] == [c for c in EVERY if ours.match(c)]


def holds_for(characters: Iterable[str]) -> None:
    for character in characters:
        for path in (slugify(f"a{character}b"), slugify(character), name_key(character)):
            assert text.visible(path) == path
            assert path.isprintable()


def test_no_slug_and_no_key_has_an_invisible_character() -> None:
    ignorable = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Z}\p{Cc}\p{Cf}\p{Mn}\p{Me}]")
    holds_for(filter(ignorable.match, EVERY[:0x20000]))
    holds_for(EVERY[0xE0000 - SURROGATES : 0xE0200 - SURROGATES])


@pytest.mark.proof
def test_no_slug_and_no_key_of_any_character_is_invisible() -> None:
    holds_for(EVERY)


@pytest.mark.parametrize(
    ("sent", "cleaned"),
    [
        ("It\x92s \x93open\x94 \x96 5\x80\x85", "It’s “open” – 5€…"),
        ("a\x00b\x81\x9d\x7f\ud800\ufdd0\ufffe\U0001ffffc", "abc"),
        ("tab\t and\r\nline", "tab\t and\r\nline"),
    ],
)
def test_controls_are_what_windows_1252_means_or_are_removed(sent: str, cleaned: str) -> None:
    assert text.clean(sent) == cleaned


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (" \ufeffOld\t\n harbour\u200b ", "Old harbour"),
        ("«\u00a0Oui\u00a0»  à 9\u202fh\u00a0", "«\u00a0Oui\u00a0» à 9\u202fh"),
        ("می\u200cخواهم\u200c", "می\u200cخواهم\u200c"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("👩\u200d🚒 ", "👩\u200d🚒"),
        ("مقابلة مع C++\u200e", "مقابلة مع C++\u200e"),
        ("\u2067خبر\u2069", "\u2067خبر\u2069"),
        ("\u202eabc", "\u202eabc\u202c"),
        ("abc\u202e", "abc"),
        ("a \u202c b\u2069", "a b"),
        (UNSEEN, ""),
    ],
)
def test_a_line_has_no_blanks_and_no_meaningless_characters_at_its_ends(sent: str, shown: str) -> None:
    assert text.line(sent) == shown


@pytest.mark.parametrize(
    "around", ["\u202a{}\u202c", "\u2068{}\u2069", "\u200f{}\u200f", "{}\u202e", "\u2069 {} \u200b"]
)
def test_a_name_has_no_marks_of_direction_at_its_ends(around: str) -> None:
    assert text.name(around.format("Lina Haddad")) == "Lina Haddad"
    assert text.name(around.format("علی\u200cرضا")) == "علی\u200cرضا"


@pytest.mark.parametrize(
    ("sent", "closed"),
    [
        ("\u202babc", "\u202babc\u202c"),
        ("\u2066a\u202eb", "\u2066a\u202eb\u202c\u2069"),
        ("\u2066a\u202eb\u2069c", "\u2066a\u202eb\u2069c"),
        ("a\u202cb\u2069c", "abc"),
        ("\u202e\u2066a\u202cb", "\u202e\u2066ab\u2069\u202c"),
    ],
)
def test_what_is_open_is_closed_and_what_closes_nothing_is_removed(sent: str, closed: str) -> None:
    assert text.closed(sent) == closed


@given(words)
def test_lines_and_names_are_idempotent_and_empty_only_without_anything_to_see(sent: str) -> None:
    for of in (text.line, text.name):
        shown = of(sent)
        assert of(shown) == shown
        assert text.closed(shown) == shown
        assert (shown == "") == text.is_blank(sent)
        assert text.visible(shown).strip() == shown.translate(dict.fromkeys(map(ord, UNSEEN + BIDI)))


@given(st.text(st.sampled_from(UNSEEN), max_size=5), st.text(st.sampled_from(UNSEEN), max_size=5))
def test_spellings_that_differ_by_invisible_characters_have_one_key_and_one_slug(before: str, within: str) -> None:
    assert name_key(f"{before}Old har{within}bour{before}") == name_key("Old harbour") == "old-harbour"
    assert name_key(f"C{within}++") == name_key("C++")
    assert slugify(f"{before}I ❤{within} it") == "i-it"
