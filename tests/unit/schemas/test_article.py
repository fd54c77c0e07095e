"""What editors send, read by any schema: a wrong field is told in this project's own words, whatever it holds."""

import re
from typing import Any

import pytest
from marshmallow import Schema

from broadsheet.schemas.ad import AdSchema, PictureSchema
from broadsheet.schemas.article import ArticleSchema, BodySchema, ImageSchema, read
from broadsheet.schemas.image import UploadSchema
from broadsheet.schemas.import_row import BatchSchema, RowSchema

WRONG: list[Any] = [None, True, 1.5, -1, "", "a" * 5_000, [], [None], {}, {"a": 1}]


@pytest.mark.parametrize(
    "schema",
    [ArticleSchema, BodySchema, ImageSchema, AdSchema, PictureSchema, UploadSchema, RowSchema, BatchSchema],
)
def test_every_broken_rule_is_said_in_one_voice(schema: type[Schema]) -> None:
    sent = [{}, {"colour": "red"}, *(dict.fromkeys(schema().fields, value) for value in WRONG)]
    errors = [error for each in sent for error in read(schema(), each, "whole")[1]]
    assert errors
    assert [error for error in errors if not re.match("(must|is) ", error.rule)] == []


@pytest.mark.parametrize("sent", [None, 7, "text", ["a list"]])
def test_what_is_no_object_is_called_by_its_name(sent: object) -> None:
    _, (error,) = read(AdSchema(), sent, "slot")
    assert (error.field, error.rule) == ("slot", "must be an object")
