"""What editors and those with a link do: put a preview, open its pages, end it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...model.config import Site
from ...model.errors import LinkRefused, NotFound, Refusal
from ...model.manuscript import Manuscript
from ...model.newsletter.tokens import PREVIEW, Keyring
from ...model.preview import AdPreview, ArticlePreview, Preview
from ...model.queries import Snapshot
from ...render.pages.archive import DAY
from ...render.pages.preview import PreviewLinks, as_preview
from ...render.pages.static import error_pages
from ...render.shared import urls
from ...render.shared.bounded import TooMuchMarkdown
from ...render.shared.markup import Source, losses
from ...render.shared.target import ChangeSet, RenderedObject
from ...schemas.preview import parse_preview
from ...store.conflict import retrying
from ...store.previews import Previews
from .shown import Showing, Shown

FOLDER = "/preview/"
TRIES = 12  # attempts at a put while other clients put or delete the same preview


@dataclass(frozen=True, slots=True)
class PutPreview:
    """The answer to a put. `pages` has the URLs of pages by kind; `manuscript` is that of the article, if it is one.

    `changed` is False where the link shows the same already.
    """

    preview: Preview
    changed: bool
    url: str
    pages: Mapping[str, Any]
    manuscript: Manuscript | None


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page or a fragment of a preview, with its entity tag."""

    rendered: RenderedObject
    etag: str


@dataclass(frozen=True, slots=True)
class PreviewService:
    """Puts, opens and ends previews. It reads articles, ads and bodies, and writes nothing but previews."""

    previews: Previews
    showing: Showing
    keyring: Callable[[], Keyring]
    site: Site
    image_origins: tuple[str, ...]

    def put(self, name: str, sent: Mapping[str, Any], now: datetime) -> PutPreview:
        """Create the preview, or change what its link shows. The same again writes nothing.

        Raises `Invalid`, `TooLarge` and `Busy`; and for an article without a manuscript `NotFound`, or `Gone` where it
        was withdrawn.
        """
        wanted = self.parse(sent, now)
        shown = self.showing.show(wanted, now)  # refuses what it cannot show, before anything is written
        if shown.text:
            self._check_body(shown.text)
        preview, changed = self._store(name, sent, now)
        if preview.put_at != now.replace(microsecond=0):  # nothing was written: the link shows it as of then
            shown = self.showing.show(wanted, preview.put_at)
        started_at = preview.started_at
        token = self.keyring().sign(PREVIEW, started_at, name, started_at.isoformat())
        links = PreviewLinks(f"{FOLDER}{token}", shown.targets, preview.ends_at)
        url = f"{urls.absolute(self.site, links.root)}/"
        return PutPreview(preview, changed, url, self._pages(shown, links), shown.text)

    def parse(self, sent: object, now: datetime) -> ArticlePreview | AdPreview:
        """What a request previews. Raises `Invalid` and `TooLarge`."""
        return parse_preview(sent, now, self.site, self.image_origins)

    def delete(self, name: str) -> None:
        """End the preview's link at once. One that does not exist stays so."""
        self.previews.delete(name)

    def open(self, token: str, path: str, now: datetime) -> OpenedPage:
        """The page or fragment at a path of the site, as the preview shows it; the first page at the empty path.

        Raises `NotFound` whatever the reason: the link is damaged or has ended, or the preview has no such page.
        """
        try:
            preview = self._verified(token, now)
            wanted = self.parse(preview.sent, preview.put_at)
            path = path.removesuffix("index.html")
            key = urls.key(path)
            shown = self.showing.show(wanted, preview.put_at, key)
        except Refusal:
            raise NotFound("there is no such page") from None
        path = path or shown.home
        rendered = self.showing.render(shown, key or urls.key(shown.home))
        if rendered is None:
            raise NotFound("there is no such page")
        edition = self.site.edition_for(path)
        links = PreviewLinks(f"{FOLDER}{token}", shown.targets, preview.ends_at, shown.on_site)
        return OpenedPage(*as_preview(rendered, path, edition, self.site, links, shown.named))

    def not_found(self, path: str) -> RenderedObject:
        """The page for everything that is not there, in the edition of the path."""
        key = urls.key(f"{self.site.edition_for(path).root}/404.html")
        [page] = [one for one in error_pages(ChangeSet(self.site)) if one.key == key]
        rendered = page.render(self.site, Snapshot())
        if rendered is None:
            raise ValueError(f"{page.key} has no content")
        return rendered

    def _check_body(self, text: Manuscript) -> None:
        """Raise `Invalid` for a body that takes too much work to render."""
        try:
            losses(Source(text.format, text.hash, text.text), self.site.base_url)
        except TooMuchMarkdown as error:
            raise error.of("article.body.text") from None

    def _store(self, name: str, sent: Mapping[str, Any], now: datetime) -> tuple[Preview, bool]:
        """The preview as it is now, and whether this wrote it."""
        mine: Preview | None = None

        @retrying(TRIES)
        def attempt() -> tuple[Preview, bool]:
            nonlocal mine
            found = self.previews.get(name)
            current, seen = found or (None, None)
            if current and now >= current.ends_at:
                current = None
            if current and current.sent == sent:
                return current, current == mine  # an earlier attempt may have won, and only its answer was lost
            mine = Preview(name, current.started_at if current else now, now.replace(microsecond=0), sent)
            self.previews.put(mine, seen)
            return mine, True

        return attempt()

    def _verified(self, token: str, now: datetime) -> Preview:
        """The preview of a link. Raises `LinkRefused`."""
        name, started_at = self.keyring().verify(PREVIEW, now, token)
        found = self.previews.get(name)
        if found is None or found[0].started_at.isoformat() != started_at:
            raise LinkRefused("The preview was deleted.")
        return found[0]

    def _pages(self, shown: Shown, links: PreviewLinks) -> Mapping[str, Any]:
        def url(path: str) -> str:
            return urls.absolute(self.site, links.of(path))

        article = shown.overlay.after
        if article is None:
            return {"front": url(shown.home)}
        root = self.site.root(article.edition)
        if article.is_page:
            return {"article": url(shown.home), "front": url(f"{root}/")}
        kinds = {"tags": "tag/", "authors": "author/"}
        return {
            "article": url(article.path or "/"),
            "front": url(f"{root}/"),
            "section": url(f"{root}/section/{article.section}/"),
            "day": url(DAY.path(root, article.day)),
        } | {
            name: {
                each: url(channel.folder(self.site))
                for channel, each in article.names.items()
                if channel.listing.startswith(kind)
            }
            for name, kind in kinds.items()
        }
