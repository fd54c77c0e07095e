"""Assets: their paths, logos of any proportion, icons and manifests."""

import hashlib
import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from broadsheet.render.shared import assets
from tests.unit.render.newsroom import SITE, Newsroom

BUILT = Newsroom().build()
FRONT = BUILT["en/index.html"].body.decode()


def test_pages_load_assets_by_the_hash_of_their_content_and_caches_keep_these_for_a_year() -> None:
    for name in assets.HASHED_NAMES:
        stem, _, ending = name.rpartition(".")
        (path,) = re.findall(rf'"/(assets/{stem}\.[0-9a-f]{{10}}\.{ending})"', FRONT)
        assert path.split(".")[1] == hashlib.sha256(BUILT[path].body).hexdigest()[:10]
        assert BUILT[path].cache_control == "public, max-age=31536000, immutable"
        assert BUILT[path].body == BUILT[f"assets/{name}"].body
        assert BUILT[f"assets/{name}"].cache_control.startswith("public, max-age=3600,")
    assert '"/assets/site.css"' in assets.with_plain_paths(FRONT)


@pytest.mark.parametrize(
    ("view_box", "shown"),
    [
        ("0 0 1200 100", (560, 47)),
        ("0 0 32 32", (88, 88)),
        ("0 0 100 400", (22, 88)),
        ("0 0 5000 1", (560, 1)),
    ],
)
def test_a_logo_of_any_proportion_has_room(
    view_box: str, shown: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}"/>')
    monkeypatch.setattr(assets, "FILES", tmp_path)
    for cached in (assets.content, assets.size, assets.hashed):
        cached.cache_clear()
    assert assets.logo("own.svg")[1:] == shown
    for cached in (assets.content, assets.size, assets.hashed):
        cached.cache_clear()


def test_the_nameplate_is_a_logo_for_each_mode_or_the_name_in_letters() -> None:
    assert re.search(r'<h1 class="name"><a href="/en/">\s*<img class="by-day" [^>]*alt="The Salima Courier"', FRONT)
    assert re.search(r'<img class="by-night" src="/assets/logo-en-dark\.[0-9a-f]{10}\.svg" [^>]*loading="lazy"', FRONT)
    plain = replace(SITE, editions={"en": replace(SITE.editions["en"], logo=None, logo_dark=None)})
    letters = Newsroom(plain).build()["en/index.html"].body.decode()
    assert re.search(r'<h1 class="name"><a href="/en/">\s*The Salima Courier\s*</a></h1>', letters)


def test_browsers_find_icons_and_a_manifest_of_each_edition() -> None:
    assert BUILT["favicon.ico"].body.startswith(b"\0\0\1\0")
    assert struct.unpack(">II", BUILT["apple-touch-icon.png"].body[16:24]) == (180, 180)
    manifest = json.loads(BUILT["ar/site.webmanifest"].body)
    assert (manifest["lang"], manifest["dir"], manifest["start_url"]) == ("ar", "rtl", "/ar/")
    for icon in manifest["icons"]:
        width, height = struct.unpack(">II", BUILT[icon["src"][1:]].body[16:24])
        assert icon["sizes"] == f"{width}x{height}"
    light, dark = assets.theme_colours()
    assert manifest["background_color"] == light
    for mode, colour in (("light", light), ("dark", dark)):
        assert f'<meta name="theme-color" media="(prefers-color-scheme: {mode})" content="{colour}">' in FRONT


def test_the_settings_name_files_that_exist() -> None:
    for edition in SITE.editions.values():
        for name in (*assets.logos(edition), edition.social_picture):
            assert name
            assert assets.size(name)
