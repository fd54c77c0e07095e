"""What breaks clients: the differences of two descriptions after which a client of the first one may fail.

A request that was accepted must still be accepted, and mean the same. An answer must still have what it had, and
nothing of another type. What is added breaks nobody: calls, optional parameters, optional fields of requests, fields of
answers, statuses. Texts, examples and the order of things are no part of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from infra.openapi.contract_schemas import Change, Schemas, resolved
from infra.openapi.parts import Json


def changes(before: Json, after: Json) -> Iterator[Change]:
    """Each difference that breaks clients of `before`; one that several calls share comes once for each."""
    for path, methods in before["paths"].items():
        for method, old in methods.items():
            name = f"{method.upper()} {path}"
            new = after["paths"].get(path, {}).get(method)
            if new is None:
                yield Change(name, "call", "is gone")
            else:
                yield from _Call(name, before, after).changes(old, new)


@dataclass(frozen=True)
class _Call:
    """A call in both descriptions."""

    name: str
    before: Json
    after: Json

    def changes(self, old: Json, new: Json) -> Iterator[Change]:
        if old["operationId"] != new["operationId"]:
            yield Change(self.name, "operationId", f"is no longer {old['operationId']}")
        if not old["security"] and new["security"]:
            yield Change(self.name, "security", "needs a signature now")
        yield from self._parameters(old, new)
        yield from self._request(old.get("requestBody", {}), new.get("requestBody", {}))
        yield from self._answers(old["responses"], new["responses"])

    def _parameters(self, old: Json, new: Json) -> Iterator[Change]:
        had, has = _by_name(self.before, old), _by_name(self.after, new)
        for key, parameter in had.items():
            if key not in has:
                yield Change(self.name, " ".join(key), "is gone")
                continue
            yield from self._values(" ".join(key), parameter["schema"], has[key]["schema"])
        for key, parameter in has.items():
            if parameter.get("required") and not had.get(key, {}).get("required"):
                yield Change(self.name, " ".join(key), "is required now")

    def _request(self, old: Json, new: Json) -> Iterator[Change]:
        if new.get("required") and not old.get("required"):
            yield Change(self.name, "body", "is required now")
        for type, body in old.get("content", {}).items():
            if type not in new.get("content", {}):
                yield Change(self.name, f"body {type}", "is no longer accepted")
            else:
                yield from self._values("body", body["schema"], new["content"][type]["schema"])

    def _answers(self, old: Json, new: Json) -> Iterator[Change]:
        for status, response in old.items():
            if status not in new:
                if status < "400":
                    yield Change(self.name, status, "is no longer an answer")
                continue
            yield from self._answer(status, resolved(self.before, response), resolved(self.after, new[status]))

    def _answer(self, status: str, old: Json, new: Json) -> Iterator[Change]:
        for name, header in old.get("headers", {}).items():
            kept = new.get("headers", {}).get(name, {"required": False})
            if header.get("required") and not kept.get("required"):
                yield Change(self.name, f"{status} {name}", "is not always in the answer")
        for type, body in old.get("content", {}).items():
            if type not in new.get("content", {}):
                yield Change(self.name, f"{status} {type}", "is no longer answered")
            else:
                # Who reads an answer and who writes a request have each other's rules.
                pair = Schemas(self.after, self.before, in_answers=True)
                place = (self.name, f"{status} body")
                yield from pair.narrowed(new["content"][type]["schema"], body["schema"], place)

    def _values(self, part: str, old: Json, new: Json) -> Iterator[Change]:
        yield from Schemas(self.before, self.after, in_answers=False).narrowed(old, new, (self.name, part))


def _by_name(document: Json, call: Json) -> dict[tuple[str, str], Json]:
    found = (resolved(document, one) for one in call.get("parameters", ()))
    return {(parameter["in"], parameter["name"]): parameter for parameter in found}
