"""`broadsheet keys` against a real HTTP server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from broadsheet.model import api_key
from broadsheet.services import api_keys
from broadsheet_cli.command import main
from broadsheet_cli.key_commands import HOURS, MOST_HOURS, SCOPES
from tests.cli.test_client import Answer, Newsroom, open_newsroom, problem

SITE = Answer(200, {"name": "", "url": "https://news.example", "time_zone": "Asia/Beirut", "editions": []})
SECRET = f"broadsheet_ghost-desk_{'0f' * 32}"
KEY: dict[str, Any] = {
    "name": "ghost-desk",
    "scopes": ["put", "withdraw"],
    "editions": ["en"],
    "expires_at": None,
    "expired": False,
    "earlier_until": None,
    "updated_by": "lina",
}


@pytest.fixture
def newsroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    with open_newsroom() as opened:
        monkeypatch.setenv("BROADSHEET_API", opened.api)
        yield opened


def test_scopes_and_limits_are_those_of_the_api() -> None:
    assert SCOPES == api_key.SCOPES
    assert api_keys.OVERLAP.total_seconds() == HOURS * 3600
    assert api_keys.LONGEST_OVERLAP.total_seconds() == MOST_HOURS * 3600


def test_create_prints_the_secret_alone_to_standard_output(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.script.extend([SITE, Answer(201, KEY | {"secret": SECRET})])
    scopes = ["--scope", "put", "--scope", "withdraw"]
    assert main(["keys", "create", "ghost-desk", *scopes, "--edition", "en", "--expires", "2099-12-01T18:00"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{SECRET}\n"
    assert "created" in printed.err
    assert SECRET not in printed.err
    call = newsroom.calls[-1]
    assert (call.method, call.target, call.headers["If-None-Match"]) == ("PUT", "/api/keys/ghost-desk", "*")
    assert json.loads(call.body) == {
        "scopes": ["put", "withdraw"],
        "editions": ["en"],
        "expires_at": "2099-12-01T18:00:00+02:00",
    }


def test_all_editions_are_a_star(newsroom: Newsroom) -> None:
    newsroom.script.extend([SITE, Answer(201, KEY | {"secret": SECRET})])
    assert main(["keys", "create", "ghost-desk", "--scope", "read", "--all-editions"]) == 0
    assert json.loads(newsroom.calls[-1].body)["editions"] == ["*"]


def test_a_key_that_exists_is_left_alone_and_the_command_says_what_to_do(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.script.extend([SITE, problem(412, detail="the key exists already")])
    assert main(["keys", "create", "ghost-desk", "--scope", "put", "--edition", "en"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "broadsheet keys rotate ghost-desk" in printed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scope", "put"],
        ["--edition", "en"],
        ["--scope", "put", "--edition", "en", "--all-editions"],
        ["--scope", "admin", "--edition", "en"],
        ["--scope", "put", "--edition", "en", "--expires", "soon"],
    ],
)
def test_wrong_usage_creates_nothing(newsroom: Newsroom, arguments: list[str]) -> None:
    newsroom.script.append(SITE)
    assert main(["keys", "create", "ghost-desk", *arguments]) == 2
    assert [call for call in newsroom.calls if call.method != "GET"] == []


@pytest.mark.parametrize(
    ("arguments", "hours", "until", "said"),
    [
        ([], "24", "2099-12-01T16:00:00Z", "earlier secrets work until 2099-12-01 18:00"),
        (["--overlap", "0"], "0", None, "no other works"),
    ],
)
def test_rotate_prints_the_new_secret_and_until_when_others_work(
    newsroom: Newsroom,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    hours: str,
    until: str | None,
    said: str,
) -> None:
    newsroom.script.extend([SITE, Answer(200, KEY | {"earlier_until": until, "secret": SECRET})])
    assert main(["keys", "rotate", "ghost-desk", *arguments]) == 0
    printed = capsys.readouterr()
    assert (printed.out, said in " ".join(printed.err.split())) == (f"{SECRET}\n", True)
    assert newsroom.calls[-1].target == f"/api/keys/ghost-desk/rotate?overlap_hours={hours}"


def test_a_rotation_that_failed_is_not_repeated_by_itself(newsroom: Newsroom) -> None:
    """It may have made a secret, and each takes the place of an earlier one."""
    newsroom.script.extend([SITE, Answer(500)])
    assert main(["keys", "rotate", "ghost-desk"]) == 1
    assert [call.method for call in newsroom.calls].count("POST") == 1


def test_revoke_ends_a_key(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    newsroom.script.append(Answer(204))
    assert main(["keys", "revoke", "ghost-desk"]) == 0
    assert capsys.readouterr().out == "ghost-desk  revoked\n"
    assert (newsroom.calls[-1].method, newsroom.calls[-1].target) == ("DELETE", "/api/keys/ghost-desk")


def test_list_prints_a_line_for_each_key(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    other = KEY | {"name": "mirror", "scopes": ["read"], "editions": ["*"], "expires_at": "2026-01-01T00:00:00Z"}
    other |= {"expired": True, "earlier_until": "2099-12-01T16:00:00Z"}
    for arguments in ([], ["--json"]):
        newsroom.script.extend([SITE, Answer(200, {"keys": [KEY, other]})])
        assert main(["keys", "list", *arguments]) == 0
        lines = capsys.readouterr().out.splitlines()
        if arguments:
            assert list(map(json.loads, lines)) == [KEY, other]
        else:
            assert [" ".join(line.split()) for line in lines] == [
                "ghost-desk put, withdraw en no end - lina",
                "mirror read all editions expired earlier until 2099-12-01 18:00 lina",
            ]
