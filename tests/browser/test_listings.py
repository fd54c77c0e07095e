"""Front pages and lists with hard content: long words, addresses and headlines, tiny and tall pictures."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import Open, load_all, watched
from tests.readers import edition

pytestmark = pytest.mark.proof

WIDTHS = (320, 390, 768, 961, 1280, 1920)
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorstandsmx"  # 92 letters
ARABIC_WORD = "مستشفياتومدارس" * 5
ADDRESS = f"https://courier.example/a_path_without-any-break/{'x' * 30}"
HEADLINES = {
    "en": (
        "Short",
        f"News of {WORD}",
        ADDRESS,
        "This headline goes on with another clause, " * 6,
        "Five words in a headline",
    ),
    "ar": ("قصير", f"خبر عن {ARABIC_WORD}", ADDRESS, "هذا العنوان طويل ويستمر بلا توقف، " * 6, f"خبر {WORD}"),
}
SUMMARIES = ("", WORD, ADDRESS, "A summary that says what happened, and who said so. " * 12)
AUTHORS: tuple[list[str], ...] = ([WORD[:60]], [f"Author {number}" for number in range(8)], [])
SIZES = ((1600, 900), (40, 30), (300, 1600), (1600, 300), (800, 600))
COUNT = 34
SECTIONS = ("city", "world", "culture", "opinion", "sport")

# What is wider than the page, unless it scrolls by itself.
TOO_WIDE = """[...document.querySelectorAll("main *")].filter((one) => {
  const { left, right } = one.getBoundingClientRect();
  return (left < -1 || right > innerWidth + 1) && !one.closest(".visually-hidden");
}).map((one) => `${one.tagName}.${one.className}`)"""
TOPS = """[...document.querySelectorAll(".lead > *")].map((one) => Math.round(one.getBoundingClientRect().top))"""
HEADLINE_SIZES = """[...document.querySelectorAll("main :is(h2, h3, li) a[href*='/20']")].map((one) =>
  parseFloat(getComputedStyle(one).fontSize))"""
LINKS = """[...document.querySelectorAll("main a[href*='/2026/']:not(.picture)")].map((one) => one.pathname)"""
HOLES = """[...document.querySelectorAll(".rows > .teaser:not(.first)")].filter((one) => {
  const text = one.querySelector(".text").getBoundingClientRect();
  const picture = one.querySelector(".picture")?.getBoundingClientRect();
  return one.getBoundingClientRect().height > Math.max(text.height, picture?.height ?? 0) + 60;
}).length"""


@pytest.fixture(scope="module")
def hard() -> Iterator[LocalDeployment]:
    with LocalDeployment() as running:
        with connect(running.url) as editor:
            for code, headlines in HEADLINES.items():
                for number in range(COUNT):
                    width, height = SIZES[number % len(SIZES)]
                    image = {"src": "/assets/icon.svg", "alt": "A newspaper", "width": width, "height": height}
                    kind = "caricature" if number in (5, 20) else "article"
                    editor.put(
                        f"{code}-{number}",
                        edition.article(
                            code,
                            f"{number} {headlines[number % len(headlines)]}"[:300],
                            f"2026-03-{14 - number // 4:02}T{20 - number % 4:02}:00:00Z",
                            summary=SUMMARIES[number % len(SUMMARIES)],
                            authors=AUTHORS[number % len(AUTHORS)],
                            tags=[WORD[:60]],
                            section=SECTIONS[number % len(SECTIONS)],
                            kind=kind,
                            image=image if number % 3 != 1 or kind == "caricature" else None,
                        ),
                    )
        running.settle()
        yield running


@pytest.fixture
def open_hard(chromium: Browser, hard: LocalDeployment) -> Iterator[Open]:
    with watched(chromium, hard) as opened:
        yield opened


def _paths(code: str) -> list[str]:
    front = f"/{code}/"
    lists = ("", "section/city/", "section/city/2026/03/", f"tag/{WORD[:60].lower().replace('ä', 'a')}/")
    return [
        f"{front}{each}" for each in (*lists, "author/author-1/", "caricatures/", "2026/03/14/", "2026/03/", "archive/")
    ]


@pytest.mark.parametrize("code", HEADLINES)
def test_no_word_makes_a_page_scroll_sideways(open_hard: Open, code: str) -> None:
    page = open_hard(f"/{code}/")
    for path in _paths(code):
        answer = page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.ok, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.evaluate(TOO_WIDE) == [], (path, width)


@pytest.mark.parametrize("code", HEADLINES)
def test_rows_have_no_holes(open_hard: Open, code: str) -> None:
    page = open_hard(f"/{code}/section/city/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(HOLES) == 0, width


@pytest.mark.parametrize("code", HEADLINES)
def test_the_lead_is_the_largest_and_its_parts_have_one_top_edge(open_hard: Open, code: str) -> None:
    page = open_hard(f"/{code}/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        lead, *others = page.evaluate(HEADLINE_SIZES)
        assert lead > max(others) * 1.15, width
        tops = page.evaluate(TOPS)
        assert len(set(tops)) == 1 or width < 1280, (width, tops)


@pytest.mark.parametrize("code", HEADLINES)
def test_a_front_page_names_each_article_once_and_is_short_on_a_phone(open_hard: Open, code: str) -> None:
    page = open_hard(f"/{code}/", viewport={"width": 390, "height": 844})
    load_all(page)
    links = page.evaluate(LINKS)
    assert len(links) == len(set(links)) > 20
    assert page.evaluate("document.documentElement.scrollHeight") < 9_000
