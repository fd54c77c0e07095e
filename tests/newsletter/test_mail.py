"""The confirmation mail, as mail programs read it."""

import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from broadsheet.model import site, subscriber
from broadsheet.model.subscriber import Consent, Request, Subscriber
from broadsheet.render.mail import Links, confirmation
from broadsheet.render.phrases import FOLDER
from broadsheet.settings import SITE_FILE
from tests.newsletter.desk import parsed, part
from tests.world import NOON

SITE = site.parse(SITE_FILE.read_text(encoding="utf-8"))
LINKS = Links(
    "https://courier.example/api/subscriptions/confirm?edition=en&token=" + "c" * 150,
    "https://courier.example/api/subscriptions/leave?edition=en&token=" + "l" * 150,
)
SENDER = "newsletter@courier.example"


def reader(edition: str = "en", address: str = "reader@example.org") -> Subscriber:
    return subscriber.signed_up(None, Request("id", address, Consent(NOON, None, "1", edition)), "nonce")


def sent(edition: str = "en", address: str = "reader@example.org") -> bytes:
    return confirmation(SITE, reader(edition, address), SENDER, LINKS, NOON).as_bytes()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self._skipping = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping = tag in ("style", "title")
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_endtag(self, tag: str) -> None:
        self._skipping = self._skipping and tag not in ("style", "title")

    def handle_data(self, data: str) -> None:
        self.text += "" if self._skipping else data


@pytest.mark.parametrize(("edition", "paper"), [("en", "The Salima Courier"), ("ar", "بريد سليمة")])
def test_the_mail_reads_back_as_it_was_meant(edition: str, paper: str) -> None:
    """newsletter#20, newsletter#21"""
    letter = parsed(sent(edition))
    assert letter["From"].addresses[0].display_name == paper
    assert letter["From"].addresses[0].addr_spec == SENDER
    assert letter["To"] == "reader@example.org"
    assert paper in letter["Subject"]
    assert letter["Date"].datetime == NOON
    assert letter["Message-ID"].endswith("@courier.example>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == edition
    assert letter["List-Unsubscribe"] == f"<{LINKS.leave}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [kind.get_content_type() for kind in letter.iter_parts()] == ["text/plain", "text/html"]
    direction = SITE.editions[edition].direction
    assert f'<html lang="{edition}" dir="{direction}">' in part(letter, "html")


@pytest.mark.parametrize("edition", ["en", "ar"])
def test_the_bytes_are_fit_for_smtp(edition: str) -> None:
    """Seven bits, CRLF, lines of at most 998, and links that no folding has broken (RFC 5322 §2.1.1)."""
    raw = sent(edition, "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + ".example")
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    assert f"\r\nList-Unsubscribe: <{LINKS.leave}>\r\n".encode() in head
    assert b"\r\nTo: " + b"a" * 64 + b"@" in head


@pytest.mark.parametrize("edition", ["en", "ar"])
def test_the_text_says_as_much_as_the_html(edition: str) -> None:
    """As every mail of the newsletter must be."""
    letter = parsed(sent(edition))
    shown = _Words()
    shown.feed(part(letter, "html"))
    text = part(letter, "plain")
    for line in filter(None, text.splitlines()):
        if not line.startswith("http"):
            assert all(word.rstrip(":") in shown.text for word in line.split())
    assert set(re.findall(r"https://\S+", text)) == set(shown.links) == {LINKS.confirm, LINKS.leave}


def test_nothing_in_the_mail_is_fetched() -> None:
    """No image, no font, no style sheet from anywhere; nobody learns that it was opened."""
    assert not re.search(r"<img|<link|<script|<iframe|url\(|@import|src=", part(parsed(sent()), "html"))


def test_names_cannot_inject_headers_or_markup() -> None:
    """No header can be injected."""
    names = {"en": replace(SITE.editions["en"], name='Ex & "Co" <b>, Ltd; =?utf-8?q?x?=')}
    letter = parsed(confirmation(replace(SITE, editions=names), reader(), SENDER, LINKS, NOON).as_bytes())
    assert [address.addr_spec for address in letter["From"].addresses] == [SENDER]
    assert "<b>" not in part(letter, "html")
    names = {"en": replace(SITE.editions["en"], name="Paper\r\nBcc: all@example.org")}
    with pytest.raises(ValueError, match="may not contain linefeed"):
        confirmation(replace(SITE, editions=names), reader(), SENDER, LINKS, NOON).as_bytes()


def test_an_edition_that_is_gone_is_written_in_the_first() -> None:
    assert parsed(sent("fr"))["Content-Language"] == "en"


def test_every_language_has_every_phrase() -> None:
    """newsletter#20"""
    spoken = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.toml")}
    shapes = {
        language: {
            (part, key, phrase.count("$paper") > 0, "$field" in phrase)
            for part, phrases in words.items()
            for key, phrase in phrases.items()
        }
        for language, words in spoken.items()
    }
    assert set(spoken) >= set(SITE.editions)
    assert all(shape == shapes["en"] for shape in shapes.values())
