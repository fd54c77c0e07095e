"""The frame that every page of an edition stands in."""

from typing import Any

from ..model.site import Edition, Site
from .feeds import FORMATS
from .serving import PAGE
from .target import Output
from .templating import fragment


def page(
    template: str, site: Site, edition: Edition, path: str | None, title: str, description: str, **context: Any
) -> Output:
    """A page from a template that extends `base.html`. Without a `path` it stands for no address and is not indexed."""
    html = fragment(
        template, site, edition, path=path, title=title, description=description, formats=FORMATS, **context
    )
    return PAGE.output(html)
