"""The articles of a list in the order that a desk reads them: what is to come, then drafts and what is out."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from .client import Client
from .site import Site

STATUSES = ("draft", "scheduled", "published", "withdrawn")
DEFAULT = ("draft", "scheduled", "published")
# A draft without a date comes first in a list; later than any date it stays there when lists are merged.
UNDATED = "9999"

Article = Mapping[str, object]


def listed(
    client: Client,
    site: Site,
    statuses: Sequence[str],
    limit: int,
    *,
    edition: str | None,
    section: str | None,
    **filters: str | None,
) -> Iterator[Article]:
    """At most `limit` articles of an edition, or of all: the scheduled ones, the soonest first, then the others.

    The others are those with any other of the statuses, newest first. `filters` are those of `Client.list`.
    """
    with_section = [code for code, sections in site.editions.items() if section is None or section in sections]
    # Where no edition has the section, the API says which ones there are.
    editions = [edition] if edition is not None else with_section or list(site.editions)
    chosen = statuses or DEFAULT

    def of(status: str) -> list[Iterator[Article]]:
        return [client.list(edition=each, status=status, section=section, limit=limit, **filters) for each in editions]

    scheduled = _merged(of("scheduled"), newest_first=False) if "scheduled" in chosen else ()
    others = ",".join(status for status in STATUSES if status in chosen and status != "scheduled")
    return islice(chain(scheduled, _merged(of(others), newest_first=True) if others else ()), limit)


def _merged(lists: Iterable[Iterator[Article]], *, newest_first: bool) -> Iterator[Article]:
    dated = heapq.merge(*map(_dated, lists), key=lambda pair: pair[0], reverse=newest_first)
    return (article for _, article in dated)


def _dated(articles: Iterator[Article]) -> Iterator[tuple[str, Article]]:
    """Each article with its date; one without a date keeps its place by the date of the article before it."""
    date = UNDATED
    for article in articles:
        date = str(article.get("published_at") or date)
        yield date, article
