"""What alarms watch, of which stack, and when they go off: for faults, and not right after the stack's creation."""

from typing import Any

import pytest

from broadsheet.model import config
from broadsheet.settings import SITE_FILE
from tests.template.metrics import NAMESPACE, alarms, inputs, lines
from tests.template.resources import FULL, Resources, functions, mappings, of_type, only, resolved

OF_THE_ACCOUNT = {"AWS/SES"}
"""SES has one reputation for an account and region, so two stacks share these metrics; docs/operations.md says so."""
MOST_METRICS = 10
"""Metrics of one alarm on a metric math expression ("Amazon CloudWatch endpoints and quotas")."""


def watched(resources: Resources, namespace: str, metric: str) -> set[str]:
    """The resources, by the value of their one dimension, for which an alarm watches this metric by itself."""
    return {
        alarm["Dimensions"][0]["Value"]
        for alarm in alarms(resources).values()
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, metric)
    }


def value(alarm: dict[str, Any], **sums: int) -> int:
    """What a metric math alarm compares with its threshold. Metrics without a sum have no data."""
    [expression] = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    metrics = {one["Id"]: sums.get(one["Id"]) for one in alarm["Metrics"] if "Expression" not in one}
    operations = {
        "FILL": lambda series, number: number if series is None else series,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    found: int = eval(expression.replace(" AND ", " and "), operations, metrics)  # noqa: S307  the template's own text
    return found


def goes_off_without_data(alarm: dict[str, Any]) -> bool:
    """Whether it goes to ALARM before it has any data, as CloudWatch evaluates it right after its creation."""
    if "Metrics" in alarm:
        return value(alarm) > int(alarm["Threshold"])
    return bool(alarm["TreatMissingData"] == "breaching")


# ── Every alarm ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_alarm_is_described_and_sent_to_the_operator(resources: Resources) -> None:
    for alarm in alarms(resources).values():
        assert alarm["AlarmDescription"].endswith(".")
        assert alarm["AlarmActions"] == ["Alarms"]
    [mailed] = [one for one in of_type(resources, "AWS::SNS::Subscription").values() if one["TopicArn"] == "Alarms"]
    assert mailed["Endpoint"] == FULL["AlarmEmail"]


def test_no_alarm_goes_off_at_creation(resources: Resources) -> None:
    """aws#20: all data is missing then, however many periods an alarm waits for."""
    assert [name for name, alarm in alarms(resources).items() if goes_off_without_data(alarm)] == []


def test_a_schedule_that_stops_after_it_has_run_is_reported(resources: Resources) -> None:
    """aws#20: a function that does not run has no data. CloudWatch acts on changes of state, so not at creation."""
    found = [alarm for alarm in alarms(resources).values() if alarm["TreatMissingData"] == "missing"]
    watched = [[each["Value"] for each in silent["Dimensions"]] for silent in found]
    assert sorted(watched) == [["ComposeFunction"], ["ScheduleFunction"]]
    for silent in found:
        assert (silent["Namespace"], silent["MetricName"]) == ("AWS/Lambda", "Invocations")
        assert silent["InsufficientDataActions"] == silent["AlarmActions"] == silent["OKActions"] == ["Alarms"]


@pytest.mark.parametrize(
    ("name", "sums", "goes_off"),
    [
        ("PublishStopped", {"written": 12}, True),
        ("PublishStopped", {"written": 12, "runs": 1}, False),
        ("PublishStopped", {"written": 2, "websub": 1}, False),  # the WebSub function's rows, in the next hour
        ("PublishStopped", {"runs": 3}, False),
        ("PublishStopped", {"written": 0}, False),
        ("EventsStopped", {"put": 3}, True),
        ("EventsStopped", {"put": 3, "runs": 1}, False),
        ("EventsStopped", {"runs": 1}, False),
        ("MailerStopped", {"requested": 1}, True),
        ("MailerStopped", {"requested": 4, "runs": 2}, False),
        ("MailerStopped", {"runs": 1}, False),
        ("FunctionsThrottled", {"publish": 1}, True),
        ("FunctionsThrottled", {"mailer": 3, "websub": 0}, True),
        ("FunctionsThrottled", {"mailer": 0}, False),
    ],
)
def test_an_alarm_goes_off_for_a_disabled_stream_and_a_throttled_function(
    name: str, sums: dict[str, int], goes_off: bool, resources: Resources
) -> None:
    """aws#20: neither has an IteratorAge."""
    alarm = alarms(resources)[name]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert (value(alarm, **sums) > alarm["Threshold"]) is goes_off


def test_every_stream_has_an_alarm_for_a_function_that_does_not_run(resources: Resources) -> None:
    """aws#20"""
    for mapping in mappings(resources, "dynamodb"):
        run = ("AWS/Lambda", "Invocations", {"FunctionName": mapping["FunctionName"]})
        assert [name for name, alarm in alarms(resources).items() if run in inputs(alarm)]


def test_an_alarm_goes_off_for_throttles_of_every_function_that_no_call_of_the_api_invokes(
    resources: Resources,
) -> None:
    """aws#20: API Gateway answers a throttled call with a 5xx, which has its own alarm."""
    invoked = {
        one["FunctionName"]
        for one in of_type(resources, "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig").values()
    } | {"SendFunction"}  # by the state machine
    throttles = inputs(alarms(resources)["FunctionsThrottled"])
    assert {name for _, name, _ in throttles} == {"Throttles"}
    assert {dimensions["FunctionName"] for _, _, dimensions in throttles} == invoked
    assert len(throttles) <= MOST_METRICS
    alarm = alarms(resources)["FunctionsThrottled"]
    each = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one]
    assert len(each) == len(throttles)
    assert all(value(alarm, **{id: 1}) > alarm["Threshold"] for id in each)


def test_two_stacks_share_no_metric_of_ours() -> None:
    """aws#4: CloudWatch tells metrics apart by namespace and dimensions alone."""
    found = [
        {namespace for alarm in alarms(stack).values() for namespace, _, _ in inputs(alarm)}
        | {namespace for namespace, _, _ in lines(stack)}
        | {one["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] for one in functions(stack).values()}
        for stack in (resolved(stack=name, **FULL) for name in ("paper", "staging"))
    ]
    ours = [{namespace for namespace in one if not namespace.startswith("AWS/")} for one in found]
    assert ours == [{"Broadsheet/paper"}, {"Broadsheet/staging"}]


def test_every_metric_of_aws_is_of_a_resource_of_the_stack(resources: Resources) -> None:
    """aws#4: SES's reputation aside, which is the account's."""
    read = [metric for alarm in alarms(resources).values() for metric in inputs(alarm)]
    for namespace, name, dimensions in [*read, *lines(resources)]:
        if namespace.startswith("AWS/") and namespace not in OF_THE_ACCOUNT:
            of_stack = [one for one in dimensions.values() if one.partition(".")[0] in resources]
            assert of_stack, (namespace, name, dimensions)


def test_alarms_and_dashboards_have_no_name_that_two_stacks_share() -> None:
    """aws#4"""
    one, other = (resolved(stack=name, **FULL) for name in ("paper", "staging"))
    assert not [name for name, alarm in alarms(one).items() if "AlarmName" in alarm]  # CloudFormation generates one
    names = [only(stack, "AWS::CloudWatch::Dashboard")["DashboardName"] for stack in (one, other)]
    assert names[0] != names[1]


# ── What is watched ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_dead_letter_queue_has_an_alarm(resources: Resources) -> None:
    read = {mapping["EventSourceArn"].removesuffix(".Arn") for mapping in mappings(resources, "sqs")}
    unread = {f"{name}.QueueName" for name in of_type(resources, "AWS::SQS::Queue").keys() - read}
    assert unread
    assert watched(resources, "AWS/SQS", "ApproximateNumberOfMessagesVisible") == unread


def test_every_function_whose_events_wait_has_an_alarm_for_their_age(resources: Resources) -> None:
    streams = {mapping["FunctionName"] for mapping in mappings(resources, "dynamodb")}
    assert watched(resources, "AWS/Lambda", "IteratorAge") == streams
    topics = of_type(resources, "AWS::SNS::Subscription").values()
    notified = {one["Endpoint"].removesuffix(".Arn") for one in topics if one["Protocol"] == "lambda"}
    assert watched(resources, "AWS/Lambda", "AsyncEventAge") == notified == {"BouncesFunction"}


def test_every_schedule_has_an_alarm_for_a_function_that_does_not_run(resources: Resources) -> None:
    rules = of_type(resources, "AWS::Events::Rule").values()
    scheduled = {target["Arn"].removesuffix(".Arn") for rule in rules for target in rule["Targets"]}
    assert watched(resources, "AWS/Lambda", "Invocations") == scheduled == {"ScheduleFunction", "ComposeFunction"}


def test_every_api_has_an_alarm_for_server_errors(resources: Resources) -> None:
    apis = of_type(resources, "AWS::ApiGatewayV2::Api")
    assert watched(resources, "AWS/ApiGateway", "5xx") == set(apis) == {"HttpApi"}


def test_bounces_and_complaints_raise_alarms_before_ses_stops_the_sender(resources: Resources) -> None:
    found = {
        alarm["MetricName"]: (alarm["ComparisonOperator"], alarm["Threshold"])
        for alarm in alarms(resources).values()
        if alarm.get("Namespace") == "AWS/SES"
    }
    # It stops an account at 10 % and 0.5 %.
    assert found == {
        "Reputation.BounceRate": ("GreaterThanOrEqualToThreshold", 0.04),
        "Reputation.ComplaintRate": ("GreaterThanOrEqualToThreshold", 0.001),
    }


@pytest.mark.parametrize("metric", ["MailRefused", "Rejected", "ContentRefused", "SignUpStopped", "SignUpLimited"])
def test_mails_that_ses_will_not_send_and_floods_of_sign_ups_raise_alarms(metric: str, resources: Resources) -> None:
    """newsletter#11"""
    assert watched(resources, NAMESPACE, metric) == {"broadsheet"}


@pytest.mark.parametrize("metric", ["IssuesStalled", "IssuesTripped", "IssueUnknown"])
def test_an_issue_that_does_not_reach_its_readers_raises_an_alarm_at_once(metric: str, resources: Resources) -> None:
    """newsletter#40, newsletter#47"""
    [alarm] = [one for one in alarms(resources).values() if one.get("MetricName") == metric]
    assert watched(resources, NAMESPACE, metric) == {"broadsheet"}
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "GreaterThanThreshold", 0)
    assert alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) == 1
    assert alarm["Period"] <= 300


def test_a_run_of_the_state_machine_that_fails_alone_raises_no_alarm(resources: Resources) -> None:
    """newsletter#47: the next run goes on."""
    machines = of_type(resources, "AWS::StepFunctions::StateMachine")
    [alarm] = [one for one in alarms(resources).values() if one.get("Namespace") == "AWS/States"]
    assert watched(resources, "AWS/States", "ExecutionsFailed") == set(machines) == {"SendingMachine"}
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 2)


def test_an_office_that_signs_up_together_raises_no_alarm(resources: Resources) -> None:
    settings = config.parse_site(SITE_FILE.read_text("utf-8")).newsletter
    limited = alarms(resources)["SignUpsLimited"]
    assert limited["Period"] == 3600
    assert limited["Threshold"] >= 5 * settings.per_network
