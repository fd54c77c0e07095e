"""Runs the commands of a document's console blocks, and writes their output into it.

A block of code after `<!-- file: NAME -->` is a file that the commands read; the file is written when its turn comes,
so a later block may change it. In a block of `console`, a line that begins with `$ ` is a command, and the lines up to
the next one are its output.

The document has a day of its own, `DAY`. A run takes place today: dates around that day are moved there and back, and
the URL in the document stands for the one that the site has. Times of that day depend on the clock; so does what
`Transcript.normalised` removes.
"""

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadsheet_cli.command import main

DAY = date(2026, 12, 1)
ZONE = ZoneInfo("Europe/Athens")
URL = "https://courier.example"
WINDOW = range(-60, 61)  # days around DAY that move with it

BLOCK = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n+)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
ISO = re.compile(r"(?<!\d)(\d{4})([-/])(\d\d)\2(\d\d)(?!\d)")
LONG = re.compile(r"\b[A-Z][a-z]+day (\d{1,2} [A-Z][a-z]+ \d{4})\b")
WITH_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)[+-]\d\d:\d\d")
LOCAL = re.compile(r"http://127\.0\.0\.1:\d+")  # previews have the URL of the deployment itself
SHELL = re.compile(r"[|<>;&]")
LISTED = re.compile(r"broadsheet (?:list|ads list|front (?:set|show))\b(?!.*--json)")


@dataclass(frozen=True)
class Step:
    """A command of the document, the output that it has there, and where that output is in the text."""

    command: str
    output: str
    start: int
    end: int


@dataclass
class Transcript:
    """The console blocks of a document, run in a folder against the site with that URL."""

    text: str
    folder: Path
    url: str
    today: date = field(default_factory=lambda: datetime.now(ZONE).date())

    @property
    def names(self) -> set[str]:
        """The ids of the articles and the names of the ads that the document has files of."""
        return {Path(match["file"]).stem for match in BLOCK.finditer(self.text) if match["file"]}

    def run(self) -> Iterator[tuple[Step, str]]:
        """Write the files and run the commands in their order: each step with its output now."""
        for block in BLOCK.finditer(self.text):
            if block["file"]:
                file = self.folder / block["file"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(self.to_today(block["text"]), encoding="utf-8")
            elif block["kind"] == "console":
                for step in steps(block["text"], block.start("text")):
                    yield step, self.only_own(step, self.from_today(output_of(self.to_today(step.command))))

    def updated(self) -> str:
        """The document with the output of this run, except where it differs by nothing but the clock."""
        text, moved = self.text, 0
        for step, output in self.run():
            if self.normalised(output) != self.normalised(step.output):
                text = text[: step.start + moved] + output + text[step.end + moved :]
                moved += len(output) - len(step.output)
        return text

    def normalised(self, output: str) -> str:
        """The output without what depends on the clock, and on articles of other tests in the same lists."""
        clock = rf"({DAY}|{_long(DAY)},) \d\d:\d\d"
        output = re.sub(clock, r"\1 HH:MM", output)
        output = re.sub(r"works until [^(]+", "works until … ", output)
        output = re.sub(r"[0-9a-f]{64}|(?<=/preview/)[^/\s]+", "…", output)
        return re.sub(r" {2,}", "  ", output)

    def only_own(self, step: Step, output: str) -> str:
        """The output of a list without the articles and ads of other tests."""
        if not LISTED.match(step.command):
            return output
        lines = output.splitlines(keepends=True)
        return "".join(line for line in lines if self.names & set(re.split(r" {2,}", line.strip())))

    def to_today(self, text: str) -> str:
        """A text of the document, with its dates and its URL as they are in this run."""
        moved = self._with_dates(text, DAY, self.today).replace(URL, self.url)
        return WITH_OFFSET.sub(lambda match: datetime.fromisoformat(match[1]).replace(tzinfo=ZONE).isoformat(), moved)

    def from_today(self, text: str) -> str:
        """A text of this run, with its dates and its URL as they are in the document."""
        return LOCAL.sub(URL, self._with_dates(text, self.today, DAY).replace(self.url, URL))

    def _with_dates(self, text: str, before: date, after: date) -> str:
        def moved(day: date, written: Callable[[date], str], as_is: str) -> str:
            distance = (day - before).days
            return written(after + timedelta(distance)) if distance in WINDOW else as_is

        def iso(match: re.Match[str]) -> str:
            year, sign, month, number = match.groups()
            day = date(int(year), int(month), int(number))
            return moved(day, lambda each: each.strftime(f"%Y{sign}%m{sign}%d"), match[0])

        def long(match: re.Match[str]) -> str:
            return moved(datetime.strptime(match[1], "%d %B %Y").date(), _long, match[0])  # noqa: DTZ007  # a day

        return LONG.sub(long, ISO.sub(iso, text))


def steps(block: str, at: int) -> Iterator[Step]:
    """The commands of a console block, which begins at that place of the document."""
    for match in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        yield Step(match[1], match[2], at + match.start(2), at + match.end(2))


def output_of(command: str) -> str:
    """What a command prints, on standard output and standard error. Only one that needs a shell costs a process."""
    words = shlex.split(command)
    if words[0] != "broadsheet" or SHELL.search(command):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = subprocess.run(  # noqa: S603  # the commands are those of our own documents
            ["/bin/bash", "-c", command],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path},
        )
        return ran.stdout.decode()
    printed = io.BytesIO()
    stream = io.TextIOWrapper(printed, encoding="utf-8", write_through=True)
    with redirect_stdout(stream), redirect_stderr(stream):
        main(words[1:])
    return printed.getvalue().decode()


def _long(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
