"""`broadsheet issue` against a real HTTP server."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from broadsheet_cli.command import main
from tests.cli.test_client import Answer, Newsroom, open_newsroom, problem

SITE = Answer(
    200,
    {
        "name": "",
        "url": "https://news.example",
        "time_zone": "Asia/Beirut",
        "editions": [{"code": "ar", "sections": []}, {"code": "en", "sections": []}],
    },
)
STORED: dict[str, Any] = {
    "id": "en-daily-2026-03-14",
    "composed_at": "2026-03-14T05:03:00Z",
    "since": "2026-03-13T05:01:00Z",
    "until": "2026-03-14T05:01:00Z",
    "articles": ["ferry", "strike"],
    "mail_subject": "Ferry returns",
    "preheader": "Also in this issue: Strike ends",
    "note": "Good morning.",
    "path": "/en/newsletter/2026-03-14/",
}
EMPTY: dict[str, Any] = STORED | {
    "id": "en-daily-2026-03-13",
    "articles": [],
    "mail_subject": "",
    "preheader": "",
    "note": "",
    "path": None,
}
ARTICLE = {"id": "ferry", "headline": "Ferry returns", "section": "city"}


def coming(revision: int = 1, **changed: Any) -> Answer:
    texts = {"subject": "", "note": "Good morning."} | changed
    known = {"id": "en-daily-2026-03-15", "due_at": "2026-03-15T05:00:00Z", "mail_subject": "Ferry returns"}
    return Answer(200, texts | known | {"preheader": "", "articles": [ARTICLE]}, {"ETag": f'"{revision}"'})


@pytest.fixture
def newsroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    with open_newsroom() as opened:
        monkeypatch.setenv("BROADSHEET_API", opened.api)
        yield opened


def columns(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]


def test_list_prints_times_ids_numbers_and_subjects(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    newsroom.script.extend([SITE, Answer(200, {"issues": [STORED, EMPTY], "next": None})])
    assert main(["issue", "list", "en", "--frequency", "weekly"]) == 0
    assert columns(capsys) == [
        ["2026-03-14 07:03", "en-daily-2026-03-14", "2", "Ferry returns"],
        ["2026-03-14 07:03", "en-daily-2026-03-13", "no news"],
    ]
    assert newsroom.calls[-1].target == "/api/issues?edition=en&frequency=weekly&limit=20"


def test_show_prints_the_issue_with_the_url_of_its_page(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    newsroom.script.extend([SITE, Answer(200, STORED), SITE, Answer(200, EMPTY), SITE, Answer(200, STORED)])
    assert main(["issue", "show", "en-daily-2026-03-14"]) == 0
    lines = columns(capsys)
    assert ["page", "https://news.example/en/newsletter/2026-03-14/"] in lines
    assert lines[-5:] == [[""], ["Good morning."], [""], ["ferry"], ["strike"]]
    assert main(["issue", "show", "en-daily-2026-03-13"]) == 0
    assert ["page", "none: there was no news"] in columns(capsys)
    assert main(["issue", "show", "en-daily-2026-03-14", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == STORED


def test_preview_is_of_the_first_edition_unless_another_is_named(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    """newsletter#39."""
    newsroom.script.extend([SITE, coming(), SITE, coming(articles=[])])
    assert main(["issue", "preview"]) == 0
    assert newsroom.calls[-1].target == "/api/next-issues/ar/daily"
    lines = columns(capsys)
    assert ["due", "2026-03-15 07:00"] in lines
    assert lines[-1] == ["city", "ferry", "Ferry returns"]
    assert main(["issue", "preview", "en", "--frequency", "weekly"]) == 0
    assert newsroom.calls[-1].target == "/api/next-issues/en/weekly"


def test_note_keeps_what_it_does_not_name_and_what_others_write_meanwhile(newsroom: Newsroom) -> None:
    """newsletter#39."""
    stale = problem(412, "Stale")
    newsroom.script.extend([SITE, coming(1), stale, coming(2, note="Good evening."), coming(3)])
    assert main(["issue", "note", "en", "--subject", "Back"]) == 0
    [*_, last] = [call for call in newsroom.calls if call.method == "PUT"]
    assert json.loads(last.body) == {"subject": "Back", "note": "Good evening."}
    assert (last.target, last.headers["If-Match"]) == ("/api/next-issues/en/daily", '"2"')


def test_refusals_and_missing_options_say_what_is_wrong(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["issue", "note", "en"]) == 2
    newsroom.script.extend([SITE, *[problem(404, "there is no edition fr")] * 1])
    assert main(["issue", "list", "fr"]) == 1
    assert "there is no edition fr" in capsys.readouterr().err
