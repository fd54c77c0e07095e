"""What the newsletter says, in the language of the reader: `locales/newsletter/`, and the templates for it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from jinja2 import Environment

from ...model.config import Edition
from ..shared.environment import environment

LOCALES = Path(__file__).parents[1] / "locales" / "newsletter"
TEMPLATES = Path(__file__).parents[1] / "templates"
FALLBACK = "en"


def filled(template: str, edition: Edition, **values: Any) -> str:
    """A template of the folder with the values in it; they are escaped where it is HTML."""
    return _environment().get_template(template).render(edition=edition, **values)


def phrases(edition: Edition, part: str) -> Mapping[str, str]:
    """The phrases of a part of the newsletter in the edition's language, `$paper` put in, as plain text."""
    spoken = _language(edition.code)[part]
    return {key: Template(phrase).safe_substitute(paper=edition.name) for key, phrase in spoken.items()}


@cache
def _environment() -> Environment:
    return environment(TEMPLATES / "newsletter", TEMPLATES / "mail")


@cache
def _language(code: str) -> dict[str, dict[str, str]]:
    """The phrases of a language; of its base language, then of `FALLBACK`, where it has none of its own."""
    names = (code, code.partition("-")[0], FALLBACK)
    path = next(path for name in names if (path := LOCALES / f"{name}.toml").exists())
    return tomllib.loads(path.read_text(encoding="utf-8"))
