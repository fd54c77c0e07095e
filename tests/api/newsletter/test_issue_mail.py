"""The mail of an issue, as mail programs read it."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32
from email.utils import getaddresses
from html import escape, unescape

import pytest

from broadsheet.model.config import Publisher
from broadsheet.model.newsletter.issue import Frequency, IssueKey
from broadsheet.render.newsletter.issue_mail import (
    MAX_HTML,
    PLACEHOLDERS,
    IssueMail,
    Link,
    issue_test_mail,
    render_issue,
)
from broadsheet.render.newsletter.mail import POLICY
from broadsheet.render.shared.locale import locale
from infra.email_layout import colours
from tests.api.newsletter.bed import parsed, part
from tests.api.newsletter.mails import (
    LINKS,
    SENDER,
    SHOWN,
    SITE,
    composed,
    issue,
    mailed_test,
    named_issue,
    sent_issue,
)
from tests.api.newsletter.test_mail import _Page
from tests.world import NOON

every_edition = pytest.mark.parametrize("edition", SITE.editions)

PAGE = "https://courier.example/en/newsletter/2026-03-14/"


def test_the_parts_have_the_same_articles_and_the_reader_s_own_links() -> None:
    """newsletter#33, newsletter#34."""
    content = issue(note="Dear readers.\n\nIt rains.")
    mail = parsed(sent_issue(content))
    assert mail["Subject"] == "Ferry returns to the old harbour"
    assert [address.addr_spec for address in mail["From"].addresses] == [SENDER]
    assert mail["List-Unsubscribe"] == f"<{LINKS['unsubscribe']}>"
    html, text = _Page(part(mail, "html")), part(mail, "plain")
    for shown in SHOWN["en"]:
        assert shown["headline"] in html.text
        assert shown["headline"] in text
    for link in (PAGE, LINKS["unsubscribe"], LINKS["preferences"]):
        assert link in html.links
        assert link in text
    assert html.links[0] == PAGE  # "read in your browser" is at the top
    assert "\0" not in text + part(mail, "html")
    assert all(len(line) <= 998 for line in sent_issue(content).split(b"\r\n"))
    assert "It rains." in text


@pytest.mark.parametrize("edition", ["en", "ar"])
def test_encoding_it_in_advance_changes_nothing(edition: str) -> None:
    """newsletter#41: the same headers and the same parts as Python's email makes of the filled texts."""
    awkward = "\n".join((".", "From here ", "a\t", "=20", "é" * 300, "x" * 1200 + " ", "\u2028\x0bين", ""))
    made = issue(edition, note="**\n\n.\n\nFrom here")
    links = f"{PLACEHOLDERS['unsubscribe']} {PLACEHOLDERS['preferences']}&\n"
    content = replace(made, text=made.text + awkward + links + awkward, html=made.html + awkward + links)
    raw, parts = sent_issue(content), {}
    for name, text in (("plain", content.text), ("html", content.html)):
        for link, placeholder in PLACEHOLDERS.items():
            text = text.replace(placeholder, escape(LINKS[link]) if name == "html" else LINKS[link])  # noqa: PLW2901
        parts[name] = text
    plain = EmailMessage(policy=POLICY)
    plain.set_content(parts["plain"], cte="quoted-printable")
    plain.add_alternative(parts["html"], subtype="html", cte="quoted-printable")
    mail, expected = parsed(raw), parsed(plain.as_bytes())
    for name in parts:
        assert part(mail, name) == part(expected, name)
    assert [(each.get_content_type(), each["Content-Transfer-Encoding"]) for each in mail.walk()] == [
        (each.get_content_type(), each["Content-Transfer-Encoding"]) for each in expected.walk()
    ]
    assert not [each.defects for each in mail.walk() if each.defects]
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76  # RFC 2045 §6.7
    assert not raw.replace(b"\r\n", b"").count(b"\n")
    assert b"\r\n.\r\n" not in raw


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r"])
def test_neither_an_email_nor_a_link_adds_a_header(break_: str) -> None:
    """newsletter#33."""
    mail = IssueMail(issue(), SENDER, SITE)
    links: dict[Link, str] = {"unsubscribe": "https://a.example", "preferences": "https://b.example"}
    with pytest.raises(ValueError, match="linefeed"):
        mail.to(f"a@example.org{break_}Bcc: b@example.org", links, "d2f1")
    with pytest.raises(ValueError, match="linefeed"):
        mail.to("a@example.org", {**links, "unsubscribe": f"https://a.example>{break_}Bcc: <b@example.org"}, "d2f1")


def test_nothing_in_it_tracks_the_reader_and_pictures_say_what_they_show() -> None:
    """newsletter#33, newsletter#42."""
    page = _Page(part(parsed(sent_issue(issue())), "html"))
    assert {link.split("?")[0].rsplit("/", 1)[0] for link in page.links if "/api/" in link} == {
        "https://courier.example/api/subscriptions"
    }
    assert {link.partition("?")[2] for link in page.links if "?" in link and "/api/" not in link} == {"mail"}
    pictures = [attributes for tag, attributes in page.elements if tag == "img"]
    assert len(pictures) == 2  # of the lead and of the caricature
    for picture in pictures:
        assert picture["src"].startswith("https://courier.example/images/")
        assert picture["src"].endswith("/960.jpg?mail")
        assert (picture["alt"], picture["width"], picture["height"]) == ("Gulls & the ferry", "504", "284")
    assert not {tag for tag, _ in page.elements} & {"script", "link", "iframe", "form"}


def test_a_digest_of_two_hundred_articles_is_short_enough_for_gmail_and_leads_to_its_page() -> None:
    """newsletter#42."""
    content = issue(more=200)
    html = part(parsed(sent_issue(content)), "html")
    assert 60_000 < len(html.encode()) < 100_000
    page = _Page(html)
    assert page.links.count(PAGE) == 2
    assert page.text.index("There is more in this issue") > page.text.index("Number 9 ")
    assert "Number 199 " not in page.text
    assert "Number 199 " in content.text
    assert LINKS["unsubscribe"] in page.links


def test_a_reader_s_sections_choose_the_articles_the_subject_and_the_preheader() -> None:
    content = issue(chosen=("sport", "opinion"))
    assert content.subject == "Rihan 2–2 Mariners: “a draw” & a storm"
    assert "Ferry" not in content.html + content.text
    assert "Also in this issue: In praise of queues" in content.html
    whole = issue()
    assert render_issue(whole.issue, (), (), SITE) is None
    titled = issue(chosen=("sport",), subject="From the editor")
    assert titled.subject == "From the editor"
    assert '<h1 class="heading"' in titled.html


@pytest.mark.parametrize("name", ['Ex & "Co" <b>, Ltd;', "{{ 7 * 7 }} $paper </style><style>*{color:red}</style>"])
def test_neither_names_nor_subjects_nor_notes_inject_headers_markup_or_style(name: str) -> None:
    """newsletter#33."""
    mail = parsed(named_issue(name, subject=name, note=f"{name}\n\nBcc: all@example.org"))
    assert mail["Subject"] == name
    assert mail["Bcc"] is None
    html = part(mail, "html")
    assert html.count("<style") == 1
    assert "<b>" not in html
    for line in ("a\r\nBcc: all@example.org", "a\nBcc: all@example.org"):
        with pytest.raises(ValueError, match="linefeed"):
            named_issue("Paper", subject=line)


@pytest.mark.parametrize(
    ("edition", "frequency", "name"),
    [
        ("en", "daily", "The Salima Courier: daily newsletter"),
        ("en", "weekly", "The Salima Courier: weekly newsletter"),
        ("ar", "daily", "بريد سليمة: النشرة اليومية"),
    ],
)
def test_headers_name_the_list_the_issue_and_the_stream_and_no_reader(
    edition: str, frequency: Frequency, name: str
) -> None:
    """newsletter#41, newsletter#21."""
    content = issue(edition, key=IssueKey(edition, frequency, "2026-03-14"))
    raw = sent_issue(content)
    mail = parsed(raw)
    assert mail["From"].addresses[0].display_name == SITE.editions[edition].name
    assert mail["List-Id"].removeprefix('"').replace('" <', " <") == (
        f"{name} <{frequency}.{edition}.newsletter.courier.example>"
    )
    assert mail["List-Unsubscribe"] == f"<{LINKS['unsubscribe']}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Date"].datetime == NOON
    assert re.fullmatch(rf"{frequency}:{edition}:issue:[0-9a-f]{{12}}", mail["Feedback-ID"])
    assert mail["Feedback-ID"] == parsed(sent_issue(content, reader="another"))["Feedback-ID"]
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    assert re.search(rb"^Subject: (=\?utf-8\?[bq]\?|Ferry)", head, re.MULTILINE)  # RFC 2047
    assert max(map(len, head.split(b"\r\n"))) <= 300  # the reader's link alone is longer than 78


def test_the_message_id_is_that_of_one_issue_for_one_reader_and_does_not_tell_who() -> None:
    """newsletter#41: so a mail program that gets it twice shows it once."""

    def id(reader: str, name: str = "2026-03-14") -> str:
        content = issue(key=IssueKey("en", "daily", name))
        return str(parsed(sent_issue(content, reader=reader))["Message-ID"])

    assert id("d2f1") == id("d2f1")
    assert re.fullmatch(r"<[0-9a-f]{32}@courier\.example>", id("d2f1"))
    others = {id("d2f1"), id("d2f2"), id("d2f1", "2026-03-15")}
    assert len(others) == 3
    assert not [other for other in others if "d2f1" in other]


@pytest.mark.parametrize(
    "name", ["A, B; (C) <d@e.example>", 'The "Very" Long\\Name ' * 60, "بريد, الميناء <والعالم> " * 9]
)
def test_a_list_keeps_its_id_whatever_the_edition_is_called(name: str) -> None:
    """newsletter#41, newsletter#33."""
    raw = named_issue(name)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = message_from_bytes(raw, policy=compat32)
    [(phrase, id)] = getaddresses([str(mail["List-Id"])])
    assert id == "daily.en.newsletter.courier.example"
    assert str(make_header(decode_header(phrase))).split() == f"{name}: daily newsletter".split()


@pytest.mark.parametrize(("edition", "mark"), [("en", "Test: "), ("ar", "تجربة: ")])
def test_a_test_mail_says_so_and_is_nobody_s(edition: str, mark: str) -> None:
    mail, reader_s = parsed(mailed_test(edition, subject="بريد {x}")), parsed(sent_issue(issue(edition)))
    assert mail["Subject"] == f"{mark}بريد {{x}}"
    assert mail["To"] == "editor@example.org"
    assert {name for name in reader_s.keys() if name not in mail} == {  # noqa: SIM118  # names of headers
        *("Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID")
    }
    html, text = _Page(part(mail, "html")), part(mail, "plain")
    notice = locale(SITE.editions[edition]).issues.mail.test
    assert text.startswith(notice)
    assert html.text.split().index(notice.split()[0]) < html.text.split().index(SITE.editions[edition].name.split()[0])
    form = f"https://courier.example/api/subscriptions/form?edition={edition}"
    assert [link for link in html.links if "/api/" in link] == [form, form]
    assert "token" not in mail.as_string()
    assert "\0" not in text + part(mail, "html")
    assert notice not in part(reader_s, "html") + part(reader_s, "plain")
    assert issue_test_mail(composed()[0], (), (), "editor@example.org", SENDER, SITE) is None


def test_an_arabic_issue_is_right_to_left_and_its_english_article_is_not() -> None:
    """newsletter#44, newsletter#20."""
    mail = parsed(sent_issue(issue("ar")))
    assert mail["Subject"] == SHOWN["ar"][0]["headline"]
    page = _Page(part(mail, "html"))
    assert page.elements[0] == ("html", page.elements[0][1] | {"lang": "ar", "dir": "rtl"})
    languages = [(each["lang"], each["dir"]) for tag, each in page.elements if tag in ("h2", "h3") and "lang" in each]
    assert languages == [("ar", "rtl"), ("ar", "rtl"), ("ar", "rtl"), ("en", "ltr"), ("ar", "rtl")]
    assert "النشرة اليومية" in page.text
    assert mail["Content-Language"] == "ar"


@every_edition
def test_direction_does_not_depend_on_the_head_and_outlook_keeps_the_column(edition: str) -> None:
    """newsletter#44: Gmail drops the head; Outlook knows no max-width, and aligns by attributes."""
    direction = SITE.editions[edition].direction
    html = part(parsed(sent_issue(issue(edition))), "html")
    elements = _Page(html[html.index("<body") :]).elements
    assert (elements[1][1]["lang"], elements[1][1]["dir"]) == (edition, direction)
    aligned = {attributes["align"] for _, attributes in elements if "align" in attributes} - {"center"}
    assert aligned == {"right" if direction == "rtl" else "left"}
    tables = [attributes for tag, attributes in elements if tag == "table"]
    assert {each["role"] for each in tables} == {"presentation"}  # screen readers read no rows
    assert all(each["cellpadding"] == each["cellspacing"] == each["border"] == "0" for each in tables)
    for_outlook = re.findall(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", html)
    assert len(for_outlook) == html.count("<!--") == 2
    first, last = for_outlook
    assert re.match(r'<table role="presentation" width="560" .*><tr><td>$', first)
    assert last == "</td></tr></table>"
    assert html.index(first) < html.index('class="sheet full"') < html.index(last)


@every_edition
def test_the_preheader_is_hidden_and_is_not_the_headline_again(edition: str) -> None:
    """newsletter#44."""
    shown = [each["headline"] for each in SHOWN[edition]]
    for content in (issue(edition), issue(edition, subject=shown[1]), issue(edition, chosen=("sport", "business"))):
        html = part(parsed(sent_issue(content)), "html")
        [style] = [each["style"] for _, each in _Page(html).elements if each.get("class") == "preheader"]
        assert "display: none" in style
        assert "mso-hide: all" in style
        [preheader] = re.findall(r'<div class="preheader"[^>]*>([^<]*)</div>', html)
        assert preheader.strip()
        assert unescape(content.subject) not in unescape(preheader)


def test_the_style_is_inlined_except_for_dark_mode_which_colours_each_part() -> None:
    """newsletter#44."""
    html = part(parsed(sent_issue(issue())), "html")
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style.startswith("@media (prefers-color-scheme: dark)")
    rules = re.findall(r"\.([\w-]+)[^{}]*{([^{}]*)}", style)
    assert all(
        value.endswith("!important") for _, rule in rules for value in filter(None, map(str.strip, rule.split(";")))
    )
    assert '<meta name="color-scheme" content="light dark">' in html
    used = set(re.findall(r"#[0-9a-f]{6}\b", html))
    assert used <= set(colours().values())
    # What is coloured in light mode has another colour in dark mode.
    coloured = {
        name
        for _, each in _Page(html).elements
        if re.search(r"(?<![-\w])(?:background-)?color:", each.get("style", ""))
        for name in each.get("class", "").split()[:1]
    }
    dark = set(re.findall(r"\.([a-z]+)", style))
    assert coloured
    assert coloured <= dark, coloured - dark


@pytest.mark.parametrize(("edition", "said"), [("en", "Published by A & B, 1 Old Quay, 1100 Salima"), ("ar", "A & B")])
def test_the_publisher_and_the_postal_address_stand_at_the_foot(edition: str, said: str) -> None:
    """newsletter#43."""
    site = replace(SITE, publisher=Publisher("A & B", "1 Old Quay\n1100 Salima"))
    mail = parsed(sent_issue(issue(edition, site=site), site))
    html, text = _Page(part(mail, "html")).text.strip(), part(mail, "plain").strip()
    for read in (html, text):
        last = read.splitlines()[-1]
        assert said in last
        assert last.endswith("1 Old Quay, 1100 Salima" if edition == "en" else "1 Old Quay، 1100 Salima")


def test_replies_go_where_the_settings_say_and_an_svg_is_no_picture_of_a_mail() -> None:
    """newsletter#41, newsletter#42."""
    english = SITE.editions["en"]
    answered = replace(english, issues=replace(english.issues, reply_to="desk@courier.example"))
    site = replace(SITE, editions={**SITE.editions, "en": answered})
    assert parsed(sent_issue(issue(site=site), site))["Reply-To"] == "desk@courier.example"
    assert parsed(sent_issue(issue()))["Reply-To"] is None
    plain = replace(SITE, base_url="http://127.0.0.1:8080")
    assert "<img" not in issue(site=plain).html
    assert MAX_HTML < 100_000
