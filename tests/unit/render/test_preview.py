"""The entity tag of a preview's page stands for all of the page, also for what the publisher would not write."""

from dataclasses import replace
from datetime import timedelta

from broadsheet.model.config import parse_site
from broadsheet.render.pages.preview import PreviewLinks, as_preview
from broadsheet.render.shared.target import RenderedObject
from broadsheet.settings import SITE_FILE
from tests.world import NOON

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
PAGE = RenderedObject(
    b'<head></head><header class="masthead"><a href="/en/">Front</a></header>', "text/html", "max-age=60"
)
LINKS = PreviewLinks("/preview/token", ("en/index.html",), NOON)


def shown(links: PreviewLinks, *names: str, page: RenderedObject = PAGE) -> tuple[str, bytes]:
    named = [(name, f"/{name}/") for name in names]
    rendered, etag = as_preview(page, "/en/", SITE.editions["en"], SITE, links, named)
    return etag, rendered.body


def test_each_page_has_its_own_entity_tag_and_names_it() -> None:
    bare = replace(PAGE, body=b"<p>A fragment.</p>")
    pages = [
        shown(LINKS),
        shown(replace(LINKS, keys=())),
        shown(replace(LINKS, root="/preview/another")),
        shown(replace(LINKS, ends_at=NOON + timedelta(days=1))),
        shown(replace(LINKS, on_site="/en/ferry/")),
        shown(LINKS, "city"),
        shown(LINKS, page=bare),
    ]
    assert len({etag for etag, _ in pages}) == len({body for _, body in pages}) == len(pages)
    assert [f'data-etag="{etag}"'.encode() in body for etag, body in pages] == [True] * 6 + [False]
    assert shown(LINKS) == pages[0]
