"""`broadsheet put`: what it prints, as text and as JSON, and what becomes of each article."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from broadsheet_cli.batch_put import PutResult, put_all
from broadsheet_cli.client import Client
from broadsheet_cli.command import main
from broadsheet_cli.errors import Unreachable
from tests.cli.test_client import KEYS, REGION, STORY, Answer, Newsroom, unused_url
from tests.cli.test_command import STORY_FILE, Write

JPEG = b"\xff\xd8\xff\xe0 the beginning of a picture"
EARLIER = (
    "the earlier state a little longer: pages for 6 minutes, feeds for 5 minutes. Feed readers and search engines keep "
    "copies until they ask again."
)


def test_every_article_is_put_and_the_summary_counts_them(
    newsroom: Newsroom, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("harbour-fire.md", STORY_FILE)
    write("more.json", json.dumps([{"id": f"n{number}", **STORY} for number in range(30)]))
    assert main(["put", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert (lines[-1], err) == ("31 created, 0 replaced, 0 unchanged, 0 refused", "")
    fire = f"created    https://courier.example/en/x/harbour-fire/  {tmp_path / 'harbour-fire.md'}"
    assert (lines[0], len(lines)) == (fire, 32)
    assert main(["put", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert (out.splitlines()[-1], err) == ("0 created, 0 replaced, 31 unchanged, 0 refused", "")
    assert {revision for revision, _ in newsroom.articles.values()} == {1}


def test_each_refusal_is_printed_with_file_and_field_and_the_others_are_put(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write("a.md", "---\nsection: city\n---\n"), write("b.md", "oops"), write("c.md", STORY_FILE)
    assert main(["put", *map(str, files)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"created    https://courier.example/en/x/c/  {files[2]}",
        "1 created, 0 replaced, 0 unchanged, 2 refused",
    ]
    assert err.splitlines() == [
        f"{files[0]}: edition must be a text",
        f"{files[0]}: headline must be a text",
        f"{files[1]}:1: must begin with front matter between two lines of ---",
        "   1 | oops",
    ]
    assert list(newsroom.articles) == ["c"]


def test_a_refused_field_is_printed_with_its_line_and_what_stands_there(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = ("image.width", "image.height", "tags.1", "body.text", "edition")
    newsroom.script.append(Answer(422, {"errors": [{"field": name, "rule": "is wrong"} for name in fields]}))
    front = "headline: Fire\ntags:\n- a\n- b\nimage:\n  src: /a.png\n  width: 1"
    file = write("a.md", f"---\n{front}\n---\n\nIt burnt.\n")
    assert main(["put", "--quiet", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{file}:8: image.width is wrong",
        "   8 |   width: 1",
        f"{file}:6: image.height is wrong",  # where the image begins
        "   6 | image:",
        f"{file}:5: tags.1 is wrong",
        "   5 | - b",
        f"{file}:11: body.text is wrong",
        "  11 | It burnt.",
        f"{file}: edition is wrong",
    ]


def test_a_warning_is_printed_with_the_line_of_the_file(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.warnings = [{"message": "<script> was removed", "field": "body.text", "line": 2}]
    files = write("a.md", STORY_FILE), write("b.json", json.dumps({"id": "b", **STORY}))
    assert main(["put", *map(str, files)]) == 0
    out, err = capsys.readouterr()
    line = STORY_FILE.splitlines().index("Two boats are *lost*.") + 1 + 1
    assert out.splitlines()[-1] == "2 created, 0 replaced, 0 unchanged, 0 refused, 2 warnings"
    assert err.splitlines() == [
        f"{files[0]}:{line}: body.text <script> was removed",
        f"{line:>4} | ",
        f"{files[1]}: body.text line 2: <script> was removed",
    ]


def test_strict_refuses_with_the_line_of_the_file(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "is not kept whole: <script> was removed"
    newsroom.script.append(Answer(422, {"errors": [{"field": "body.text", "rule": rule, "line": 3}]}))
    file = write("a.md", "---\nheadline: Fire\n---\nOne\n\n<script></script>\n")
    assert main(["put", "--strict", "--quiet", str(file)]) == 1
    assert capsys.readouterr().err == f"{file}:6: body.text {rule}\n   6 | <script></script>\n"
    assert newsroom.calls[-1].headers["Prefer"] == "handling=strict"


def test_a_server_error_for_one_article_does_not_stop_the_others(newsroom: Newsroom, write: Write) -> None:
    newsroom.script.extend([Answer(500)] * 4)
    only_one = write("a.md", STORY_FILE)
    results: list[PutResult] = []
    with Client(newsroom.api, KEYS, REGION, sleep=lambda _: None) as client:
        counts = put_all(client, [only_one], on_result=results.append)
    assert (counts.created, counts.refused) == (0, 1)
    (error,) = results[0].errors
    assert error.lines() == (f"{only_one}: the server failed with status 500; try again later",)


def test_quiet_prints_refusals_only(newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["put", "--quiet", str(write("a.md", STORY_FILE)), str(write("b.txt", ""))]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert list(newsroom.articles) == ["a"]


def test_only_new_refuses_to_replace_an_article(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(write("a.md", STORY_FILE))
    assert [main(["put", "--only-new", file]), main(["put", "--only-new", file])] == [0, 1]
    assert capsys.readouterr().err == f"{file}: The article has changed\n"
    assert newsroom.articles["a"][0] == 1


def test_if_match_is_for_a_single_file(
    newsroom: Newsroom, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(write("a.md", STORY_FILE))
    assert main(["put", file]) == 0
    assert main(["put", "--if-match", "7", file]) == 1
    assert main(["put", "--if-match", "1", file]) == 0
    assert main(["put", "--if-match", "1", str(tmp_path)]) == 2
    assert "a single FILE" in capsys.readouterr().err
    assert len(newsroom.calls) == 3


def test_the_callers_progress_bar_counts_articles(newsroom: Newsroom, write: Write) -> None:
    files = [
        write("a.md", STORY_FILE),
        write("b.json", json.dumps([{"id": f"{number}", **STORY} for number in range(20)])),
        write("c.json", "[]"),
    ]
    screen = io.StringIO()
    with (
        Progress(console=Console(file=screen, force_terminal=True)) as progress,
        Client(newsroom.api, KEYS, REGION) as client,
    ):
        put_all(client, files, progress)
    (task,) = progress.tasks
    assert (task.completed, task.total) == (21, 21)


def test_a_refused_connection_is_one_sentence_that_says_what_to_do(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = unused_url()
    assert main(["put", "--api", f"{nowhere}/", *(str(write(f"{name}.md", STORY_FILE)) for name in "abc")]) == 2
    advice = "start the local deployment with `make run`, or name another site with --api"
    assert capsys.readouterr() == ("", f"Cannot connect to {nowhere}; {advice}\n")


def test_a_refused_connection_ends_a_long_run_early(write: Write) -> None:
    listed = write("many.json", json.dumps([{"id": f"{number}"} for number in range(1000)]))
    waits: list[float] = []
    with Client(unused_url(), KEYS, REGION, sleep=waits.append) as client, pytest.raises(Unreachable):
        put_all(client, [listed])
    assert len(waits) < 100


def test_rejected_credentials_end_the_run(newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["put", "--region", "us-east-1", str(write("a.md", STORY_FILE))]) == 2
    assert capsys.readouterr().err == f"{newsroom.api} rejected these credentials (403 Forbidden)\n"


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_created_replaced_unchanged_and_revived_articles_are_told_apart(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(write(f"{name}.md", STORY_FILE)) for name in "abcd"]
    assert main(["put", "--quiet", *files[1:]]) == 0
    newsroom.withdrawn.add("d")
    write("b.md", STORY_FILE + "Anna is safe.\n")
    assert main(["put", "--revive", *files]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        f"created    https://courier.example/en/x/a/  {files[0]}",
        f"replaced   https://courier.example/en/x/b/  {files[1]}",
        f"unchanged  https://courier.example/en/x/c/  {files[2]}",
        f"revived    https://courier.example/en/x/d/  {files[3]}",
        "1 created, 1 replaced, 1 unchanged, 1 revived, 0 refused",
        f"Caches may show {EARLIER}",
    ]


def test_a_withdrawn_article_is_left_alone_without_revive(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(write(f"{name}.md", STORY_FILE)) for name in "ab"]
    newsroom.withdrawn.add("a")
    assert main(["put", *files]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "1 created, 0 replaced, 0 unchanged, 1 withdrawn, 0 refused"
    assert err == f"{files[0]}: is withdrawn, and was left alone; to publish it again, add --revive\n"
    assert list(newsroom.articles) == ["b"]


def test_a_scheduled_article_is_printed_with_its_time_and_a_draft_without_an_address(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    later = STORY_FILE.replace("2025-04-15", "2999-04-15").replace("section: city", "section: city\nstatus: scheduled")
    draft = STORY_FILE.replace("section: city", "section: city\nstatus: draft")
    files = write("a.md", later), write("b.md", draft)
    assert main(["put", *map(str, files)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        f"created    https://courier.example/en/x/a/  (scheduled for 2999-04-15T09:30:00+03:00)  {files[0]}",
        f"created    (a draft, no page yet)  {files[1]}",
    ]
    assert len(newsroom.calls) == 2


def test_a_dry_run_checks_everything_and_stores_nothing(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("quay.jpg", JPEG)
    files = write("a.md", STORY_FILE + "![Quay](quay.jpg)\n"), write("b.md", "---\nedition: en\n---\n\nText\n")
    assert main(["put", "--dry-run", *map(str, files)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "1 created, 0 replaced, 0 unchanged, 1 refused; a dry run: nothing was stored"
    assert err == f"{files[1]}: headline must be a text\n"
    assert not newsroom.articles
    assert not newsroom.uploads
    puts = [call.target for call in newsroom.calls if call.method == "PUT"]
    assert all(target.endswith("?dry_run=true&revive=false") for target in puts)


def test_the_json_document_has_the_results_of_all_articles(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.warnings = [{"field": "body.text", "message": "<script> was removed", "line": 2}]
    newsroom.withdrawn.add("d")
    listed = write("c.json", json.dumps([{"id": "c", **STORY}, {"id": "d", **STORY}, {}]))
    files = write("a.md", STORY_FILE), write("b.md", "---\nid: b\nedition: 4\ntitle: Fire\n---\n"), listed
    assert main(["put", "--json", *map(str, files)]) == 1
    line = STORY_FILE.splitlines().index("Two boats are *lost*.") + 2
    nothing: dict[str, object] = {"url": None, "status": None, "published_at": None, "warnings": []}
    stored = {"outcome": "created", "status": "published", "errors": []}
    lost = {"field": "body.text", "message": "<script> was removed"}
    rule = "is not a field; use headline"
    assert document(capsys) == {
        "complete": True,
        "dry_run": False,
        "counts": {
            "created": 2,
            "replaced": 0,
            "unchanged": 0,
            "revived": 0,
            "withdrawn": 1,
            "refused": 2,
            "warnings": 2,
        },
        "stale_seconds": {"pages": 360, "feeds": 300},
        "articles": [
            stored
            | {
                "file": str(files[0]),
                "id": "a",
                "url": "https://courier.example/en/x/a/",
                "published_at": "2025-04-15T09:30:00+03:00",
                "warnings": [lost | {"line": line}],
            },
            nothing
            | {
                "file": str(files[1]),
                "id": "b",
                "outcome": "refused",
                "errors": [{"field": "title", "rule": rule, "line": 4}],
            },
            stored
            | {
                "file": str(listed),
                "id": "c",
                "url": "https://courier.example/en/x/c/",
                "published_at": None,
                "warnings": [lost | {"line": 2}],
            },
            nothing | {"file": str(listed), "id": "d", "outcome": "withdrawn", "errors": []},
            nothing
            | {
                "file": str(listed),
                "id": None,
                "outcome": "refused",
                "errors": [{"field": "id", "rule": "is required in a list", "line": None}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("src", "width", "warned"),
    [("/media/a.jpg", 1199, True), ("/media/a.jpg", 1200, False), ("/media/a.svg", 60, False)],
)
def test_a_lead_picture_that_search_engines_show_small_is_named(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str], src: str, width: int, warned: bool
) -> None:
    file = write("a.md", STORY_FILE.replace("/media/harbour.svg", src).replace("width: 1600", f"width: {width}"))
    assert main(["put", str(file)]) == 0
    out, err = capsys.readouterr()
    assert ("1 warning" in out) == warned
    assert ("image.width is 1,199: search engines show a lead picture large from 1,200 pixels on" in err) == warned
    assert len(newsroom.calls) == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_translation_that_the_same_run_puts_is_not_missing(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    def translating(id: str) -> str:
        return STORY_FILE.replace("section: city", f"section: city\ntranslation_of: {id}")

    files = write("a.md", translating("b")), write("b.md", STORY_FILE), write("c.md", translating("d"))
    options = ["--dry-run"] if dry_run else []
    assert main(["put", *options, *map(str, files)]) == 0
    out, err = capsys.readouterr()
    assert "3 created, 0 replaced, 0 unchanged, 0 refused, 1 warning" in out
    assert err.splitlines() == [f"{files[2]}:5: translation_of names none", "   5 | translation_of: d"]
    assert main(["put", "--json", *options, *map(str, files)]) == 0
    printed = document(capsys)
    warned = {"field": "translation_of", "line": 5, "message": "names none"}
    assert [article["warnings"] for article in printed["articles"]] == [[], [], [warned]]
    assert printed["counts"]["warnings"] == 1
    assert len(newsroom.calls) == 6


def test_the_json_document_of_a_run_that_ended_early_says_so(
    newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.script.extend([Answer(403, {"message": "Forbidden"})])
    assert main(["put", "--json", str(write("a.md", STORY_FILE))]) == 2
    out, err = capsys.readouterr()
    assert (json.loads(out)["complete"], json.loads(out)["articles"]) == (False, [])
    assert "rejected these credentials" in err


def test_the_same_command_finishes_a_run_that_was_interrupted(newsroom: Newsroom, write: Write, tmp_path: Path) -> None:
    for number in range(60):
        write(f"pictures/{number}.jpg", JPEG + bytes([number]))
        write(f"n{number:02}.md", STORY_FILE + f"\n![Quay](pictures/{number}.jpg)\n")

    def interrupt(result: PutResult) -> None:
        if result.id == "n05":
            raise KeyboardInterrupt

    with Client(newsroom.api, KEYS, REGION, sleep=lambda _: None) as client:
        with pytest.raises(KeyboardInterrupt):
            put_all(client, [tmp_path], on_result=interrupt)
        done, uploads = set(newsroom.articles), dict(newsroom.uploads)
        assert {f"n{number:02}" for number in range(6)} <= done
        assert len(done) < 60
        newsroom.calls.clear()
        counts = put_all(client, [tmp_path])
    assert (counts.created, counts.unchanged) == (60 - len(done), len(done))
    sent = {call.target for call in newsroom.calls if call.target.startswith("/uploads/")}
    assert not sent & {f"/uploads/{id}" for id in uploads}
    assert {revision for revision, _ in newsroom.articles.values()} == {1}


@pytest.mark.parametrize("piped", [True, False])
def test_results_reach_standard_output_beside_a_progress_bar(newsroom: Newsroom, write: Write, piped: bool) -> None:
    file = write("a.md", STORY_FILE)
    terminal, end = pty.openpty()
    arguments = ["put", "--api", newsroom.api, str(file)]
    entry = f"import sys; from broadsheet_cli.command import main; sys.exit(main({arguments}))"
    result = f"created    https://courier.example/en/x/a/  {file}"
    with subprocess.Popen(  # noqa: S603  # our own interpreter, our own words
        [sys.executable, "-c", entry],
        stdout=subprocess.PIPE if piped else end,
        stderr=end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    ) as process:
        os.close(end)
        shown = b"".join(iter(lambda: _read(terminal), b"")).decode()
        if process.stdout:
            assert process.stdout.read().decode().splitlines()[0] == result
    os.close(terminal)
    assert process.returncode == 0
    assert "Articles" in shown
    assert (result in shown) != piped
    if not piped:
        before = shown[: shown.index(result)]
        assert before.endswith("\r\x1b[2K")  # the line of the bar is cleared first


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the last process that has the terminal open has ended
        return b""
