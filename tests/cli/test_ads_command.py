"""`broadsheet ads` against a local deployment."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from broadsheet_cli.ad_files import read_ad, to_yaml
from broadsheet_cli.client import connect
from broadsheet_cli.command import main
from infra.local.deployment.local_deployment import LocalDeployment
from tests.cli.subscriber_files import Write
from tests.cli.test_site import SITE

AD = """\
edition: ar # for the Arabic one
image: {src: /media/sails.svg, width: 300, height: 250}
alt: "أشرعة: نصف السعر"
link: https://sails.example/ar
from: 2025-12-01 06:00
weight: 10
"""
LATER = "2099-01-01 00:00"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    local_deployment: LocalDeployment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Iterator[Run]:
    """Run `broadsheet ads` in a folder: the exit status, standard output and standard error. Its ads are removed."""
    monkeypatch.setenv("BROADSHEET_API", local_deployment.url)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        return main(["ads", *arguments]), *capsys.readouterr()

    yield run
    with connect(local_deployment.url) as client:
        for ad in client.list_ads():
            if str(ad["name"]).startswith("sails"):
                client.remove_ad(str(ad["name"]))


def test_an_ad_is_put_listed_shown_and_removed(run: Run, write_file: Write) -> None:
    write_file("sails.yaml", AD)
    assert run("put", "sails.yaml") == (0, "sails  live, no end\n", "")
    [listed] = [line for line in run("list")[1].splitlines() if line.startswith("sails ")]
    assert re.split(" {2,}", listed) == ["sails", "ar", "2025-12-01 06:00", "no end", "live"]
    status, shown, _ = run("show", "sails")
    assert shown.startswith("# sails: live, no end\nedition: ar\n")
    write_file("sails.yaml", shown)
    before = run("show", "sails", "--json")
    assert run("put", "sails.yaml")[0] == status == 0
    assert run("show", "sails", "--json") == before
    assert json.loads(before[1])["alt"] == "أشرعة: نصف السعر"
    assert run("remove", "sails", "sails-no") == (1, "sails  removed\n", "sails-no: there is no ad sails-no\n")
    assert run("remove", "sails")[0] == 1
    assert run("show", "sails") == (1, "", "sails: there is no ad sails\n")
    assert "sails" not in run("list", "--json")[1]


def test_start_and_end_may_be_options_in_the_sites_time_zone(run: Run, write_file: Write) -> None:
    write_file("sails.yaml", AD)
    write_file("sails2.yml", AD.replace("from: 2025-12-01 06:00\n", ""))
    status, out, err = run("put", "sails.yaml", "sails2.yml", "--from", "2098-06-01 06:00", "--until", LATER)
    line = "not yet: from Sunday 1 June 2098, 06:00 (Europe/Athens), until Thursday 1 January 2099, 00:00"
    assert (status, err) == (0, "")
    assert [
        each.startswith(f"{name}  {line}") for name, each in zip(("sails", "sails2"), out.splitlines(), strict=True)
    ]
    listed = [line for line in run("list")[1].splitlines() if line.startswith("sails2 ")]
    assert [line.split("  ")[1:] for line in listed] == [["ar", "2098-06-01 06:00", "2099-01-01 00:00", "not yet"]]
    assert run("put", "sails.yaml", "--from", "2020-01-01 00:00", "--until", "2021-01-01 00:00")[1] == (
        "sails  ended on Friday 1 January 2021, 00:00 (Europe/Athens)\n"
    )
    status, _, err = run("put", "sails.yaml", "--until", "soon")
    assert status == 2
    assert "--until must be a time such as 2026-12-01 18:00 (Europe/Athens)" in err


def test_a_picture_beside_the_file_is_uploaded(run: Run, write_file: Write, tmp_path: Path) -> None:
    picture: Any = Image.new("RGB", (300, 250), "teal")
    (tmp_path / "ads").mkdir()
    picture.save(tmp_path / "ads" / "sails.jpg")
    fields = AD.replace("/media/sails.svg, width: 300, height: 250", "sails.jpg, width: 150, height: 125")
    write_file("ads/sails.yaml", fields)
    assert run("put", "ads/sails.yaml")[0] == 0
    image = json.loads(run("show", "sails", "--json")[1])["image"]
    assert image["src"].startswith("/images/")
    assert (image["width"], image["height"]) == (150, 125)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ("link: http://sails.example/", "sails.yaml:4: link must be an https:// URL"),
        ("edition: fr", "sails.yaml:1: edition must be one of en, ar, or null for all"),
        ("image: sails.jpg", "sails.yaml:2: image sails.jpg cannot be read: No such file or directory"),
        ("from: soon", "sails.yaml:5: from must be a time such as 2026-12-01 18:00 (Europe/Athens)"),
        ("until: 2025-01-01 00:00", "sails.yaml:7: until must be after from"),
        ("weight: 101", "sails.yaml:6: weight must be a whole number from 0 to 100"),
        ("colour: red", "sails.yaml:7: colour is not a known field"),
        ("- a", "sails.yaml:7: "),
    ],
)
def test_a_refused_ad_is_reported_with_file_line_and_field(
    fields: str, error: str, run: Run, write_file: Write
) -> None:
    name = fields.partition(":")[0]
    lines = [fields if line.startswith(f"{name}:") else line for line in AD.splitlines()]
    text = "\n".join(lines if fields in lines else [*lines, fields]) + "\n"
    write_file("sails.yaml", text)
    status, out, err = run("put", "sails.yaml")
    assert (status, out) == (1, "")
    assert err.startswith(error)
    assert "sails" not in run("list")[1]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("sails.json", "{}", "sails.json: must end in .yaml, .yml"),
        ("sails.yaml", "edition: en\nedition: ar\n", "sails.yaml:2: edition is given twice; the first time in line 1"),
        ("sails.yaml", "---\nedition: en\nedition: ar\n", "sails.yaml:3: edition is given twice; the first time in"),
        ("sails.yaml", "", "sails.yaml:1: must have fields, such as edition: en"),
        ("sails.yaml", b"alt: \xe9", "sails.yaml:1: is not UTF-8; save it as UTF-8"),
        ("sails.yaml", f"alt: {'[' * 1000}", "sails.yaml: is nested too deeply"),
    ],
)
def test_a_file_that_is_no_ad_is_reported(
    name: str, content: str | bytes, error: str, run: Run, write_file: Write
) -> None:
    write_file(name, content)
    status, _, err = run("put", name)
    assert status == 1
    assert err.startswith(error)


def test_two_files_of_one_ad_are_an_error_and_the_others_are_put(run: Run, write_file: Write, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name in ("sails.yaml", "more/sails.yml", "sails2.yaml"):
        write_file(name, AD)
    status, out, err = run("put", "sails.yaml", "more/sails.yml", "sails2.yaml", "sails3.yaml")
    assert (status, [line.split()[0] for line in out.splitlines()]) == (1, ["sails", "sails2"])
    assert err.splitlines() == [
        "more/sails.yml: is the ad sails, as sails.yaml is",
        "sails3.yaml: cannot be read: No such file or directory",
    ]


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.isprintable)
ads = st.fixed_dictionaries(
    {
        "edition": st.sampled_from(["en", "ar", None]),
        "image": st.fixed_dictionaries({"src": st.just("/a.png"), "width": st.integers(1), "height": st.integers(1)}),
        "alt": words,
        "link": words.map("https://sails.example/".__add__),
        "from": st.datetimes(datetime(1950, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z"),  # noqa: DTZ001  # in UTC
        "until": st.none(),
        "weight": st.integers(0, 100),
    }
)


@settings(deadline=None)
@given(ads)
def test_an_ad_is_the_same_after_showing_and_reading_it(ad: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sails.yaml")
        file.write_bytes(to_yaml({**ad, "name": "sails", "live": True}, SITE).encode())
        fields = dict(read_ad(file, SITE, {}).fields)
    assert SITE.time(str(fields.pop("from"))) == SITE.time(ad["from"])
    assert fields == {name: value for name, value in ad.items() if value is not None and name != "from"}
