"""The process of a function, apart from the emulator's and the benchmark's: `python -m benchmarks.function_process`.

Its arguments are the function, a processor to be pinned to or `-`, and the recordings that answer the first events.
It reads events, one a line, and writes what each took. Other code in this folder may be of another commit, so this
module uses only what it comes with: `tally` and `replay`.
"""

import json
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pickle import loads
from typing import Any


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context object that Powertools and the functions read."""

    function_name: str = "measured"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:measured"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """The same at any time."""
        return 900_000


def main() -> None:
    """Answer events until there are no more."""
    name, processor, *paths = sys.argv[1:]
    if processor != "-":
        os.sched_setaffinity(0, {int(processor)})
    recordings = [loads(Path(path).read_bytes()) for path in paths]  # noqa: S301  # our own files
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = Path(os.devnull).open("w")  # logs are made and dropped  # noqa: SIM115
    line = sys.stdin.readline()  # before the clock starts: the event is what starts a process on Lambda
    if "botocore" in sys.modules:
        raise RuntimeError("botocore was imported before the clock started")
    start = time.monotonic()
    module = import_module(name)
    # The cached functions without arguments create a function's clients, as they do on its first event.
    for part in list(vars(module).values()):
        if hasattr(part, "cache_clear") and part.__module__ == module.__name__:
            part()
    started = time.monotonic() - start
    while line:
        answers.write(json.dumps(_answer(module, json.loads(line), recordings) | {"started": started}) + "\n")
        answers.flush()
        line, started = sys.stdin.readline(), 0.0


def _answer(module: Any, asked: dict[str, Any], recordings: list[Any]) -> dict[str, Any]:
    from benchmarks.replay import recorded, replayed  # noqa: PLC0415  # imports botocore, as the function does
    from benchmarks.tally import tallied  # noqa: PLC0415  # the same

    if recordings:
        transport: Any = replayed(recordings.pop(0))
    else:
        transport = recorded(Path(asked["record"])) if asked["record"] else nullcontext()
    with transport, tallied(every_thread=True) as tally:
        response = module.handler(asked["event"], Context())
    return {"response": response, "tally": vars(tally)}


if __name__ == "__main__":
    main()
