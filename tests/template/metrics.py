"""The metrics that alarms watch and that the dashboard shows."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.template.resources import Resources, of_type, only

NAMESPACE = "Broadsheet/broadsheet"
"""The namespace of the metrics that the functions of a stack named `broadsheet` send."""

Metric = tuple[str, str, dict[str, str]]
"""A metric's namespace, its name and its dimensions."""

_SEARCH = re.compile(r"SEARCH\('(?P<query>.*)', '\w+'\)")
_QUERY = re.compile(r'{(?P<namespace>[\w/]+),(?P<dimension>\w+)} MetricName="(?P<metric>\w+)" AND \((?P<values>.+)\)')


def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::CloudWatch::Alarm")


def inputs(alarm: dict[str, Any]) -> list[Metric]:
    """Every metric that the alarm reads."""
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
    return [
        (one["Namespace"], one["MetricName"], {pair["Name"]: pair["Value"] for pair in one.get("Dimensions", [])})
        for one in metrics
    ]


def widgets(resources: Resources) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(only(resources, "AWS::CloudWatch::Dashboard")["DashboardBody"])["widgets"]
    return found


def lines(resources: Resources) -> list[Metric]:
    """Every metric on the dashboard."""
    return [metric for widget in widgets(resources) for metric in widget_lines(widget)]


def widget_lines(widget: dict[str, Any]) -> Iterator[Metric]:
    """Every metric that the widget draws, by name or by a SEARCH expression."""
    for first, *rest in widget["properties"].get("metrics", []):
        if isinstance(first, str):
            name, *pairs = (part for part in rest if isinstance(part, str))
            yield first, name, dict(zip(pairs[::2], pairs[1::2], strict=True))
        elif search := _SEARCH.fullmatch(first["expression"]):
            yield from _found(search["query"])


def queries(resources: Resources) -> list[str]:
    """The query of every SEARCH expression on the dashboard."""
    expressions = [
        first["expression"]
        for widget in widgets(resources)
        for first, *_ in widget["properties"].get("metrics", [])
        if isinstance(first, dict)
    ]
    return [search["query"] for search in map(_SEARCH.fullmatch, expressions) if search]


def _found(query: str) -> Iterator[Metric]:
    """The metrics that a query matches, whose terms in quotes match complete dimension values."""
    parts = _QUERY.fullmatch(query)
    assert parts, query
    for term in parts["values"].split(" OR "):
        assert re.fullmatch(r'"[^"]+"', term), term
        yield parts["namespace"], parts["metric"], {parts["dimension"]: term.strip('"')}
