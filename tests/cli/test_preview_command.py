"""`broadsheet preview` against a real HTTP server, and how it follows a file."""

import json
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broadsheet_cli import preview_command
from broadsheet_cli.client import Client
from broadsheet_cli.command import main
from broadsheet_cli.previews import end_preview, put_ad_preview
from broadsheet_cli.transport import Transport
from tests.cli.subscriber_files import Write
from tests.cli.test_client import KEYS, REGION, SITE, Answer, Newsroom, open_newsroom, problem

STORY = "---\nedition: en\nheadline: Fire in the old harbour\nsection: city\n---\n\nTwo boats are *lost*.\n"
URL = "https://news.example/preview/token/"


@pytest.fixture
def newsroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    with open_newsroom() as opened:
        monkeypatch.setenv("BROADSHEET_API", opened.api)
        yield opened


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that the command opened in a browser, which the tests do not have."""
    urls: list[str] = []
    monkeypatch.setattr(webbrowser, "open", urls.append)
    return urls


def answer(url: str = URL, **changed: Any) -> Answer:
    body = {"url": url, "pages": {"article": f"{url}en/x/"}, "ends_at": "2026-03-15T10:00:00Z", "warnings": []}
    return Answer(200, body | changed)


def sent(newsroom: Newsroom) -> list[tuple[str, str, Any]]:
    """The calls with their JSON, without those for the site's time zone."""
    calls = [call for call in newsroom.calls if call.target != "/api/site"]
    return [(call.method, call.target, json.loads(call.body) if call.body else None) for call in calls]


def test_a_file_is_put_once_and_its_link_printed(
    newsroom: Newsroom, write_file: Write, opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.script.append(answer(warnings=[{"field": "body.text", "message": "<iframe> became a link", "line": 1}]))
    file = write_file("harbour-fire.md", STORY)
    assert main(["preview", "--once", str(file)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{URL}\n"
    assert f"{file}:7: body.text <iframe> became a link" in err
    assert "The link works until Sunday 15 March 2026, 12:00 (Europe/Athens)" in err
    [(method, target, body)] = sent(newsroom)
    assert (method, target) == ("PUT", "/api/previews/harbour-fire")
    assert (body["id"], body["article"]["headline"]) == ("harbour-fire", "Fire in the old harbour")
    assert opened == []


def test_the_fields_of_a_refusal_are_named_with_their_lines(
    newsroom: Newsroom, write_file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.script.append(problem(422, "Some fields are invalid", ("article.section", "must be one of city, sport")))
    file = write_file("fire.md", STORY)
    assert main(["preview", "--once", str(file)]) == 1
    assert f"{file}:4: section must be one of city, sport" in capsys.readouterr().err


def test_an_id_shows_the_stored_article_and_opens_it(
    newsroom: Newsroom, opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    dead = {
        "field": "related",
        "kind": "absent",
        "name": "ferry",
        "line": None,
        "message": "names no article yet: ferry",
    }
    newsroom.script.append(answer(warnings=[dead]))
    assert main(["preview", "harbour-fire"]) == 0
    assert "harbour-fire: related names no article yet: ferry" in capsys.readouterr().err
    assert sent(newsroom) == [("PUT", "/api/previews/harbour-fire", {"id": "harbour-fire"})]
    assert opened == [URL]


@pytest.mark.parametrize("source", ["file", "id"])
def test_a_link_is_ended(newsroom: Newsroom, write_file: Write, source: str) -> None:
    newsroom.script.append(Answer(204))
    file = write_file("harbour-fire.md", STORY)
    assert main(["preview", "--end", str(file) if source == "file" else "harbour-fire"]) == 0
    assert sent(newsroom) == [("DELETE", "/api/previews/harbour-fire", None)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("two.json", '[{"id": "a"}, {"id": "b"}]', "holds several articles; a preview shows one"),
        ("bad.md", "no front matter", "bad.md"),
        ("gone.md", None, "cannot be read"),
    ],
)
def test_a_file_that_is_not_one_article_is_refused(
    newsroom: Newsroom, tmp_path: Path, name: str, content: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    assert main(["preview", str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err
    assert newsroom.calls == []


def test_the_command_puts_the_file_again_after_each_save_until_ctrl_c(
    newsroom: Newsroom,
    write_file: Write,
    opened: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write_file("fire.md", STORY)
    looks: Iterator[Callable[[], object]] = iter(
        [
            *(lambda: None,) * 3,
            lambda: file.write_text(""),  # an editor empties the file, and then writes it
            lambda: file.write_text(STORY.replace("lost", "saved")),
            *(lambda: None,) * 3,
            lambda: file.write_text("---\nno"),  # an error: the command says so, and goes on
            *(lambda: None,) * 3,
            file.unlink,
            *(lambda: None,) * 3,
            lambda: file.write_text(STORY.replace("lost", "gone")),
            *(lambda: None,) * 3,
        ]
    )

    def between(_: float) -> None:
        """In the place of the pause between two looks at the file."""
        for step in looks:
            step()
            return
        raise KeyboardInterrupt

    made = Transport.__init__

    def with_pauses(*args: Any, **options: Any) -> None:
        made(*args, **options | {"sleep": between})

    monkeypatch.setattr(Transport, "__init__", with_pauses)
    newsroom.script.extend([Answer(200, SITE), *[answer()] * 3])
    assert main(["preview", str(file)]) == 0
    texts = [body["article"]["body"]["text"] for _, _, body in sent(newsroom)]
    assert texts == ["Two boats are *lost*.", "Two boats are *saved*.", "Two boats are *gone*."]
    out, err = capsys.readouterr()
    assert (out, opened) == (f"{URL}\n", [URL])
    assert f"{file}:" in err
    assert "Stopped. The link works until Sunday 15 March 2026, 12:00 (Europe/Athens)" in err


def test_an_ad_has_a_name_of_its_own(newsroom: Newsroom) -> None:
    newsroom.script.extend([answer(), Answer(204)])
    with Client(newsroom.api, KEYS, REGION) as client:
        assert put_ad_preview(client, "lamps", {"alt": "Lamps"}).url == URL
        end_preview(client, "ad.lamps")
    put = ("PUT", "/api/previews/ad.lamps", {"name": "lamps", "ad": {"alt": "Lamps"}})
    assert sent(newsroom) == [put, ("DELETE", "/api/previews/ad.lamps", None)]


def test_a_file_that_is_never_whole_is_never_put(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    sizes = iter(range(1, 9))

    def grow(_: float) -> None:
        file.write_text("x" * next(sizes))

    with pytest.raises((StopIteration, RuntimeError)):
        next(preview_command.saves(file, grow))
