"""The syntax of the paper's templates, and the templates that they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

from broadsheet import paper
from broadsheet.render.newsletter.templating import newsletter_templates
from broadsheet.render.shared.environment import FOLDERS, TEMPLATES
from broadsheet.render.shared.templating import site_templates
from infra.paper_check.fault import Fault

_NAMING = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def own_templates() -> tuple[str, ...]:
    """The paper's templates in the folders that are read."""
    return tuple(name for name in paper.files("templates") if len(Path(name).parts) == 3 and _folder(name) in FOLDERS)


def faults() -> Iterator[Fault]:
    """The faults that templates have before they are rendered."""
    for name in own_templates():
        yield from _of_template(name, _environment(name))


def named() -> set[str]:
    """The templates of the paper that the paper's templates name."""
    found = set()
    for name in own_templates():
        try:
            parsed = _environment(name).parse(_source(name))
        except TemplateSyntaxError:
            continue
        found |= {f"templates/{_folder(name)}/{other}" for other, _ in _names(parsed)}
    return found


def unused(name: str) -> bool:
    """Whether a template of the paper takes no other one's place, and none of the paper's names it."""
    return not (TEMPLATES / _folder(name) / Path(name).name).is_file() and name not in named()


def _of_template(name: str, environment: Environment) -> Iterator[Fault]:
    try:
        environment.compile(_source(name), name, name)
        parsed = environment.parse(_source(name))
    except TemplateSyntaxError as error:
        yield Fault(name, error.lineno, f"is no template: {error.message}")
        return
    known = set(environment.list_templates())
    for other, line in _names(parsed):
        if other not in known:
            yield Fault(name, line, f"names the template {other}, and there is none")


def _names(parsed: nodes.Template) -> Iterator[tuple[str, int]]:
    for node in parsed.find_all(_NAMING):
        template = getattr(node, "template", None)
        if isinstance(template, nodes.Const) and isinstance(template.value, str):
            yield template.value, node.lineno


def _environment(name: str) -> Environment:
    return site_templates() if _folder(name) == "site" else newsletter_templates()


def _folder(name: str) -> str:
    return Path(name).parts[1]


def _source(name: str) -> str:
    file = paper.own(name)
    return file.read_text(encoding="utf-8", errors="replace") if file else ""
