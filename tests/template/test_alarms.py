"""What alarms watch, of which stack, and when they ring: for faults, and not right after the stack's creation."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.reading import FULL, Resources, functions, of_type, resolved

NAMESPACE = "Broadsheet/broadsheet"
"""Of the metrics that the functions of a stack named `broadsheet` count."""
OF_THE_ACCOUNT = {"AWS/SES"}
"""SES has one reputation for an account and region, so two stacks share these metrics; docs/operations.md says so."""
MOST_METRICS = 10
"""Metrics of one alarm on a metric math expression ("Amazon CloudWatch endpoints and quotas")."""

Input = tuple[str, str, dict[str, str]]


def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::CloudWatch::Alarm")


def inputs(alarm: dict[str, Any]) -> list[Input]:
    """Every metric that the alarm reads: its namespace, its name and its dimensions."""
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
    return [
        (one["Namespace"], one["MetricName"], {pair["Name"]: pair["Value"] for pair in one.get("Dimensions", [])})
        for one in metrics
    ]


def value(alarm: dict[str, Any], **sums: int) -> int:
    """What a metric math alarm compares with its threshold, where its metrics have these sums; none is no data."""
    [expression] = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    metrics = {one["Id"]: sums.get(one["Id"]) for one in alarm["Metrics"] if "Expression" not in one}
    operations = {
        "FILL": lambda series, number: number if series is None else series,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    found: int = eval(expression.replace(" AND ", " and "), operations, metrics)  # noqa: S307  the template's own text
    return found


def rings_without_data(alarm: dict[str, Any]) -> bool:
    """Whether it goes to ALARM where it never had any data, as CloudWatch evaluates it right after its creation."""
    if "Metrics" in alarm:
        return value(alarm) > int(alarm["Threshold"])
    return bool(alarm["TreatMissingData"] == "breaching")


def dashboard_inputs(resources: Resources) -> Iterator[tuple[str, list[str]]]:
    """The namespace, and the values of the dimensions, of every metric on the dashboard."""
    for dashboard in of_type(resources, "AWS::CloudWatch::Dashboard").values():
        for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
            for namespace, *rest in widget["properties"].get("metrics", []):
                if isinstance(namespace, str):
                    yield namespace, [part for part in rest[1:] if isinstance(part, str)]


def test_no_alarm_rings_at_creation(resources: Resources) -> None:
    """aws#20: all data is missing then, however many periods an alarm waits for."""
    assert [name for name, alarm in alarms(resources).items() if rings_without_data(alarm)] == []


def test_a_schedule_that_has_stopped_is_reported_once_it_had_run(resources: Resources) -> None:
    """aws#20: a function that does not run has no data. CloudWatch acts on changes of state, so not at creation."""
    [silent] = [alarm for alarm in alarms(resources).values() if alarm["TreatMissingData"] == "missing"]
    assert silent["Dimensions"] == [{"Name": "FunctionName", "Value": "ScheduleFunction"}]
    assert (silent["Namespace"], silent["MetricName"]) == ("AWS/Lambda", "Invocations")
    assert silent["InsufficientDataActions"] == silent["AlarmActions"] == silent["OKActions"] == ["Alarms"]


@pytest.mark.parametrize(
    ("name", "sums", "rings"),
    [
        ("PublishStopped", {"written": 12}, True),
        ("PublishStopped", {"written": 12, "runs": 1}, False),
        ("PublishStopped", {"written": 2, "hub": 1}, False),  # the hub's rows, after an hour has turned
        ("PublishStopped", {"runs": 3}, False),
        ("PublishStopped", {"written": 0}, False),
        ("MailerStopped", {"requested": 1}, True),
        ("MailerStopped", {"requested": 4, "runs": 2}, False),
        ("MailerStopped", {"runs": 1}, False),
        ("FunctionsThrottled", {"publish": 1}, True),
        ("FunctionsThrottled", {"mail": 3, "hub": 0}, True),
        ("FunctionsThrottled", {"mail": 0}, False),
    ],
)
def test_a_disabled_stream_and_a_throttled_function_ring(
    name: str, sums: dict[str, int], rings: bool, resources: Resources
) -> None:
    """aws#20: neither has an IteratorAge."""
    alarm = alarms(resources)[name]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert (value(alarm, **sums) > alarm["Threshold"]) is rings


def test_every_stream_has_an_alarm_for_its_function_that_does_not_run(resources: Resources) -> None:
    """aws#20"""
    for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        if mapping["EventSourceArn"].endswith(".StreamArn"):
            run = ("AWS/Lambda", "Invocations", {"FunctionName": mapping["FunctionName"]})
            assert [name for name, alarm in alarms(resources).items() if run in inputs(alarm)]


def test_the_throttles_of_every_function_that_runs_by_events_ring(resources: Resources) -> None:
    """aws#20: of calls, API Gateway answers with a 5xx, which is an alarm of its own."""
    by_events = {
        one["FunctionName"]
        for one in of_type(resources, "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig").values()
    }
    watched = inputs(alarms(resources)["FunctionsThrottled"])
    assert {name for _, name, _ in watched} == {"Throttles"}
    assert {dimensions["FunctionName"] for _, _, dimensions in watched} == by_events
    assert len(watched) <= MOST_METRICS
    alarm = alarms(resources)["FunctionsThrottled"]
    each = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one]
    assert len(each) == len(watched)
    assert all(value(alarm, **{id: 1}) > alarm["Threshold"] for id in each)


def test_two_stacks_share_no_metric_of_ours() -> None:
    """aws#4: CloudWatch tells metrics apart by namespace and dimensions alone."""
    found = [
        {namespace for alarm in alarms(stack).values() for namespace, _, _ in inputs(alarm)}
        | {namespace for namespace, _ in dashboard_inputs(stack)}
        | {one["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] for one in functions(stack).values()}
        for stack in (resolved(stack=name, **FULL)["Resources"] for name in ("paper", "staging"))
    ]
    ours = [{namespace for namespace in one if not namespace.startswith("AWS/")} for one in found]
    assert ours == [{"Broadsheet/paper"}, {"Broadsheet/staging"}]


def test_every_metric_of_aws_is_of_a_resource_of_the_stack(resources: Resources) -> None:
    """aws#4: SES's reputation aside, which is the account's."""
    read = [
        (space, list(dimensions.values())) for a in alarms(resources).values() for space, _, dimensions in inputs(a)
    ]
    for namespace, values in [*read, *dashboard_inputs(resources)]:
        if namespace.startswith("AWS/") and namespace not in OF_THE_ACCOUNT:
            assert [one for one in values if one.partition(".")[0] in resources], (namespace, values)


def test_alarms_and_dashboards_have_no_name_that_two_stacks_share() -> None:
    """aws#4"""
    one, other = (resolved(stack=name, **FULL)["Resources"] for name in ("paper", "staging"))
    assert not [name for name, alarm in alarms(one).items() if "AlarmName" in alarm]  # CloudFormation makes one
    names = [of_type(stack, "AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardName"] for stack in (one, other)]
    assert names[0] != names[1]
