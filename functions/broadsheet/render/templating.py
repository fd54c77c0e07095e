"""Templates by Jinja2: compiled once a process, everything escaped, a missing name an error."""

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..model.picture import sources
from ..model.site import Edition, Site
from . import addresses
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
            absolute=partial(addresses.absolute, site),
            **context,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["href"] = addresses.encoded
    environment.globals.update(autonym=autonym, direction=direction, sources=sources)
    return environment
