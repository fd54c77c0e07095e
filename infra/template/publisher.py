"""A deployment that sends mail names its publisher: who is behind the newsletter, and at which postal address.

Laws on commercial mail ask for both in each mail (CAN-SPAM in the USA, the imprint in the EU). The publisher is a
setting of `site.toml`, and the sender a parameter of the template. Two guards see both before anything is deployed:
`python -m infra.template.publisher PAPER` reads the parameters in `samconfig.toml`, and exits with 1 and the reason;
and the template that is built without a publisher has a rule by which CloudFormation refuses a `Sender`, also one that
`sam deploy --guided` asks for.
"""

from __future__ import annotations

import json
import shlex
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.template.assembly import ROOT

WHY = (
    "A deployment with Sender needs [publisher] with name and postal_address in {site}: each mail has them at its foot."
)
# It begins the template's rules.
_RULES = "\nRules:\n"
_RULE = """\
  PublisherIsNamed:
    Assertions:
      - Assert: !Equals [!Ref Sender, ""]
        AssertDescription: {why}

"""


def site_file(paper: Path | None) -> Path:
    """The settings that are deployed: the paper's own, or else those that are built in."""
    own = paper / "site.toml" if paper else None
    return own if own and own.is_file() else ROOT / "functions" / "site.toml"


def is_named(site: Path) -> bool:
    """Whether the settings name the publisher and a postal address. True for a file that cannot be read.

    The checks of the settings report such a file, with its line.
    """
    try:
        publisher = _read(site).get("publisher")
    except (OSError, ValueError):
        return True
    return isinstance(publisher, dict) and all(publisher.get(key) for key in ("name", "postal_address"))


def senders(samconfig: Path) -> dict[str, str]:
    """The parameter `Sender` of each environment of the file that has one, such as `default`.

    Raises `tomllib.TOMLDecodeError`, and ValueError for parameters whose quotes do not match.
    """
    found = {}
    environments = _read(samconfig) if samconfig.is_file() else {}
    for environment, commands in environments.items():
        for command in commands.values() if isinstance(commands, dict) else ():
            given = command.get("parameters", {}).get("parameter_overrides", "") if isinstance(command, dict) else ""
            if sender := dict(_pairs(given)).get("Sender"):
                found[environment] = sender
    return found


def refusals(samconfig: Path, site: Path) -> list[str]:
    """A line for each environment of `samconfig.toml` that would send mail without a publisher."""
    if is_named(site):
        return []
    found = senders(samconfig).items()
    return [f"{samconfig.name}, {name}: Sender is {sender}. {_why(site)}" for name, sender in found]


def warning(site: Path) -> str:
    """What would keep these settings from being deployed, although they run locally; empty for nothing."""
    return "" if is_named(site) else f"Warning: {_why(site)}"


def with_rule(template: str, site: Path) -> str:
    """The template, with the rule where the settings name no publisher."""
    if is_named(site):
        return template
    head, rules, tail = template.partition(_RULES)
    return head + rules + _RULE.format(why=json.dumps(_why(site))) + tail


def _why(site: Path) -> str:
    place = site.relative_to(ROOT) if site.is_relative_to(ROOT) else site
    return WHY.format(site=place)


def _pairs(given: object) -> Iterator[tuple[str, str]]:
    """The parameters in any of SAM's three forms: a text, a list of texts, and a table."""
    if isinstance(given, dict):
        yield from ((name, str(value)) for name, value in given.items())
        return
    texts = given if isinstance(given, list) else [given]
    for word in (word for text in texts for word in shlex.split(str(text))):
        name, _, value = word.partition("=")
        yield name, value


def _read(file: Path) -> Mapping[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    folder = next(filter(None, sys.argv[1:]), None)
    if found := refusals(ROOT / "samconfig.toml", site_file(Path(folder) if folder else None)):
        sys.exit("\n".join(found))
