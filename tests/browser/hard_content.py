"""Articles that editors may send and that break a layout made for usual ones, in each edition of one deployment.

Headlines of 300 letters, words and addresses of 92, a table of 14 columns, eight authors, twelve tags, pictures that
are tall, wide, tiny or not there, text of the other direction, code, nested lists, footnotes, players, corrections,
articles with nothing but a headline, and a section with a long name.
"""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from infra.local.deployment.sample import foghorn
from tests.browser.kinds import SITE

FOLDER = "/media/hard"
SIZES = {"tiny": (40, 30), "tall": (300, 2400), "wide": (2000, 120), "usual": (1600, 900)}
ADS = {"box": (300, 250), "banner": (728, 90)}
LONG_SECTION = {
    "Business": "Business, Shipping, Insurance & the Harbour’s Own Affairs",
    "الاقتصاد": "الاقتصاد والملاحة والتأمين وشؤون الميناء وأسواقه",
}
WORD = "Harbourmastersassociationscommitteechairpersonsdeputysecretaryofficefilingcabinetkeyholder" + "ing"
ADDRESS = "https://example.org/" + "minutes-of-the-committee-" * 3
assert len(WORD) >= 92
assert len(ADDRESS) >= 92

TEXTS = {
    "en": {
        "sentence": "The harbour office says that the ferry will leave when the wind allows and not before that. ",
        "other": "قالت إدارة الميناء إن العبّارة ستغادر حين تسمح الرياح بذلك.",
        "author": "Alexandra Konstantinopoulou-Featherstonehaugh of the Night Desk",
        "tag": "harbour dredging and its discontents",
        "brief": "Brief without anything",
    },
    "ar": {
        "sentence": "تقول إدارة الميناء إن العبّارة ستغادر حين تسمح الرياح بذلك لا قبله بأي حال من الأحوال. ",
        "other": "The harbour office says that the ferry will leave when the wind allows.",
        "author": "عبد الرحمن بن عبد اللطيف المستكاوي الساحلي من مكتب الليل",
        "tag": "تعميق الميناء وما يثيره من جدل",
        "brief": "خبر قصير بلا شيء آخر",
    },
}


def code(folder: Path) -> Path:
    """A copy of the functions, in a new folder, whose site has a section with a long name in each edition."""
    shutil.copytree(ROOT / "functions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings = (folder / "site.toml").read_text(encoding="utf-8")
    for name, long in LONG_SECTION.items():
        assert f'"{name}"' in settings
        settings = settings.replace(f'"{name}"', f'"{long}"')
    (folder / "site.toml").write_text(settings, encoding="utf-8")
    return folder


def put(stack: LocalDeployment) -> None:
    """Put the articles of each edition and two ads, and wait for their pages."""
    for name, size in {**SIZES, **ADS}.items():
        _store(stack, f"{name}.png", _picture(*size), "image/png")
    _store(stack, "foghorn.wav", foghorn(), "audio/wav")
    with connect(stack.url) as editor:
        for edition in SITE.editions:
            for number, article in enumerate(articles(edition)):
                editor.put(article.pop("id"), {"published_at": f"2026-03-1{number % 4}T10:{number:02}:00Z"} | article)
        put_ads(editor)
    stack.settle()


def put_ads(editor: Client) -> None:
    """Two ads: one of a usual size, and one wider than the column."""
    for name, (width, height) in ADS.items():
        image = {"src": f"{FOLDER}/{name}.png", "width": width, "height": height}
        ad = {"image": image, "alt": name, "link": "https://example.org/", "from": "2026-01-01T00:00:00Z"}
        editor.put_ad(f"hard-{name}", ad)


def articles(edition: str) -> Iterator[dict[str, Any]]:
    """The articles of an edition, each with its id."""
    words = TEXTS[edition]

    def article(name: str, headline: str, **changed: Any) -> dict[str, Any]:
        return {
            "id": f"hard-{name}-{edition}",
            "edition": edition,
            "headline": headline,
            "slug": f"hard-{name}",
            "summary": words["sentence"],
            "body": {"format": "markdown", "text": words["sentence"] * 5},
            "section": "business",
            "tags": [words["tag"]],
            "authors": [words["author"]],
            "kind": "article",
            "image": _image("usual", words["sentence"]),
        } | changed

    long = (words["sentence"] * 4)[:300].strip()
    yield article("long", long, summary=(words["sentence"] * 30)[:1900].strip(), corrections=_corrections(words))
    yield article("word", WORD, summary=f"{WORD} {ADDRESS}", image=_image("usual", WORD, credit=ADDRESS))
    yield article("address", ADDRESS, tags=[WORD], authors=[WORD], image=None)
    many = [f"{words['author']} {number}" for number in range(8)]
    yield article("many", words["sentence"], authors=many, tags=[f"{words['tag']} {n}" for n in range(11)])
    yield article("tags", words["other"], tags=[f"{words['tag']} {n}" for n in range(12)], summary=words["other"])
    for name in ("tiny", "tall", "wide", "missing"):
        yield article(name, f"{name}: {words['sentence']}", image=_image(name, words["other"], lang=_other(edition)))
    yield article("body", words["sentence"], body={"format": "markdown", "text": body(edition)}, **_players())
    yield article("brief", words["brief"], summary="", image=None, tags=[], authors=[])
    yield article("cartoon", long, kind="caricature", image=_image("tall", words["sentence"]))


def body(edition: str) -> str:
    """Every part that a body may have, each in its widest form."""
    words = TEXTS[edition]
    columns = range(1, 15)
    table = ["", *("".join(f"| {cell}{n} " for n in columns) + "|" for cell in ("Column", "value ", "1,000,00")), ""]
    table.insert(2, "|---" * len(columns) + "|")
    nested = [f"{'   ' * depth}- {words['sentence']}" for depth in range(6)]
    return "\n".join([
        words["sentence"],
        "", f"## {WORD}", "", f"{WORD} <{ADDRESS}> `{WORD}`[^1]",
        *table,
        "```", f"print('{WORD}')  # {words['sentence']}", "```",
        "", *nested, "",
        f"> {words['other']} {WORD}", "",
        words["other"], "",
        f"### {words['other']}", "",
        *(f"![{words['sentence']}]({FOLDER}/{name}.png)\n" for name in (*SIZES, "missing")),
        f'<figure><audio src="{FOLDER}/foghorn.wav" controls></audio></figure>',
        "", f"[^1]: {words['sentence']} {ADDRESS}", "",
    ])  # fmt: skip


def _other(edition: str) -> str:
    return next(code for code in SITE.editions if code != edition)


def _corrections(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"text": (words["sentence"] * 25)[:1900].strip(), "at": f"2026-03-15T1{n}:00:00Z"} for n in range(3)]


def _players() -> dict[str, Any]:
    return {"enclosure": {"url": f"{FOLDER}/foghorn.wav?second", "type": "audio/wav", "title": WORD}}


def _image(name: str, caption: str, credit: str = "Archive", lang: str | None = None) -> dict[str, Any]:
    width, height = SIZES.get(name, (800, 600))
    alt = f"{name}: a quay with cranes"
    size = {"width": width, "height": height}
    return {"src": f"{FOLDER}/{name}.png", "alt": alt, "caption": caption, "credit": credit, "lang": lang, **size}


def _picture(width: int, height: int) -> bytes:
    Image.linear_gradient("L").resize((width, height)).save(file := io.BytesIO(), "PNG")
    return file.getvalue()


def _store(stack: LocalDeployment, name: str, content: bytes, kind: str) -> None:
    key = f"{FOLDER.removeprefix('/')}/{name}"
    stack.clients.s3.put_object(Bucket=stack.site_bucket, Key=key, Body=content, ContentType=kind)


def pages(edition: str) -> dict[str, str]:
    """The paths of the pages that hold hard content, by their kinds."""
    front = f"/{edition}/"
    names = ("long", "word", "address", "many", "tags", "tiny", "tall", "wide", "missing", "body", "brief", "cartoon")
    made = {one: f"{front}2026/03/1{number % 4}/hard-{one}/" for number, one in enumerate(names)}
    listings = {
        "front": front,
        "section": f"{front}section/business/",
        "caricatures": f"{front}caricatures/",
        "day": f"{front}2026/03/12/",
        "month": f"{front}2026/03/",
        "archive": f"{front}archive/",
        "feeds": f"{front}feeds/",
        "not-found": f"{front}nothing-here/",
        "form": f"/api/subscriptions/form?edition={edition}",
    }
    return made | listings
