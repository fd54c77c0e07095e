"""The ads beside every page: a fragment for each edition, rendered only when its ads change."""

from collections.abc import Iterator
from functools import partial

from ...model.config import Site
from ...model.queries import LiveAds, Snapshot
from ..shared import urls
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment

MAX_ADS = 3


def ads(changes: ChangeSet) -> Iterator[Target]:
    """The live ads of each edition; empty where there are none."""
    for code, edition in changes.site.editions.items():
        query = LiveAds(code)
        key = urls.key(f"{edition.root}/fragments/ads.html")
        yield Target(key, (query,), partial(_ads, query))


def _ads(query: LiveAds, site: Site, snapshot: Snapshot) -> RenderedObject:
    live = snapshot[query][:MAX_ADS]
    return PAGE.output(fragment("ads.html", site, site.editions[query.edition], ads=live))
