"""A process of a function, under Lambda's own runtime client."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from infra.local.account import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.die_with_parent import die_with_parent
from infra.local.functions.event_sources import FunctionSpec

_LOGGING = {
    "LogFormat": "AWS_LAMBDA_LOG_FORMAT",
    "ApplicationLogLevel": "AWS_LAMBDA_LOG_LEVEL",
    "LogGroup": "AWS_LAMBDA_LOG_GROUP_NAME",
}


class Worker:
    """A process that runs until it ends by itself or `end()` is called.

    A thread of the worker calls `on_line` with every line of output, and `on_gone` after the last one. Create workers
    in a thread that outlives them: see `die_with_parent`.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        code: Path,
        *,
        runtime_api: str,
        endpoint: str,
        on_line: Callable[[str], None],
        on_gone: Callable[[], None],
    ) -> None:
        self.started_at = datetime.now(UTC)
        self.gone = threading.Event()
        self._on_line, self._on_gone = on_line, on_gone
        # -B: Python validates bytecode by the source's size and its time in seconds, so it would miss an edit that
        # follows another one within a second.
        self._process = subprocess.Popen(  # noqa: S603  this program
            die_with_parent(sys.executable, "-B", "-m", "awslambdaric", spec.handler),
            cwd=code,
            env=environment(spec, code, runtime_api, endpoint),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # so that Ctrl-C reaches only the main process, which ends its functions
        )
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int | None:
        """The process id; None after the end."""
        return None if self.gone.is_set() else self._process.pid

    @property
    def processor_time(self) -> float:
        """Seconds of processor time so far, where the system tells it (Linux); 0 elsewhere and after the end."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> str:
        """Kill the process if it still runs. Returns a sentence about how it ended."""
        self._process.kill()
        status = self._process.wait()
        self.gone.wait(1)
        return f"Runtime exited with {f'signal {-status}' if status < 0 else f'status {status}'}"

    def _read(self) -> None:
        with self._process.stdout or open(os.devnull) as output:  # noqa: PTH123  there is always a stdout
            for line in output:
                self._on_line(line.rstrip("\n"))
        self.gone.set()
        self._on_gone()


def environment(spec: FunctionSpec, code: Path, runtime_api: str, endpoint: str) -> dict[str, str]:
    """The variables of Lambda and of the template, and the emulator's endpoint; only PATH is inherited."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": spec.physical_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.physical_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        **({"AWS_LAMBDA_LOG_LEVEL": "INFO"} if spec.logging.get("LogFormat") == "JSON" else {}),
        **{_LOGGING[key]: value for key, value in spec.logging.items() if key in _LOGGING},
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "AWS_EC2_METADATA_DISABLED": "true",
        **spec.environment,
    }
