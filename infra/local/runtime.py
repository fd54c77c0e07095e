"""Functions as Lambda runs them: each in a process of its own, under Lambda's own runtime client.

A process sees its own environment and nothing of this one's, works in the code's directory, and takes its events over
the Runtime API. It is killed and started again when an invocation takes longer than the template allows, when it
crashes, and when its code changes. One process each: what comes while it is busy waits in line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.account import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.leash import on_a_leash
from infra.local.web import Request, Response, Server
from infra.local.wiring import FunctionSpec

LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes that an event or a synchronous answer may have."""

_API = "/2018-06-01/runtime"
_LINES_KEPT = 2000


@dataclass
class Invocation:
    """One call of a function, from the moment that it is wanted. `trigger` says to a person what wanted it."""

    function: str
    trigger: str
    event: bytes
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float | None = None
    seconds: float | None = None
    result: Any = None
    error: str | None = None
    cold: bool = False
    log: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def outcome(self) -> str:
        """In a word: waiting, running, failed or succeeded."""
        if self.done.is_set():
            return "failed" if self.error else "succeeded"
        return "running" if self.started else "waiting"


class Function:
    """One function's process, and the line of invocations before it.

    `state` is starting, ready, busy, broken (its code cannot be loaded: `fault` says why, and every invocation fails
    with that until a file changes) or stopped.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        code: Path,
        endpoint: str,
        *,
        on_state: Callable[[Function], None] = lambda _: None,
        on_done: Callable[[Invocation], None] = lambda _: None,
    ) -> None:
        self.spec = spec
        self.state = "starting"
        self.fault: str | None = None
        self.started_at: datetime | None = None
        self.starts = 0
        self.lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._code, self._endpoint = code, endpoint
        self._on_state, self._on_done = on_state, on_done
        self._waiting: deque[Invocation] = deque()
        self._current: Invocation | None = None
        self._process: subprocess.Popen[str] | None = None
        self._gone = threading.Event()  # the process closed its output
        self._renew = self._stopping = False
        self._changed = threading.Condition()
        self._server = Server(self._runtime_api)
        self._supervisor = threading.Thread(target=self._supervise, name=spec.name, daemon=True)
        self._supervisor.start()

    # --- for those who call it ---

    def invoke(self, event: Any, trigger: str) -> Invocation:
        """Put an event in line. The invocation that comes back is done when its `done` is set."""
        invocation = Invocation(self.spec.name, trigger, json.dumps(event, ensure_ascii=False).encode())
        with self._changed:
            self._waiting.append(invocation)
            self._changed.notify_all()
        return invocation

    def call(self, event: Any, trigger: str, timeout: float | None = None) -> Invocation:
        """Invoke and wait until it is done, or for `timeout` seconds."""
        invocation = self.invoke(event, trigger)
        invocation.done.wait(timeout)
        return invocation

    def renew(self) -> None:
        """Start the process anew, with the code as it is now, when the running invocation is over."""
        with self._changed:
            self._renew = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the process. What waits in line fails."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._supervisor.join()
        self._server.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        with self._changed:
            return not self._waiting and self._current is None

    # --- the process ---

    def _supervise(self) -> None:
        """Keep a process running. This thread starts every one of them, and lives as long as they may (see leash)."""
        failures = 0
        while True:
            with self._changed:
                if self._stopping:
                    break
                self._renew = False
            self._start()
            served = self._watch()
            self._end()
            with self._changed:
                # A process that keeps dying before it serves anything is given time between two tries.
                failures = 0 if served or self._renew else failures + 1
                if self.state == "broken":
                    self._changed.wait_for(lambda: self._renew or self._stopping or self._fail_waiting())
                elif failures:
                    self._changed.wait_for(lambda: self._renew or self._stopping, timeout=min(0.1 * 2**failures, 5))
        self.state = "stopped"
        self._fail("The local stack is stopping.")
        with self._changed:
            self._fail_waiting("The local stack is stopping.")

    def _start(self) -> None:
        self.state, self.fault = "starting", None
        self.starts += 1
        self.started_at = datetime.now(UTC)
        self._gone = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603  this program
            on_a_leash(sys.executable, "-m", "awslambdaric", self.spec.handler),
            cwd=self._code,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is for the stack, which ends its functions in order
        )
        threading.Thread(target=self._read_output, args=(self._process, self._gone), daemon=True).start()

    def _environment(self) -> dict[str, str]:
        """What Lambda sets, what the template sets, and the way to the emulator."""
        logging = {
            "LogFormat": "AWS_LAMBDA_LOG_FORMAT",
            "ApplicationLogLevel": "AWS_LAMBDA_LOG_LEVEL",
            "LogGroup": "AWS_LAMBDA_LOG_GROUP_NAME",
        }
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(self._code),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.port}",
            "AWS_LAMBDA_FUNCTION_NAME": self.spec.physical_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.spec.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.spec.physical_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"local/[$LATEST]{self.starts}",
            **{logging[key]: value for key, value in self.spec.logging.items() if key in logging},
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.spec.environment,
        }

    def _read_output(self, process: subprocess.Popen[str], gone: threading.Event) -> None:
        for ended_line in process.stdout or ():
            line = ended_line.rstrip("\n")
            self.lines.append(line)
            if (current := self._current) and len(current.log) < _LINES_KEPT:
                current.log.append(line)
        with self._changed:
            gone.set()
            self._changed.notify_all()

    def _watch(self) -> bool:
        """Return when the process is over or has to be: whether it had ever been ready."""
        while True:
            with self._changed:
                idle = self._current is None
                if self._stopping or (self._renew and idle) or self._gone.is_set():
                    return self.state in {"ready", "busy"}
                left = None
                if self._current and self._current.started:
                    left = self._current.started + self.spec.timeout - time.monotonic()
                    if left <= 0:
                        break
                self._changed.wait(left)
        self._fail(f"Task timed out after {self.spec.timeout:.2f} seconds")
        return True

    def _end(self) -> None:
        if process := self._process:
            process.kill()
            status = process.wait()
            self._gone.wait(1)
            self._fail(f"Runtime exited with {f'signal {-status}' if status < 0 else f'status {status}'}")
            if process.stdout:
                process.stdout.close()

    # --- the Runtime API, which the process calls ---

    def _runtime_api(self, request: Request) -> Response:
        gone = self._gone
        match request.method, request.path.removeprefix(_API).split("/")[1:]:
            case "GET", ["invocation", "next"]:
                return self._next(gone)
            case "POST", ["invocation", id_, "response"]:
                return self._finish(id_, request.body, None)
            case "POST", ["invocation", id_, "error"]:
                return self._finish(id_, b"null", _described(request.body))
            case "POST", ["init", "error"]:
                self._broken(_described(request.body))
                return Response(202)
        return Response(404)

    def _next(self, gone: threading.Event) -> Response:
        with self._changed:
            cold = self.state == "starting"
            self.state = "ready"
            self._changed.notify_all()
            if cold:
                self._on_state(self)
            self._changed.wait_for(lambda: gone.is_set() or (self._waiting and not self._renew) or self._stopping)
            if gone.is_set() or self._stopping:
                return Response(410)
            self._current = invocation = self._waiting.popleft()
            invocation.started, invocation.cold = time.monotonic(), cold
            self.state = "busy"
            self._changed.notify_all()
        deadline = int((time.time() + self.spec.timeout) * 1000)
        trace = f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0"
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.id),
            ("Lambda-Runtime-Deadline-Ms", str(deadline)),
            ("Lambda-Runtime-Invoked-Function-Arn", self.spec.arn),
            ("Lambda-Runtime-Trace-Id", trace),
        ]
        return Response(200, headers, invocation.event)

    def _finish(self, id_: str, body: bytes, error: str | None) -> Response:
        with self._changed:
            invocation = self._current
            if invocation is None or invocation.id != id_:
                return Response(400)
            if len(body) > LARGEST_PAYLOAD:
                error = f"Response payload size exceeded maximum allowed payload size ({LARGEST_PAYLOAD} bytes)."
            elif error is None:
                invocation.result = json.loads(body)
            self._settle(invocation, error)
        return Response(202)

    def _fail(self, error: str) -> None:
        with self._changed:
            if self._current:
                self._settle(self._current, error)

    def _fail_waiting(self, error: str = "") -> bool:
        while self._waiting:
            self._current = self._waiting.popleft()
            self._settle(self._current, error or self.fault or "")
        return False

    def _settle(self, invocation: Invocation, error: str | None) -> None:
        invocation.error = error
        invocation.seconds = time.monotonic() - (invocation.started or time.monotonic())
        self._current = None
        self.state = "ready" if self.state == "busy" else self.state
        self._on_done(invocation)
        invocation.done.set()
        self._changed.notify_all()

    def _broken(self, fault: str) -> None:
        with self._changed:
            self.state, self.fault = "broken", fault
            self._changed.notify_all()
        self._on_state(self)


def _described(error: bytes) -> str:
    """What the runtime says of an error, on one line: `ValueError: no such edition`."""
    try:
        said = json.loads(error)
    except ValueError:
        return "The function failed and could not say how."
    message = " ".join(str(said.get("errorMessage", "")).split())
    kind = str(said.get("errorType", ""))
    # What the runtime itself found says so in words: "Unable to import module 'articles': No module named 'nh4'".
    return f"{kind}: {message}" if kind and not kind.startswith("Runtime.") else message
