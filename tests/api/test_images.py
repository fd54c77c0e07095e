"""The images API, and the way of an image from its upload to a page."""

import hashlib
import importlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3
from PIL import Image

from broadsheet.model.image import sources, widths
from broadsheet.services.images import EXHAUSTED, MAX_ATTEMPTS, UNKNOWN, process_upload
from broadsheet.store.media import Media
from broadsheet_cli.client import connect
from broadsheet_cli.command import main
from infra.local.deployment.local_deployment import LocalDeployment
from tests.api.events import Answer, Context, answer, request
from tests.api.logs import Log
from tests.api.openapi.description import fits
from tests.unit.render.newsroom import Newsroom
from tests.unit.services.test_images import SVG, drawn, encoded
from tests.world import World

Call = Callable[..., Answer]
IMAGE = encoded(drawn(1200, 800))
ID = hashlib.sha256(IMAGE).hexdigest()
SENT = {"sha256": ID, "size": len(IMAGE), "type": "image/jpeg"}


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    environment = world.deployment.environment("ImagesFunction")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("images")
    monkeypatch.setattr(module, "settings", module.Settings(dict(environment)))
    module.deps.cache_clear()

    def call(method: str, path: str = "", body: object = None, **more: Any) -> Answer:
        answered = answer(module.handler(request(method, f"/api/images{path}", body, **more), Context()))
        fits(method, f"/api/images{path}", answered)
        return answered

    yield call
    module.deps.cache_clear()


def test_a_presigned_request_uploads_this_file_and_no_other(call: Call, world: World) -> None:
    """aws#7: at the bucket's regional host."""
    media_bucket = world.deployment.name("Media")
    presigned = call("POST", "", SENT)
    assert (presigned.status, presigned.json["id"], presigned.json["status"]) == (201, ID, "waiting")
    upload = presigned.json["upload"]
    assert upload["url"].startswith(f"https://{media_bucket}.s3.eu-west-1.amazonaws.com/uploads/{ID}?")
    signed = re.search(r"X-Amz-SignedHeaders=([^&]+)", upload["url"])
    assert signed
    assert {"content-length", "content-type"} <= set(signed[1].split("%3B"))
    assert "checksum-sha256" in upload["url"].lower()
    assert "X-Amz-Expires=900" in upload["url"]
    assert call("GET", f"/{ID}").status == 404
    sent = requests.put(upload["url"], IMAGE, headers=upload["headers"], timeout=1, allow_redirects=False)
    assert sent.status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"sha256": "abc"}, "sha256"),
        ({"sha256": ID.upper()}, "sha256"),
        ({"size": 0}, "size"),
        ({"size": 50_000_001}, "size"),
        ({"type": "image/svg+xml"}, "type"),
        ({"name": "a.jpg"}, "name"),
    ],
)
def test_an_invalid_field_is_named(call: Call, changed: dict[str, Any], field: str) -> None:
    refused = call("POST", "", SENT | changed)
    assert (refused.status, [error["field"] for error in refused.json["errors"]]) == (422, [field])


@pytest.fixture
def process(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes, int], Any]]:
    """Give an upload to the function on the queue, as a message that was received so many times."""
    for name, value in world.deployment.environment("VariantsFunction").items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("variants")
    monkeypatch.setattr(module, "settings", module.Settings(dict(world.deployment.environment("VariantsFunction"))))
    module.deps.cache_clear()

    def process(content: bytes, received: int) -> Any:
        key = f"uploads/{hashlib.sha256(content).hexdigest()}"
        world.clients.s3.put_object(Bucket=world.deployment.name("Media"), Key=key, Body=content)
        body = json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})
        attributes = {"ApproximateReceiveCount": str(received)}
        return module.handler({"Records": [{"messageId": "1", "body": body, "attributes": attributes}]}, Context())

    yield process
    module.deps.cache_clear()


def test_a_result_has_warnings_if_the_image_lost_something(call: Call, process: Callable[[bytes, int], Any]) -> None:
    noise = encoded(Image.effect_noise((40, 400), 90), "PNG")
    for content, kinds in ((IMAGE, []), (noise[: len(noise) * 95 // 100], ["truncated"])):
        assert process(content, 1) == {"batchItemFailures": []}
        result = call("GET", f"/{hashlib.sha256(content).hexdigest()}").json
        assert (result["status"], [warning["kind"] for warning in result["warnings"]]) == ("ready", kinds)
    assert call("POST", "", SENT).json["warnings"] == []


@pytest.mark.parametrize("error", [MemoryError(), KeyError("tile"), RecursionError(), TypeError("'NoneType'")])
def test_any_error_of_a_decoder_is_a_refusal_that_leaks_nothing(
    call: Call, process: Callable[[bytes, int], Any], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Image.Image, "resize", fail)
    assert process(IMAGE, 1) == {"batchItemFailures": []}
    result = call("GET", f"/{ID}").json
    assert result == {"id": ID, "status": "refused", "reason": UNKNOWN}


def test_an_upload_on_which_processes_died_is_refused_undecoded(
    call: Call, process: Callable[[bytes, int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.services.images.decode", lambda _: pytest.fail("it was decoded"))
    assert process(IMAGE, MAX_ATTEMPTS) == {"batchItemFailures": []}
    result = call("GET", f"/{ID}").json
    assert result == {"id": ID, "status": "refused", "reason": EXHAUSTED}
    assert call("POST", "", SENT).status == 201


def test_an_error_of_aws_is_no_refusal(
    call: Call, process: Callable[[bytes, int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as failing:
        failing.setattr("broadsheet.store.media.Media.put", lambda *_: (_ for _ in ()).throw(ConnectionError()))
        assert process(IMAGE, 1) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert call("GET", f"/{ID}").status == 404
    assert process(IMAGE, 2) == {"batchItemFailures": []}
    assert call("GET", f"/{ID}").json["status"] == "ready"


def test_an_invalid_id_is_not_found(call: Call) -> None:
    assert call("GET", "/..%2Fuploads").status == 404


def test_a_page_offers_every_width_of_an_uploaded_image_and_a_feed_the_widest() -> None:
    src = f"/images/{ID}/1200.jpg"
    newsroom = Newsroom()
    image = {"src": src, "alt": "Two colours", "width": 1200, "height": 800}
    article = newsroom.put("a", image=image)
    built = newsroom.build()
    page = built[f"{article.path}index.html"[1:]].body.decode()
    base = f"https://courier.example/images/{ID}"
    webp, jpeg = (", ".join(f"{base}/{w}.{ending} {w}w" for w in (480, 960, 1200)) for ending in ("webp", "jpg"))
    hero = page.partition("<figure>")[2].partition("</figure>")[0]
    assert f'<source type="image/webp" srcset="{webp}"' in hero
    assert f'<img src="{base}/1200.jpg" srcset="{jpeg}"' in hero
    assert 'width="1200" height="800"' in hero
    assert "loading" not in hero
    assert f'<meta property="og:image" content="{base}/1200.jpg">' in page
    item = json.loads(built["en/feed.json"].body)["items"][0]
    assert f'<img src="{base}/1200.jpg" alt="Two colours" width="1200" height="800">' in item["content_html"]


def test_a_page_offers_only_jpegs_of_an_image_that_webp_cannot_hold() -> None:
    newsroom = Newsroom()
    article = newsroom.put("a", image={"src": f"/images/{ID}/500.jpeg", "alt": "Tall", "width": 500, "height": 18_000})
    hero = newsroom.build()[f"{article.path}index.html"[1:]].body.decode().partition("<figure>")[2]
    base = f"https://courier.example/images/{ID}"
    assert f'<img src="{base}/500.jpeg" srcset="{base}/480.jpeg 480w, {base}/500.jpeg 500w"' in hero
    assert "webp" not in hero.partition("</figure>")[0]


def test_an_image_from_elsewhere_has_one_width() -> None:
    assert sources("https://pictures.example/images/a.jpg", "webp") == []
    assert sources(f"/images/{ID}/1200.png", "webp") == []
    assert widths(1200) == [480, 960, 1200]


def test_an_uploaded_image_is_served_in_every_width_and_is_immutable(
    local_deployment: LocalDeployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "two colours.jpg"
    file.write_bytes(IMAGE)
    assert main(["--api", local_deployment.url, "upload", str(file)]) == 0
    assert capsys.readouterr().out == f"two colours.jpg  {{src: /images/{ID}/1200.jpg, width: 1200, height: 800}}\n"
    http = urllib3.PoolManager()
    for path, _ in (*sources(f"/images/{ID}/1200.jpg", "webp"), *sources(f"/images/{ID}/1200.jpg", "jpeg")):
        served = http.request("GET", local_deployment.url + path)
        assert served.status == 200
        assert served.headers["Content-Type"] == ("image/webp" if path.endswith("webp") else "image/jpeg")
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert http.request("GET", f"{local_deployment.url}/uploads/{ID}").status == 404
    with connect(local_deployment.url) as editor:
        again = editor.upload(IMAGE, "image/jpeg")
    assert again["status"] == "ready"
    assert "upload" not in again


def test_an_animation_that_is_too_long_is_an_image_with_a_warning(
    local_deployment: LocalDeployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "long.png"
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")] * 251
    file.write_bytes(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50))
    assert main(["--api", local_deployment.url, "upload", str(file)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("long.png  {src: /images/")
    assert f"{file}: The picture moves, with more than 500 frames: only its first frame is shown." in printed.err


def test_a_file_that_is_not_an_image_is_refused_with_the_reason(
    local_deployment: LocalDeployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drawing.jpg"
    file.write_bytes(SVG)
    assert main(["--api", local_deployment.url, "upload", str(file)]) == 1
    assert "not an image in one of the formats" in capsys.readouterr().err


def test_the_log_has_a_line_for_each_upload_and_for_its_result(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, media = Log(monkeypatch), Media(world.clients.s3, world.deployment.name("Media"))
    call("POST", "", SENT)
    world.clients.s3.put_object(Bucket=world.deployment.name("Media"), Key=f"uploads/{ID}", Body=IMAGE)
    for _ in range(2):
        process_upload(media, ID)
    call("POST", "", SENT)  # it is an image already
    call("GET", f"/{ID}")
    assert log.changes() == [
        {"message": "an editor may upload a file", "upload": ID, "updated_by": "lina"},
        {"message": "an upload is processed", "upload": ID, "status": "ready"},
    ]
