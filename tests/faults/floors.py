"""How much the fault sweeps and race runs explore at least: as much as on 2026-11-30.

A harness that explores less finds less, and no test of it fails for that. So a smaller number here needs a reason: a
flow that makes fewer calls, or an actor that shares fewer rows and objects with another.
"""

FAULTS = 594
"""Runs with a fault: those of every flow that `make test` sweeps, together."""

ORDERS = {
    "two editors of one new article": (2, 37),
    "two editors of one article": (2, 18),
    "two editors of the revision that both saw": (2, 13),
    "two editors at one address": (2, 6),
    "two static pages at one address": (2, 6),
    "a move, a withdrawal and a change of one article": (9, 204),
    "a restoration and a change of one article": (2, 56),
    "two restorations and a withdrawal of one article": (11, 300),
    "release and an editor": (2, 21),
    "release and a postponement": (2, 28),
    "three advertisers of the ad that all saw": (8, 390),
    "the schedule and two advertisers": (10, 828),
    "the schedule and an editor of a front page": (2, 14),
    "two composers and an editor": (14, 187),
    "release twice and a withdrawal": (10, 229),
    "a warm publisher and another": (2, 2),
    "two publishers": (2, 52),
    "two publishers of related articles": (2, 42),
    "two publishers of advertising": (2, 11),
    "a static page that moves, its translation and two publishers": (2, 6),
    "the first articles of a site and two publishers": (2, 125),
    "the build of a new site and its first article": (2, 121),
    "another build and a new article": (2, 32),
    "an original, its translation and two publishers": (2, 66),
    "an editor and two publishers": (6, 222),
    "a withdrawal and two publishers": (6, 171),
    "a move and two publishers": (6, 246),
    "a tag that one article loses and another gains, and two publishers": (2, 35),
    "a withdrawal, the same article again, and two publishers": (6, 229),
    "two publishers at a full part": (2, 63),
    "a back-dated article, a correction and two publishers": (2, 46),
    "a withdrawal from the past, a full part and two publishers": (2, 68),
}
"""Orders of each race that the explorer runs: in `make test`, and in `make proof`."""

SENDING_FAULTS = 32
"""Runs with a fault of the flows of sending that `make test` sweeps, together."""

SENDING_ORDERS = {
    "two workers on one segment": 11,
    "a reader leaves": 4,
    "a reader is erased": 4,
    "a reader complains": 4,
    "a reader chooses weekly": 4,
    "a reader chooses other sections": 4,
    "an editor stops a worker": 4,
    "two schedules begin": 9,
    "an editor holds what the schedule begins": 3,
    "two schedules go on after an execution": 5,
    "the schedule goes on while an execution finishes": 5,
}
"""Orders of each race of sending that the explorer runs in `make test`."""
