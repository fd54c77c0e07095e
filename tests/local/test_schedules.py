"""Schedules as event sources."""

from datetime import UTC, datetime

import pytest

from infra.local.functions import schedules
from infra.local.functions.schedules import due_after
from infra.local.template.intrinsics import TemplateError
from tests.local.conftest import Example

NOW = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(1 minute)", "2026-03-13 12:01"),
        ("rate(2 days)", "2026-03-15 12:00"),
        ("cron(15 * * * ? *)", "2026-03-13 12:15"),
        ("cron(0/20 * * * ? *)", "2026-03-13 12:20"),
        ("cron(0 6 ? * MON-FRI *)", "2026-03-16 06:00"),
        ("cron(30 7,19 1 * ? *)", "2026-04-01 07:30"),
        ("cron(0 0 1 JAN ? 2028)", "2028-01-01 00:00"),
    ],
)
def test_a_schedule_expression_gives_its_next_time(expression: str, due: str) -> None:
    assert f"{due_after(expression, NOW):%Y-%m-%d %H:%M}" == due


@pytest.mark.parametrize("expression", ["at(2026-01-01)", "rate(1 week)", "cron(* * *)", "cron(0 0 1 1 ? 2020)"])
def test_an_invalid_schedule_expression_is_refused(expression: str) -> None:
    with pytest.raises(TemplateError, match="schedule"):
        due_after(expression, NOW)


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "RETRY_DELAY", 0.05)


@pytest.mark.usefixtures("short_pauses")
def test_a_scheduled_event_that_fails_is_retried(example: Example) -> None:
    example.put_page("failures", b"1")
    example.stack.fire("TickFunction")
    example.stack.settle()
    ticked = example.stack.clients.s3.get_object(Bucket=example.stack.site_bucket, Key="ticked")["Body"].read()
    assert ticked == b"Scheduled Event"
    assert example.given_up() == []


@pytest.mark.usefixtures("short_pauses")
def test_a_scheduled_event_that_keeps_failing_becomes_a_dead_letter(example: Example) -> None:
    example.put_page("failures", b"9")
    example.stack.fire("TickFunction")
    [message] = example.given_up()
    assert message["requestPayload"]["detail-type"] == "Scheduled Event"
    assert message["responsePayload"] == {"errorMessage": "RuntimeError: 8 to go"}
    assert message["requestContext"]["condition"] == "RetriesExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 2
