"""What the tests share: the system in this process, and one local deployment in processes of its own."""

import gc
import os
import signal
from collections.abc import Iterator
from functools import cache
from unittest import mock

import pytest
from hypothesis import settings

# Set before the imports that read it. No test may find the credentials of the person who runs it.
os.environ |= {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_METRICS_NAMESPACE": "Broadsheet",
}

# A shell without job control starts what runs in the background deaf to SIGINT, and so would the commands be that the
# tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

from botocore import session as botocore_session

from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.resources import Deployment  # after the environment
from infra.local.web import bypass_proxies
from tests.moto_state import restored
from tests.world import World, deployed

bypass_proxies()
# botocore reads and parses its descriptions of AWS's services (megabytes of JSON) anew for each session.
mock.patch.object(botocore_session, "create_loader", cache(botocore_session.create_loader)).start()

# The same examples in every run, so that a run that fails fails again; `--hypothesis-profile default` draws new ones.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

# The origins whose scripts may call the shared deployment.
FORM_ORIGINS = ("https://www.paper.example", "https://app.paper.example:8443")
# Fixtures that cost seconds of processor time. All tests that use one of them run in one worker, and first.
SHARED = ("local_deployment", "example", "hard_site")
_running: dict[str, LocalDeployment] = {}


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    """The template in a moto of its own, in this process."""
    with deployed() as deployment:
        yield deployment


@pytest.fixture(scope="module")
def empty_site(deployment: Deployment) -> Deployment:
    """The deployment with what its site has before any article, written once for all tests of the module."""
    World(deployment).build()
    return deployment


@pytest.fixture
def world(empty_site: Deployment) -> Iterator[World]:
    """A site without articles; what the test leaves in it is removed."""
    with restored():
        yield World(empty_site)


@pytest.fixture(scope="session")
def local_deployment() -> Iterator[LocalDeployment]:
    """The local deployment of all tests that use ids of their own and break nothing of it."""
    with LocalDeployment(parameters={"FormOrigins": " ".join(FORM_ORIGINS)}) as running:
        end_after_last_use("local_deployment", running)
        yield running


def end_after_last_use(fixture: str, running: LocalDeployment) -> None:
    """End the deployment of a shared fixture after the last test that uses it."""
    _running[fixture] = running


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End deployments that no later test uses: until the session's end, one costs 4 s of processor time each minute."""
    # Fixtures of the module outlive a change of the group within it, and may need the deployment.
    if nextitem is None or (_group(nextitem) != _group(item) and nextitem.path != item.path):
        for fixture in _running.keys() - set(getattr(nextitem, "fixturenames", ())):
            _running.pop(fixture).__exit__(None, None, None)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for `--dist loadgroup`: by the shared fixture that they use, else by their module.

    Proofs are in no group: some take minutes, and a module of them in one worker would leave the other without work.
    """
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        if not item.get_closest_marker("proof"):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: SHARED.index(groups[item]) if groups[item] in SHARED else len(SHARED))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out what imports and collection made, and look at the rest less often.

    Half a million objects live until the session's end, most of them botocore's and pytest's. To walk through them
    again and again took a quarter of the tests' processor time. What the tests leave is still collected.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)


def _group(item: pytest.Item) -> str:
    used = getattr(item, "fixturenames", ())
    module = item.nodeid.partition(".py::")[0].removeprefix("tests/")
    return next((name for name in SHARED if name in used), module)
