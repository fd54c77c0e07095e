"""Each function imports only what it needs: slow imports lengthen every cold start."""

import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from benchmarks.lambdas import BASE, environments
from benchmarks.starting import FUNCTIONS
from tests.template.resources import ROOT, functions, layers, resolved
from tests.world import deployed

ROUTER = "aws_lambda_powertools.event_handler"

# Everything that costs more than a few milliseconds to import, boto3 and Powertools' logger and metrics aside,
# which every function has.
HEAVY = {
    "PIL",
    "broadsheet.schemas.site_toml",
    "css_inline",
    "email_validator",
    "feedgen",
    "itsdangerous",
    "jinja2",
    "lxml",
    "markdown_it",
    "nh3",
    "pi_heif",
    ROUTER,
}
NEEDED = {
    "articles": {"markdown_it", "nh3", ROUTER},
    "fallback": set[str](),
    "bounces": set[str](),
    "websub": set[str](),
    "indexnow": set[str](),
    "events": set[str](),
    "mailer": {"itsdangerous", "jinja2"},
    "newsletter": {"email_validator", "itsdangerous", "jinja2", ROUTER},
    "publish": {"feedgen", "jinja2", "lxml", "markdown_it", "nh3"},
    "schedule": set[str](),
    "images": {ROUTER},
    "variants": {"PIL", "pi_heif"},
    "ads": {ROUTER},
    "previews": {"feedgen", "itsdangerous", "jinja2", "lxml", "markdown_it", "nh3", ROUTER},
    "front": {ROUTER},
    "issues": {"email_validator", "jinja2", ROUTER},
    "compose": set[str](),
    "send": {"itsdangerous", "jinja2"},
    "keys": {ROUTER},
    "authorizer": set[str](),
    "subscribers": {"email_validator", "itsdangerous", ROUTER},
}
LAYERS = {"FeedsLayer": "layers/feeds", "ImagingLayer": "layers/imaging"}


@pytest.fixture(scope="module")
def variables() -> dict[str, dict[str, str]]:
    with deployed() as deployment:
        return environments(deployment)


def test_every_function_is_tested(variables: dict[str, dict[str, str]]) -> None:
    assert variables.keys() == NEEDED.keys()


@pytest.mark.parametrize("function", NEEDED)
def test_a_function_imports_only_what_it_needs(function: str, variables: dict[str, dict[str, str]]) -> None:
    listed = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", f"import sys, {function}\nprint(*sys.modules)"],
        env={"PYTHONPATH": FUNCTIONS} | BASE | variables[function],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    imported = set(listed.stdout.split())
    assert HEAVY & imported == NEEDED[function]
    if "broadsheet.render.shared.urls" in imported:  # else its URLs would be those of site.toml
        assert {"SITE_URL", "SITE_URL_PARAMETER"} & variables[function].keys()


def distributions(folder: str) -> set[str]:
    """What the lock file in the folder ships."""
    return set(re.findall(r"^([\w.-]+)==", Path(ROOT, folder, "requirements.txt").read_text("utf-8"), re.MULTILINE))


@cache
def packages(layer: str) -> set[str]:
    """The packages that functions import from a layer, and that do not ship with every function."""
    own = distributions(LAYERS[layer]) - distributions("functions")
    return {package for package, names in packages_distributions().items() if own & {name.lower() for name in names}}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_package_of_a_layer_is_one_that_is_slow_to_import(layer: str) -> None:
    """So the test above notices each function that imports one."""
    public = {package for package in packages(layer) if package.isidentifier() and not package.startswith("_")}
    assert public
    assert public <= HEAVY


def test_a_function_has_exactly_the_layers_that_it_imports_from() -> None:
    resources = resolved()
    assert {
        function: {layer for layer in LAYERS if packages(layer) & NEEDED[properties["Handler"].partition(".")[0]]}
        for function, properties in functions(resources).items()
    } == {function: layers(resources, function) - {"PaperLayer"} for function in functions(resources)}
