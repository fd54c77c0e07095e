"""The schema of site.toml: every broken rule is reported at once, with its line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from broadsheet.model.config import Author, Publisher, SiteError, parse_site
from broadsheet.schemas.site_toml import validate
from broadsheet.settings import SITE_FILE

SOURCE = SITE_FILE.read_text(encoding="utf-8")


def test_the_project_s_own_file_is_valid() -> None:
    assert validate(SOURCE) == parse_site(SOURCE)


def test_a_menu_is_checked_entry_by_entry() -> None:
    text = SOURCE.replace('label = "Privacy"\npath = "/en/privacy/"', 'label = "Privacy\\n"\npath = "privacy"')
    line = text.split('path = "privacy"')[0].count("\n")
    rule = "must be a path of the site that starts with one slash, like /en/about/, or an https:// URL"
    with pytest.raises(SiteError) as refused:
        validate(text)
    assert str(refused.value).splitlines() == [
        f"site.toml, line {line}: editions.en.footer.1.label must be a text of one line that is not empty",
        f"site.toml, line {line + 1}: editions.en.footer.1.path {rule}",
    ]
    entry = '[[editions.en.menu]]\nlabel = "About us"\npath = '
    for path in ("https://shop.example/?from=courier", "/ar/من-نحن/"):
        [about] = validate(SOURCE.replace(f'{entry}"/en/about/"', f'{entry}"{path}"')).editions["en"].menu
        assert (about.label, about.path) == ("About us", path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            'time_zone = "Europe/Athens"',
            'time_zone = "Europe/Salima"',
            "line 7: time_zone must be a time zone of the IANA database",
        ),
        ('time_zone = "Europe/Athens"', 'time_zone = "../../etc/passwd"', "line 7: time_zone"),
        ('time_zone = "Europe/Athens"', 'time_zone = "Europe"', "line 7: time_zone must be a time zone"),
        ('base_url = "https://courier.example"', 'base_url = "courier.example"', "line 5: base_url must be http"),
        ('base_url = "https://courier.example"', 'base_url = "https://courier.example/news"', "line 5: base_url must"),
        ('"courier.example,2025"', '"courier"', "line 10: tag_authority must be a domain and a date"),
        ('feed_text = "full"', 'feed_text = "some"', "line 12: feed_text must be one of full, summary"),
        ('numerals = "latn"', 'numerals = "roman"', "line 41: editions.ar.numerals must be one of latn, arab"),
        ("hour = 7", "hour = 24", "line 143: editions.en.newsletter.hour must be a whole number from 0 to 23"),
        (
            'weekly_day = "saturday"',
            'weekly_day = "Caturday"',
            "editions.en.newsletter.weekly_day must be one of monday,",
        ),
        ('weekly_day = "saturday"', 'reply_to = "desk"', "line 144: editions.en.newsletter.reply_to must be"),
        ('weekly_day = "saturday"', "minute = 5", "line 144: editions.en.newsletter.minute is not a setting"),
        ("ads_txt = []", 'ads_txt = ["a", "a\\nb"]', "line 14: ads_txt.1 must be a text of one line"),
        ("ads_txt = []", 'ads_txt = "a"', "line 14: ads_txt must be a list"),
        ('direction = "rtl"', 'direction = "right"', "line 39: editions.ar.direction must be one of ltr, rtl"),
        ('city = "City"', 'city = ""', "line 28: editions.en.sections.city must be a text"),
        ('city = "City"', 'city = "\u200b\u2800"', "line 28: editions.en.sections.city must be a text"),
        ('city = "City"', 'city = "City\\nNews"', "line 28: editions.en.sections.city must be a text of one line"),
        (
            'city = "City"',
            '"City News" = "City"',
            "line 28: editions.en.sections.City News must have a key of",
        ),
        ('city = "City"', "city = 7", "line 28: editions.en.sections.city must be a text"),
        ("[editions.ar]", "[editions.AR]", "line 36: editions.AR must have a language as its key, like en or ar-eg"),
        ("[editions.ar]", "[editions.api]", "line 36: editions.api must have a language as its key"),
        ('tagline = "News from the harbour and the world beyond it"', "", "line 17: editions.en.tagline is required"),
        ('direction = "ltr"', 'direction = "ltr"\ncolour = "red"', "line 21: editions.en.colour is not a setting"),
        ('"/rss/" =', '"rss" =', "line 73: moved.rss must name paths that start with one slash, unlike 'rss'"),
        ('"/rss/" =', '"//rss/" =', "line 73: moved.//rss/ must name paths that start with one slash, unlike '//rss/'"),
        (
            '"/rss/" =',
            "'/\\rss/' =",
            "line 73: moved./\\rss/ must name paths that start with",
        ),
        ('"/rss/" =', '"/rss/?all" =', "line 73: moved./rss/?all must name paths that start with one slash"),
        ('"/rss/" =', '"/rss" =', "line 73: moved./rss must name paths that end in a slash or a file name"),
        ('"/rss/" =', '"/api/rss/" =', "line 73: moved./api/rss/ must not be a path of the API"),
        (
            '"/rss/" = "/en/feed.xml"',
            '"/rss/" = ""',
            "line 73: moved./rss/ must name paths that start with one slash",
        ),
        (
            '"/rss/" = "/en/feed.xml"',
            '"/rss/" = "https://a.example/"',
            "line 73: moved./rss/ must name paths that start with one slash, unlike 'https://a.example/'",
        ),
        (
            '"/rss/" = "/en/feed.xml"',
            '"/rss/" = "/feed/"',
            "line 73: moved./rss/ must name the last path: /feed/ has moved",
        ),
        (
            '"/rss/" = "/en/feed.xml"',
            '"/rss/" = "/rss/"',
            "line 73: moved./rss/ must name the last path: /rss/ has moved",
        ),
        ("per_network = 20", "per_network = 0", "line 60: newsletter.per_network must be a whole number"),
        (
            "per_network = 20",
            "per_network = true",
            "line 60: newsletter.per_network must be a whole number",
        ),
        ("per_hour = 1000", 'per_hour = "many"', "line 63: newsletter.per_hour must be a whole number, at least 1"),
        (
            "blocked_domains = []",
            'blocked_domains = ["A.example"]',
            "line 65: newsletter.blocked_domains.0 must be a domain in lower case and ASCII",
        ),
        ("blocked_domains = []", 'blocked_domains = "a.example"', "line 65: newsletter.blocked_domains must be a list"),
        (
            'disposable_domains = "refuse"',
            "disposable_domains = false",
            "line 67: newsletter.disposable_domains must be",
        ),
        ("per_network = 20", "per_reader = 20", "line 60: newsletter.per_reader is not a setting"),
        ("[editions.en.sections]", "[editions.en.section]", "line 27: editions.en.section is not a setting"),
    ],
)
def test_a_broken_rule_is_reported_with_its_line(old: str, new: str, reason: str) -> None:
    assert old in SOURCE
    with pytest.raises(SiteError) as error:
        validate(SOURCE.replace(old, new, 1))
    assert reason in str(error.value)
    for line in str(error.value).splitlines():
        assert re.match(r"site\.toml, line \d+: ", line)
        assert len(re.findall(r"\bline \d", line)) == 1


def test_a_file_that_is_no_toml_is_refused_with_the_line() -> None:
    with pytest.raises(SiteError, match=r"site\.toml: .*line 3\b"):
        validate(SOURCE.replace('name = "The Salima Courier"', 'name = "', 1))


def test_all_broken_rules_are_reported_at_once() -> None:
    source = SOURCE.replace('"latn"', '"roman"').replace("per_hour = 1000", "per_hour = 0")
    with pytest.raises(SiteError) as error:
        validate(source.replace('time_zone = "Europe/Athens"', ""))
    assert str(error.value).splitlines() == [
        "site.toml: time_zone is required",
        "site.toml, line 41: editions.ar.numerals must be one of latn, arab",
        "site.toml, line 63: newsletter.per_hour must be a whole number, at least 1",
    ]


def test_moved_is_optional_and_a_table() -> None:
    without = SOURCE[: SOURCE.index("[moved]")]
    assert validate(without).moved == {}
    with pytest.raises(SiteError, match="line 1: moved must be a table"):
        validate("moved = 1\n" + without)


def test_paths_may_begin_with_nothing_where_there_is_one_edition() -> None:
    alone = f"language_in_paths = false\n{SOURCE[: SOURCE.index('[editions.ar]')]}"
    site = validate(alone)
    assert [edition.root for edition in site.editions.values()] == [""]
    assert site.at_root == site.editions["en"]
    with pytest.raises(SiteError, match="line 1: language_in_paths must be true where there are several editions"):
        validate(f"language_in_paths = false\n{SOURCE}")
    with pytest.raises(SiteError, match="line 1: language_in_paths must be true or false"):
        validate(alone.replace("false", '"no"', 1))


def test_a_site_has_at_least_one_edition_with_a_section() -> None:
    without = SOURCE[: SOURCE.index("[editions.en]")]
    with pytest.raises(SiteError, match="editions is required"):
        validate(without)
    with pytest.raises(SiteError, match="editions must have at least one edition"):
        validate(without + "[editions]\n")
    with pytest.raises(SiteError, match=r"line 27: editions\.en\.sections must have at least one section"):
        validate(re.sub(r"(\[editions\.en\.sections\]\n)([a-z]+ = .*\n)+", r"\1", SOURCE))


def test_the_program_prints_the_errors_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SOURCE.replace('"ltr"', '"up"'), encoding="utf-8")
    command = [sys.executable, "-m", "broadsheet.schemas.site_toml"]
    good = subprocess.run([*command, SITE_FILE], capture_output=True, text=True, check=False)  # noqa: S603  our own code
    bad = subprocess.run([*command, file], capture_output=True, text=True, check=False)  # noqa: S603  our own code
    assert (good.returncode, good.stderr) == (0, "")
    assert (bad.returncode, bad.stderr) == (1, "site.toml, line 20: editions.en.direction must be one of ltr, rtl\n")


# The example in the file, without the signs that make comments of it.
PODCAST = re.sub(r"^# (?=\[|[a-z]+ = )", "", SOURCE[SOURCE.index("# [editions.en.podcasts") :], flags=re.MULTILINE)


def test_the_example_of_a_podcast_is_valid() -> None:
    show = validate(SOURCE + PODCAST).editions["en"].podcasts["culture"]
    assert (show.category, show.explicit, show.image) == ("Arts", False, "https://media.example/podcast.jpg")
    assert (show.author, show.email) == ("The culture desk", "podcast@courier.example")
    required = "\n".join(line for line in PODCAST.splitlines() if not line.startswith(("author", "email")))
    show = validate(SOURCE + required).editions["en"].podcasts["culture"]
    assert (show.author, show.email) == ("The Salima Courier", "")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"Arts"', '"Tides"', "editions.en.podcasts.culture.category must be one of Arts, Business, "),
        ("explicit = false", 'explicit = "no"', "editions.en.podcasts.culture.explicit must be true or false"),
        ("podcast.jpg", "podcast.svg", "editions.en.podcasts.culture.image must be an https:// URL or a path of the"),
        ("podcast@", "@", "editions.en.podcasts.culture.email must be an email address"),
        ("podcasts.culture", "podcasts.tides", "editions.en.podcasts.tides must be named after a section of the"),
        (
            "author =",
            "writer =",
            "editions.en.podcasts.culture.writer is not a setting; the settings here are category",
        ),
    ],
)
def test_a_broken_rule_of_a_podcast_is_reported(old: str, new: str, reason: str) -> None:
    with pytest.raises(SiteError, match=r"^site\.toml, line \d+: " + re.escape(reason)):
        validate(SOURCE + PODCAST.replace(old, new, 1))


def test_an_author_has_a_role_words_a_picture_and_links_or_some_of_them() -> None:
    author = '''
[editions.en.authors.lina-haddad]
role = "City editor"
words = """
Lina Haddad writes
about trams.

And about ferries."""
picture = "/media/lina.jpg"
links = ["https://social.example/@lina"]
[editions.ar.authors."لينا-حداد"]
'''
    editions = validate(SOURCE + author).editions
    lina = editions["en"].authors["lina-haddad"]
    assert (lina.role, lina.picture, lina.links) == (
        "City editor",
        "/media/lina.jpg",
        ("https://social.example/@lina",),
    )
    assert lina.paragraphs == ("Lina Haddad writes about trams.", "And about ferries.")
    assert editions["ar"].authors["لينا-حداد"] == Author()


@pytest.mark.parametrize(
    ("key", "setting", "reason"),
    [
        ("Lina", "", "must have the key in the path of the author's page, like lina"),
        ('"Lina Haddad"', "", "must have the key in the path of the author's page, like lina-haddad"),
        ("lina", 'role = ""', "role must be a text of one line that is not empty"),
        ("lina", "words = 7", "words must be a text"),
        ("lina", f'words = "{"a" * 2_001}"', "words must be at most 2,000 characters"),
        ("lina", 'picture = "http://a.example/a.jpg"', "picture must be an https:// URL or a path of the site"),
        ("lina", 'picture = "//a.example/a.jpg"', "picture must be an https:// URL or a path of the site"),
        ("lina", 'links = ["javascript:alert(1)"]', "links.0 must be an https:// URL"),
        ("lina", 'name = "Lina"', "name is not a setting; the settings here are role, words, picture, links"),
    ],
)
def test_a_wrong_author_is_reported_with_its_key_and_line(key: str, setting: str, reason: str) -> None:
    line = len(SOURCE.splitlines()) + (2 if setting else 1)
    with pytest.raises(SiteError) as error:
        validate(f"{SOURCE}[editions.en.authors.{key}]\n{setting}\n")
    path = ".".join(filter(None, ("editions.en.authors", key.replace('"', ""), setting and reason)))
    assert str(error.value).startswith(f"site.toml, line {line}: {path}" + ("" if setting else f" {reason}"))


def test_the_publisher_is_optional_and_has_a_name_and_perhaps_an_address() -> None:
    assert validate(SOURCE).publisher is None
    table = '[publisher]\nname = "Harbour Press"\n'
    assert validate(SOURCE + table).publisher == Publisher("Harbour Press")
    found = validate(f'{SOURCE}{table}postal_address = """\n1 Old Quay\n\n 1100 Salima\n"""').publisher
    assert found is not None
    assert found.address_lines == ("1 Old Quay", "1100 Salima")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", ": publisher.name is required"),
        ('name = ""', ": publisher.name must be a text of one line that is not empty"),
        (
            'name = "A"\npostal_address = " \\n"',
            ": publisher.postal_address must be lines of text that are not all empty",
        ),
        ('name = "A"\nstreet = "B"', ": publisher.street is not a setting; the settings here are name, postal_address"),
    ],
)
def test_a_wrong_publisher_is_reported(table: str, reason: str) -> None:
    with pytest.raises(SiteError) as error:
        validate(f"{SOURCE}[publisher]\n{table}\n")
    assert reason in str(error.value)
