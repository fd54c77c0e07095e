"""The templates of the site's pages and fragments, with the texts of their edition."""

from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment

from ...model.config import Edition, Site
from ...model.image import fills, sources
from . import assets, urls
from .environment import environment
from .locale import autonym, direction, locale, og_locale
from .typography import language, typeset


def fragment(template: str, site: Site, edition: Edition, **context: Any) -> str:
    """The template's HTML, with the edition's texts."""
    return (
        site_templates()
        .get_template(template)
        .render(
            site=site,
            edition=edition,
            locale=locale(edition),
            absolute=partial(urls.absolute, site),
            **context,
        )
    )


@lru_cache(maxsize=1)
def site_templates() -> Environment:
    """The templates of pages and fragments."""
    made = environment("site")
    made.filters |= {"href": urls.encoded, "host": urls.host, "typeset": typeset, "language": language}
    made.globals.update(autonym=autonym, direction=direction, sources=sources, fills=fills)
    made.globals.update(asset=assets.path, logo=assets.logo, og_locale=og_locale)
    made.globals.update(theme_colours=assets.theme_colours, social_picture=assets.social_picture)
    return made
