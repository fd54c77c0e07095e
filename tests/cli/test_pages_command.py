"""`broadsheet pages put`: the pages in a folder, by edition and name."""

from pathlib import Path

import pytest

from broadsheet_cli.command import main
from tests.cli.subscriber_files import Write
from tests.cli.test_client import Newsroom

PAGE = "---\nheadline: About us\n---\n\nWe are five.\n"


def test_the_folder_and_the_name_say_what_a_page_is(
    newsroom: Newsroom, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("en/about.md", PAGE)
    write("ar/about.md", PAGE)
    write("ar/من-نحن.md", PAGE)
    write("en/notes.txt", "not a page")
    assert main(["pages", "put", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 created, 0 replaced, 0 unchanged, 0 refused"
    found = {id: article for id, (_, article) in newsroom.articles.items()}
    arabic = f"page.ar.xn--{'من-نحن'.encode('punycode').decode()}"
    assert found.keys() == {"page.en.about", "page.ar.about", arabic}
    about = {"kind": "page", "edition": "en", "slug": "about", "headline": "About us"}
    assert about.items() <= found["page.en.about"].items()
    assert found["page.ar.about"]["translation_of"] == "page.en.about"
    assert found[arabic]["slug"] == "من-نحن"
    assert main(["pages", "put", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "0 created, 0 replaced, 3 unchanged, 0 refused"
    assert lines[0].startswith("unchanged  ")


def test_a_wrong_field_is_named_with_its_file_and_line(
    newsroom: Newsroom, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = write("en/about.md", "---\nheadline: About us\nslug: who-we-are\n---\n\nWe are five.\n")
    write("en/imprint.md", "---\nid: imprint\nheadline: Imprint\n---\n\nWe.\n")
    same = write("en/privacy.md", "---\nkind: page\nid: page.en.privacy\nheadline: Privacy\n---\n\nNone.\n")
    assert main(["pages", "put", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    rule = "slug must be left out, or about, which the folder and the name of the file say"
    assert f"{wrong}:3: {rule}" in errors
    assert "imprint.md:2: id must be left out, or page.en.imprint" in errors
    assert (list(newsroom.articles), same.exists()) == (["page.en.privacy"], True)


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("about.md", "about.md: must be in a folder named after its edition"),
        ("fr/about.md", "fr: must be named after an edition of the site: en, ar"),
        ("en/about.txt", "holds no .md file in a folder named after an edition"),
    ],
)
def test_a_folder_of_another_form_is_refused(
    newsroom: Newsroom, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, rule: str
) -> None:
    write(file, PAGE)
    assert main(["pages", "put", str(tmp_path)]) == 2
    assert rule in capsys.readouterr().err
    assert newsroom.articles == {}
    assert main(["pages", "put", str(tmp_path / file)]) == 2
