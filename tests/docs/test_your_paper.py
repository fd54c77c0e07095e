"""The steps of "Your paper" make a paper that is in order, with all that they promise."""

import os
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from broadsheet.model.config import parse_site
from broadsheet.render.shared import assets
from broadsheet.render.shared.target import RenderedObject
from broadsheet_cli.files import FileArticle
from broadsheet_cli.static_pages import page_files, read_pages
from infra.paper_check.checks import faults
from tests.docs.blocks import ROOT, shell
from tests.papers import laid_over
from tests.unit.render.newsroom import NOON, Newsroom, fields

BLOCKS = [block.text for block in shell(ROOT / "docs/your-paper.md")]
STEPS = [text for text in BLOCKS if "paper/" in text and "make " not in text]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What a person has who copied each step into a terminal."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / "Downloads").mkdir()
    (clone / "Downloads/literata.woff2").write_bytes(b"wOF2")
    for step in STEPS:
        subprocess.run(["bash", "-eu", "-c", step], cwd=clone, env=os.environ | {"HOME": str(clone)}, check=True)  # noqa: S603, S607  # our own document
    with laid_over(clone / "paper"):
        yield clone / "paper"


@pytest.fixture(scope="module")
def built(folder: Path) -> dict[str, RenderedObject]:
    site = parse_site((folder / "site.toml").read_text(encoding="utf-8"))
    newsroom = Newsroom(site)
    for file in chain.from_iterable(read_pages(page_files(folder / "pages", site.editions))):
        assert isinstance(file, FileArticle), file
        newsroom.put(file.id, NOON, **fields(section=None, **file.article))
    for edition in site.editions:
        newsroom.put(edition, **fields(edition=edition, section="sea"))
    return newsroom.build()


@pytest.mark.usefixtures("folder")
def test_the_paper_is_in_order_and_the_check_names_the_words_in_english() -> None:
    assert len(STEPS) == 7
    [warning] = faults()
    assert str(warning).startswith("locales/fr.toml: warning: has no layout.editions, layout.dark_mode, ")


def test_it_has_its_name_logo_colours_font_languages_and_template(built: dict[str, RenderedObject]) -> None:
    english, french = (built[f"{edition}/index.html"].body.decode() for edition in ("en", "fr"))
    styles = built["assets/site.css"].body.decode()
    assert "<title>The Tidewater Post</title>" in english
    assert "Published by Tidewater Press, 12 Wharf Road, Port Amber" in english
    assert f'src="/assets/{assets.hashed("logo.svg")}"' in english
    assert "--accent: light-dark(#00606b, #7fd3de)" in styles
    assert f'url("/assets/{assets.hashed("static/literata.woff2")}")' in styles
    assert '<html lang="fr" dir="ltr">' in french
    assert ">Archives</a>" in french
    assert "14 mars 2026" in french
    assert "Page introuvable" in built["fr/404.html"].body.decode()
    assert '<a href="https://tides.example/">Des nouvelles des deux rives</a>' in french
    assert "Dark mode" in french  # not yet translated
    assert '<a href="/en/about/">About us</a>' in english
    about = built["fr/about/index.html"].body.decode()
    assert "Six personnes, deux vélos" in about
    assert 'hreflang="en" href="https://tidewater.example/en/about/"' in about
    assert "en/privacy/index.html" in built
