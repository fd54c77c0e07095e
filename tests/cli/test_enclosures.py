"""The command measures recordings on a real HTTP server."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from broadsheet_cli.batch_put import PutResult, put_all
from broadsheet_cli.client import Client
from broadsheet_cli.enclosures import NoRecording, Recordings
from infra.local.web import Request, Response, Server
from tests.cli.subscriber_files import Write
from tests.cli.test_client import KEYS, REGION, STORY, open_newsroom

TALK = b"ID3" * 1000
AUDIO: list[tuple[str, str]] = [("Content-Type", "audio/mpeg")]
RANGE = ("Content-Range", f"bytes 0-0/{len(TALK)}")
SAME = {"type": "audio/mpeg", "length": len(TALK)}


PLAIN = [("Content-Type", "text/html; charset=utf-8")]


def redirect(target: str) -> Response:
    return Response(302, [("Location", target)])


# What the server answers to HEAD, and to GET where that is something else.
ANSWERS: Mapping[str, tuple[Response, ...]] = {
    "/talk.mp3": (Response(200, AUDIO, TALK),),
    "/a%20b/%C3%A9.mp3": (Response(200, AUDIO, TALK),),
    "/no-head.mp3": (Response(405), Response(206, [*AUDIO, RANGE], b"I")),
    "/no-range.mp3": (Response(405), Response(200, AUDIO, TALK)),
    "/live.mp3": (Response(403), Response(206, [*AUDIO, ("Content-Range", "bytes 0-0/*")], b"I")),
    "/stream.ogg": (Response(200, [("Content-Type", "application/octet-stream")], TALK),),
    "/page.mp3": (Response(200, PLAIN, b"<p>Log in"),),
    "/counted.mp3": (redirect("/moved/talk.mp3"),),
    "/moved/talk.mp3": (redirect("../talk.mp3"),),
    "/loop.mp3": (redirect("/loop.mp3"),),
    "/lost.mp3": (redirect("https://[/talk.mp3"),),
    "/plain.mp3": (redirect("http://127.0.0.1/talk.mp3"),),
}


def server_of_recordings(request: Request) -> Response:
    assert request.method == "HEAD" or request.header("Range") == "bytes=0-0"
    assert request.header("Accept-Encoding") == "identity"
    return ANSWERS.get(request.path, (Response(404),))[-1 if request.method == "GET" else 0]


@pytest.fixture(scope="module")
def recordings() -> Iterator[Recordings]:
    server = Server(server_of_recordings)
    made = Recordings(f"http://127.0.0.1:{server.port}")
    yield made
    made.close()
    server.close()


def sent(recordings: Recordings, enclosure: object) -> Any:
    return recordings.completed({**STORY, "enclosure": enclosure})["enclosure"]


@pytest.mark.parametrize("path", ["/talk.mp3", "/no-head.mp3", "/no-range.mp3", "/counted.mp3"])
def test_a_url_alone_becomes_an_enclosure_with_the_type_and_the_length_of_the_file(
    recordings: Recordings, path: str
) -> None:
    assert sent(recordings, path) == sent(recordings, {"url": path}) == {"url": path} | SAME


def test_what_the_file_says_is_sent_as_it_is_and_the_rest_is_measured(recordings: Recordings) -> None:
    whole = {"url": "/gone.mp3", "type": "audio/aac", "length": 9}
    assert sent(recordings, whole) == whole
    assert sent(recordings, {"url": "/talk.mp3", "type": "audio/aac"})["type"] == "audio/aac"
    assert sent(recordings, {"url": "/talk.mp3", "length": 9})["length"] == 9
    assert sent(recordings, {"url": "/stream.ogg"}) == {"url": "/stream.ogg", "length": len(TALK)}
    assert sent(recordings, {"url": "/live.mp3", "length": None}) == {
        "url": "/live.mp3",
        "length": None,
        "type": "audio/mpeg",
    }


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("12:34", 754), ("1:02:03", 3723), ("00:00:09", 9), (754, 754), ("long", "long"), ("1:2", "1:2")],
)
def test_a_duration_may_be_a_time_of_the_clock(recordings: Recordings, duration: object, seconds: object) -> None:
    assert sent(recordings, {"url": "/talk.mp3", "duration": duration})["duration"] == seconds


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("/gone.mp3", "cannot be measured: the server answers 404"),
        ("/page.mp3", "is served as text/html, which is neither audio nor video"),
        ("/plain.mp3", r"redirects to http://127\.0\.0\.1/talk\.mp3, which is not https"),
        ("/loop.mp3", "redirects more than 8 times"),
        ("https://127.0.0.1:9/talk.mp3", r"cannot be measured: .*[Cc]onnection"),
        ("https:///talk.mp3", "cannot be measured: "),
        ("/lost.mp3", "cannot be measured: "),
    ],
)
def test_an_enclosure_that_cannot_be_measured_is_refused(recordings: Recordings, url: str, reason: str) -> None:
    with pytest.raises(NoRecording, match=reason):
        sent(recordings, url)


@pytest.mark.parametrize("enclosure", ["http://media.example/a.mp3", "a.mp3", {"url": 7}, {}, {"title": "Tides"}])
def test_an_enclosure_that_breaks_a_rule_of_the_api_is_left_to_the_api(
    recordings: Recordings, enclosure: object
) -> None:
    expected = {"url": enclosure} if isinstance(enclosure, str) else enclosure
    assert sent(recordings, enclosure) == expected
    assert sent(recordings, 7) == 7


def test_a_path_of_a_site_that_is_not_known_needs_its_measures() -> None:
    with pytest.raises(NoRecording, match="is a path of the site, whose URL the command does not know"):
        sent(Recordings(), "/talk.mp3")
    whole = {"url": "/talk.mp3"} | SAME
    assert sent(Recordings(), whole) == whole


@pytest.mark.parametrize(
    ("format", "text", "url"),
    [
        ("html", '<p>Listen: <audio controls src="/talk.mp3"></audio>', "/talk.mp3"),
        ("markdown", "Listen:\n\n<AUDIO controls src=/talk.mp3></AUDIO>\n", "/talk.mp3"),
        ("html", "<audio src='/a b/é.mp3'></audio>", "/a%20b/%C3%A9.mp3"),
        ("html", '<video muted src="/waves.mp4"></video><amp-audio src="/talk.mp3"></amp-audio>', "/talk.mp3"),
        (
            "html",
            '<audio><source src="/a.ogg"><source src="/talk.mp3"></audio><audio src="/b.mp3"></audio>',
            "/talk.mp3",
        ),
        (
            "markdown",
            '```\n<audio src="/gone.mp3">\n```\n`<audio src="/gone.mp3">`\n<audio src="/talk.mp3">',
            "/talk.mp3",
        ),
        ("html", '<audio src="/talk.mp3"></audio><![word[ <p', "/talk.mp3"),
        ("html", '<audio src="/gone.mp3"></audio><audio src="/talk.mp3"></audio>', None),
        ("html", '<audio src="/stream.ogg"></audio>', None),
        ("html", '<audio src="/live.mp3"></audio>', None),
        ("html", '<audio src="talk.mp3"></audio>', None),
        ("html", '<audio><source></audio><img src="/talk.mp3"><a href="/talk.mp3">Listen</a>', None),
        ("html", '<!-- <audio src="/talk.mp3"></audio> -->', None),
    ],
)
def test_the_first_recording_that_a_text_plays_is_measured(
    recordings: Recordings, format: str, text: str, url: str | None
) -> None:
    article: Mapping[str, object] = {**STORY, "body": {"format": format, "text": text}}
    expected = {"enclosure": {"url": url} | SAME} if url else {}
    assert recordings.completed(article) == {**article, **expected}


@pytest.mark.parametrize("body", [None, "text", {}, {"format": "html", "text": 7}])
def test_an_article_without_a_text_is_left_to_the_api(recordings: Recordings, body: object) -> None:
    assert recordings.completed({"body": body}) == {"body": body}


def test_put_refuses_an_enclosure_that_cannot_be_measured_and_names_the_field(write_file: Write) -> None:
    front = "edition: en\nheadline: Talk\n"
    named = write_file("named.md", f"---\n{front}enclosure: https://127.0.0.1:9/talk.mp3\n---\n\nListen.\n")
    played = write_file("played.md", f'---\n{front}---\n\n<audio src="https://127.0.0.1:9/talk.mp3"></audio>\n')
    results: list[PutResult] = []
    with open_newsroom() as newsroom, Client(newsroom.api, KEYS, REGION) as client:
        counts = put_all(client, [named, played], on_result=results.append)
    assert (counts.created, counts.refused) == (1, 1)
    [error] = results[0].errors
    assert error.lines()[0].startswith(f"{named}:4: enclosure.url cannot be measured: ")
    assert "enclosure" not in newsroom.articles["played"][1]
