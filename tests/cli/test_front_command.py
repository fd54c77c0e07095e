"""`broadsheet front` against a real HTTP server."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from broadsheet_cli.command import main
from tests.cli.test_client import Answer, Newsroom, open_newsroom, problem

SHOWN = [
    {"id": "bridge", "headline": "The bridge", "edition": "en"},
    {"id": "tram", "headline": "Trams", "edition": "en"},
]
WAITING = [{"id": "cup", "headline": "The cup", "edition": "en", "status": "scheduled"}]
LEAD = {"id": "bridge", "until": "2099-03-14T16:00:00Z"}
CHOICE = {"lead": LEAD, "pinned": [{"id": "cup", "until": None}], "order": ["tram"]}
SITE = Answer(200, {"name": "", "url": "https://news.example", "time_zone": "Asia/Beirut", "editions": []})

Run = Callable[..., int]


@pytest.fixture
def newsroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    with open_newsroom() as opened:
        monkeypatch.setenv("BROADSHEET_API", opened.api)
        yield opened


def front(revision: int = 1, waiting: object = WAITING, **changed: Any) -> Answer:
    return Answer(200, CHOICE | changed | {"shown": SHOWN, "waiting": waiting}, {"ETag": f'"{revision}"'})


def sent(newsroom: Newsroom) -> tuple[Mapping[str, Any], str]:
    """The last choice that was put, and its precondition."""
    [*_, last] = [call for call in newsroom.calls if call.method == "PUT"]
    assert last.target == "/api/front/en"
    return json.loads(last.body), last.headers["If-Match"]


def test_show_prints_places_ends_ids_and_headlines(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    newsroom.script.extend([SITE, front()])
    assert main(["front", "show", "en"]) == 0
    lines = [re.split(r" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["lead", "until 2099-03-14 18:00", "bridge", "The bridge"],
        ["order", "tram", "Trams"],
        ["pinned", "cup", "(scheduled) The cup"],
    ]


def test_show_as_json_prints_the_choice_and_the_page(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    newsroom.script.extend([SITE, front()])
    assert main(["front", "show", "en", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == CHOICE | {"shown": SHOWN, "waiting": WAITING}


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        (["--lead", "tram"], {"lead": {"id": "tram", "until": None}}),
        (["--lead", "tram@2099-12-01T18:00"], {"lead": {"id": "tram", "until": "2099-12-01T18:00:00+02:00"}}),
        (["--lead", "tram@2099-07-01 18:00"], {"lead": {"id": "tram", "until": "2099-07-01T18:00:00+03:00"}}),
        (["--lead", "tram@2099-12-01T18:00Z"], {"lead": {"id": "tram", "until": "2099-12-01T18:00:00+00:00"}}),
        (["--pin", "a", "--pin", "b"], {"pinned": [{"id": "a", "until": None}, {"id": "b", "until": None}]}),
        (["--order", "a", "--order", "b"], {"order": ["a", "b"]}),
        (["--no-lead"], {"lead": None}),
        (["--no-pins", "--no-order"], {"pinned": [], "order": []}),
        (["--clear"], {"lead": None, "pinned": [], "order": []}),
        (["--clear", "--order", "a"], {"lead": None, "pinned": [], "order": ["a"]}),
    ],
)
def test_set_changes_what_is_named_and_keeps_the_rest(
    newsroom: Newsroom, arguments: list[str], changed: dict[str, Any]
) -> None:
    newsroom.script.extend([SITE, front(7), front(8, lead=None)])
    assert main(["front", "set", "en", *arguments]) == 0
    assert sent(newsroom) == (CHOICE | changed, '"7"')


def test_a_change_of_another_editor_is_kept(newsroom: Newsroom) -> None:
    newsroom.script.extend([SITE, front(1), problem(412, "Stale"), front(2, order=["cup"]), front(3, lead=None)])
    assert main(["front", "set", "en", "--no-pins"]) == 0
    assert sent(newsroom) == (CHOICE | {"order": ["cup"], "pinned": []}, '"2"')


def test_a_refusal_names_the_field_and_after_a_few_lost_races_the_command_gives_up(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.script.extend([SITE, front(1), problem(422, "Wrong", ("lead.id", "must be the id of an article"))])
    assert main(["front", "set", "en", "--lead", "nothing"]) == 1
    assert "lead.id must be the id of an article" in capsys.readouterr().err
    newsroom.script.extend([SITE, *[front(1), problem(412, "Stale")] * 5])
    assert main(["front", "set", "en", "--lead", "tram"]) == 1
    assert not newsroom.script


def test_articles_that_are_gone_and_choices_that_ended_are_not_sent_again(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = [
        WAITING[0] | {"status": "withdrawn"},
        {"id": "moved", "headline": "M", "edition": "ar", "status": "published"},
    ]
    ended = {"id": "bridge", "until": "2020-03-14T16:00:00Z"}
    before, after = front(1, gone, lead=ended, order=["moved", "tram"]), front(2, [], lead=None, pinned=[])
    newsroom.script.extend([SITE, before, after])
    assert main(["front", "set", "en", "--order", "tram"]) == 0
    assert sent(newsroom)[0] == {"lead": None, "pinned": [], "order": ["tram"]}
    assert "cup is withdrawn or moved" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Name what to change"),
        (["--lead", "tram", "--no-lead"], "both set and remove: lead"),
        (["--lead", "tram@soon"], "tram@ must be a time such as"),
        (["--pin", "@2099-12-01"], "is not an id"),
    ],
)
def test_wrong_options_are_refused_before_any_change(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    newsroom.script.append(SITE)
    assert main(["front", "set", "en", *arguments]) == 2
    assert reason in capsys.readouterr().err
    assert [call for call in newsroom.calls if call.target != "/api/site"] == []
