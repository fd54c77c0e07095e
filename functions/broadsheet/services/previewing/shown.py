"""What a preview shows: an article or an ad as if it were live, and the pages and fragments that it would change."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ...model.article import Article, paths, revise
from ...model.channel import Channel
from ...model.config import Site
from ...model.errors import Gone, NotFound
from ...model.manuscript import Manuscript
from ...model.preview import AdPreview, ArticlePreview
from ...model.queries import AdjacentMonths, ArticlesOfMonth, Calendar, EditionsNaming, Snapshot, Translations
from ...render.outputs import AD_OUTPUTS, targets
from ...render.pages.channel_months import months_of_changes
from ...render.pages.fronts import fronts
from ...render.pages.preview import NamedPaths, article_pages, front_pages
from ...render.shared.target import ChangeSet, RenderedObject, Target
from ...store.articles import Articles
from ...store.bodies import Bodies
from ...store.queries import ArticleQueries
from .overlay import Overlay

MONTH = re.compile(r"(.+/)?\d{4}/\d{2}/index\.html")


@dataclass(frozen=True, slots=True)
class Shown:
    """The pages and fragments of a preview by key, and the results and the text that they are rendered from.

    `home` is the path of the page that opens first; `named` are the pages that the bar links to.
    """

    overlay: Overlay
    text: Manuscript | None
    targets: Mapping[str, Target]
    home: str
    named: NamedPaths

    @property
    def on_site(self) -> str | None:
        """The article's path on the site where it is live and the same, else None."""
        after = self.overlay.after
        return after.path if after and after == self.overlay.before else None


@dataclass(frozen=True, slots=True)
class Showing:
    """Finds out what a preview shows, by what is stored now."""

    articles: Articles
    queries: ArticleQueries
    bodies: Bodies
    site: Site

    def show(self, wanted: ArticlePreview | AdPreview, now: datetime, key: str = "") -> Shown:
        """What the preview shows, with `now` for the time of its publication.

        Where `key` is that of a month of a channel, also the months next to that of the article: their links to it
        change. Others need not know these, which takes a query for each channel.

        Raises `Invalid`; and for an article without a manuscript `NotFound`, or `Gone` where it was withdrawn.
        """
        return self._ad(wanted) if isinstance(wanted, AdPreview) else self._article(wanted, now, key)

    def render(self, shown: Shown, key: str) -> RenderedObject | None:
        """The page or fragment with that key, as the publisher would write it; None where there is none."""
        target = shown.targets.get(key)
        return target.render(self.site, self._snapshot(shown, target)) if target else None

    def _ad(self, wanted: AdPreview) -> Shown:
        codes = [code for code in self.site.editions if wanted.ad.edition in (None, code)]
        changes = ChangeSet(self.site, channels=tuple(Channel(code, "all") for code in codes))
        found = [target for output in (fronts, *AD_OUTPUTS) for target in output(changes)]
        named = front_pages(self.site.editions[code] for code in codes)
        return Shown(
            overlay=Overlay(self.queries, self.site, ad=replace(wanted.ad, live=True)),
            text=None,
            targets={target.key: target for target in found if self._edition(target) in codes},
            home=named[0][1],
            named=named,
        )

    def _article(self, wanted: ArticlePreview, now: datetime, key: str) -> Shown:
        before = self.articles.get(wanted.id)
        text = wanted.manuscript or self._stored(wanted.id, before)
        after = self._live(wanted.id, before, text, now)
        overlay = Overlay(self.queries, self.site, before, after)
        changes = _changes(self.site, before, after, overlay)
        if MONTH.fullmatch(key):
            changes = replace(changes, months=tuple(_adjacent_months(changes, overlay, key)))
        # Feeds and sitemaps are for software, which has no use for a preview.
        pages = [
            target
            for target in targets(changes, statics_current=True)
            if target.key.endswith(".html") and self._edition(target)
        ]
        return Shown(
            overlay=overlay,
            text=text,
            targets={target.key: target for target in pages},
            home=after.path or "/",
            named=article_pages(after, self.site.editions[after.edition]),
        )

    def _edition(self, target: Target) -> str | None:
        edition = self.site.edition_at(f"/{target.key}")
        return edition.code if edition else None

    def _stored(self, id: str, article: Article | None) -> Manuscript:
        """The stored article as its editor would send it again."""
        if article is None or article.edition not in self.site.editions:
            raise NotFound(f"there is no article {id}")
        if article.status == "withdrawn":
            raise Gone(f"article {id} has been withdrawn")
        return Manuscript(
            edition=article.edition,
            headline=article.headline,
            summary=article.summary,
            format=article.body.format,
            text=self.bodies.get(article.body.hash),
            section=article.section,
            tags=article.tags,
            authors=article.authors,
            kind=article.kind,
            image=article.image,
            enclosure=article.enclosure,
            related=article.related,
            published_at=article.published_at if article.dated else None,
            status=article.status,
            slug=article.slug,
            correction="",
            corrections=None,
            updated_at=None,
            translation_of=article.translation_of,
            language=article.language,
        )

    def _live(self, id: str, before: Article | None, manuscript: Manuscript, now: datetime) -> Article:
        """The article as it will be on the site, at the first path that is free."""
        article = revise(before, id, replace(manuscript, status="published"), now, self.site)
        if before is None or article.path != before.path:
            free = (path for path in paths(article, self.site) if self.articles.owner(path) in (None, id))
            article = replace(article, path=next(free, article.path))
        return replace(article, live=True)

    def _snapshot(self, shown: Shown, target: Target) -> Snapshot:
        found = Snapshot({query: shown.overlay(query) for query in target.queries})
        in_full = [one for query in target.queries for one in found.articles(query)] if target.full_text else []
        own = {shown.text.hash: shown.text.text} if shown.text else {}
        hashes = dict.fromkeys(one.body.hash for one in in_full)
        return Snapshot(found.results, {hash: own[hash] if hash in own else self.bodies.get(hash) for hash in hashes})


def _changes(site: Site, before: Article | None, after: Article, overlay: Overlay) -> ChangeSet:
    """What the publication changes, as the publisher computes it (`broadsheet.services.publishing.plan`)."""
    states = (before, after) if before else (after,)
    return ChangeSet(
        site,
        articles=states,
        channels=tuple(dict.fromkeys(_channels(states, site))),
        translations={group: overlay(Translations(group)) for group in dict.fromkeys(one.group for one in states)},
        related={id: overlay(EditionsNaming(id)) for state in states for id in (state.id, *state.related)},
        calendars={code: overlay(Calendar(code)) for code in dict.fromkeys(one.edition for one in states)},
    )


def _adjacent_months(changes: ChangeSet, overlay: Overlay, key: str) -> Iterator[ArticlesOfMonth]:
    """The months of one channel that are next to those of the changes, where the key is of that channel."""
    for monthly in dict.fromkeys(months_of_changes(changes)):
        if key.startswith(monthly.channel.folder(changes.site)[1:]) and monthly.channel.edition:
            adjacent = overlay(AdjacentMonths(monthly.channel, monthly.month))
            yield from (ArticlesOfMonth(monthly.channel, month) for month in adjacent if month)


def _channels(states: tuple[Article, ...], site: Site) -> Iterator[Channel]:
    for state in states:
        if state.live:
            yield from (channel for channel in state.channels if channel.edition in site.editions)
