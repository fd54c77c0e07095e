"""`broadsheet list`, `show`, `get` and `withdraw` against a local deployment."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from broadsheet_cli.client import Client, connect
from broadsheet_cli.command import main
from infra.local.deployment.local_deployment import LocalDeployment
from tests.cli.test_site import ATHENS

Run = Callable[..., tuple[int, str, str]]
LATER = datetime(2099, 1, 1, 7, 30, tzinfo=UTC)
TAG = "desk-tests"


@pytest.fixture
def client(local_deployment: LocalDeployment) -> Iterator[Client]:
    with connect(local_deployment.url) as connected:
        yield connected
        for edition in ("en", "ar"):
            for article in [*connected.list(edition=edition, tag=TAG)]:
                connected.withdraw(str(article["id"]))


@pytest.fixture
def run(local_deployment: LocalDeployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `broadsheet`: the exit status, standard output and standard error."""
    monkeypatch.setenv("BROADSHEET_API", local_deployment.url)
    return lambda *arguments: (main(arguments), *capsys.readouterr())


@pytest.fixture
def put(client: Client) -> Callable[..., dict[str, object]]:
    def put(id: str, **more: object) -> dict[str, object]:
        sent = {"edition": "en", "headline": f"Of {id}", "section": "city", "tags": [TAG], **more}
        client.put(id, {"body": {"format": "markdown", "text": "It sails."}, **sent})
        return client.get(id)

    return put


Put = Callable[..., dict[str, object]]


def listed(out: str) -> list[str]:
    return [re.split(" {2,}", line)[4] for line in out.splitlines()]


def test_a_list_begins_with_what_is_to_come_in_all_editions_the_soonest_on_top(run: Run, put: Put) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    put("desk-old", published_at="2025-04-15T23:30:00Z", section="world", authors=["Nour Saab"])
    put("desk-now", published_at=f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}")
    put("desk-late", published_at=f"{LATER + timedelta(1):%Y-%m-%dT%H:%M:%SZ}", edition="ar", headline="بعد")
    put("desk-soon", published_at=f"{LATER:%Y-%m-%dT%H:%M:%SZ}", authors=["Nour Saab"])
    put("desk-draft", status="draft")
    order = ["desk-soon", "desk-late", "desk-draft", "desk-now", "desk-old"]
    status, out, err = run("list", "--tag", TAG)
    assert (status, listed(out), err) == (0, order, "")
    assert out.splitlines()[0].startswith("2099-01-01 09:30  scheduled  en  city   desk-soon")
    assert out.splitlines()[1] == "2099-01-02 09:30  scheduled  ar  city   desk-late   بعد"
    assert out.splitlines()[2].startswith("-                 draft      en  city   desk-draft")
    as_json = [json.loads(line) for line in run("list", "--tag", TAG, "--json")[1].splitlines()]
    assert [(each["id"], each["status"]) for each in as_json][:3] == [
        ("desk-soon", "scheduled"),
        ("desk-late", "scheduled"),
        ("desk-draft", "draft"),
    ]
    for options, ids in (
        (["--limit", "2"], order[:2]),
        (["--edition", "ar"], ["desk-late"]),
        (["--section", "world"], ["desk-old"]),
        (["--author", "nour saab"], ["desk-soon", "desk-old"]),
        (["--day", "2025-04-16"], ["desk-old"]),  # the day in Athens
        (["--day", "2025-04-15"], []),
        (["--from", "2025-04-16", "--to", "2025-04-16"], ["desk-old"]),
        (["--to", "2025-04-16"], ["desk-old"]),
        (["--from", "2099-01-02"], ["desk-late"]),
        (["--words", "OF old"], ["desk-old"]),
        (["--words", "بعد"], ["desk-late"]),
        (["--status", "draft"], ["desk-draft"]),
        (["--status", "published", "--status", "scheduled"], ["desk-soon", "desk-late", "desk-now", "desk-old"]),
        (["--status", "withdrawn"], []),
    ):
        assert listed(run("list", "--tag", TAG, *options)[1]) == ids, options


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--edition", "fr"], "list: edition must be one of en, ar"),
        (["--section", "gardening"], "list: section must be one of city, "),
        (["--day", "today"], "list: day must be a day, like 2025-04-15"),
        (["--from", "2025-04-16", "--to", "2025-04-15"], "list: to must not be before from"),
    ],
)
def test_a_list_that_the_api_refuses_says_why(options: list[str], error: str, run: Run) -> None:
    status, out, err = run("list", *options)
    assert (status, out) == (1, "")
    assert err.startswith(error)


def test_a_list_of_changes_has_each_article_once_in_any_state(
    run: Run, put: Put, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet_cli.client.ARTICLES_PER_PAGE", 2)
    began = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    for id in ("change-a", "change-b", "change-c"):
        put(id)
    client.withdraw("change-b")
    put("change-a", summary="Again.")
    changed = [json.loads(line) for line in run("list", "--changed-after", began, "--json")[1].splitlines()]
    ours = {each["id"]: each["status"] for each in changed if each["id"].startswith("change-")}
    assert ours == {"change-a": "published", "change-b": "withdrawn", "change-c": "published"}
    assert len(changed) == len({each["id"] for each in changed})
    assert len(listed(run("list", "--changed-after", began, "--limit", "1")[1])) == 1


@pytest.mark.parametrize("other", [["--tag", TAG], ["--status", "draft"], ["--from", "2025-04-15"]])
def test_a_list_of_changes_takes_no_other_filter(other: list[str], run: Run) -> None:
    status, out, err = run("list", "--changed-after", "2025-04-15 10:00", *other)
    assert (status, out) == (2, "")
    assert "--changed-after takes no other filter" in err


def test_an_article_is_shown_by_its_id_and_by_every_url_that_it_ever_had(run: Run, put: Put) -> None:
    put("desk-path", edition="ar", headline="المنارة", published_at="2025-04-15T09:30:00Z")
    moved = put(
        "desk-path",
        edition="ar",
        headline="المنارة",
        slug="manara",
        published_at="2025-04-15T09:30:00Z",
        authors=["نور صعب"],
        correction="It has two decks.",
        translation_of="desk-original",
    )
    by_id = run("show", "desk-path")
    assert by_id == (0, by_id[1], "")
    assert dict(re.split(" {2,}", line, maxsplit=1) for line in by_id[1].splitlines()) == {
        "status": "published on Tuesday 15 April 2025, 12:30 (Europe/Athens)",
        "headline": "المنارة",
        "id": "desk-path",
        "edition": "ar",
        "section": "city",
        "tags": TAG,
        "authors": "نور صعب",
        "revision": "2",
        "updated by": "local",
        "URL": moved["url"],
        "corrections": "1",
        "translation of": "desk-original",
    }
    for url in (str(moved["url"]), "/ar/2025/04/15/manara/", "/ar/2025/04/15/المنارة"):
        assert run("show", url) == by_id
        assert run("get", url) == run("get", "desk-path")
    shown = json.loads(run("show", "desk-path", "--json")[1])
    assert shown == {name: value for name, value in moved.items() if name != "body"}


def test_the_status_of_an_article_that_readers_do_not_see_is_shown(run: Run, put: Put) -> None:
    put("desk-soon", published_at=f"{LATER:%Y-%m-%dT%H:%M:%SZ}")
    put("desk-draft", status="draft")
    put("desk-gone")
    assert run("withdraw", "desk-gone")[0] == 0
    assert run("show", "desk-soon")[1].startswith(
        "status       scheduled for Thursday 1 January 2099, 09:30 (Europe/Athens)\n"
    )
    assert run("show", "desk-draft")[1].startswith("status       draft\n")
    status, out, _ = run("show", "desk-gone")
    assert status == 0
    assert out.startswith("status       withdrawn\nheadline     Of desk-gone\n")


@pytest.mark.parametrize(
    ("article", "error"),
    [
        ("desk-none", "there is no article desk-none"),
        ("/en/2025/04/15/none/", "no article has or had this path on "),
        ("https://elsewhere.example/en/", "is not a URL of "),
        ("..", "'..' is not a valid article id"),
        ("a b", "id must be 1 to 128 of "),
    ],
)
@pytest.mark.parametrize("command", ["show", "get", "withdraw"])
def test_an_article_that_does_not_exist_is_reported(command: str, article: str, error: str, run: Run) -> None:
    status, out, err = run(command, article)
    assert (status, out) == (1, "")
    assert err.startswith(f"{article}: {error}")


def test_a_withdrawal_says_what_went_and_how_long_caches_have_it(run: Run, put: Put) -> None:
    first, second = put("desk-first"), put("desk-second", headline="حريق")
    draft = put("desk-draft", status="draft")
    status, out, err = run("withdraw", "desk-first", "desk-none", str(second["url"]), str(draft["id"]))
    *lines, caches = out.splitlines()
    assert (status, err) == (1, "desk-none: there is no article desk-none\n")
    assert lines == [
        "desk-first  withdrawn  Of desk-first",
        f"  {first['url']}",
        "desk-second  withdrawn  حريق",
        lines[3],
        "desk-draft  withdrawn  Of desk-draft",
    ]
    assert lines[3].endswith("/حريق/")
    assert caches.startswith(
        "Caches may show the earlier state a little longer: pages for 6 minutes, feeds for 5 minutes."
    )
    again = f"desk-first  was already withdrawn  Of desk-first\n  {first['url']}\n"
    assert run("withdraw", "desk-first") == (0, again, "")
    assert run("withdraw", str(first["url"])) == (0, again, "")


def test_a_withdrawn_article_comes_back_at_the_time_that_was_named(run: Run, put: Put) -> None:
    before = put("desk-embargo")
    local = f"{LATER.astimezone(ATHENS):%Y-%m-%d %H:%M}"
    status, out, err = run("withdraw", "desk-embargo", "--until", local)
    went, url, then, caches = out.splitlines()
    assert (status, err) == (0, "")
    assert went == "desk-embargo  withdrawn until Thursday 1 January 2099, 09:30 (Europe/Athens)  Of desk-embargo"
    assert url == f"  {before['url']}"
    assert then.startswith("  and then ")
    assert "/en/2099/01/01/" in then
    assert caches.startswith("Caches may show")
    assert listed(run("list", "--tag", TAG, "--status", "scheduled")[1]) == ["desk-embargo"]
    new_url = then.replace("and then ", "")
    assert run("withdraw", "desk-embargo", "--until", local)[:2] == (0, f"{went}\n{new_url}\n")
    status, out, err = run("withdraw", "desk-embargo", "--until", "2020-01-01 09:30")
    assert (status, out) == (1, "")
    assert err.startswith("desk-embargo: until must be in the future")
    assert run("withdraw", "desk-embargo", "--until", "six")[0] == 2
    assert run("withdraw", "desk-embargo")[1] == f"desk-embargo  withdrawn  Of desk-embargo\n{new_url}\n"
