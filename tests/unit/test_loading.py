"""Each function imports only what it needs: slow imports lengthen every cold start."""

import subprocess
import sys

import pytest

from benchmarks.lambdas import BASE, environments
from benchmarks.starting import FUNCTIONS
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
    "mailer": {"itsdangerous", "jinja2"},
    "newsletter": {"email_validator", "itsdangerous", "jinja2", ROUTER},
    "publish": {"feedgen", "jinja2", "lxml", "markdown_it", "nh3"},
    "schedule": set[str](),
    "images": {ROUTER},
    "variants": {"PIL", "pi_heif"},
    "ads": {ROUTER},
    "previews": {"feedgen", "itsdangerous", "jinja2", "lxml", "markdown_it", "nh3", ROUTER},
    "front": {ROUTER},
    "subscribers": {"email_validator", "itsdangerous", ROUTER},
}


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
