"""Data that are kept between runs: in the emulator's file, and by the program with what stops or kills it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broadsheet_cli.client import Client, connect
from infra.local.deployment.keeping import FILE
from infra.local.deployment.local_deployment import ROOT, DeploymentError, LocalDeployment
from tests.local.conftest import EXAMPLE, Example, Reader
from tests.waiting import wait_for


@contextmanager
def running(folder: Path, port: int) -> Iterator[Example]:
    code = EXAMPLE / "functions"
    with LocalDeployment(port, template_path=EXAMPLE / "template.yaml", code=code, keep=folder / "kept") as stack:
        yield Example(stack, code, [])


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.proof  # in `make test`, test_state.py keeps the same without functions
def test_the_next_run_has_all_data_and_repeats_no_event(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as first:
        first.put_thing("ferry", title="عبّارة", note="lines\nand ’quotes’")
        first.put_page("en/index.html", b"\x00 page")
        assert first.get("/api/echo/1?mail=Kept").status == 200
        first.stack.clients.ses.put_suppressed_destination(EmailAddress="Gone@example.org", Reason="COMPLAINT")
        url = first.stack.deployment.name("GivenUp")
        first.stack.clients.sqs.send_message(QueueUrl=url, MessageBody='{"left": 1}')
        assert first.seen() == ["INSERT ferry"]
        key = first.stack.deployment.secret(first.stack.deployment.name("Key"))
        page = first.get("/en/index.html")
    with running(tmp_path, port) as second:
        again = second.get("/en/index.html")
        assert (again.body, again.headers["etag"], again.headers["last-modified"]) == (
            page.body,
            page.headers["etag"],
            page.headers["last-modified"],
        )
        assert again.headers["content-type"] == "text/html; charset=utf-8"
        assert second.seen() == ["INSERT ferry"]
        assert second.given_up() == [{"left": 1}]
        assert [mail.header("Subject") for mail in second.stack.outbox()] == ["Kept"]
        second.stack.clients.ses.get_suppressed_destination(EmailAddress="Gone@example.org")
        assert second.stack.deployment.secret(second.stack.deployment.name("Key")) == key
        second.put_thing("harbour")
        assert second.seen() == ["INSERT ferry", "INSERT harbour"]


@pytest.mark.proof
def test_what_no_function_has_processed_is_processed_by_the_next_run(tmp_path: Path, port: int) -> None:
    broken = tmp_path / "functions"
    shutil.copytree(EXAMPLE / "functions", broken)
    template = EXAMPLE / "template.yaml"
    with LocalDeployment(port, template_path=template, code=broken, keep=tmp_path / "kept") as stack:
        example = Example(stack, broken, [])
        (broken / "follow.py").write_text("def handler(:\n", "utf-8")
        wait_for(lambda: stack.functions["FollowFunction"].fault, stack.progress)
        example.put_thing("ferry")
    with running(tmp_path, port) as second:
        assert second.seen() == ["INSERT ferry"]


@pytest.mark.proof
def test_a_state_that_does_not_fit_ends_the_start_with_one_sentence(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as first:
        first.put_thing("ferry")
    with pytest.raises(DeploymentError) as error, running(tmp_path, 0):
        pass
    path = tmp_path / "kept" / FILE
    assert str(error.value) == (
        f"{path} has pages that name http://127.0.0.1:{port}; PORT={port} goes on with it."
        f" To begin anew, remove it: rm -r {path.parent}"
    )


@contextmanager
def program(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The program, once it is ready. It is killed at the end, if it still runs."""
    command = [sys.executable, "-m", "infra.local", "--port", str(port), "--keep", str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603  this program
        try:
            assert process.stdout
            while "Press Ctrl-C" not in process.stdout.readline():
                assert process.poll() is None
            yield process
        finally:
            process.kill()


def wait_until_saved(folder: Path) -> None:
    """Wait until the files have grown."""

    def size() -> int:
        return sum(file.stat().st_size for file in folder.iterdir())

    before = size()
    wait_for(lambda: size() > before, size)


def client(port: int) -> Client:
    return connect(f"http://127.0.0.1:{port}")


ARTICLE = {
    "edition": "en",
    "headline": "Ferries run again",
    "section": "city",
    "body": {"format": "markdown", "text": "They *run*."},
}


@pytest.mark.proof
def test_an_article_survives_a_restart_and_can_be_edited(tmp_path: Path, port: int) -> None:
    read = Reader(port)
    with program(tmp_path, port, "--no-sample") as process, client(port) as api:
        path = urlsplit(api.put("ferries", ARTICLE).url or "").path
        wait_for(lambda: read(path).status == 200)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    # Without --no-sample: the site is not empty, so the sample edition is not loaded.
    with program(tmp_path, port), client(port) as api:
        assert b"Ferries run again" in read(path).body
        assert api.get("ferries")["headline"] == "Ferries run again"
        api.put("ferries", ARTICLE | {"headline": "Ferries stop"})
        wait_for(lambda: b"Ferries stop" in read(path).body)
        assert [one["id"] for one in api.list()] == ["ferries"]


@pytest.mark.proof
@pytest.mark.parametrize("pause", [0.05, 0.7, 2.1])
def test_a_kill_while_it_saves_leaves_a_state_that_loads(tmp_path: Path, port: int, pause: float) -> None:
    with program(tmp_path, port, "--no-sample") as process, client(port) as api:
        api.put("before", ARTICLE)
        wait_until_saved(tmp_path)
        for number in range(5):
            api.put(f"during-{number}", ARTICLE)
        time.sleep(pause)
        process.kill()
    with program(tmp_path, port) as process, client(port) as api:
        assert "before" in {one["id"] for one in api.list()}
        path = urlsplit(api.put("after", ARTICLE | {"headline": "Afterwards"}).url or "").path
        wait_for(lambda: Reader(port)(path).status == 200)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
