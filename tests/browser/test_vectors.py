"""XSS vectors in a body do nothing in a real browser, even without the Content-Security-Policy."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Route

from tests.browser.conftest import TIMEOUT
from tests.browser.vectors import vectors
from tests.unit.render.newsroom import SITE, Newsroom

pytestmark = pytest.mark.proof

HOST = SITE.base_url
HARMLESS = "<p>The night ferry called at six.</p>"
# So many do something in this browser as they are. The others are for the browsers of other people, or other years.
LIVELY = 150

TYPES = {"html": "text/html; charset=utf-8", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
# Before anything of the page runs: what a vector would call.
WATCH = "window.pwned = 0; window.pwn = () => { window.pwned += 1; }; window.alert = window.pwn;"
# Touch all that the body holds, as a reader might. Links and forms that would only lead away stay here.
TOUCH = """() => {
  const script = (address) => /^\\s*(javascript|data|vbscript):/i.test(String(address?.baseVal ?? address ?? ""));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a, area");
    const button = event.target.closest?.("button, input");
    if (!(script(link?.href) || script(button?.formAction) || script(button?.form?.action))) event.preventDefault();
  }, true);
  for (const element of document.querySelectorAll("main .body *")) {
    for (const type of ["pointerover", "mouseover"]) element.dispatchEvent(new MouseEvent(type, { bubbles: true }));
    element.focus?.();
    element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
}"""
# Where the parts of the page are, and whether they are still what a reader sees there.
LAYOUT = """() => {
  const top = (element) => {
    const box = element.getBoundingClientRect();
    const found = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2);
    return element.contains(found);
  };
  const one = (selector) => document.querySelectorAll(selector).length;
  const headline = document.querySelector("h1");
  scrollTo(0, 0);
  const seen = headline ? top(headline) : false;
  const box = document.querySelector("#newsletter-email");
  box?.scrollIntoView({ block: "center" });
  return {
    counts: ["h1", "main", "#content", "header.masthead", "footer.imprint", "#newsletter-email"].map(one),
    outside: one("body > footer.imprint") === 1 && one("main #newsletter-email") === 0,
    headline: headline?.textContent,
    offset: headline?.getBoundingClientRect().top + scrollY,
    direction: getComputedStyle(document.querySelector("footer.imprint") ?? document.body).direction,
    seen,
    signUp: box ? top(box) : false,
    action: box?.form?.action,
  };
}"""


class Reader:
    """A browser that serves only these objects, and records all other requests."""

    def __init__(self, chromium: Browser, objects: Mapping[str, bytes]) -> None:
        self._objects = dict(objects)
        self._context = chromium.new_context(base_url=HOST, viewport={"width": 1000, "height": 800})
        self._context.set_default_timeout(TIMEOUT)
        self._context.add_init_script(WATCH)
        self._context.route("**/*", self._answer)
        self.calls: list[str] = []

    def read(self, path: str, html: bytes | None = None) -> dict[str, Any]:
        """Open the article at that path, with `html` as its page if given, touch everything, and return the effects."""
        self.calls.clear()
        if html is not None:
            self._objects[f"{path[1:]}index.html"] = html
        page = self._context.new_page()
        try:
            page.goto(path, wait_until="load")
            page.evaluate(TOUCH)
            page.wait_for_timeout(30)
            found = {"ran": page.evaluate("window.pwned"), "layout": page.evaluate(LAYOUT)}
        except Error as error:  # the page navigated away
            found = {"ran": 0, "layout": str(error)}
        found |= {"at": page.url.partition("#")[0], "calls": list(self.calls), "windows": len(self._context.pages)}
        for opened in self._context.pages:
            opened.close()
        return found

    def close(self) -> None:
        self._context.close()

    def _answer(self, route: Route) -> None:
        url = route.request.url
        key = url.removeprefix(f"{HOST}/").partition("?")[0]
        key += "index.html" if key.endswith("/") else ""
        if url.startswith(f"{HOST}/") and key in self._objects:
            route.fulfill(body=self._objects[key], content_type=TYPES.get(key.rpartition(".")[2], "text/plain"))
            return
        if not url.startswith(f"{HOST}/"):
            self.calls.append(url)
            route.abort()
            return
        route.fulfill(status=404)


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    """An article for each vector, with its number in the path."""
    newsroom = Newsroom()
    newsroom.put("harmless", headline="Harmless", body={"format": "html", "text": HARMLESS})
    for number, (technique, vector) in enumerate(vectors()):
        format = "markdown" if technique == "Markdown" else "html"
        # Words, because a body without any is refused.
        text = f"Harmless.\n\n{vector}" if format == "markdown" else f"<p>Harmless.</p>{vector}"
        newsroom.put(f"v{number}", headline="Harmless", slug=f"v{number}", body={"format": format, "text": text})
    return newsroom


@pytest.fixture(scope="module")
def objects(newsroom: Newsroom) -> Mapping[str, bytes]:
    return {key: output.body for key, output in newsroom.build().items()}


@pytest.fixture(scope="module")
def reader(chromium: Browser, objects: Mapping[str, bytes]) -> Iterator[Reader]:
    reader = Reader(chromium, objects)
    yield reader
    reader.close()


def quiet(newsroom: Newsroom, reader: Reader, id: str, html: bytes | None = None) -> dict[str, Any]:
    """The effects of reading the article, without its URL."""
    path = str(newsroom.articles[id].path)
    found = reader.read(path, html)
    return found | {"at": found["at"] == f"{HOST}{path}"}


def test_nothing_in_a_body_runs_a_script_calls_another_host_or_moves_the_page(
    newsroom: Newsroom, reader: Reader
) -> None:
    expected = quiet(newsroom, reader, "harmless")
    assert expected["ran"] == 0
    assert expected["calls"] == []
    assert expected["layout"]["seen"]
    assert expected["layout"]["signUp"]
    failing = {
        vector: found
        for number, (_, vector) in enumerate(vectors())
        if (found := quiet(newsroom, reader, f"v{number}")) != expected
    }
    assert failing == {}


def test_the_same_vectors_do_harm_without_sanitizing(
    newsroom: Newsroom, objects: Mapping[str, bytes], reader: Reader
) -> None:
    """So the test above cannot pass for vectors that do nothing."""
    expected = quiet(newsroom, reader, "harmless")
    page = objects[f"{str(newsroom.articles['harmless'].path)[1:]}index.html"].decode()
    assert page.count(HARMLESS) == 1
    raw = [(technique, vector) for technique, vector in vectors() if technique != "Markdown"]
    idle = [
        (technique, vector)
        for technique, vector in raw
        if quiet(newsroom, reader, "harmless", page.replace(HARMLESS, vector).encode()) == expected
    ]
    assert len(raw) - len(idle) >= LIVELY, idle
