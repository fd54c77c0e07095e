"""The templates of the newsletter's pages and mails, with the texts of their edition."""

from functools import cache
from typing import Any

from jinja2 import Environment

from ...model.config import Edition
from ..shared.environment import environment
from ..shared.locale import locale


def filled(template: str, edition: Edition, **values: Any) -> str:
    """The template with these values and the edition's texts. In HTML, values are escaped."""
    return newsletter_templates().get_template(template).render(edition=edition, locale=locale(edition), **values)


@cache
def newsletter_templates() -> Environment:
    """The templates of pages and mails."""
    return environment("newsletter", "mail")
