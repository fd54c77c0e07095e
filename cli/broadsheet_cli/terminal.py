"""What every command shows and ends with."""

import argparse
import re
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ALL_WELL, SOME_REFUSED, CANNOT, INTERRUPTED = 0, 1, 2, 130

FOOTNOTES = """\
exit status:
  0  everything was done
  1  the site refused some of it, or failed at it; each refusal is named, the rest was done
  2  nothing could be done, or not to the end: wrong usage, no answer, no credentials

environment:
  BROADSHEET_API  the site, when --api does not name it (else http://127.0.0.1:8080, the local stack)
  AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, ...
                  as for AWS's own tools; the local stack needs none of them
"""


def progress(console: Console, *, quiet: bool) -> Progress:
    """A progress bar that people see and that leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )


def complain(console: Console, *lines: str) -> None:
    """Say what went wrong, line by line."""
    for line in lines:
        console.print(printable(line), style="red")


def printable(text: str) -> str:
    """One line that steers no terminal, whatever a headline or a server says."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)


def web_address(given: str) -> str:
    """The http or https address that an argument names, without a slash at its end. Raises argparse's own error."""
    try:
        parts = urlsplit(given)
        fits = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        fits = False
    if not fits:
        raise argparse.ArgumentTypeError(f"{given!r} is no address such as https://api.example.org")
    return given.rstrip("/")
