"""`python -m infra.local`: the whole system on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from rich.console import Console
from rich.progress import Progress

from infra.local import sample
from infra.local.cloud import ACCESS_KEY, SECRET_KEY
from infra.local.stack import LocalStack, StackError


class _Stop(BaseException):
    """Somebody wants the stack to end: Ctrl-C, or SIGTERM."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stack until it is told to end. 0 then; 1 and a sentence if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="where the site is served; %(default)s when left out")
    parser.add_argument("--no-sample", action="store_true", help="start with an empty site")
    options = parser.parse_args(arguments)
    terminal = Console(highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        with LocalStack(options.port, sample=not options.no_sample, say=terminal.print) as stack:
            if not options.no_sample:
                with Progress(console=terminal, transient=True) as progress:
                    sample.load(stack, progress)
            stack.ready()
            terminal.print(_addresses(stack), soft_wrap=True)
            threading.Event().wait()
    except StackError as error:
        print(error, file=sys.stderr)  # noqa: T201  a sentence for the person at the terminal
        return 1
    except _Stop:
        pass
    return 0
