"""The types of fields: what each accepts, and that every broken rule has a message."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from broadsheet.model.errors import FieldError, Invalid, Rule
from broadsheet.schemas.ad import AD
from broadsheet.schemas.article import ARTICLE
from broadsheet.schemas.fields import (
    IS_REQUIRED,
    Boolean,
    BrokenRule,
    Choice,
    CleanText,
    Field,
    Instant,
    Line,
    ListOf,
    Name,
    Object,
    Text,
    Url,
    WholeNumber,
    read,
    refuse,
)
from broadsheet.schemas.image import UPLOAD
from broadsheet.schemas.import_row import BATCH, ROW
from broadsheet.schemas.sign_up import PREFERENCES, SIGN_UP
from broadsheet.schemas.site_toml import SITE
from tests.unit.schemas.broken import Broken, broken

HTTPS = re.compile(r"https://\S+")
WRONG: list[Any] = [None, True, 1.5, -1, "", "a" * 5_000, [], [None], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("field", "value", "parsed"),
    [
        (Text(), " a\x00", " a\x00"),
        (Text(3), "abc", "abc"),
        (Text(pattern=re.compile("[a-z]+")), "abc", "abc"),
        (CleanText(), "a\x00b\ud800\n", "ab\n"),
        (Line(9, required=True), " a \n b ", "a b"),
        (Line(40), "« It\x92s\u00a0open »  \u2028 9\u202fh\u00a0", "« It’s\u00a0open » 9\u202fh"),
        (Line(9), "\u200b\u2800\u3164", ""),
        (Name(40), "\u202aLina\u202c \u200f", "Lina"),
        (Choice("a", "b"), "b", "b"),
        (WholeNumber(0, 100), 100, 100),
        (WholeNumber(1), 10**9, 10**9),
        (Boolean(), False, False),
        (Instant(), "2025-04-15t08:00:00.9+03:00", datetime(2025, 4, 15, 5, tzinfo=UTC)),
        (Instant(), "2025-04-15 08:00:00Z", datetime(2025, 4, 15, 8, tzinfo=UTC)),
        (Instant(), "2025-04-15T08:00:00-00:00", datetime(2025, 4, 15, 8, tzinfo=UTC)),
        (Instant(), "2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (Instant(), "2015-07-01T02:59:60.5+03:00", datetime(2015, 6, 30, 23, 59, 59, tzinfo=UTC)),
        (Url(HTTPS, "must be a URL"), "https://a.example/", "https://a.example/"),
    ],
)
def test_a_field_accepts_a_value(field: Field, value: object, parsed: object) -> None:
    assert field.parse(value) == parsed


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        (Text(), 7, "must be a text"),
        (Text(3), "abcd", "must be at most 3 characters"),
        (
            Text(pattern=re.compile("[a-z]+"), rule=Rule("wrong_format", "must be lower case")),
            "abc\n",
            "must be lower case",
        ),
        (Line(2000), "a" * 2001, "must be at most 2,000 characters"),
        (Line(9, required=True), " \n ", "must have something to read"),
        (Line(9, required=True), "\u200b\u2800\ufe0f", "must have something to read"),
        (Name(9, required=True), "\u3164", "must have something to read"),
        (Line(9, required=True), "a" + " " * 9, "must be at most 9 characters"),
        (Choice("a", "b"), "c", "must be one of a, b"),
        (Choice("a", "b"), ["a"], "must be one of a, b"),
        (WholeNumber(0, 100), 101, "must be a whole number from 0 to 100"),
        (WholeNumber(0, 100), True, "must be a whole number from 0 to 100"),
        (WholeNumber(0, 100), 1.0, "must be a whole number from 0 to 100"),
        (WholeNumber(0, 100), "1", "must be a whole number from 0 to 100"),
        (WholeNumber(1, 20_000, "pixels"), 0, "must be a whole number of pixels from 1 to 20,000"),
        (WholeNumber(1), 0, "must be a whole number, at least 1"),
        (Boolean(), 0, "must be true or false"),
        (Instant(), "2025-04-15T08:00:00", Instant.rule.text),
        (Instant(), "2025-02-30T08:00:00Z", Instant.rule.text),
        (Instant(), "2025-04-15", Instant.rule.text),
        (Instant(), "٢٠٢٥-04-15T08:00:00Z", Instant.rule.text),
        (Instant(), "2025-04-15T08:00:60Z", Instant.rule.text),
        (Instant(), "2016-12-31T23:59:60+03:00", Instant.rule.text),
        (Instant(), "2025-04-15T08:00:00+99:00", Instant.rule.text),
        (Instant(), "0999-04-15T08:00:00Z", "must be a year from 1001 to 9998"),
        (Url(HTTPS, "must be a URL"), "http://a.example/", "must be a URL"),
        (Url(HTTPS, "must be a URL"), "https://[", "must be a URL"),
        (Url(HTTPS, "must be a URL"), "https://a.example/" + "a" * 2000, "must be at most 2,000 characters"),
        (ListOf(Text()), "a", "must be a list"),
        (ListOf(Text(), 2), ["a", "b", "c"], "must have at most 2 items"),
        (ListOf(Text(), 2, 1), [], "must have 1 to 2 items"),
    ],
)
def test_a_field_refuses_a_value_with_its_rule(field: Field, value: object, rule: str) -> None:
    with pytest.raises(BrokenRule) as broken:
        field.parse(value)
    assert str(broken.value) == rule


OUTER = Object(
    {
        "name": Text(),
        "tags": ListOf(Text(), default=()),
        "inner": Object({"width": WholeNumber(1), "height": WholeNumber(1)}),
        "note": Text(default=None),
    }
)


def test_an_object_has_the_defaults_of_fields_that_are_left_out_or_null() -> None:
    values, errors = read(OUTER, {"name": "a", "inner": {"width": 1, "height": 2}, "note": None}, "outer")
    assert errors == []
    assert values == {"name": "a", "tags": (), "inner": {"width": 1, "height": 2}, "note": None}


def test_an_unknown_field_that_resembles_another_names_it() -> None:
    sent = {"name": "a", "inner": {"Width": 1, "width": 1, "height": 2}, "Note:": "b", "\ud800": 1, "weather": 1}
    assert [str(error.rule) for error in read(OUTER, sent, "outer")[1]] == [
        "is not a known field; did you mean width?",
        "is not a known field; did you mean note?",
        "is not a known field",
        "is not a known field",
    ]


def test_no_field_is_proposed_where_most_fields_are_unknown() -> None:
    sent = {f"name{number}": "a" for number in range(100)}
    assert {error.rule.text for error in read(OUTER, sent, "outer")[1]} == {"is not a known field", "is required"}


def test_every_broken_rule_is_reported_with_its_path_and_the_valid_fields_remain() -> None:
    sent = {"name": None, "tags": ["a", 1], "inner": {"width": 0, "height": 2, "depth": 3}, "colour": "red"}
    values, errors = read(OUTER, sent, "outer")
    assert broken(errors) == [
        Broken("name", "must be a text"),
        Broken("tags.1", "must be a text"),
        Broken("inner.width", "must be a whole number, at least 1"),
        Broken("inner.depth", "is not a known field"),
        Broken("colour", "is not a known field"),
    ]
    assert values == {"inner": {"height": 2}, "note": None}
    assert broken(read(OUTER, {}, "outer")[1]) == [Broken("name", "is required"), Broken("inner", "is required")]


@pytest.mark.parametrize("sent", [None, 7, "text", ["a list"]])
def test_what_is_no_object_is_reported_by_its_name(sent: object) -> None:
    values, errors = read(OUTER, sent, "outer")
    assert (values, broken(errors)) == ({}, [Broken("outer", "must be an object")])


def test_an_invalid_input_has_each_error_once() -> None:
    refuse([])
    with pytest.raises(Invalid) as refusal:
        refuse([FieldError("a", IS_REQUIRED)] * 2)
    assert broken(refusal.value.errors) == [Broken("a", "is required")]


@pytest.mark.parametrize("schema", [ARTICLE, AD, UPLOAD, ROW, BATCH, SIGN_UP, PREFERENCES, SITE])
def test_every_message_continues_the_name_of_its_field(schema: Object) -> None:
    sent = [{}, {"colour": "red"}, *(dict.fromkeys(schema.fields, value) for value in WRONG)]
    errors = [error for each in sent for error in read(schema, each, "whole")[1]]
    assert errors
    assert [error for error in errors if not re.match("(must|is) ", error.rule.text)] == []
