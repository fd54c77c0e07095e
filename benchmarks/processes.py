"""The processes of a measurement: the emulator with its archive, and functions that call it over loopback HTTP.

Each runs the code of a *tree*: this working tree, or that of an older commit (`benchmarks.before`).
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.tally import Tally
from infra.local.account import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.die_with_parent import die_with_parent
from infra.local.moto.clients import AwsClients
from infra.local.web import bypass_proxies

TREE = Path(__file__).parents[1]
"""The code as it is now."""


class _Process:
    """A process of this Python, whose input and output are lines of JSON. It ends with the context."""

    _process: subprocess.Popen[str]

    def _open(self, tree: Path, variables: Mapping[str, str], module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # this program
            die_with_parent(sys.executable, "-m", module, *arguments),
            cwd=tree,
            # Without a seed, sets have another order in each process, and so may have requests.
            env={
                "PYTHONPATH": f"{tree / 'functions'}:{tree}",
                "PYTHONHASHSEED": "0",
                "LANG": "C.UTF-8",
                **variables,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _write(self, content: object) -> None:
        assert self._process.stdin  # noqa: S101  # a pipe
        self._process.stdin.write(json.dumps(content) + "\n")
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process.stdout  # noqa: S101  # a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process ended: {self._process.args!r}; see its output above")
        return json.loads(line)


class Emulator(_Process):
    """An emulator that holds a deployment with an archive of `size` articles. It fills while others start."""

    def __init__(self, size: int, tree: Path = TREE) -> None:
        self.tree = tree
        self._read_records = 0
        variables = {
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            "AWS_DEFAULT_REGION": REGION,
            "MOTO_DISABLE_GLOBAL_CORS": "true",
        }
        self._open(tree, variables, "benchmarks.emulator", str(size))

    @cached_property
    def _ready(self) -> dict[str, Any]:
        ready: dict[str, Any] = self._read()
        return ready

    def environment(self, function: str) -> dict[str, str]:
        """The variables of a function's process, which calls this emulator. Waits until the archive is complete."""
        variables: dict[str, str] = self._ready["environments"][function]
        return variables | {
            "AWS_ENDPOINT_URL": self._ready["endpoint"],
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def batch_size(self) -> int:
        """The most records in an event of the publisher."""
        return int(self._ready["batch_size"])

    @cached_property
    def clients(self) -> AwsClients:
        """Clients of the emulator, for the benchmark itself."""
        bypass_proxies()
        return AwsClients(self._ready["endpoint"])

    def new_records(self) -> list[dict[str, Any]]:
        """The records for the publisher since the last call."""
        url = f"{self._ready['endpoint']}/_benchmark/records?after={self._read_records}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url) as response:
            content = json.load(response)
        self._read_records = content["read"]
        records: list[dict[str, Any]] = content["records"]
        return records


@dataclass(frozen=True)
class Invoked:
    """What a function answered, and what that took. `started` is the time in seconds that the process took to import
    the function and to make its clients, if this was its first event.
    """

    response: Any
    tally: Tally
    started: float


class FunctionProcess(_Process):
    """A process of a function, which starts with its first event.

    `recordings` answer the calls of the first events, one each, and then there is no emulator. A `processor` is the
    only one that the process may use.
    """

    def __init__(
        self,
        function: str,
        variables: Mapping[str, str],
        tree: Path = TREE,
        recordings: Sequence[Path] = (),
        processor: int | None = None,
    ) -> None:
        self._arguments = (function, "-" if processor is None else str(processor), *map(str, recordings))
        self._variables, self._tree = variables, tree
        self._start()

    def _start(self) -> None:
        self._open(self._tree, self._variables, "benchmarks.function_process", *self._arguments)

    def restart(self) -> None:
        """Replace the process by a new one."""
        self.close()
        self._start()

    def invoke(self, event: object, record: Path | None = None) -> Invoked:
        """Send an event to the handler, and `record` the responses of AWS in a file."""
        self._write({"event": event, "record": str(record) if record else None})
        answer = self._read()
        return Invoked(answer["response"], Tally.parse(answer["tally"]), answer["started"])
