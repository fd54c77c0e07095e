"""Lambda functions: each runs in its own process, under Lambda's own runtime client (awslambdaric).

A process is replaced after a timeout, after a crash, and when the code changes. A function has one process;
invocations wait in a queue while it is busy.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.functions import failures
from infra.local.functions.event_sources import FunctionSpec
from infra.local.functions.failures import Failure
from infra.local.functions.invocation import MAX_LOG_LINES, MAX_PAYLOAD, Invocation
from infra.local.functions.worker import Worker
from infra.local.web import Request, Response, Server

_API = "/2018-06-01/runtime"
_STOPPING = "The local deployment is stopping."


class Function:
    """A function: its process and its queue of invocations.

    `state` is starting, ready, busy, stopped, or broken: the code cannot be loaded, `fault` says why, and invocations
    fail until a file changes. A function is stopped after the end, and while its restart waits for an invocation.
    `on_state` is called when the function becomes broken and when a new process is ready, `on_done` after every
    invocation, and `on_failure` for every error that the log, the runtime or a response reports.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        code: Path,
        endpoint: str,
        *,
        on_state: Callable[[Function], None] = lambda _: None,
        on_done: Callable[[Invocation], None] = lambda _: None,
        on_failure: Callable[[Failure], None] = lambda _: None,
    ) -> None:
        self.spec = spec
        self.state = "starting"
        self.fault: str | None = None
        self.starts = self.failed_starts = 0
        self.output: deque[str] = deque(maxlen=200)
        """What the processes printed while no invocation ran, mostly at their start."""
        self._code, self._endpoint = code, endpoint
        self._on_state, self._on_done, self._on_failure = on_state, on_done, on_failure
        self._waiting: deque[Invocation] = deque()
        self._current: Invocation | None = None
        self._last: Invocation | None = None
        self._worker: Worker | None = None
        self._restart = self._stopping = False
        self._wanted = True
        self._changed = threading.Condition()
        self._server = Server(self._runtime_api)
        self._supervisor = threading.Thread(target=self._supervise, name=spec.name, daemon=True)
        self._supervisor.start()

    # --- invocations ---

    def invoke(self, event: Any, trigger: str) -> Invocation:
        """Queue an event. The invocation has ended when its `done` is set."""
        invocation = Invocation(self.spec.name, trigger, json.dumps(event, ensure_ascii=False).encode())
        with self._changed:
            self._waiting.append(invocation)
            self._changed.notify_all()
        return invocation

    def call(self, event: Any, trigger: str, timeout: float | None = None) -> Invocation:
        """Invoke, and wait until the invocation has ended or `timeout` seconds have passed."""
        invocation = self.invoke(event, trigger)
        invocation.done.wait(timeout)
        return invocation

    def restart(self, *, when_needed: bool = False) -> None:
        """Replace the process, to load changed code, after the running invocation.

        With `when_needed` the new process starts when an invocation waits for it, or at `start()`.
        """
        with self._changed:
            self._restart, self._wanted = True, not when_needed
            if self.state == "broken":  # from now on, invocations wait for the new code
                self.state, self.fault = "stopped", None
            self._changed.notify_all()

    def start(self) -> None:
        """Start the process of a restart that waits for an invocation."""
        with self._changed:
            self._wanted = True
            self.state = "starting" if self.state == "stopped" else self.state
            self._changed.notify_all()

    def close(self) -> None:
        """End the process. Running and queued invocations fail."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._supervisor.join()
        self._server.close()

    @property
    def pid(self) -> int | None:
        return self._worker.pid if self._worker else None

    @property
    def processor_time(self) -> float:
        """Seconds of processor time of the process so far."""
        return self._worker.processor_time if self._worker else 0.0

    @property
    def started_at(self) -> datetime | None:
        return self._worker.started_at if self._worker else None

    @property
    def running(self) -> Invocation | None:
        return self._current

    @property
    def idle(self) -> bool:
        """Whether no invocation runs or waits."""
        with self._changed:
            return not self._waiting and self._current is None

    # --- the process ---

    def _supervise(self) -> None:
        """Keep a process running. This thread starts all of them and outlives them, as `die_with_parent` requires."""
        while self._may_start():
            worker = self._start()
            served = self._watch(worker)
            reason = worker.end()
            with self._changed:
                self._end_current(reason)
                # Exponential backoff for a process that ends before its first invocation.
                self.failed_starts = 0 if served or self._restart else self.failed_starts + 1
                if self.state == "broken":
                    self._changed.wait_for(lambda: self._restart or self._stopping or self._refuse_waiting(self.fault))
                elif self.failed_starts:
                    delay = min(0.1 * 2**self.failed_starts, 5)
                    self._changed.wait_for(lambda: self._restart or self._stopping, timeout=delay)
        with self._changed:
            self.state = "stopped"
            self._refuse_waiting(_STOPPING)

    def _may_start(self) -> bool:
        """Wait until a process is needed. False if the function is closed."""
        with self._changed:
            if not self._wanted:
                self.state = "stopped"
            self._changed.wait_for(lambda: self._wanted or self._waiting or self._stopping)
            return not self._stopping

    def _start(self) -> Worker:
        with self._changed:
            self._restart, self._wanted = False, True
            self.state, self.fault = "starting", None
            self.starts += 1
            self._last = None
            self._worker = Worker(
                self.spec,
                self._code,
                runtime_api=f"127.0.0.1:{self._server.port}",
                endpoint=self._endpoint,
                on_line=self._log,
                on_gone=self._notice,
            )
            return self._worker

    def _watch(self, worker: Worker) -> bool:
        """Return when the process has ended or must end: whether it was ever ready."""
        with self._changed:
            while True:
                remaining = None
                if self._current and self._current.started:
                    remaining = self._current.started + self.spec.timeout - time.monotonic()
                    if remaining <= 0:
                        self._end_current(f"Task timed out after {self.spec.timeout:.2f} seconds")
                        return True
                if self._stopping or worker.gone.is_set() or (self._restart and self._current is None):
                    return self.state in {"ready", "busy"}
                self._changed.wait(remaining)

    def _log(self, line: str) -> None:
        # Output from just before the response is often read just after it.
        invocation = self._current or self._last
        if invocation is None:
            self.output.append(line)
        elif len(invocation.log) < MAX_LOG_LINES:
            invocation.log.append(line)
        if failure := failures.logged(self.spec.name, line, invocation.id if invocation else None):
            self._on_failure(failure)

    def _notice(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # --- the Runtime API, for the process ---

    def _runtime_api(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(_API).split("/")[1:]:
            case "GET", ["invocation", "next"]:
                return self._next()
            case "POST", ["invocation", id_, "response"]:
                return self._finish(id_, request.body, None)
            case "POST", ["invocation", id_, "error"]:
                return self._finish(id_, b"null", _error_message(request.body), _traceback(request.body))
            case "POST", ["init", "error"]:
                return self._break(_error_message(request.body), _traceback(request.body))
        return Response(404)

    def _next(self) -> Response:
        with self._changed:
            worker = self._worker
            cold = self.state == "starting"
            self.state = "ready"
            self._changed.notify_all()
            if cold:
                self._on_state(self)
            self._changed.wait_for(
                lambda: (
                    worker is None or worker.gone.is_set() or self._stopping or (self._waiting and not self._restart)
                )
            )
            if worker is None or worker.gone.is_set() or self._stopping:
                return Response(410)  # the process has ended or will end
            self._current = invocation = self._waiting.popleft()
            invocation.started, invocation.cold = time.monotonic(), cold
            self.state = "busy"
            self._changed.notify_all()  # `_watch` starts the timeout
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.id),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + self.spec.timeout) * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", self.spec.arn),
            ("Lambda-Runtime-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0"),
        ]
        return Response(200, headers, invocation.event)

    def _finish(self, id_: str, body: bytes, error: str | None, traceback: str = "") -> Response:
        with self._changed:
            if self._current is None or self._current.id != id_:
                return Response(400)
            if len(body) > MAX_PAYLOAD:
                error = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
            elif error is None:
                self._current.result = json.loads(body)
            self.state = "ready"
            self._end_current(error, traceback)
        return Response(202)

    def _break(self, fault: str, traceback: str) -> Response:
        with self._changed:
            self.state, self.fault = "broken", fault
            self._on_failure(Failure(self.spec.name, f"its code cannot be loaded: {fault}", traceback))
            self._on_state(self)
        return Response(202)

    # --- ends of invocations; callers hold the lock ---

    def _end_current(self, error: str | None, traceback: str = "") -> None:
        if invocation := self._current:
            self._current, self._last = None, invocation
            invocation.error = error
            invocation.seconds = time.monotonic() - (invocation.started or time.monotonic())
            self._on_done(invocation)
            if failure := invocation.failure(traceback):
                self._on_failure(failure)
            invocation.done.set()
            self._changed.notify_all()

    def _refuse_waiting(self, error: str | None) -> bool:
        """Fail all queued invocations. Returns False, as a condition that `wait_for` goes on waiting for."""
        while self._waiting:
            self._current = self._waiting.popleft()
            self._end_current(error)
        return False


def _traceback(error: bytes) -> str:
    try:
        return failures.traceback_of(json.loads(error))
    except (ValueError, AttributeError):
        return ""


def _error_message(error: bytes) -> str:
    """The runtime's report of an error, on one line: `ValueError: no such edition`."""
    try:
        report = json.loads(error)
    except ValueError:
        return "The function failed without a valid error report."
    message = " ".join(str(report.get("errorMessage", "")).split())
    kind = str(report.get("errorType", ""))
    # Errors of the runtime itself have messages such as "Unable to import module 'articles': No module named 'nh4'".
    return f"{kind}: {message}" if kind and not kind.startswith("Runtime.") else message
