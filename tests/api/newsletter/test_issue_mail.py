"""The mail of an issue, as mail programs read it."""

from dataclasses import replace

import pytest

from broadsheet.render.newsletter.issue_mail import MAX_HTML, render_issue
from tests.api.newsletter.bed import parsed, part
from tests.api.newsletter.mails import LINKS, SENDER, SHOWN, SITE, issue, named_issue, sent_issue
from tests.api.newsletter.test_mail import _Page

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


def test_nothing_in_it_tracks_the_reader_and_pictures_say_what_they_show() -> None:
    """newsletter#33, newsletter#42."""
    page = _Page(part(parsed(sent_issue(issue())), "html"))
    assert {link.split("?")[0].rsplit("/", 1)[0] for link in page.links if "/api/" in link} == {
        "https://courier.example/api/subscriptions"
    }
    assert not [link for link in page.links if "?" in link and "/api/" not in link]
    pictures = [attributes for tag, attributes in page.elements if tag == "img"]
    assert len(pictures) == 2  # of the lead and of the caricature
    for picture in pictures:
        assert picture["src"].startswith("https://courier.example/images/")
        assert picture["src"].endswith("/960.jpg")
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


def test_an_arabic_issue_is_right_to_left_and_its_english_article_is_not() -> None:
    mail = parsed(sent_issue(issue("ar")))
    assert mail["Subject"] == SHOWN["ar"][0]["headline"]
    page = _Page(part(mail, "html"))
    assert page.elements[0] == ("html", page.elements[0][1] | {"lang": "ar", "dir": "rtl"})
    languages = [(each["lang"], each["dir"]) for tag, each in page.elements if tag in ("h2", "h3") and "lang" in each]
    assert languages == [("ar", "rtl"), ("ar", "rtl"), ("ar", "rtl"), ("en", "ltr"), ("ar", "rtl")]


def test_replies_go_where_the_settings_say_and_an_svg_is_no_picture_of_a_mail() -> None:
    english = SITE.editions["en"]
    answered = replace(english, issues=replace(english.issues, reply_to="desk@courier.example"))
    site = replace(SITE, editions={**SITE.editions, "en": answered})
    assert parsed(sent_issue(issue(site=site), site))["Reply-To"] == "desk@courier.example"
    assert parsed(sent_issue(issue()))["Reply-To"] is None
    plain = replace(SITE, base_url="http://127.0.0.1:8080")
    assert "<img" not in issue(site=plain).html
    assert MAX_HTML < 100_000
