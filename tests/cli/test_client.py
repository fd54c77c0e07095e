"""The client against a real HTTP server, which verifies every signature as API Gateway does."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from broadsheet.model.errors import Busy
from broadsheet.problems import NAMESPACE
from broadsheet_cli.client import Client, connect
from broadsheet_cli.errors import (
    FieldError,
    Forbidden,
    InvalidId,
    Problem,
    Refused,
    Unavailable,
    UnexpectedResponse,
    Unreachable,
)
from broadsheet_cli.transport import BUSY

KEYS = Credentials("local", "local")
REGION = "eu-west-1"
PAGE_SIZE = 2
STORY: Mapping[str, object] = {"edition": "en", "headline": "Fire", "body": {"format": "markdown", "text": "It burnt."}}

UPDATED_AT = "2026-03-14T10:00:00Z"
SITE: Mapping[str, object] = {
    "name": "The Salima Courier",
    "url": "https://courier.example",
    "time_zone": "Europe/Athens",
    "editions": [{"code": code, "sections": [{"key": "city"}]} for code in ("en", "ar")],
    "api_version": 1,
}


@dataclass(frozen=True)
class Call:
    """A request as the server received it."""

    method: str
    target: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Answer:
    """A response. Status 0 drops the connection instead, and `after` processes the request before that."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False


@dataclass
class Newsroom:
    """The articles API, in memory. The answers in `script` come first, in place of its own."""

    calls: list[Call] = field(default_factory=list)
    articles: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)
    script: deque[Answer] = field(default_factory=deque)
    warnings: list[dict[str, object]] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    uploads: dict[str, bytes] = field(default_factory=dict)
    images: dict[str, dict[str, object]] = field(default_factory=dict)
    api: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, call: Call) -> Answer:
        with self.lock:
            self.calls.append(call)
            if self.script:
                scripted = self.script.popleft()
                if scripted.after:
                    self._own(call)
                return scripted
            return self._own(call)

    def _own(self, call: Call) -> Answer:
        if call.target.startswith("/uploads/"):  # a presigned request
            self.uploads[call.target.removeprefix("/uploads/")] = call.body
            return Answer(200)
        if not signed(call):
            return Answer(403, {"message": "Forbidden"})
        folder, _, last = urlsplit(call.target).path.rpartition("/")
        if (folder, last) == ("/api", "site"):
            return Answer(200, SITE)
        if last == "images" or folder == "/api/images":
            return self._image(last, call)
        if folder == "/api" and call.method == "GET":
            return self._list(parse_qs(urlsplit(call.target).query))
        return {"PUT": self._put, "GET": self._get, "DELETE": self._delete}[call.method](unquote(last), call)

    def _put(self, id: str, call: Call) -> Answer:
        article = json.loads(call.body)
        if article.get("updated_at") == UPDATED_AT:
            del article["updated_at"]  # the time that the article has
        revision, before = self.articles.get(id, (0, None))
        expected = call.headers["If-Match"]
        done = article == before and expected == f'"{revision - 1}"'  # RFC 9110 §13.1.1
        if not done and ((expected and expected != f'"{revision}"') or (call.headers["If-None-Match"] and before)):
            return problem(412, "The article has changed")
        if wrong := [name for name in ("edition", "headline") if not isinstance(article.get(name), str)]:
            return problem(422, "Some fields are wrong", *((f"{name}", "must be a text") for name in wrong))
        query = parse_qs(urlsplit(call.target).query)
        if id in self.withdrawn and query.get("revive") == ["false"]:
            return problem(410, "The article is withdrawn")
        outcome = "unchanged" if article == before else "replaced" if before else "created"
        outcome = "revived" if id in self.withdrawn else outcome
        named = article.get("translation_of")
        missing = [] if named is None or named in self.articles else [named]
        dead = {"field": "translation_of", "kind": "absent", "line": None, "message": "names none"}
        added = {
            "status": article.get("status", "published"),
            "warnings": [*self.warnings, *(dead | {"name": name} for name in missing)],
            "outcome": outcome,
            "stale_seconds": {"pages": 360, "feeds": 300},
        }
        if query.get("dry_run") == ["true"]:
            return Answer(200, self._shown(id, revision, article) | added)
        if article != before:
            revision += 1
            self.articles[id] = (revision, article)
        self.withdrawn.discard(id)
        status = 201 if outcome in ("created", "revived") else 200
        return Answer(status, self._read(id) | added, {"ETag": f'"{revision}"'})

    def _image(self, last: str, call: Call) -> Answer:
        """Images are what `images` says of their ids, as soon as they are uploaded; by default 1200 by 800 pixels."""
        id = json.loads(call.body)["sha256"] if call.method == "POST" else last
        if id in self.uploads:
            image = {"src": f"/images/{id}/1200.jpg", "width": 1200, "height": 800}
            return Answer(200, {"id": id} | self.images.get(id, {"status": "ready", "image": image, "warnings": []}))
        if call.method == "GET":
            return problem(404, "There is no such image")
        upload = {"method": "PUT", "url": f"{self.api}/uploads/{id}", "headers": {}}
        return Answer(201, {"id": id, "status": "waiting", "upload": upload})

    def _get(self, id: str, _: Call) -> Answer:
        return Answer(200, self._read(id)) if id in self.articles else problem(404, "There is no such article")

    def _delete(self, id: str, _: Call) -> Answer:
        if id not in self.articles:
            return problem(404, "There is no such article")
        withdrawn = self._read(id) | {"status": "withdrawn", "outcome": "withdrawn"}
        del self.articles[id]
        return Answer(200, withdrawn | {"stale_seconds": {"pages": 360, "feeds": 300}})

    def _list(self, query: Mapping[str, list[str]]) -> Answer:
        start, end = int(query.get("before", ["0"])[0]), int(query["limit"][0])
        fits = [
            id
            for id, (_, article) in self.articles.items()
            if article["edition"] in query.get("edition", [article["edition"]])
            and article.get("status", "published") in query.get("status", ["published"])[0].split(",")
        ]
        page = fits[start:][: min(end, PAGE_SIZE)]
        following = start + len(page)
        return Answer(
            200, {"articles": [*map(self._read, page)], "next": str(following) if following < len(fits) else None}
        )

    def _read(self, id: str) -> dict[str, object]:
        revision, article = self.articles[id]
        return self._shown(id, revision, article)

    def _shown(self, id: str, revision: int, article: dict[str, object]) -> dict[str, object]:
        url = None if article.get("status") == "draft" else f"https://courier.example/en/x/{id}/"
        shown = {"id": id, **article, "revision": revision, "path": "/en/x/", "live": True, "url": url}
        return shown | {"updated_at": UPDATED_AT}


def problem(status: int, detail: str, *errors: tuple[str, str]) -> Answer:
    wrong = [{"field": name, "rule": rule} for name, rule in errors]
    return Answer(status, {"type": "about:blank", "title": "No", "status": status, "detail": detail, "errors": wrong})


def signed(call: Call) -> bool:
    """Whether botocore computes the same signature for the request as it was received."""
    claims = dict(part.split("=", 1) for part in call.headers["Authorization"].split(" ", 1)[1].split(", "))
    headers = {name: call.headers[name] for name in claims["SignedHeaders"].split(";")}
    request = AWSRequest(
        method=call.method, url=f"http://{call.headers['Host']}{call.target}", headers=headers, data=call.body
    )
    request.context["timestamp"] = call.headers["X-Amz-Date"]
    judge = SigV4Auth(KEYS, "execute-api", REGION)
    expected = judge.signature(judge.string_to_sign(request, judge.canonical_request(request)), request)
    return claims["Signature"] == expected and claims["Credential"] == judge.scope(request)


@contextmanager
def open_newsroom() -> Iterator[Newsroom]:
    newsroom = Newsroom()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            received = self.rfile.read(int(self.headers["Content-Length"] or 0))
            answer = newsroom.answer(Call(self.command, self.path, self.headers, received))
            if not answer.status:
                self.close_connection = True
                return
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  # names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    newsroom.api = f"http://127.0.0.1:{server.server_port}"
    try:
        yield newsroom
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def unused_url() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with open_newsroom() as opened:
        yield opened


@pytest.fixture
def delays() -> list[float]:
    return []


@pytest.fixture
def client(newsroom: Newsroom, delays: list[float]) -> Iterator[Client]:
    with Client(newsroom.api, KEYS, REGION, sleep=delays.append, jitter=lambda: 1.0) as made:
        yield made


def test_a_put_tells_its_outcome_and_the_address_of_the_page(client: Client, newsroom: Newsroom) -> None:
    first, second = client.put("fire", STORY), client.put("fire", {**STORY, "headline": "Fire!"})
    assert [(each.outcome, each.revision) for each in (first, second)] == [("created", "1"), ("replaced", "2")]
    assert first.url == "https://courier.example/en/x/fire/"
    assert (first.status, first.stale_seconds) == ("published", {"pages": 360, "feeds": 300})
    assert newsroom.articles["fire"][1]["headline"] == "Fire!"


@pytest.mark.parametrize("id", ["حريق في الميناء", "a b/c?d#e", "~a+b%20", "100%", "é", "(x)*'!"])
def test_any_id_is_one_signed_segment_of_the_path(id: str, client: Client, newsroom: Newsroom) -> None:
    assert client.put(id, STORY).outcome == "created"
    assert client.get(id)["id"] == id
    client.withdraw(id)
    assert not newsroom.articles
    assert all(call.target.count("/") == 3 and call.target.isascii() for call in newsroom.calls)


def test_an_id_is_percent_encoded_once_on_the_wire(client: Client, newsroom: Newsroom) -> None:
    client.put("ب /", STORY)
    assert newsroom.calls[0].target == "/api/articles/%D8%A8%20%2F"


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_an_id_that_is_a_dot_segment_is_never_sent(id: str, client: Client, newsroom: Newsroom) -> None:
    with pytest.raises(InvalidId):
        client.withdraw(id)
    assert not newsroom.calls


def test_a_wrong_secret_is_forbidden(newsroom: Newsroom) -> None:
    with Client(newsroom.api, Credentials("local", "wrong"), REGION) as client, pytest.raises(Forbidden) as caught:
        client.get("fire")
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")


def test_a_session_token_is_sent_and_signed(newsroom: Newsroom) -> None:
    with Client(newsroom.api, Credentials("local", "local", "a-token"), REGION) as client:
        client.put("fire", STORY)
    assert newsroom.calls[0].headers["X-Amz-Security-Token"] == "a-token"


def test_a_refusal_carries_every_field_and_its_rule(client: Client) -> None:
    with pytest.raises(Refused) as caught:
        client.put("fire", {"section": "city"})
    wrong = (FieldError("edition", "must be a text"), FieldError("headline", "must be a text"))
    assert caught.value.problem == Problem(422, "No", "Some fields are wrong", wrong)


def test_an_error_of_the_gateway_itself_is_a_problem_too(client: Client, newsroom: Newsroom) -> None:
    newsroom.script.append(Answer(413, {"message": "Request Entity Too Large"}))
    with pytest.raises(Refused, match="413 Request Entity Too Large"):
        client.put("fire", STORY)


@pytest.mark.parametrize("status", [0, 429, 500, 502, 503])
def test_a_transient_failure_is_retried(status: int, client: Client, newsroom: Newsroom, delays: list[float]) -> None:
    newsroom.script.extend([Answer(status)] * 3)
    assert client.put("fire", STORY).outcome == "created"
    assert delays == [0.5, 1.0, 2.0]
    assert len(newsroom.calls) == 4


@pytest.mark.parametrize("status", [0, 503])
def test_a_file_is_sent_again_after_a_transient_failure(status: int, client: Client, newsroom: Newsroom) -> None:
    newsroom.script.extend([Answer(status)] * 2)
    client.transport.send_unsigned("PUT", f"{newsroom.api}/uploads/1", {}, b"a picture")
    assert newsroom.uploads == {"1": b"a picture"}
    assert len(newsroom.calls) == 3


def test_the_delay_is_random_up_to_a_maximum(newsroom: Newsroom) -> None:
    delays: list[float] = []
    newsroom.script.extend([Answer(503)] * 2)
    with Client(newsroom.api, KEYS, REGION, sleep=delays.append, jitter=iter([0.5, 0.1]).__next__) as client:
        client.put("fire", STORY)
    assert delays == [0.25, 0.1]


@pytest.mark.parametrize(
    ("asked", "delay"), [("7", 7.0), ("0", 0.0), ("soon", 0.0), ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0)]
)
def test_the_server_may_ask_for_a_longer_delay(asked: str, delay: float, newsroom: Newsroom) -> None:
    """RFC 9110 §10.2.3"""
    delays: list[float] = []
    newsroom.script.append(Answer(503, headers={"Retry-After": asked}))
    with Client(newsroom.api, KEYS, REGION, sleep=delays.append, jitter=lambda: 0.5) as client:
        client.put("fire", STORY)
    assert delays == [delay + 0.25]


def test_a_server_that_asks_for_a_long_delay_is_not_waited_for(client: Client, newsroom: Newsroom) -> None:
    newsroom.script.append(Answer(429, headers={"Retry-After": "1800"}))
    with pytest.raises(Unavailable, match="try again in 1800 seconds"):
        client.put("fire", STORY)
    assert len(newsroom.calls) == 1


def test_a_persistent_failure_is_reported_with_its_status(client: Client, newsroom: Newsroom) -> None:
    newsroom.script.extend([Answer(503)] * 4)
    with pytest.raises(Unavailable) as caught:
        client.put("fire", STORY)
    assert caught.value.status == 503
    assert len(newsroom.calls) == 4


def test_a_put_whose_response_was_lost_is_retried(client: Client, newsroom: Newsroom) -> None:
    newsroom.script.append(Answer(0, after=True))
    assert client.put("fire", STORY).outcome == "unchanged"


def test_a_refused_call_is_not_retried(client: Client, newsroom: Newsroom) -> None:
    with pytest.raises(Refused):
        client.get("nothing")
    assert len(newsroom.calls) == 1


def test_a_precondition_is_sent_as_an_etag(client: Client, newsroom: Newsroom) -> None:
    first = client.put("fire", STORY, only_new=True)
    assert client.put("fire", {**STORY, "headline": "Fire!"}, if_match=first.revision).revision == "2"
    assert (newsroom.calls[0].headers["If-None-Match"], newsroom.calls[1].headers["If-Match"]) == ("*", '"1"')
    with pytest.raises(Refused) as caught:
        client.put("fire", STORY, if_match=first.revision)
    assert caught.value.problem.status == 412


@pytest.mark.parametrize("status", [0, 500, 502, 503, 504])
def test_a_put_that_must_be_new_is_not_retried_after_a_lost_response(
    status: int, client: Client, newsroom: Newsroom
) -> None:
    newsroom.script.append(Answer(status, after=True))
    with pytest.raises(Unreachable if status == 0 else Unavailable):
        client.put("fire", STORY, only_new=True)
    assert len(newsroom.calls) == 1


def test_a_lost_connection_says_that_the_server_had_the_request(client: Client, newsroom: Newsroom) -> None:
    newsroom.script.append(Answer(0, after=True))
    with pytest.raises(Unreachable) as caught:
        client.put("fire", STORY, only_new=True)
    assert caught.value.connected
    assert len(newsroom.calls) == 1


@pytest.mark.parametrize("status", [0, 500, 502, 503])
def test_a_put_of_a_revision_is_retried_after_a_lost_response(status: int, client: Client, newsroom: Newsroom) -> None:
    """RFC 9110 §13.1.1: the API answers that the change is done."""
    first = client.put("fire", STORY)
    newsroom.script.append(Answer(status, after=True))
    again = client.put("fire", {**STORY, "headline": "Fire!"}, if_match=first.revision)
    assert (again.outcome, again.revision) == ("unchanged", "2")
    newsroom.script.append(Answer(status))
    assert client.put("fire", STORY, if_match=again.revision).outcome == "replaced"


@pytest.mark.parametrize("precondition", [{"only_new": True}, {"if_match": "0"}])
@pytest.mark.parametrize(
    "answer", [Answer(429, headers={"Retry-After": "7"}), Answer(503, {"type": BUSY}, {"Retry-After": "7"})]
)
def test_a_put_that_wrote_nothing_is_sent_again_when_the_server_says(
    answer: Answer, precondition: dict[str, Any], client: Client, newsroom: Newsroom, delays: list[float]
) -> None:
    newsroom.script.extend([answer] * 3)
    assert client.put("fire", STORY, **precondition).outcome == "created"
    assert delays == [7.5, 8.0, 9.0]
    assert NAMESPACE + Busy.type == BUSY


def test_a_refused_connection_is_reported(delays: list[float]) -> None:
    nowhere = unused_url()
    with Client(nowhere, KEYS, REGION, sleep=delays.append) as client, pytest.raises(Unreachable) as caught:
        client.get("fire")
    assert str(caught.value) == f"Cannot connect to {nowhere}"
    assert not caught.value.connected
    assert len(delays) == 3


@pytest.mark.parametrize(
    "answer", [Answer(301, headers={"Location": "https://other.example/"}), Answer(200), Answer(200, ["x"])]
)
def test_a_server_that_is_no_broadsheet_api_is_reported(answer: Answer, client: Client, newsroom: Newsroom) -> None:
    newsroom.script.extend([answer] * 3)
    with pytest.raises(UnexpectedResponse):
        client.put("fire", STORY)
    with pytest.raises(UnexpectedResponse):
        client.get("fire")
    with pytest.raises(UnexpectedResponse):
        next(client.list())
    assert len(newsroom.calls) == 3


def test_a_list_follows_the_pagination_up_to_the_limit(client: Client, newsroom: Newsroom) -> None:
    for number in range(5):
        client.put(f"story {number}", STORY)
    client.put("arabic", {**STORY, "edition": "ar"})
    newsroom.calls.clear()
    assert [article["id"] for article in client.list(edition="en")] == [f"story {number}" for number in range(5)]
    assert len(newsroom.calls) == 3
    assert len(list(client.list(limit=3))) == 3
    assert [article["id"] for article in client.list(edition="ar")] == ["arabic"]
    assert not list(client.list(edition="no such / edition+"))


def test_a_local_deployment_needs_no_credentials_and_others_sign_for_the_region_in_their_host_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert scope_of(connect("http://localhost:1")) == "local/eu-west-1"
    assert scope_of(connect("https://api.example.org")) == "AKID/us-east-1"
    assert scope_of(connect("https://a1.execute-api.eu-north-1.amazonaws.com")) == "AKID/eu-north-1"
    assert scope_of(connect("https://api.example.org", region="ap-south-1")) == "AKID/ap-south-1"


def scope_of(client: Client) -> str:
    header = client.transport.signed_headers("GET", client.api, {}, None)["Authorization"]
    key, _, region, *_ = header.split("Credential=")[1].split("/")
    return f"{key}/{region}"
