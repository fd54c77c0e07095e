"""The advertising beside every page: a fragment of each edition, made again when a slot changes and never else."""

from collections.abc import Iterator
from functools import partial

from ...model.config import Site
from ...model.queries import Advertised, Facts
from ..shared.serving import PAGE
from ..shared.target import Output, Target, Touched
from ..shared.templating import fragment

SHOWN = 3


def advertising(touched: Touched) -> Iterator[Target]:
    """What is advertised in each edition; empty where nothing is."""
    for edition in touched.site.editions:
        question = Advertised(edition)
        yield Target(f"{edition}/fragments/slots.html", (question,), partial(_render, question))


def _render(question: Advertised, site: Site, facts: Facts) -> Output:
    slots = facts[question][:SHOWN]
    return PAGE.output(fragment("slots.html", site, site.editions[question.edition], slots=slots))
