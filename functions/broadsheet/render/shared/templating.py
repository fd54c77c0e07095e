"""The templates of pages, in the words of their edition."""

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment

from ...model.config import Edition, Site
from ...model.image import sources
from . import urls
from .environment import environment
from .words import autonym, direction, words


def fragment(template: str, site: Site, edition: Edition, **context: Any) -> str:
    """The template's HTML, in the edition's words."""
    return (
        _environment()
        .get_template(template)
        .render(
            site=site,
            edition=edition,
            words=words(edition),
            absolute=partial(urls.absolute, site),
            **context,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = environment(Path(__file__).parents[1] / "templates" / "site")
    made.filters["href"] = urls.encoded
    made.globals.update(autonym=autonym, direction=direction, sources=sources)
    return made
