"""The editors' handbook is what happens: its commands run, and print what it says.

`UPDATE_DOCS=1 .venv/bin/pytest tests/docs/test_editors_day.py` writes the output of this run into the handbook.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from broadsheet_cli.client import connect
from broadsheet_cli.errors import Refused
from infra.local.deployment.local_deployment import LocalDeployment
from tests.docs.transcripts import DAY, ZONE, Transcript, steps

HANDBOOK = Path(__file__).parents[2] / "docs" / "editors.md"
PICTURES = ("quay.jpg", "lamps.jpg")


@pytest.fixture
def transcript(
    local_deployment: LocalDeployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Transcript]:
    """The handbook, to be run in a folder with the pictures that it names; afterwards its articles are withdrawn."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BROADSHEET_API", local_deployment.url)
    picture: Any = Image.new("RGB", (1200, 800), "navy")
    for number, name in enumerate(PICTURES):
        picture.putpixel((0, number), (255, 255, 255))
        picture.save(tmp_path / name)
    with connect(local_deployment.url) as client:
        handbook = Transcript(HANDBOOK.read_text(encoding="utf-8"), tmp_path, client.site().url)
        yield handbook
        for name in handbook.names:
            client.remove_ad(name)
            with suppress(Refused):  # it is the name of an ad
                client.withdraw(name)


def test_the_handbook_shows_what_the_commands_print(transcript: Transcript) -> None:
    if os.environ.get("UPDATE_DOCS"):
        HANDBOOK.write_text(transcript.updated(), encoding="utf-8")
        return
    differences = [
        (step.command, transcript.normalised(output).splitlines(), transcript.normalised(step.output).splitlines())
        for step, output in transcript.run()
        if transcript.normalised(output) != transcript.normalised(step.output)
    ]
    if datetime.now(ZONE).date() != transcript.today:
        pytest.skip("midnight came during the run, so it has two days")
    assert differences == [], "run UPDATE_DOCS=1 .venv/bin/pytest tests/docs/test_editors_day.py"


def test_dates_and_urls_of_a_run_are_those_of_the_document_and_back(tmp_path: Path) -> None:
    transcript = Transcript("", tmp_path, "http://127.0.0.1:8080", today=date(2031, 7, 4))
    written = "from: 2026-12-02T06:00:00+02:00 at https://courier.example/en/2026/12/01/ferry/ since 2025-04-15"
    run = "from: 2031-07-05T06:00:00+03:00 at http://127.0.0.1:8080/en/2031/07/04/ferry/ since 2025-04-15"
    assert transcript.to_today(written) == run
    printed = "scheduled for Saturday 5 July 2031, 06:00 (Europe/Athens) at http://127.0.0.1:8080/en/2031/07/05/ferry/"
    shown = (
        "scheduled for Wednesday 2 December 2026, 06:00 (Europe/Athens) at https://courier.example/en/2026/12/02/ferry/"
    )
    assert transcript.from_today(printed) == shown


def test_only_times_of_the_day_itself_may_differ(tmp_path: Path) -> None:
    normalised = Transcript("", tmp_path, "").normalised
    assert normalised(f"{DAY} 09:30  a") == normalised(f"{DAY} 10:31   a")
    assert normalised("on Tuesday 1 December 2026, 09:30") == normalised("on Tuesday 1 December 2026, 10:31")
    tomorrow = DAY + timedelta(1)
    assert normalised(f"{tomorrow} 09:30") != normalised(f"{tomorrow} 10:31")


def test_lists_leave_out_what_other_tests_have_put(tmp_path: Path) -> None:
    page = "<!-- file: ferry.md -->\n```markdown\nx\n```\n\n```console\n$ broadsheet list\nold\n$ ls\n```\n"
    transcript = Transcript(page, tmp_path, "")
    listing, other = steps("$ broadsheet list\nold\n$ ls\n", 0)
    assert (listing.output, other.output) == ("old\n", "")
    lines = "2026-12-01 09:30  published  en  city  ferry  Ferry\n2026-12-01 09:30  published  en  city  n1  Ferry\n"
    assert transcript.only_own(listing, lines) == lines.splitlines(keepends=True)[0]
    assert transcript.only_own(other, lines) == lines
