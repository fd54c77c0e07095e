"""The test bed: one deployment for each module, emptied after each test."""

import importlib
from collections.abc import Iterator
from unittest import mock

import boto3
import pytest

from broadsheet.settings import Settings
from tests.api.subscribers.bed import SubscribersBed
from tests.world import deployed


@pytest.fixture(scope="module")
def module_bed() -> Iterator[SubscribersBed]:
    with deployed() as deployment, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            boto3, "client", lambda service, config: boto3.session.Session().client(service, "eu-west-1", config=config)
        )
        environment = deployment.environment("SubscribersFunction")
        with mock.patch.dict("os.environ", environment):
            module = importlib.import_module("subscribers")
        settings = Settings(environment)
        patch.setattr(module, "settings", settings)
        patch.setattr(module, "site", settings.site())  # which another test's environment may have made
        module.deps.cache_clear()
        module.ses.cache_clear()
        yield SubscribersBed(deployment, module)
        module.deps.cache_clear()
        module.ses.cache_clear()


@pytest.fixture
def bed(module_bed: SubscribersBed) -> Iterator[SubscribersBed]:
    yield module_bed
    module_bed.empty()
