"""What the commands share in a terminal: exit statuses, the progress bar, and safe output."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

DONE, SOME_REFUSED, FAILED, INTERRUPTED = 0, 1, 2, 130


def error_console() -> Console:
    """Standard error. The progress bar and the messages share it, so that a message does not break the bar."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False)


def progress_bar(console: Console, *, quiet: bool) -> Progress:
    """A progress bar that only a terminal shows, and that disappears at the end. `print_result` writes above it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,  # to standard error, which may be another file
        disable=quiet or not console.is_terminal,
    )


def no_bar() -> Progress:
    """A progress bar that is never shown and keeps no history."""
    from rich.progress import Progress

    return Progress(disable=True, speed_estimate_period=0)


def print_result(console: Console, line: str) -> None:
    """Write a line to standard output; by way of the progress bar's console if both are on a terminal."""
    if console.is_terminal and sys.stdout.isatty():
        console.print(printable(line))
    else:
        click.echo(f"{printable(line)}\n".encode(), nl=False)


def print_errors(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(printable(line), style="red")


def print_warnings(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(printable(line), style="yellow")


def printable(text: str) -> str:
    """The text on one line, without what could steer the terminal: control characters, marks that reorder text."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", re.sub(r"[\u202a-\u202e\u2066-\u2069]", "", text))


class Url(click.ParamType[str]):
    """An http or https URL without a query, such as https://api.example.org. A slash at its end is removed."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parts = urlsplit(value)
            valid = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
            _ = parts.port  # raises ValueError
        except ValueError:
            valid = False
        if not valid:
            self.fail(f"{value!r} is not a URL such as https://api.example.org.", param, ctx)
        return value.rstrip("/")
