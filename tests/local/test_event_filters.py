"""Patterns of event filters."""

from typing import Any

import pytest

from infra.local.functions.event_filters import matches

RECORD = {
    "eventName": "MODIFY",
    "dynamodb": {"Keys": {"pk": {"S": "ARTICLE#1"}, "sk": {"S": "META"}}, "NewImage": {"n": 7, "tags": ["a", "b"]}},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({}, True),
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["INSERT"]}, False),
        ({"eventName": ["MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["META"]}}}}, True),
        ({"eventName": ["MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["PATH"]}}}}, False),
        ({"dynamodb": {"OldImage": {"n": [7]}}}, False),
        ({"dynamodb": {"OldImage": {"n": [{"exists": False}]}}}, True),
        ({"dynamodb": {"NewImage": {"n": [{"exists": True}]}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "ARTICLE#"}]}}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"suffix": "#2"}]}}}}, False),
        ({"dynamodb": {"NewImage": {"n": [{"numeric": [">", 5, "<=", 7]}]}}}, True),
        ({"dynamodb": {"NewImage": {"n": [{"numeric": ["=", 8]}]}}}, False),
        ({"dynamodb": {"NewImage": {"n": ["7"]}}}, False),
        ({"dynamodb": {"NewImage": {"tags": ["b"]}}}, True),
        ({"eventName": [{"anything-but": ["REMOVE"]}]}, True),
        ({"eventName": [{"anything-but": {"prefix": "MOD"}}]}, False),
        ({"eventName": [{"equals-ignore-case": "modify"}]}, True),
        ({"nothing": [None]}, True),
        ({"absent": [None]}, False),
        ({"$or": [{"eventName": ["INSERT"]}, {"dynamodb": {"Keys": {"sk": {"S": ["META"]}}}}]}, True),
        ({"$or": [{"eventName": ["INSERT"]}, {"eventName": ["REMOVE"]}]}, False),
    ],
)
def test_an_event_matches_a_pattern_or_not(pattern: dict[str, Any], fits: bool) -> None:
    assert matches(pattern, RECORD) is fits


@pytest.mark.parametrize("pattern", [{"eventName": "MODIFY"}, {"eventName": [{"wildcard": "M*"}]}])
def test_a_pattern_that_lambda_would_refuse_is_refused(pattern: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="pattern"):
        matches(pattern, RECORD)
