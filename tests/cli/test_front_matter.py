"""Front matter: every value is the text that an editor typed, and every mistake is named with its line."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from broadsheet_cli.errors import FileError
from broadsheet_cli.files import FileArticle, read_files
from broadsheet_cli.yaml_texts import read_fields


def read(front: str) -> dict[str, Any]:
    return read_fields(front).values


def refused(folder: Path, front: str, body: str = "---\n\nText.\n") -> str:
    file = folder / "a.md"
    file.write_bytes(f"---\n{front}\n{body}".encode())
    (error,) = read_files([file])
    assert isinstance(error, FileError)
    return str(error).removeprefix(f"{folder}/")


TYPED = """
2026-05-01|2001-12-14 21:59:43.10 -5|12:30|yes|No|null|~|1_000|007|0x1F|1e3|.inf|-5 degrees|C# wins|=|<<|9-10
http://a.example/#x|It's 5 o'clock|50% off|a & b|“Open”
"""


def test_related_articles_are_a_list_of_ids() -> None:
    assert read("related: [harbour-fire, 007]") == {"related": ["harbour-fire", "007"]}


@pytest.mark.parametrize("typed", TYPED.replace("\n", "|").strip("|").split("|"))
def test_a_text_is_as_it_was_typed(typed: str) -> None:
    assert read(f"headline: {typed}\ntags:\n- {typed}") == {"headline": typed, "tags": [typed]}
    assert read(f"tags: [{typed}, '{typed.replace(chr(39), chr(39) * 2)}']") == {"tags": [typed, typed]}


@pytest.mark.parametrize(
    ("front", "fields"),
    [
        ("slug: 007\nedition: no\nid: 2026", {"slug": "007", "edition": "no", "id": "2026"}),
        ("slug:\nimage: ~\npublished_at: null", {"slug": None, "image": None, "published_at": None}),
        ("slug: '~'\nsummary:\ntags:", {"slug": "~", "summary": "", "tags": []}),
        ("image: {width: 0600, height: '2', lang: no}", {"image": {"width": 600, "height": "2", "lang": "no"}}),
        ("published_at: 2016-12-31T23:59:60Z", {"published_at": "2016-12-31T23:59:60Z"}),
        ("published_at: 2025-04-15", {"published_at": "2025-04-15"}),
        ("summary: Two boats\n  are lost.", {"summary": "Two boats are lost."}),
        ("summary: >\n  Berth #4: open\n\n  now\n", {"summary": "Berth #4: open\nnow\n"}),
        ("summary: |\n  a\n  b\nkind: article", {"summary": "a\nb\n", "kind": "article"}),
        ("section: city # or sport\nheadline: 'a # b' # both", {"section": "city", "headline": "a # b"}),
        ("headline: a\n# headline: b\ntags:\n  - a\n  # - b", {"headline": "a", "tags": ["a"]}),
        ("headline: It\x92s \x07open\u2028now", {"headline": "It’s open now"}),
        ('headline: "It\\x92s"', {"headline": "It\x92s"}),
        ("headline: a\r\nkind: b\r\n", {"headline": "a", "kind": "b"}),
    ],
)
def test_other_values_are_what_their_field_needs(front: str, fields: dict[str, Any]) -> None:
    assert read(front) == fields


CUT = "would end before the #, which starts a comment; put the text in quotes"
COLON = "has a colon inside its value; put the value in quotes"
NOT_A_FIELD = "must be a field and its value, with a blank after the colon, such as headline: …"
TEXT = "must be a text; put it in quotes"


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("headline: Berth #4 reopens", f"2: headline {CUT}"),
        ("headline: #4 reopens", f"2: headline {CUT}"),
        ("id: x\nsummary: Plan\n\n  #explained", f"5: summary {CUT}"),
        ("tags:\n  - a\n  - b #4", f"4: tags.1 {CUT}"),
        ("tags: [a #4, b]", f"2: tags {CUT}"),
        ("image:\n  alt: Berth\t#4", "3: alt has a tab; use blanks"),
        ("image:\n  alt: Berth #4", f"3: image.alt {CUT}"),
        ("headline: Fire: two boats", f"2: headline {COLON}"),
        ("headline: Fire\n  section: city", f"3: section {COLON}"),
        ("tags:\n  - Fire: two boats", f"3: tags.0 {COLON}"),
        ("headline:Fire\nsection: city", f"2: {NOT_A_FIELD}"),
        ("section: city\nFire", f"3: {NOT_A_FIELD}"),
        ("\theadline: x", "2: headline has a tab; use blanks"),
        ("headline: a\nkind: b\nheadline: c", "4: headline is given twice; the first time in line 2"),
        ("image:\n  alt: a\n  alt: b", "4: image.alt is given twice; the first time in line 3"),
        ("headline: [Update] Fire", "2: headline starts with [, as a list or an object;"),
        ("headline: [Update]", f"2: headline {TEXT}"),
        ("headline: {Update}", f"2: headline {TEXT}"),
        ("id: x\ntags: [a\nb: c", "3: tags starts with [, as a list or an object;"),
        ('id: x\nheadline: "open\nkind: b', "3: headline must have quotation marks round its whole text;"),
        ("headline: 'It's open'", "2: headline must have quotation marks round its whole text;"),
        ('headline: "Fire" in the harbour', "2: headline must have quotation marks round its whole text;"),
        ('headline: "C:\\q"', '2: headline has a backslash in "…"; write it twice, or use single quotes'),
        ("headline: |-\n  a\n b", "4: must begin where the line of the field before it begins"),
        ("headline: a\n...\nkind: b", "3: must be a field; the line after the last field is ---"),
        ("", "2: must have fields, such as edition: en"),
        ("- a", "2: must have fields, such as edition: en"),
        ("? [a]\n: b", "2: must have the name of a field before each colon"),
    ],
)
def test_a_mistake_is_named_with_its_line_in_an_editors_words(front: str, reason: str, tmp_path: Path) -> None:
    assert refused(tmp_path, front).startswith(f"a.md:{reason}")


@pytest.mark.parametrize(
    "value",
    ["@home", "*Breaking*", "*Breaking", "&Co", "%5", "`x`", "!x", "- a", "? a", "| foo", "> 5", ", x", "]x", "}x"],
)
def test_a_value_that_starts_with_a_mark_of_yaml_must_be_in_quotes(value: str, tmp_path: Path) -> None:
    expected = f"a.md:2: headline starts with {value[0]}; put the text in quotes"
    assert refused(tmp_path, f"headline: {value}") == expected
    assert read(f'headline: "{value}"') == {"headline": value}


@pytest.mark.parametrize("front", ["a: &x b\nc: *x", "a: !!set {b}", "tags: &a [*a]", "x: !!python/name:os.system"])
def test_anchors_aliases_and_tags_are_refused(front: str, tmp_path: Path) -> None:
    assert "put the text in quotes" in refused(tmp_path, front)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            '+++\ntitle = "Fire"\n+++\nText',
            "begins with front matter in TOML; write it in YAML: --- in place of",
        ),
        ('{"title": "Fire"}\n\nText', "begins with front matter in JSON; write it in YAML between two lines of ---"),
        ("\n---\nid: x\n---\n", "must begin with front matter between two lines of ---"),
    ],
)
def test_front_matter_in_another_format_is_named(text: str, rule: str, tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(text, encoding="utf-8")
    (error,) = read_files([file])
    assert isinstance(error, FileError)
    assert (error.line, error.rule[: len(rule)]) == (1, rule)


def test_front_matter_that_is_never_closed_is_reported_where_the_text_begins(tmp_path: Path) -> None:
    assert refused(tmp_path, "id: x", "\nThe text.\n\n---\n\nMore.") == f"a.md:4: {NOT_A_FIELD}"


def test_line_ends_of_windows_after_the_first_line_do_not_hide_the_end_of_front_matter(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(b"---\nheadline: Fire\r\n---\r\nIt burnt.")
    (entry,) = read_files([file])
    assert isinstance(entry, FileArticle)
    assert entry.article == {"headline": "Fire", "body": {"format": "markdown", "text": "It burnt."}}


@given(
    st.dictionaries(
        st.sampled_from(["headline", "summary", "colour"]), st.text(st.characters(codec="utf-8")), min_size=1
    )
)
def test_any_text_that_a_yaml_library_writes_is_read_as_it_was(fields: dict[str, str]) -> None:
    assert read(yaml.safe_dump(fields)) == fields
