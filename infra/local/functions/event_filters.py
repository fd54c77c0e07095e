"""Event patterns of Lambda's event filters, which are those of EventBridge's rules."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

_MISSING = object()
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether `event` matches: for every key of the pattern it has one of the listed values.

    Raises ValueError for a pattern that Lambda would refuse.
    """
    return all(
        any(matches(choice, event) for choice in inner)
        if key == "$or"
        else _field_matches(inner, event.get(key, _MISSING) if isinstance(event, dict) else _MISSING)
        for key, inner in pattern.items()
    )


def _field_matches(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, dict):
        # An event without the field may match too: a rule further inside may be {"exists": false}.
        return matches(pattern, {} if value is _MISSING else value)
    if not isinstance(pattern, list):
        raise ValueError(f"the leaves of a pattern are lists, not {pattern!r}")  # noqa: TRY004  the pattern's text is invalid
    values = value if isinstance(value, list) else [value]
    return any(_value_matches(rule, one) for rule in pattern for one in values or [_MISSING])


def _value_matches(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return value is not _MISSING and type(rule) is type(value) and bool(rule == value)
    [(name, operand)] = rule.items()
    if name not in _RULES:
        raise ValueError(f"a pattern has no operator {name!r}")
    if name == "exists":
        return bool(operand) is (value is not _MISSING)
    return value is not _MISSING and _RULES[name](operand, value)


def _numeric(operand: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all(_COMPARE[sign](value, limit) for sign, limit in pairs)


def _anything_but(operand: Any, value: Any) -> bool:
    rules = operand if isinstance(operand, list) else [operand]
    return not any(_value_matches(rule, value) for rule in rules)


_RULES: Mapping[str, Callable[[Any, Any], bool]] = {
    "exists": lambda operand, value: True,  # noqa: ARG005  `_value_matches` handles it, as the only operator for a missing value
    "prefix": lambda operand, value: isinstance(value, str) and value.startswith(operand),
    "suffix": lambda operand, value: isinstance(value, str) and value.endswith(operand),
    "equals-ignore-case": lambda operand, value: isinstance(value, str) and value.casefold() == operand.casefold(),
    "anything-but": _anything_but,
    "numeric": _numeric,
}
