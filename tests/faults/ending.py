"""What a run leaves behind, how it differs from what another run left, and what must hold of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults import feed_invariants, invariants, sending_invariants, subscriber_invariants
from tests.faults.moto_state import Mail, MotoState, Row
from tests.faults.testbed import TestBed

COUNTS = ("sign_ups", "requests", "count")  # attributes that a repeated request may raise
RANDOM = ("nonce", "written", "written_at")  # attributes that are drawn at random, or by moto's own clock


@dataclass(frozen=True)
class Ending:
    """All that a run leaves.

    `events` has each event once, however often it came; `pings` has the version of each feed at its last ping,
    `submissions` that of each page when it was submitted last, and `versions` those of all objects.
    """

    articles: list[Row]
    subscribers: list[Row]
    keys: list[Row]
    deliveries: list[Row]
    site: dict[str, bytes]
    bodies: set[str]
    media: dict[str, bytes]
    mails: list[Mail]
    suppressed: set[str]
    events: set[str]
    pings: dict[str, Any]
    submissions: dict[str, Any]
    versions: dict[str, Any]
    issue_mails: list[tuple[str, str]]
    executions: dict[str, str]

    @classmethod
    def of(cls, moto: MotoState) -> "Ending":
        """What there is now."""
        return cls(
            [without_random(row) for row in moto.rows("Articles")],
            [without_random(row) for row in moto.rows("Subscribers")],
            moto.rows("Keys"),
            moto.rows("Deliveries"),
            moto.objects("Site"),
            set(moto.objects("Bodies")),
            moto.objects("Media"),
            moto.mails(),
            moto.suppressed(),
            set(moto.events()),
            dict(moto.pings()),
            dict(moto.submissions()),
            {key: moto.state("Site", key) for key in moto.objects("Site")},
            moto.issue_mails(),
            moto.executions(),
        )

    def differences(self, other: "Ending") -> Iterator[str]:
        """Where this ending differs from the other, a line each. Mails and counts of sign-ups are compared elsewhere.

        Changes are not compared: a client that repeats a request may change nothing, and be counted.
        """
        for what in ("articles", "subscribers", "keys", "deliveries"):
            mine, theirs = (by_key(map(_without_count, getattr(ending, what))) for ending in (self, other))
            yield from (f"{what}: {line}" for line in _differences(mine, theirs))
        yield from (f"site: {line}" for line in _differences(self.site, other.site))
        yield from (f"media: {line}" for line in _differences(self.media, other.media))
        yield from (f"hub: {line}" for line in _differences(self.pings, other.pings))
        yield from (f"search engines: {line}" for line in _differences(self.submissions, other.submissions))
        yield from (f"events: {event} is missing" for event in sorted(other.events - self.events))
        yield from (f"events: {event} is too many" for event in sorted(self.events - other.events))
        yield from (f"executions: {line}" for line in _differences(self.executions, other.executions))
        if self.suppressed != other.suppressed:
            yield f"SES's suppression list: {sorted(self.suppressed ^ other.suppressed)}"
        if self.bodies != other.bodies:
            yield f"bodies: {sorted(self.bodies ^ other.bodies)}"


def check_unfinished(bed: TestBed) -> None:
    """What must hold at every moment, however far a flow has got."""
    moto = bed.moto
    subscriber_invariants.check(moto.rows("Subscribers"))
    sending_invariants.check(moto.rows("Deliveries"), moto.issue_mails())
    invariants.check_table(moto.rows("Articles"), moto.objects("Bodies"))
    invariants.check_links(moto.objects("Site"))
    invariants.check_media(moto.objects("Media"))


def check_ending(bed: TestBed, ending: Ending) -> None:
    """What must hold once everything is done."""
    subscriber_invariants.check_settled(ending.subscribers)
    invariants.check_table(ending.articles, ending.bodies)
    invariants.check_site(ending.articles, ending.site, bed.site)
    invariants.check_ads(ending.articles, ending.site)
    invariants.check_fronts(ending.articles, ending.site)
    invariants.check_issues(ending.articles, ending.site)
    invariants.check_media(ending.media)
    live = [article for article in invariants.articles(ending.articles) if article.live]
    feed_invariants.check_feeds(live, ending.site, bed.site)
    for feed, version in ending.pings.items():
        invariants.must(
            feed not in ending.versions or version == ending.versions[feed], f"the hub missed a change of {feed}"
        )


def without_random(row: Row) -> Row:
    """The row without random values. Whether links in mails fit them is checked elsewhere."""
    return {name: "random" if name in RANDOM and value else value for name, value in row.items()}


def by_key(rows: Iterable[Row]) -> dict[str, Any]:
    return {f"{row['pk']} {row['sk']}": row for row in rows}


def _without_count(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in COUNTS}


def _differences(mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    for key in sorted(mine.keys() | theirs.keys()):
        if key not in mine:
            yield f"{key} is missing"
        elif key not in theirs:
            yield f"{key} is too many"
        elif mine[key] != theirs[key]:
            yield f"{key} is {_from_difference(mine[key], theirs[key])}, not {_from_difference(theirs[key], mine[key])}"


def _from_difference(one: Any, other: Any) -> str:
    """Of a text, the part around the first difference; anything else whole."""
    if not isinstance(one, bytes):
        return repr(one)
    start = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    return repr(one[max(0, start - 40) : start + 160])
