"""Jinja2 with our settings: templates compiled once in a process, HTML escaped, an unknown name an error.

A template of the paper's own folder, such as `templates/site/footer.html`, takes the place of the built-in one. It may
extend or include that as `built-in/footer.html`.
"""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape

from ... import paper

TEMPLATES = Path(__file__).parents[1] / "templates"
FOLDERS = ("site", "newsletter", "mail")
BUILT_IN = "built-in"


def environment(*folders: str) -> Environment:
    """A new environment over these folders of `templates/`, the paper's before those that are built in."""
    built_in = FileSystemLoader([TEMPLATES / folder for folder in folders])
    own = [paper.FOLDER / "templates" / folder for folder in folders] if paper.FOLDER else []
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(own), built_in, PrefixLoader({BUILT_IN: built_in})]),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
