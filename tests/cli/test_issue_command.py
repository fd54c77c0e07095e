"""`broadsheet issue` against a real HTTP server."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from broadsheet_cli import sendings
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
    "sending": "running",
}
EMPTY: dict[str, Any] = STORED | {
    "id": "en-daily-2026-03-13",
    "articles": [],
    "mail_subject": "",
    "preheader": "",
    "note": "",
    "path": None,
    "sending": None,
}
REPORT: dict[str, Any] = {
    "id": "en-daily-2026-03-14",
    "state": None,
    "changed_at": None,
    "changed_by": None,
    "reason": None,
    "started_at": None,
    "run": 0,
    "audience": 0,
    "sent": 0,
    "skipped": 0,
    "suppressed": 0,
    "failed": 0,
    "unknown": 0,
    "waiting": 0,
    "bounces": 0,
    "complaints": 0,
    "moved_at": None,
}
RUNNING = REPORT | {"state": "running", "changed_at": "2026-03-14T05:03:00Z", "run": 1}
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
        ["2026-03-14 07:03", "en-daily-2026-03-14", "2", "running", "Ferry returns"],
        ["2026-03-14 07:03", "en-daily-2026-03-13", "no news", "-"],
    ]
    assert newsroom.calls[-1].target == "/api/issues?edition=en&frequency=weekly&limit=20"


def test_show_prints_the_issue_with_the_url_of_its_page(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    for issue in (STORED, EMPTY, STORED):
        newsroom.script.extend([SITE, Answer(200, issue), Answer(200, REPORT)])
    assert main(["issue", "show", "en-daily-2026-03-14"]) == 0
    lines = columns(capsys)
    assert ["page", "https://news.example/en/newsletter/2026-03-14/"] in lines
    assert lines[-5:] == [[""], ["Good morning."], [""], ["ferry"], ["strike"]]
    assert main(["issue", "show", "en-daily-2026-03-13"]) == 0
    assert ["page", "none: there was no news"] in columns(capsys)
    assert main(["issue", "show", "en-daily-2026-03-14", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == STORED | {"report": REPORT}


def test_show_prints_a_report_that_adds_up_once_or_until_the_end(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#32."""
    counts = {"audience": 1200, "sent": 1000, "skipped": 50, "waiting": 150, "bounces": 3}
    newest = Answer(200, {"issues": [STORED], "next": None})
    newsroom.script.extend([SITE, newest, Answer(200, STORED), Answer(200, RUNNING | counts)])
    assert main(["issue", "show", "en"]) == 0
    lines = columns(capsys)
    assert ["sending", "running since 2026-03-14 07:03"] in lines
    parts = "1,000 sent + 50 skipped + 0 suppressed + 0 failed + 0 unknown + 150 waiting"
    assert ["readers", f"1,200 = {parts}"] in lines
    assert ["mails", "3 bounced, 0 complained about"] in lines
    monkeypatch.setattr(sendings, "PERIOD", 0.0)
    stopped = RUNNING | counts | {"state": "stopped", "reason": "complaints"}
    newsroom.script.extend([SITE, Answer(200, STORED), *(Answer(200, each) for each in (RUNNING, RUNNING, stopped))])
    assert main(["issue", "show", "--follow", "en-daily-2026-03-14"]) == 0
    assert ["sending", "stopped at 2026-03-14 07:03, by itself: too many readers complained"] in columns(capsys)
    assert not newsroom.script


def test_an_edition_names_the_issue_that_each_command_is_about(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    """newsletter#39."""
    held = Answer(200, {"issues": [STORED | {"sending": "held"}], "next": None})
    running, none = (Answer(200, {"issues": found, "next": None}) for found in ([STORED], []))
    report = Answer(200, RUNNING | {"changed_by": "lina"})
    new, old = "/api/issues/en-daily-2026-03-15", "/api/issues/en-daily-2026-03-14"
    for words, found, call in (
        (["hold", "en"], [coming()], f"POST {new}/hold"),
        (["unhold", "en"], [coming()], f"DELETE {new}/hold"),
        (["release", "--yes", "en"], [held], f"POST {old}/release"),
        (["release", "--yes", "en"], [running, coming()], f"POST {new}/release"),
        (["release", "--yes", "en-daily-2026-03-14"], [], f"POST {old}/release"),
        (["stop", "en"], [running], f"POST {old}/stop"),
        (["resume", "en", "--frequency", "weekly"], [running], f"POST {old}/resume"),
    ):
        newsroom.script.extend([*found, report, SITE])
        assert main(["issue", *words]) == 0
        assert f"{newsroom.calls[-2].method} {newsroom.calls[-2].target}" == call
        assert ["sending", "running since 2026-03-14 07:03, by lina"] in columns(capsys)
    newsroom.script.append(none)
    assert main(["issue", "stop", "en"]) == 1
    newsroom.script.append(report)
    assert main(["issue", "stop", "--json", "en-daily-2026-03-14"]) == 0
    assert json.loads(capsys.readouterr().out)["changed_by"] == "lina"


def test_a_release_asks_first_and_a_refusal_says_why(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    """newsletter#39."""
    assert main(["issue", "release", "en-daily-2026-03-14"]) == 2
    assert "without a terminal, give --yes" in capsys.readouterr().err
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        patch.setattr("click.confirm", lambda *_, **__: False)
        assert main(["issue", "release", "en-daily-2026-03-14"]) == 2
    assert newsroom.calls == []
    newsroom.script.append(problem(409, "There is no news for the issue en-daily-2026-03-14."))
    assert main(["issue", "release", "--yes", "en-daily-2026-03-14"]) == 1
    assert "There is no news" in capsys.readouterr().err


def test_a_test_goes_to_one_address_and_is_not_repeated(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    """newsletter#39."""
    newsroom.script.extend([coming(), Answer(200, {"id": "en-daily-2026-03-15", "mail_subject": "Test: Ferry"})])
    assert main(["issue", "test", "en", "lina@example.org", "--section", "city"]) == 0
    assert capsys.readouterr().out == "en-daily-2026-03-15  sent to lina@example.org: Test: Ferry\n"
    sent = newsroom.calls[-1]
    assert (sent.method, sent.target) == ("POST", "/api/issues/en-daily-2026-03-15/test")
    assert json.loads(sent.body) == {"email": "lina@example.org", "sections": ["city"]}
    newsroom.script.append(Answer(502))  # whether the mail was sent is not known
    count = len(newsroom.calls)
    assert main(["issue", "test", "en-daily-2026-03-15", "lina@example.org"]) == 1
    assert len(newsroom.calls) == count + 1


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
