"""Jinja2 with our settings: templates compiled once in a process, HTML escaped, an unknown name an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Path(__file__).parents[1] / "templates"


def environment(*folders: str) -> Environment:
    """A new environment over these folders of `templates/`."""
    return Environment(
        loader=FileSystemLoader([TEMPLATES / folder for folder in folders]),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
