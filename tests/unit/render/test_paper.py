"""A paper of one's own is a folder without a line of code: settings, look, templates and words."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadsheet import build
from broadsheet.model.config import Site
from broadsheet.render.newsletter.mail import render_mail
from broadsheet.render.shared import assets
from broadsheet.render.shared.environment import TEMPLATES
from broadsheet.render.shared.locale import languages, locale
from broadsheet.render.shared.target import RenderedObject
from broadsheet.settings import SITE_FILE, Settings, site_file
from infra.paper_check.checks import faults
from tests.papers import PHARE, laid_over
from tests.unit.render.newsroom import NOON, Newsroom, fields

WORDS = "Des mots. " * 300  # three minutes


@pytest.fixture(scope="module")
def phare() -> Iterator[Site]:
    with laid_over(PHARE):
        yield replace(Settings({"SENDER": "lettre@phare.example"}).site(), base_url="https://phare.example")


@pytest.fixture(scope="module")
def built(phare: Site) -> dict[str, RenderedObject]:
    """The whole site, with seven articles of a day."""
    newsroom = Newsroom(phare)
    for number in range(7):
        body = {"format": "markdown", "text": WORDS}
        article = fields(edition="fr", section="port", body=body, headline=f"La marée n° {number}")
        newsroom.put(f"m-{number}", **article, authors=["Maëlle Kerzu"])
    return newsroom.build()


def html(built: dict[str, RenderedObject], key: str) -> str:
    return built[key].body.decode()


def test_the_settings_are_the_papers(phare: Site) -> None:
    assert (phare.name, [*phare.editions]) == ("Le Phare de Carteval", ["fr"])
    assert site_file() == PHARE / "site.toml" != SITE_FILE
    assert languages() == {"ar", "en", "fr"}


def test_pages_have_the_words_and_plurals_of_its_language(built: dict[str, RenderedObject]) -> None:
    assert "Dernières nouvelles" in html(built, "fr/index.html")
    article = next(html(built, key) for key in built if key.startswith("fr/2026/03/14/la-maree"))
    assert "3 minutes de lecture" in article
    assert "samedi 14 mars 2026" in html(built, "fr/2026/03/14/index.html")
    assert "Page introuvable" in html(built, "fr/404.html")
    assert 'aria-label="7 articles"' in html(built, "fr/fragments/2026-03.html")


def test_a_french_plural_has_none_in_its_singular(phare: Site) -> None:
    assert [locale(phare.editions["fr"]).counted(number) for number in (0, 1, 2)] == [
        "0 article",
        "1 article",
        "2 articles",
    ]


def test_its_logo_static_files_and_colours_are_served(built: dict[str, RenderedObject]) -> None:
    front, styles = html(built, "fr/index.html"), html(built, "assets/site.css")
    for name in ("phare.svg", "static/maelle-kerzu.svg", "static/phare.woff2"):
        own = (PHARE / name).read_bytes()
        hashed = f"assets/{assets.hashed(name)}"
        assert built[f"assets/{name}"].body == built[hashed].body == own
        assert "immutable" in built[hashed].cache_control
    assert built["assets/static/phare.woff2"].content_type == "font/woff2"
    assert f'src="/assets/{assets.hashed("phare.svg")}"' in front
    assert f'url("/assets/{assets.hashed("static/phare.woff2")}")' in styles
    assert styles.index("#8c1c13") < styles.index("--accent: light-dark(#b3261e")
    assert assets.theme_colours() == ("#fbfcfd", "#10151a")
    assert "#fbfcfd" in html(built, "fr/site.webmanifest")
    plain = assets.with_plain_paths(f'<img src="/assets/{assets.hashed("static/phare.woff2")}">')
    assert plain == '<img src="/assets/static/phare.woff2">'


def test_its_template_takes_the_place_of_the_built_in_one_and_may_include_it(built: dict[str, RenderedObject]) -> None:
    for key in ("fr/index.html", "fr/404.html"):
        assert "Les marées du jour" in html(built, key)
        assert '<footer class="imprint">' in html(built, key)


def test_pages_and_mails_name_the_publisher(phare: Site, built: dict[str, RenderedObject]) -> None:
    imprint = "Édité par Les Éditions du Môle, 3, quai des Douaniers, 50999 Carteval"
    assert imprint in html(built, "fr/index.html")
    links = dict.fromkeys(("confirm", "unsubscribe"), "https://phare.example/")
    edition, to = phare.editions["fr"], "lectrice@example.org"
    mail = render_mail("confirmation", edition, to, "lettre@phare.example", links, NOON, phare.publisher)
    text, page = (part.get_content() for part in mail.iter_parts())
    assert (text.count(imprint), page.count(imprint)) == (1, 1)
    assert text.startswith("Le Phare de Carteval\n\nCette adresse est-elle la vôtre")
    without = render_mail("confirmation", edition, to, "lettre@phare.example", links, NOON)
    assert "Édité" not in str(next(without.iter_parts()).get_content())


def test_every_link_within_the_site_has_a_target(built: dict[str, RenderedObject]) -> None:
    for key in ("fr/index.html", "fr/404.html", "fr/author/maelle-kerzu/index.html"):
        for path in re.findall(r'(?:href|src)="/((?!api/)[^"#]*)"', html(built, key)):
            assert path + "index.html" * (path.endswith("/") or not path) in built, (key, path)


def test_a_newer_version_with_another_word_and_template_shows_them_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paper that lacks a word, as one does that is older than the version: the check names it and is no error."""
    older = shutil.copytree(PHARE, tmp_path / "older")
    words = (older / "locales/fr.toml").read_text(encoding="utf-8")
    (older / "locales/fr.toml").write_text(words.replace('latest = "Dernières nouvelles"\n', ""), encoding="utf-8")
    newer = shutil.copytree(TEMPLATES, tmp_path / "templates")
    (newer / "site/tides.html").write_text("<p>{{ locale.layout.latest }}</p>", encoding="utf-8")
    footer = newer / "site/footer.html"
    footer.write_text('{% include "tides.html" %}\n' + footer.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr("broadsheet.render.shared.environment.TEMPLATES", newer)
    with laid_over(older):
        front = Newsroom(Settings({}).site()).build()["fr/index.html"].body.decode()
        assert [str(fault) for fault in faults()] == [
            "locales/fr.toml: warning: has no layout.latest; readers see the English words"
        ]
    assert "<p>Latest news</p>" in front
    assert "Les marées du jour" in front
    assert "Archives" in front


def test_a_word_that_a_newer_version_no_longer_has_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales/en.toml").write_text('[layout]\nlatest = "Fresh"\nticker = "Gone"\n', encoding="utf-8")
    with laid_over(tmp_path):
        layout = locale(Newsroom().site.editions["en"]).layout
    assert (layout.latest, layout.more) == ("Fresh", "More news")


def test_a_changed_file_of_the_paper_is_another_build(tmp_path: Path) -> None:
    site = Newsroom().site
    manifests = [build.manifest(site)]
    for text in ("a", "b"):
        (tmp_path / "tokens.css").write_text(text, encoding="utf-8")
        with laid_over(tmp_path):
            manifests.append(build.manifest(site))
    (tmp_path / ".tokens.css.swp").touch()
    with laid_over(tmp_path):
        manifests.append(build.manifest(site))
    assert len(set(manifests)) == 3
    assert manifests[2] == manifests[3]
