"""A folder of articles with their pictures is put in one go, seen, withdrawn, left alone and revived."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import urllib3

from broadsheet_cli.command import main
from infra.local.deployment.local_deployment import LocalDeployment
from tests.unit.services.test_images import drawn, encoded
from tests.waiting import wait_for

PICTURE = encoded(drawn(1100, 700))
ID = hashlib.sha256(PICTURE).hexdigest()
FRONT = "---\nedition: en\nheadline: Quays of {}\nsection: city\n{}---\n\n"
http = urllib3.PoolManager(retries=False)


def put(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["put", "--json", *arguments]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    return {article["id"]: article["outcome"] for article in document["articles"]}


@pytest.mark.proof
def test_a_folder_with_pictures_is_put_seen_withdrawn_and_revived(
    local_deployment: LocalDeployment,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BROADSHEET_API", local_deployment.url)
    for name in ("pictures", "articles/later"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("pictures/quay.jpg", "articles/رصيف.jpg"):
        (tmp_path / name).write_bytes(PICTURE)
    image = "image: {src: ../pictures/quay.jpg, alt: A quay}\n"
    for name, text in {
        "one-go-now.md": FRONT.format("today", image) + "Look: ![The quay](رصيف.jpg)\n",
        "later/one-go-later.md": FRONT.format("tomorrow", "published_at: 2999-01-01T10:00:00Z\n") + "Later.\n",
        "later/one-go-draft.md": FRONT.format("nowhere", "status: draft\n") + "Perhaps.\n",
    }.items():
        (tmp_path / "articles" / name).write_text(text, encoding="utf-8")
    folder = str(tmp_path / "articles")

    checked = put(capsys, "--dry-run", folder)
    assert set(outcomes(checked).values()) == {"created"}
    assert main(["get", "one-go-now"]) == 1
    capsys.readouterr()

    assert main(["put", folder]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["created", "created", "created", "3"]
    assert lines[1] == f"created    (a draft, no page yet)  {folder}/later/one-go-draft.md"
    assert "(scheduled for 2999-01-01T10:00:00Z)" in lines[2]
    again = put(capsys, folder)
    assert outcomes(again) == dict.fromkeys(("one-go-now", "one-go-draft", "one-go-later"), "unchanged")
    states = {article["id"]: article["status"] for article in again["articles"]}
    assert states == {"one-go-now": "published", "one-go-draft": "draft", "one-go-later": "scheduled"}

    url = page = again["articles"][0]["url"]
    assert url.startswith(f"{local_deployment.url}/")
    wait_for(lambda: http.request("GET", page).status == 200, local_deployment.progress)
    html = http.request("GET", page).data.decode()
    assert url in lines[0]
    assert html.count(f"/images/{ID}/480.webp 480w") == 2
    assert 'width="1100" height="700"' in html
    assert http.request("GET", f"{local_deployment.url}/images/{ID}/960.webp").status == 200

    assert main(["withdraw", "one-go-now"]) == 0
    capsys.readouterr()
    assert outcomes(put(capsys, f"{folder}/one-go-now.md")) == {"one-go-now": "withdrawn"}
    assert outcomes(put(capsys, "--revive", f"{folder}/one-go-now.md")) == {"one-go-now": "revived"}
    for id in ("one-go-now", "one-go-later"):
        assert main(["withdraw", id]) == 0
    local_deployment.settle()
