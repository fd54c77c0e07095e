"""`broadsheet history` and `restore` against a local deployment."""

import json
import re
from collections.abc import Callable

import pytest

from broadsheet_cli.client import connect
from broadsheet_cli.command import main
from infra.local.deployment.local_deployment import LocalDeployment

Run = Callable[..., tuple[int, str, str]]
Put = Callable[..., dict[str, object]]


@pytest.fixture
def run(local_deployment: LocalDeployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `broadsheet`: the exit status, standard output and standard error."""
    monkeypatch.setenv("BROADSHEET_API", local_deployment.url)
    return lambda *arguments: (main(arguments), *capsys.readouterr())


@pytest.fixture
def put(local_deployment: LocalDeployment) -> Put:
    def put(id: str, **more: object) -> dict[str, object]:
        body = {"format": "markdown", "text": "It sails."}
        with connect(local_deployment.url) as client:
            client.put(id, {"edition": "en", "headline": f"Of {id}", "section": "city", "body": body, **more})
            return client.get(id)

    return put


def columns(out: str) -> list[list[str]]:
    return [re.split(" {2,}", line) for line in out.splitlines()]


def test_a_history_has_who_changed_an_article_when_and_what(run: Run, put: Put) -> None:
    put("past-one", headline="Once")
    put("past-one", headline="Twice", section="sport")
    run("withdraw", "past-one")
    status, out, err = run("history", "past-one")
    assert (status, err) == (0, "")
    assert [[row[0], *row[2:]] for row in columns(out)] == [
        ["3", "local", "withdrawn", "withdrawn", "status", "Twice"],
        ["2", "local", "replaced", "published", "headline, section", "Twice"],
        ["1", "local", "created", "published", "-", "Once"],
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row[1]) for row in columns(out))
    assert [row[0] for row in columns(run("history", "past-one", "--limit", "2")[1])] == ["3", "2"]
    as_json = [json.loads(line) for line in run("history", "past-one", "--json")[1].splitlines()]
    assert [each["revision"] for each in as_json] == [3, 2, 1]
    assert as_json[0]["kept_until"] is None


def test_an_earlier_text_is_put_again(run: Run, put: Put) -> None:
    put("past-again", headline="Once", body={"format": "html", "text": "<p>It sails.</p><script></script>"})
    url = str(put("past-again", headline="Twice")["url"])
    status, out, err = run("restore", url, "1")
    first, place, caches = out.splitlines()
    assert (status, first, place) == (0, "past-again  restored, as revision 3", f"  {url}")
    assert err.startswith(f"{url}: body.text line 1: ")
    assert caches.startswith("Caches may show the earlier state")
    assert json.loads(run("show", "past-again", "--json")[1])["headline"] == "Once"
    status, out, _ = run("restore", "past-again", "1")
    assert (status, out) == (0, f"past-again  is as revision 1 had it\n  {url}\n")
    assert run("restore", "past-again", "2", "--if-match", "2") == (1, "", "past-again: the article is at revision 3\n")
    assert run("restore", "past-again", "2", "--if-match", "3")[1].startswith("past-again  restored, as revision 4\n")


def test_a_withdrawn_article_is_restored_only_with_revive(run: Run, put: Put) -> None:
    put("past-gone")
    run("withdraw", "past-gone")
    assert run("restore", "past-gone", "1") == (
        1,
        "",
        "past-gone: is withdrawn, and was left alone; to publish it again, add --revive\n",
    )
    status, _, err = run("restore", "past-gone", "2", "--revive")
    assert (status, err) == (1, "past-gone: revision must be a revision in which the article was not withdrawn\n")
    assert run("restore", "past-gone", "1", "--revive")[1].startswith("past-gone  restored, as revision 3\n")
    assert run("show", "past-gone")[1].startswith("status       published on ")


@pytest.mark.parametrize("command", [["history", "past-none"], ["restore", "past-none", "1"]])
def test_a_history_of_no_article_is_reported(run: Run, command: list[str]) -> None:
    assert run(*command) == (1, "", "past-none: there is no article past-none\n")


def test_a_revision_that_never_was_is_reported(run: Run, put: Put) -> None:
    put("past-new")
    assert run("restore", "past-new", "7") == (1, "", "past-new: article past-new has no revision 7\n")
    assert run("restore", "past-new", "0")[0] == 2


def test_what_get_writes_can_be_put_again_by_whom_it_may_be(run: Run, put: Put) -> None:
    put("past-file")
    assert "updated_by" not in run("get", "past-file")[1]
