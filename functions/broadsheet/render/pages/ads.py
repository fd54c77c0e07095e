"""The advertising beside every page: a fragment of each edition, made again when an ad changes and never else."""

from collections.abc import Iterator
from functools import partial

from ...model.config import Site
from ...model.queries import LiveAds, Snapshot
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment

SHOWN = 3


def ads(changes: ChangeSet) -> Iterator[Target]:
    """What is advertised in each edition; empty where nothing is."""
    for edition in changes.site.editions:
        query = LiveAds(edition)
        yield Target(f"{edition}/fragments/ads.html", (query,), partial(_render, query))


def _render(query: LiveAds, site: Site, snapshot: Snapshot) -> RenderedObject:
    ads = snapshot[query][:SHOWN]
    return PAGE.output(fragment("ads.html", site, site.editions[query.edition], ads=ads))
