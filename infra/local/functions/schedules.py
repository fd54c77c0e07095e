"""Schedules, and asynchronous invocation with retries."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.account import ACCOUNT, REGION
from infra.local.functions import dead_letters
from infra.local.functions.event_sources import Schedule
from infra.local.functions.runtime import Function
from infra.local.moto.clients import AwsClients
from infra.local.template.intrinsics import TemplateError

RETRY_DELAY = 1.0
"""Seconds before the first retry of an asynchronous event; twice as long before the second. On AWS it is minutes."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.+)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_NAMES = {
    name: str(number)
    for names in ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "SUN MON TUE WED THU FRI SAT")
    for number, name in enumerate(names.split(), 1)
}


class Asynchronous:
    """Invokes functions asynchronously, and retries failed invocations as Lambda does."""

    def __init__(self, clients: AwsClients) -> None:
        self._cloud = clients
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._pending = 0

    @property
    def pending(self) -> int:
        """How many events have neither succeeded nor been given up."""
        return self._pending

    def submit(self, function: Function, event: Any, trigger: str) -> None:
        """Queue an event, and return at once."""
        with self._changed:
            self._pending += 1
        threading.Thread(target=self._deliver, args=(function, event, trigger), daemon=True).start()

    def close(self) -> None:
        """Stop retrying."""
        self._closed.set()

    def _deliver(self, function: Function, event: Any, trigger: str) -> None:
        try:
            retries = function.spec.on_failure
            for attempt in range(1, (retries.maximum or 0) + 2):
                invocation = function.call(event, trigger if attempt == 1 else f"{trigger}, retry")
                if not invocation.error or self._closed.is_set():
                    return
                if attempt <= (retries.maximum or 0):
                    self._closed.wait(RETRY_DELAY * attempt)
            if retries.queue:
                details = {"requestPayload": event, "responsePayload": {"errorMessage": invocation.error}}
                dead_letters.send(
                    self._cloud, retries.queue, function.spec, invocation, attempt, "RetriesExhausted", details
                )
        finally:
            with self._changed:
                self._pending -= 1


class Clock:
    """Invokes the function of each schedule when it is due, until closed."""

    def __init__(
        self, schedules: list[Schedule], functions: Mapping[str, Function], asynchronous: Asynchronous
    ) -> None:
        self.schedules = schedules
        self._functions, self._asynchronous = functions, asynchronous
        self._closed = threading.Event()
        now = datetime.now(UTC)
        due = [(due_after(schedule.expression, now), schedule) for schedule in schedules]
        self._thread = threading.Thread(target=self._run, args=(due,), name="clock", daemon=True)
        self._thread.start()

    def fire(self, schedule: Schedule) -> None:
        """Invoke the schedule's function now."""
        function = self._functions[schedule.function]
        if not function.fault:  # code that cannot be loaded would fail every minute
            event = _event(schedule) if schedule.event is None else schedule.event
            self._asynchronous.submit(function, event, f"schedule: {schedule.expression}")

    def close(self) -> None:
        self._closed.set()

    def _run(self, due: list[tuple[datetime, Schedule]]) -> None:
        while due:
            due.sort(key=lambda entry: entry[0])
            at, schedule = due.pop(0)
            if self._closed.wait(max(0.0, (at - datetime.now(UTC)).total_seconds())):
                return
            self.fire(schedule)
            due.append((due_after(schedule.expression, at), schedule))


def due_after(expression: str, after: datetime) -> datetime:
    """When a `rate(…)` or `cron(…)` expression is next due. Raises TemplateError for any other."""
    if rate := _RATE.fullmatch(expression):
        return after + int(rate[1]) * _UNITS[rate[2]]
    cron = _CRON.fullmatch(expression)
    fields = cron[1].split() if cron else []
    if len(fields) != 6:
        raise TemplateError(f"The schedule {expression!r} is neither rate(…) nor cron(…).")
    minutes, hours, days, months, weekdays, years = fields
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while at.year <= after.year + 5:
        weekday = at.isoweekday() % 7 + 1  # for EventBridge Sunday is 1
        day = ((years, at.year), (months, at.month), (days, at.day), (weekdays, weekday))
        if not all(_field_allows(field, value) for field, value in day):
            at = at.replace(hour=0, minute=0) + timedelta(days=1)
        elif not _field_allows(hours, at.hour):
            at = at.replace(minute=0) + timedelta(hours=1)
        elif not _field_allows(minutes, at.minute):
            at += timedelta(minutes=1)
        else:
            return at
    raise TemplateError(f"The schedule {expression!r} is not due in five years.")


def _field_allows(field: str, value: int) -> bool:
    """Whether a field of a cron expression allows `value`: `*`, `?`, `5`, `MON-FRI`, `0/15`, or a list of these."""
    for item in field.upper().split(","):
        span, _, step = re.sub(r"[A-Z]{3}", lambda name: _NAMES[name[0]], item).partition("/")
        if span in {"*", "?"}:
            low, high = 0, 9999
        else:
            start, _, end = span.partition("-")
            low, high = int(start), int(end or (9999 if step else start))
        if low <= value <= high and (value - low) % int(step or 1) == 0:
            return True
    return False


def _event(schedule: Schedule) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [schedule.arn],
        "detail": {},
    }
