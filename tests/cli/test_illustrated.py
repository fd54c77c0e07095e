"""Pictures beside an article's file are uploaded; addresses that lead nowhere are refused before anything is sent."""

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from broadsheet_cli.batch_put import PutOptions, PutResult, put_all
from broadsheet_cli.client import Client
from tests.cli.test_client import KEYS, REGION, Newsroom
from tests.cli.test_command import Write
from tests.cli.test_put import JPEG

FRONT = "---\nedition: en\nheadline: Fire\n{}---\n\n{}\n"
ID = hashlib.sha256(JPEG).hexdigest()
SRC = f"/images/{ID}/1200.jpg"


def put(newsroom: Newsroom, *files: Path, dry_run: bool = False, strict: bool = False) -> list[PutResult]:
    results: list[PutResult] = []
    with Client(newsroom.api, KEYS, REGION, sleep=lambda _: None) as client:
        put_all(client, files, on_result=results.append, options=PutOptions(dry_run=dry_run, strict=strict))
    return results


def messages(result: PutResult) -> list[str]:
    return [line.replace(f"{result.file.parent}/", "") for each in result.errors for line in each.lines()]


def sent(newsroom: Newsroom, id: str) -> dict[str, object]:
    return newsroom.articles[id][1]


def text(newsroom: Newsroom, id: str) -> str:
    body = sent(newsroom, id)["body"]
    assert isinstance(body, dict)
    return str(body["text"])


def test_an_article_is_sent_with_the_images_of_its_pictures(newsroom: Newsroom, write: Write) -> None:
    write("pictures/quay.jpg", JPEG)
    path = "../pictures/quay.jpg"
    body = f"![Quay]({path} 'Fire') and `![Quay]({path})`\n\n<img src='{path}'>"
    front = "image: {src: ../pictures/quay.jpg, alt: Smoke, credit: Omar Said}\n"
    file = write("articles/a.md", FRONT.format(front, body))
    assert [result.outcome for result in put(newsroom, file)] == ["created"]
    assert sent(newsroom, "a")["image"] == {
        "src": SRC,
        "alt": "Smoke",
        "credit": "Omar Said",
        "width": 1200,
        "height": 800,
    }
    assert text(newsroom, "a") == (
        f"![Quay]({SRC} 'Fire') and `![Quay]({path})`\n\n<img src='{SRC}' width='1200' height='800'>"
    )
    assert newsroom.uploads == {ID: JPEG}


def test_what_the_editor_gave_of_an_image_stays(newsroom: Newsroom, write: Write) -> None:
    write("quay.jpg", JPEG)
    front = "image: {src: quay.jpg, alt: Smoke, width: 600, height: 400}\n"
    file = write("a.md", FRONT.format(front, '<img src=quay.jpg width="30">'))
    put(newsroom, file)
    assert sent(newsroom, "a")["image"] == {"src": SRC, "alt": "Smoke", "width": 600, "height": 400}
    assert text(newsroom, "a") == f'<img src={SRC} width="30">'


def test_each_content_is_uploaded_once_however_many_articles_and_names_it_has(newsroom: Newsroom, write: Write) -> None:
    files = []
    for number in range(20):
        write(f"{number}.jpg", JPEG)
        files.append(write(f"n{number}.md", FRONT.format("", f"![a]({number}.jpg) ![b](0.jpg)")))
    assert [result.outcome for result in put(newsroom, *files)] == ["created"] * 20
    assert [call.method for call in newsroom.calls if call.target == f"/uploads/{ID}"] == ["PUT"]
    assert [call.method for call in newsroom.calls if call.target == "/api/images"] == ["POST"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["رصيف أ.jpg", "%D8%B1%D8%B5%D9%8A%D9%81%20%D8%A3.jpg", "رصيف%20أ.jpg?a#b"])
def test_a_picture_is_found_by_any_spelling_of_its_name(
    newsroom: Newsroom, write: Write, form: Literal["NFC", "NFD"], written: str
) -> None:
    write(unicodedata.normalize(form, "رصيف أ.jpg"), JPEG)
    put(newsroom, write("a.md", FRONT.format("", f"![Quay](<{written}>)")))
    assert text(newsroom, "a") == f"![Quay]({SRC})"


def test_a_name_with_signs_of_urls_is_found_as_it_is_written(newsroom: Newsroom, write: Write) -> None:
    write("50% #1?.jpg", JPEG)
    put(newsroom, write("a.md", FRONT.format("", "![Quay](<50% #1?.jpg>)")))
    assert text(newsroom, "a") == f"![Quay]({SRC})"


def test_pictures_of_an_article_in_json_are_beside_its_file(newsroom: Newsroom, write: Write) -> None:
    write("quay.jpg", JPEG)
    html = "<img src=\"quay.jpg\">\n<a href='x.md'>"
    article: dict[str, object] = {"edition": "en", "headline": "Fire", "body": {"format": "html", "text": html}}
    (refused,) = put(newsroom, write("a.json", json.dumps(article)))
    assert messages(refused)[0].startswith("a.json: body.text line 2: 'x.md' leads to no page")
    article["body"] = {"format": "html", "text": '<img src="quay.jpg">'}
    put(newsroom, write("a.json", json.dumps(article)))
    assert text(newsroom, "a") == f'<img src="{SRC}" width="1200" height="800">'


def test_a_slash_after_an_address_without_quotes_ends_the_tag(newsroom: Newsroom, write: Write) -> None:
    write("quay.jpg", JPEG)
    put(newsroom, write("a.md", FRONT.format("", "<img src=quay.jpg/>")))
    assert text(newsroom, "a") == f"<img src={SRC} width=1200 height=800>"


def test_a_link_to_a_picture_beside_the_file_leads_to_the_image(newsroom: Newsroom, write: Write) -> None:
    write("quay.jpg", JPEG)
    put(newsroom, write("a.md", FRONT.format("", "[![Quay](quay.jpg)](quay.jpg)")))
    assert text(newsroom, "a") == f"[![Quay]({SRC})]({SRC})"


def test_warnings_and_refusals_of_a_picture_are_printed_with_the_line_of_the_article(
    newsroom: Newsroom, write: Write
) -> None:
    image = {"src": SRC, "width": 1200, "height": 800}
    newsroom.images[ID] = {
        "status": "ready",
        "image": image,
        "warnings": [{"kind": "still", "message": "stands still"}],
    }
    bad = JPEG + b"bad"
    newsroom.images[hashlib.sha256(bad).hexdigest()] = {"status": "refused", "reason": "it is broken"}
    write("quay.jpg", JPEG)
    write("bad.jpg", bad)
    front = "image:\n  src: quay.jpg\n  alt: Smoke\n"
    warned, refused = put(
        newsroom,
        write("a.md", FRONT.format(front, "One\n\n![Quay](quay.jpg)")),
        write("b.md", FRONT.format("", "One\n\n![Bad](bad.jpg)")),
    )
    lines = [line.replace(f"{warned.file.parent}/", "") for each in warned.warnings for line in each.lines()]
    assert lines == [
        "a.md:5: image.src 'quay.jpg': stands still",
        "   5 |   src: quay.jpg",
        "a.md:11: body.text 'quay.jpg': stands still",
        "  11 | ![Quay](quay.jpg)",
    ]
    assert messages(refused) == [
        "b.md:8: body.text 'bad.jpg' is refused: it is broken",
        "   8 | ![Bad](bad.jpg)",
    ]
    assert list(newsroom.articles) == ["a"]
    (strict,) = put(newsroom, warned.file, strict=True)
    assert messages(strict)[0] == "a.md:5: image.src is not kept whole: 'quay.jpg': stands still"


def test_a_dry_run_checks_pictures_and_uploads_none(newsroom: Newsroom, write: Write) -> None:
    write("quay.jpg", JPEG)
    write("empty.jpg", b"")
    front = "image: {src: quay.jpg, alt: Smoke}\n"
    files = write("a.md", FRONT.format(front, "Text")), write("b.md", FRONT.format("", "![a](empty.jpg)"))
    checked, refused = put(newsroom, *files, dry_run=True)
    assert (checked.outcome, refused.outcome) == ("created", "refused")
    assert messages(refused)[0] == "b.md:6: body.text 'empty.jpg' is none of JPEG, PNG, WebP, GIF, AVIF and HEIC"
    put_call = newsroom.calls[-1]
    assert json.loads(put_call.body)["image"]["src"].startswith(f"/images/{ID}/")
    assert not newsroom.uploads


REFUSED = [
    ("![a](gone.jpg)", "'gone.jpg' leads to no file; write a path that is relative to this file"),
    ("![a](QUAY.jpg)", "'QUAY.jpg' leads to no file; quay.jpg has other capitals"),
    ("![a](pictures\\quay.jpg)", "'pictures\\\\quay.jpg' leads to no file; write / in place of \\"),
    ("![a](cdn.example.org/a.jpg)", "write https://cdn.example.org/a.jpg if it is on another site"),
    ("![src=](quay.jpg)", "'quay.jpg' is in a notation in which the command cannot replace it"),
    ('<img alt="](" src="quay.jpg">', "'quay.jpg' is in a notation in which the command cannot replace it"),
    ("<a href=other.md/>b</a>", "'other.md/' is a file that readers cannot open"),
    ("![a](notes.txt)", "'notes.txt' is none of JPEG, PNG, WebP, GIF, AVIF and HEIC"),
    ("![a](drawing.svg)", "'drawing.svg' is none of JPEG, PNG, WebP, GIF, AVIF and HEIC"),
    ("![a](http://a.example/a.jpg)", "is blocked by browsers, because pages load pictures over https only"),
    ("![a](file:///home/lina/quay.jpg)", "is a file of one computer; write its path relative to this file"),
    ("![a](C:/pictures/quay.jpg)", "is a file of one computer; write its path relative to this file"),
    ('<img src="data:image/png;base64,iVBORw0">', "is a picture within the text, which the site does not keep"),
    ('<img src="/a.jpg" srcset="a.jpg 2x">', "'a.jpg' is in srcset; leave srcset out"),
    ('<img src="/a.jpg" srcset="/b.jpg 1x, http://a.example/a.jpg 2x">', "pages load pictures over https only"),
    ('<video src="/a.mp4" poster="gone.jpg"></video>', "'gone.jpg' leads to no file"),
    ('<audio src="talk.mp3"></audio>', "'talk.mp3' is a recording beside the text, which the site does not serve"),
    ('<audio><source src="http://a.example/a.mp3"></audio>', "pages load recordings over https only"),
    ("[a](other.md)", "'other.md' is a file that readers cannot open; write the path of the article's page"),
    ("[a](other.md#the-end)", "is a file that readers cannot open; write the path of the article's page"),
    ("[a](notes.txt)", "'notes.txt' is a file that the site does not serve; write the https:// address"),
    ("[a](gone.pdf)", "'gone.pdf' leads to no page; write https://… for another site, or a path such as /en/"),
    ("[a](port.example/news)", "'port.example/news' leads to no page; write https://port.example/news"),
    ("[a](?page=2)", "'?page=2' leads to no page"),
    ('<a href="gone/">a</a>', "'gone/' leads to no page"),
    ('<iframe src="map.html"></iframe>', "'map.html' leads to no page"),
]


@pytest.mark.parametrize(("body", "rule"), REFUSED)
def test_an_address_that_readers_could_not_use_is_refused_before_anything_is_sent(
    newsroom: Newsroom, write: Write, body: str, rule: str
) -> None:
    write("quay.jpg", JPEG)
    write("notes.txt", "Notes")
    write("drawing.svg", "<svg></svg>")
    write("other.md", "")
    (result,) = put(newsroom, write("a.md", FRONT.format("", f"One\n\n{body}")))
    message, excerpt = messages(result)
    assert message.startswith("a.md:8: body.text ")
    assert rule in message
    assert excerpt == f"   8 | {body}"
    assert not newsroom.calls


def test_all_wrong_addresses_of_an_article_are_printed_at_once(newsroom: Newsroom, write: Write) -> None:
    front = "image: {src: gone.jpg, alt: Smoke}\n"
    (result,) = put(newsroom, write("a.md", FRONT.format(front, "[a](b.md) ![c](c.jpg)")))
    assert [error.field for error in result.errors] == ["image.src", "body.text", "body.text"]


@pytest.mark.parametrize(
    "body",
    [
        "# Part\n\n[a](#part) [b](/en/) [c](//a.example/) [d](mailto:desk@port.example) [e](tel:+3531) [f](http://a.example)",
        "![a](https://a.example/a.jpg) ![b](/media/quay.svg) ![c](//a.example/c.jpg)",
        '<audio src="https://a.example/a.mp3"></audio> <video src="/a.mp4"></video> <a name="x">x</a> <a href="">y</a>',
        '<a href="www.a.example/x">a</a> <a href="file:///C:/x.htm#part">a</a> https://a.example <https://a.example>',
        '<img src="/a.jpg" srcset="https://a.example/a.jpg 2x, /b.jpg 1x"> [a] [b][c] `[d](e.md)`',
    ],
)
def test_other_addresses_are_sent_as_they_are(newsroom: Newsroom, write: Write, body: str) -> None:
    (result,) = put(newsroom, write("a.md", FRONT.format("", body)))
    assert (result.outcome, text(newsroom, "a")) == ("created", body)


IMAGE = (
    "must be {src: …, alt: …, width: …, height: …}; for a picture beside the file, src and alt are enough: "
    "image: {src: quay.jpg, alt: What it shows}"
)
FIELDS = [
    ("title: Fire", "is not a field; use headline"),
    ("date: 2025-04-15", "is not a field; use published_at, such as published_at: 2025-04-15T09:30:00+03:00"),
    ("author: Lina Haddad", "is not a field; use authors, such as authors: [Lina Haddad]"),
    ("categories: [city]", "is not a field; use section, which is one of the edition's"),
    ("category: city", "is not a field; use section"),
    ("description: Two boats.", "is not a field; use summary"),
    ("excerpt: Two boats.", "is not a field; use summary"),
    ("draft: true", "is not a field; use status: draft, or status: published"),
    ("lastmod: 2025-04-15", "is not a field; use updated_at"),
    ("cover: quay.jpg", "is not a field; use image"),
    ("featured_image: quay.jpg", "is not a field; use image"),
    ("featured-image: quay.jpg", "is not a field; use image"),
    ("thumbnail: quay.jpg", "is not a field; use image"),
    ("permalink: /fire/", "is not a field; use slug, the last part of the path"),
    ("url: /fire/", "is not a field; use slug, the last part of the path"),
    ("lang: en", "is not a field; use edition"),
    ("language: en", "is not a field; use edition"),
    ("Title: Fire", "is not a field; use headline"),
    ("aliases: [/fire/]", "is not a field: earlier paths of an article redirect by themselves; leave it out"),
    ("layout: post", "is not a field: every page has the site's layout; leave it out"),
    ("image: quay.jpg", IMAGE),
    ("tags: harbour, fire brigade", "must be a list: tags: [harbour, fire brigade]"),
    ("tags: ميناء، حريق", "must be a list: tags: [ميناء, حريق]"),
    ("authors: Lina Haddad", "must be a list: authors: [Lina Haddad]"),
    ('authors: "Lina Haddad: Omar Said, "', "must be a list: authors: [Lina Haddad, Omar Said]"),
]


@pytest.mark.parametrize(("line", "rule"), FIELDS)
def test_a_field_of_another_system_or_in_another_form_is_told_what_to_write(
    newsroom: Newsroom, write: Write, line: str, rule: str
) -> None:
    (result,) = put(newsroom, write("a.md", FRONT.format(f"{line}\n", "Text")))
    assert messages(result) == [f"a.md:4: {line.partition(':')[0]} {rule}", f"   4 | {line}"]
    assert not newsroom.calls
