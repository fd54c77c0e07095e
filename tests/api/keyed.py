"""The administration of keys, and calls with a key as API Gateway makes them: it asks the authorizer first."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from broadsheet.model.api_key import PREFIX
from infra.local.services.gateway import Gateway
from infra.local.services.routing import Route, routes
from infra.local.web import Request
from tests.api.events import Answer, Context, answer, request
from tests.api.openapi.description import fits
from tests.world import World

Call = Callable[..., Answer]
GRANT: dict[str, Any] = {"scopes": ["read", "put", "withdraw"], "editions": ["en"]}


def function(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of a function, with the environment that the template gives it."""
    environment = world.deployment.environment(f"{name.title()}Function")
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    module = importlib.import_module(name)
    monkeypatch.setattr(module, "settings", module.Settings(dict(environment)))
    module.deps.cache_clear()
    return module


def administer(module: ModuleType) -> Call:
    """Call the API of keys. Every response fits the description."""

    def call(method: str, path: str = "", body: object = None, **more: Any) -> Answer:
        path = f"/api/keys{path}"
        answered = answer(module.handler(request(method, path, body, **more), Context()))
        fits(method, path, answered)
        return answered

    return call


@dataclass(frozen=True)
class Keyed:
    """The articles API for clients with a key. Only calls that the authorizer lets through reach the function."""

    authorizer: ModuleType
    articles: ModuleType
    routes: list[Route]

    def watch(self, seen: Callable[..., None]) -> None:
        """Call `seen` before each of the authorizer's calls to AWS."""
        client = self.authorizer.deps().keys._table.client  # noqa: SLF001  the authorizer's own, which has no name
        client.meta.events.register("before-call.dynamodb", seen)

    def decide(self, method: str, path: str, authorization: str | None) -> Any:
        """The authorizer's answer about a call, whose path is without the prefix."""
        headers = {} if authorization is None else {"authorization": authorization}
        sent = Request(method, f"{PREFIX}{path}", [], b"")
        route, _ = Gateway(self.routes, {})._match(sent)  # noqa: SLF001  as API Gateway chooses the route
        assert route
        assert route.authorizer
        event = request(method, f"{PREFIX}{path}", headers=headers) | {"routeKey": route.key, "type": "REQUEST"}
        del event["requestContext"]["authorizer"]
        return self.authorizer.handler(event, Context())

    def __call__(self, secret: str, method: str, path: str, body: object = None, **more: Any) -> Answer:
        decision = self.decide(method, path, f"Bearer {secret}")
        if not decision["isAuthorized"]:
            return Answer(403, {"content-type": "application/json"}, '{"message":"Forbidden"}')
        event = request(method, f"{PREFIX}{path}", body, **more)
        event["requestContext"]["authorizer"] = {"lambda": decision["context"]}
        answered = answer(self.articles.handler(event, Context()))
        fits(method, path, answered)
        return answered


def keyed(world: World, monkeypatch: pytest.MonkeyPatch) -> Keyed:
    """The authorizer and the articles function over a deployment."""
    authorizer = function("authorizer", world, monkeypatch)
    return Keyed(authorizer, function("articles", world, monkeypatch), routes(world.deployment))
