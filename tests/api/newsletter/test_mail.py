"""The newsletter's mails, as mail programs read them."""

import re
import shutil
import subprocess
from dataclasses import asdict, replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32
from html.parser import HTMLParser

import pytest

from broadsheet.render.newsletter.mail import Kind, render_mail
from broadsheet.render.shared.locale import locale
from infra.email_layout import LAYOUTS, colours, layout
from tests.api.newsletter.bed import parsed, part
from tests.api.newsletter.mails import EVERY, LINKS, SENDER, SHOWN_LINKS, SITE, issue, sent, sent_issue
from tests.readers.clients import required
from tests.world import NOON

# Texts that are in the HTML only: about the button, the link, or the list of mails.
HTML_ONLY = {"button_fallback", "link", "preheader"}

every_mail = pytest.mark.parametrize(("kind", "edition"), EVERY)


def named(name: str) -> EmailMessage:
    """A mail of an edition with that name."""
    edition = replace(SITE.editions["en"], name=name)
    return parsed(render_mail("welcome", edition, "reader@example.org", SENDER, LINKS, NOON).as_bytes())


def texts(edition: str, kind: str) -> dict[str, str]:
    """The texts of a kind of mail, by their keys."""
    mails = asdict(locale(SITE.editions[edition]).mails)
    return {"button_fallback": mails["button_fallback"], **mails[kind]}


class _Page(HTMLParser):
    """The text, the links and the elements with their attributes, as a mail program reads the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._skipping = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping = tag in ("style", "title")
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_endtag(self, tag: str) -> None:
        self._skipping = self._skipping and tag not in ("style", "title")

    def handle_data(self, data: str) -> None:
        self.text += "" if self._skipping else data


@every_mail
def test_a_parsed_mail_has_the_right_headers_and_parts(kind: Kind, edition: str) -> None:
    """newsletter#20"""
    mail = parsed(sent(kind, edition))
    paper = SITE.editions[edition].name
    assert mail["From"].addresses[0].display_name == paper
    assert mail["From"].addresses[0].addr_spec == SENDER
    assert mail["To"] == "reader@example.org"
    assert mail["Subject"] == texts(edition, kind)["subject"]
    assert paper in mail["Subject"]
    assert mail["Date"].datetime == NOON
    assert "Message-ID" not in mail  # SES makes one
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == edition
    assert [kind.get_content_type() for kind in mail.iter_parts()] == ["text/plain", "text/html"]


@every_mail
def test_mails_to_subscribers_have_one_click_unsubscribe_headers(kind: Kind, edition: str) -> None:
    """newsletter#21: RFC 8058 §3.1"""
    mail = parsed(sent(kind, edition))
    if kind == "farewell":
        assert "List-Unsubscribe" not in mail
        assert "List-Unsubscribe-Post" not in mail
    else:
        assert mail["List-Unsubscribe"] == f"<{LINKS['unsubscribe']}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("letters", range(1, 40))
@pytest.mark.parametrize("end", ["في الميناء القديم", "والعالم، «كل يوم», الجديد"])
def test_a_subject_and_a_name_of_any_length_keep_their_blanks(letters: int, end: str) -> None:
    """newsletter#20: RFC 2047 §6.2 has blanks between two encoded words be no part of the text.

    Read by the standard library's older decoder, since the newer one keeps such blanks in names.
    """
    paper = replace(SITE.editions["ar"], name=f"بريد {'ب' * letters} {end}")
    raw = render_mail("welcome", paper, "reader@example.org", SENDER, LINKS, NOON).as_bytes()
    mail = message_from_bytes(raw, policy=compat32)
    subject, sender = (str(make_header(decode_header(mail[name]))) for name in ("Subject", "From"))
    assert subject == locale(paper).mails.welcome.subject
    assert sender == f"{paper.name} <{SENDER}>"


@every_mail
def test_the_bytes_are_valid_for_smtp(kind: Kind, edition: str) -> None:
    """Seven bits, CRLF, lines of at most 998 characters, unfolded headers (RFC 5322 §2.1.1). Gmail clips mails of more
    than 102 KB."""
    raw = sent(kind, edition, "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + ".example")
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert len(raw) < 102_000
    head = raw.partition(b"\r\n\r\n")[0]
    assert kind == "farewell" or f"\r\nList-Unsubscribe: <{LINKS['unsubscribe']}>\r\n".encode() in head
    assert b"\r\nTo: " + b"a" * 64 + b"@" in head


@every_mail
def test_text_and_html_have_the_same_content(kind: Kind, edition: str) -> None:
    """newsletter#33"""
    mail = parsed(sent(kind, edition))
    text, shown = part(mail, "plain"), _Page(part(mail, "html"))
    expected = texts(edition, kind)
    for key in expected.keys() - {"subject"}:
        assert shown.text.count(expected[key]) == 1, key
        assert key in HTML_ONLY or expected[key] in text, key
    left = text
    for phrase in (
        SITE.editions[edition].name,
        *(text for key, text in expected.items() if key not in HTML_ONLY),
        *LINKS.values(),
    ):
        left = left.replace(phrase, "") if phrase != SITE.editions[edition].name else left.replace(phrase, "", 1)
    assert left.strip() == ":", "the text has more content than the HTML"
    assert set(re.findall(r"https://\S+", text)) == set(shown.links) == {LINKS[name] for name in SHOWN_LINKS[kind]}


@every_mail
def test_a_mail_loads_nothing_and_runs_nothing(kind: Kind, edition: str) -> None:
    """newsletter#33: no images, fonts or style sheets from a server, so opening it cannot be tracked."""
    html = part(parsed(sent(kind, edition)), "html")
    assert not re.search(r"<(img|link|script|iframe|object|form)|url\(|@import|@font-face|src=|\son\w+=", html)
    assert set(re.findall(r"https?:[^\"<]+", html.replace("&amp;", "&"))) <= {LINKS[name] for name in SHOWN_LINKS[kind]}


@every_mail
def test_the_preheader_is_hidden_in_the_mail(kind: Kind, edition: str) -> None:
    [hidden] = [
        attributes["style"]
        for _, attributes in _Page(part(parsed(sent(kind, edition)), "html")).elements
        if attributes.get("class") == "preheader"
    ]
    assert "display: none" in hidden
    assert "mso-hide: all" in hidden


@every_mail
def test_direction_and_language_do_not_depend_on_the_head(kind: Kind, edition: str) -> None:
    """newsletter#20: Gmail and Outlook on the web drop the head, and Outlook needs attributes for alignment."""
    direction = SITE.editions[edition].direction
    html = part(parsed(sent(kind, edition)), "html")
    elements = _Page(html[html.index("<body") :]).elements
    _, outermost = elements[1]
    assert (outermost["lang"], outermost["dir"]) == (edition, direction)
    aligned = {attributes["align"] for _, attributes in elements if "align" in attributes} - {"center"}
    assert aligned == {"right" if direction == "rtl" else "left"}


@every_mail
def test_the_style_is_inlined_except_for_dark_mode(kind: Kind, edition: str) -> None:
    html = part(parsed(sent(kind, edition)), "html")
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style.startswith("@media (prefers-color-scheme: dark)")
    rules = re.findall(r"\.[\w-]+[^{}]*{([^{}]*)}", style)
    assert rules
    assert all("!important" in rule for rule in rules), "what stands at an element comes first"
    classes = {name for _, attributes in _Page(html).elements for name in attributes.get("class", "").split()}
    assert set(re.findall(r"\.([a-z]+)", style)) <= classes
    assert html.count("style=") > 15
    assert '<meta name="color-scheme" content="light dark">' in html


def test_the_colours_are_those_of_the_site_in_light_and_dark_mode() -> None:
    html = part(parsed(sent()), "html")
    used = set(re.findall(r"#[0-9a-f]{6}\b", html))
    assert used <= set(colours().values())
    assert {colours()["ink"], colours()["ink_dark"]} <= used


def test_the_layout_is_up_to_date() -> None:
    for path, sources in LAYOUTS.items():
        assert path.read_text(encoding="utf-8") == layout(sources), "run `make mails`"


@pytest.mark.parametrize(
    "name",
    [
        'Ex & "Co" <b>, Ltd;',
        '{{ 7 * 7 }} $paper </style><style>*{color:red}</style> <b> style="color:red"',
        "The Very Long Name, of a Paper (Known in the Whole World, and on the Moon); Morning Edition",
        "بريد, الميناء <والعالم>",
    ],
)
def test_names_cannot_inject_headers_markup_or_style(name: str) -> None:
    """newsletter#33"""
    mail = named(name)
    assert [address.addr_spec for address in mail["From"].addresses] == [SENDER]
    html = part(mail, "html")
    assert html.count("<style") == 1
    assert "<b>" not in html
    assert name in _Page(html).text
    assert name in part(mail, "plain")


def test_a_name_with_a_line_break_is_refused() -> None:
    """newsletter#33"""
    with pytest.raises(ValueError, match="may not contain linefeed"):
        named("Paper\r\nBcc: all@example.org")


@pytest.mark.proof
@every_mail
def test_a_spam_filter_gives_a_mail_less_than_one_point(kind: Kind, edition: str) -> None:
    """newsletter#33: SpamAssassin's local rules, without the network."""
    points, judged = spam_points(sent(kind, edition))
    assert points < 1.0, judged


@pytest.mark.proof
@pytest.mark.parametrize("more", [0, 200])
@pytest.mark.parametrize("edition", SITE.editions)
def test_a_spam_filter_gives_an_issue_less_than_one_point(edition: str, more: int) -> None:
    """newsletter#33: of a quiet day, and of one with two hundred articles."""
    points, judged = spam_points(sent_issue(issue(edition, more=more)))
    assert points < 1.0, judged


def spam_points(mail: bytes) -> tuple[float, str]:
    """SpamAssassin's points for a mail, and what it says about it."""
    required(shutil.which("spamassassin") is not None, "spamassassin is not installed")
    judged = subprocess.run(
        ["spamassassin", "--local", "--test-mode"],  # noqa: S607
        input=mail,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8", "replace")
    [points] = re.findall(r"Content analysis details:\s+\((-?[\d.]+) points", judged)
    return float(points), judged


@pytest.mark.parametrize("edition", SITE.editions)
def test_the_publishers_words_stand_by_themselves_in_the_mail_to_an_imported_subscriber(edition: str) -> None:
    """newsletter#27, newsletter#33: whatever their direction, and without markup."""
    words = "<b>Harbour</b> & بريد, {edition}"
    paper = SITE.editions[edition]
    raw = render_mail("imported", paper, "reader@example.org", SENDER, LINKS, NOON, source=words).as_bytes()
    mails = locale(paper).mails
    said = mails.imported_from.replace("{source}", f"\u2068{words}\u2069")
    assert said in part(parsed(raw), "plain").splitlines()
    assert _Page(part(parsed(raw), "html")).text.count(said) == 1
    assert mails.imported.text in part(parsed(sent("imported", edition)), "plain").splitlines()
