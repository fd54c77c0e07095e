"""The bounds that the measurements must keep."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import walking
from benchmarks.importing import Import
from benchmarks.pages import Pages, Weight
from benchmarks.polling import Poll
from benchmarks.rendering import Rendering
from benchmarks.shedding import Shedding
from benchmarks.starting import Start
from benchmarks.tally import Tally
from benchmarks.walking import Walk

MAX_CALLS = 3
MAX_POLLED = 1_200  # bytes
MAX_RENDERING = 1.0  # times feedgen alone
MAX_PAGE = 2.0  # times Jinja2 alone
# Bytes, compressed. site.js loads the cards of related articles and what an edition has beside every article; theme.js
# switches between day and night.
MAX_WEIGHT = {"style": 15_000, "script": 5_600}
MAX_IMPORTING = 5.0  # times validating the emails and serialising the rows alone
MAX_IMPORT_CALLS, MAX_IMPORT_GROWTH = 40, 1.3
MIN_SIGN_UPS = 0.04  # for each call of a function that does nothing
# Times the peer. `publish` and `previews` import every renderer, and `front` those of the edition's front page;
# `newsletter` the forms, and email-validator, which compiles its patterns when it is imported; `compose`, `send` and
# `issues` the newsletter's issues, and `issues` the validation of requests and email-validator besides.
MAX_START = {
    "publish": 2.0,
    "previews": 2.0,
    "issues": 2.0,
    "front": 1.7,
    "compose": 1.7,
    "send": 1.7,
    "newsletter": 1.6,
}
MAX_START_DEFAULT = 1.5
SignUps = dict[str, dict[str, Tally]]
Polls = dict[str, Poll]
Walks = dict[str, Walk]
Weights = dict[str, Weight]


@dataclass(frozen=True)
class Bound:
    """A claim: a measured figure and its limit."""

    claim: str
    figure: str
    limit: str
    holds: bool


def start_bounds(starts: list[Start]) -> Iterator[Bound]:
    for start in starts:
        most = MAX_START.get(start.function, MAX_START_DEFAULT)
        yield Bound(f"Start of `{start.function}` to its peer", f"{start.ratio:.2f}", f"≤ {most}", start.ratio <= most)


def sign_up_bounds(sign_ups: SignUps) -> Iterator[Bound]:
    every = [tallies["cold"].calls.total() for tallies in sign_ups.values()]
    yield Bound("AWS calls during a sign-up", str(max(every)), f"≤ {MAX_CALLS}", max(every) <= MAX_CALLS)
    work = [[(tally.counts, tally.items_read) for tally in tallies.values()] for tallies in sign_ups.values()]
    same = all(other == work[0] for other in work)
    yield Bound("The same calls in every state of the subscriber", "equal" if same else "differ", "equal", same)


def shedding_bounds(shed: Shedding) -> Iterator[Bound]:
    claim, least = "Sign-ups that the local deployment accepts, to calls that do nothing", MIN_SIGN_UPS
    yield Bound(claim, f"{shed.ratio:.3f}", f"≥ {least}", shed.ratio >= least)


def import_bounds(imported: Import) -> Iterator[Bound]:
    calls, ratio = imported.calls_per_thousand, imported.ratio
    claim = "AWS calls for a thousand imported subscribers"
    yield Bound(claim, f"{calls:g}", f"≤ {MAX_IMPORT_CALLS}", calls <= MAX_IMPORT_CALLS)
    claim = "An imported subscriber, to validating and serialising alone"
    yield Bound(claim, f"{ratio:.2f}", f"≤ {MAX_IMPORTING}", ratio <= MAX_IMPORTING)
    sizes = f"{max(imported.command_memory):,} to {min(imported.command_memory):,}"
    for who, bytes in (
        ("the API for a batch", imported.api_memory),
        ("the command for a list", imported.command_memory),
    ):
        growth = imported.growth(bytes)
        claim = f"Peak memory of {who}, {sizes} subscribers"
        yield Bound(claim, f"{growth:.2f}", f"≤ {MAX_IMPORT_GROWTH}", growth <= MAX_IMPORT_GROWTH)


def rendering_bounds(rendered: Rendering) -> Iterator[Bound]:
    claim, most = "A feed in three formats, to feedgen's two", MAX_RENDERING
    yield Bound(claim, f"{rendered.ratio:.2f}", f"≤ {most}", rendered.ratio <= most)


def polling_bounds(polls: Polls) -> Iterator[Bound]:
    """A poll of an unchanged feed is answered at the edge, and is small in every encoding."""
    unchanged = [exchange for poll in polls.values() for exchange in poll.unchanged.values()]
    most = max(exchange.sent + exchange.received for exchange in unchanged)
    small = most <= MAX_POLLED and all(exchange.status == 304 for exchange in unchanged)
    yield Bound("Bytes of a poll of an unchanged feed, request and response", f"{most:,}", f"≤ {MAX_POLLED:,}", small)
    ran = sum(poll.functions for poll in polls.values())
    yield Bound("Functions that run for polls", str(ran), "0", ran == 0)


def walking_bounds(walks: Walks) -> Iterator[Bound]:
    for format, walk in walks.items():
        found = len(walk.ids)
        claim = f"A walk through {walking.SIZE:,} articles in {format}: each article once, newest first"
        yield Bound(claim, f"{found:,}", f"{walking.SIZE:,}", walk.ids == walking.expected(walking.SIZE))


def page_bounds(rendered: Pages, weights: Weights) -> Iterator[Bound]:
    claim, ratio = "An article's page with its text as HTML, to Jinja2 alone", rendered.ratio_without_texts
    yield Bound(claim, f"{ratio:.2f}", f"≤ {MAX_PAGE}", ratio <= MAX_PAGE)
    for part, limit in MAX_WEIGHT.items():
        most = max(weights[part][coding] for coding in ("br", "gzip"))
        yield Bound(f"Bytes of every {part} of a page", f"{most:,}", f"≤ {limit:,}", most <= limit)
