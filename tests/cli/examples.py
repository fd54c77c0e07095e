"""The examples in the help texts of the commands, and the files and ids that they name."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from PIL import Image

from broadsheet_cli.command import cli, main
from broadsheet_cli.terminal import DONE, INTERRUPTED

HEADING = re.compile(r"^ *Examples?:$")
EXAMPLE = re.compile(r"^  (broadsheet .*?)(?:\s{2,}.*)?$")
SHELL = re.compile(r"[|<>;&]")
# Times in examples are in the future when an editor reads them, and not for ever.
DAY_OF_TIME = re.compile(r"\d{4}-\d\d-\d\d(?=[ T]\d\d:\d\d)")

STORY = """\
---
id: harbour-fire
edition: en
headline: Fire in the old harbour
summary: Two boats are lost; nobody is hurt.
section: city
tags: [harbour, fire brigade]
authors: [Lina Haddad]
published_at: 2025-04-15T09:30:00+03:00
slug: harbour-fire
---

Two boats burnt in the old harbour on Tuesday.
"""
TRANSLATION = """\
---
edition: ar
headline: حريق في الميناء القديم
section: city
translation_of: harbour-fire
published_at: 2025-04-15T10:00:00+03:00
---

احترق قاربان في الميناء القديم يوم الثلاثاء.
"""
PAGE = "---\nheadline: Who we are\n---\n\nWe are five people and a printing press.\n"
LAMPS = """\
edition: en
image: lamps.jpg
alt: "Lamps for the harbour: half price until January"
link: https://lamps.example/winter
from: 2025-12-01 06:00
weight: 10
"""
AD = {
    "image": {"src": "/media/lamps.svg", "width": 300, "height": 250},
    "alt": "Lamps for the harbour",
    "link": "https://lamps.example/winter",
    "from": "2025-12-01T06:00:00Z",
}
MEMBERS = "email,status,consented_at\nexample-reader@port.example,subscribed,2024-05-06T07:08:09Z\n"
LEFT = "email\nexample-left@port.example\n"
READER = {"email": "reader@example.org", "status": "unsubscribed"}
STOPPED = {"email": "reader@example.org", "status": "suppressed"}


@dataclass(frozen=True)
class Example:
    """One line of a help text: the path of its command, such as `ads put`, and the line to run.

    A command that `waits` may run until somebody presses Ctrl-C.
    """

    command: str
    line: str
    waits: bool = False

    def option(self, name: str) -> str:
        """The value of an option in the line."""
        words = shlex.split(self.line)
        return words[words.index(name) + 1]

    def run(self) -> int:
        """Its exit status. Only a line that needs a shell costs a process."""
        line = in_the_future(self.line)
        if not self.waits and not SHELL.search(line):
            return main(shlex.split(line)[1:])
        command = ["/bin/bash", "-o", "pipefail", "-c", f"exec {line}" if self.waits else line]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environ = {**os.environ, "PATH": path, "BROWSER": "true"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:  # noqa: S603  # our own lines
            assert process.stdout
            if self.waits and process.stdout.readline():
                process.send_signal(signal.SIGINT)
            process.stdout.read()
        interrupted = self.waits and process.returncode in (INTERRUPTED, -signal.SIGINT)
        return DONE if interrupted else process.returncode


def help_texts(command: click.Command = cli, path: str = "") -> Iterator[tuple[str, str]]:
    """The path and the help text of every command and group."""
    yield path, command.help or ""
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from help_texts(inner, f"{path} {name}".strip())


def examples(path: str, text: str) -> list[Example]:
    """The examples of a help text: the lines below `Example:` or `Examples:` that begin with `broadsheet`."""
    found: list[Example] = []
    below, waits = False, "Ctrl-C" in text
    for line in text.replace("\b\n", "").splitlines():
        below = bool(HEADING.match(line)) or (below and (not line.strip() or line.startswith("  ")))
        if below and (match := EXAMPLE.match(line)):
            found.append(Example(path, match[1].rstrip(), waits))
    return found


def in_the_future(line: str) -> str:
    """The line with its times moved by as many days as the earliest needs to be tomorrow or later."""
    days = [date.fromisoformat(day) for day in DAY_OF_TIME.findall(line)]
    if not days:
        return line
    moved = max(timedelta(0), date.today() + timedelta(days=2) - min(days))  # noqa: DTZ011  # two days suit any zone
    return DAY_OF_TIME.sub(lambda day: str(date.fromisoformat(day[0]) + moved), line)


def write_files(folder: Path) -> None:
    """Write every file that an example names."""
    (folder / "articles").mkdir(parents=True)
    picture: Any = Image.new("RGB", (600, 400), "navy")
    for name in ("harbour.jpg", "lamps.jpg"):
        picture.save(folder / name)
    more = {"id": "example-regatta", "edition": "en", "headline": "Regatta on Sunday", "section": "sport"}
    texts = {
        "story.md": STORY,
        "articles/harbour-fire.md": STORY,
        "articles/harbour-fire-ar.md": TRANSLATION,
        "more.json": json.dumps([more | {"body": {"format": "markdown", "text": "It sails a day later."}}]),
        "lamps.yaml": LAMPS,
        "members.csv": MEMBERS,
        "left.csv": LEFT,
        "pages/en/about.md": PAGE,
    }
    (folder / "pages/en").mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
