"""The articles function, called as the template configures it."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.events import Answer, Context, answer, request
from tests.api.openapi.description import fits
from tests.world import World

Call = Callable[..., Answer]


@pytest.fixture
def api(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call a path of the function. Every response fits the API's description."""
    for name, value in world.deployment.environment("ArticlesFunction").items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("articles")
    monkeypatch.setattr(module, "settings", module.Settings(dict(world.deployment.environment("ArticlesFunction"))))
    module.deps.cache_clear()

    def call(method: str, path: str, body: object = None, **more: Any) -> Answer:
        answered = answer(module.handler(request(method, path, body, **more), Context()))
        fits(method, path, answered)
        return answered

    yield call
    module.deps.cache_clear()


@pytest.fixture
def call(api: Call) -> Call:
    """Call a path below `/api/articles`."""
    return lambda method, path, body=None, **more: api(method, f"/api/articles{path}", body, **more)
