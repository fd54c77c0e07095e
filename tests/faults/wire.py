"""Between our code and AWS, and the hub: every call of every client passes here, before it takes effect and after."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

from botocore import xform_name
from urllib3 import PoolManager

from infra.local.moto.clients import AwsClients
from tests.faults.emulated import Emulated

CLIENTS = ("dynamodb", "s3", "ses", "secrets", "sqs")
HUB = "https://hub.example/"
ADDRESS = "https://courier.example"
READS = ("GetItem", "BatchGetItem", "TransactGetItems", "Query", "HeadObject", "GetObject", "GetSecretValue")


@dataclass(frozen=True)
class Call:
    """One call of one client, with its parameters as our code gave them."""

    service: str
    operation: str
    params: Mapping[str, Any] = field(repr=False)

    @property
    def reads(self) -> bool:
        return self.operation in READS

    @property
    def conditional(self) -> bool:
        """Whether another's change may refuse it, even before it is done: of single writes those to rows that
        transactions write, too."""
        if self.operation in ("TransactWriteItems", "TransactGetItems"):
            return True
        return bool({"IfMatch", "IfNoneMatch"} & self.params.keys()) or self._of_a_subscriber

    @property
    def single(self) -> bool:
        """Whether it is a write to the table under a condition of its own. A client that gets no answer sends it again,
        and DynamoDB, which knows a transaction again, takes it for another."""
        return self.service == "dynamodb" and "ConditionExpression" in self.params

    @property
    def _of_a_subscriber(self) -> bool:
        key = self.params.get("Key") or self.params.get("Item") or {}
        written = self.service == "dynamodb" and not self.reads
        return written and key.get("pk", {"S": ""})["S"].startswith("SUBSCRIBER#")

    def __str__(self) -> str:
        named = ("Key", "ExpressionAttributeValues", "hub.url")
        about = {name: self.params[name] for name in named if name in self.params}
        parts = [next(iter(item.items())) for item in self.params.get("TransactItems", ())]
        about |= {kind: (part.get("Key") or part["Item"])["sk"]["S"] for kind, part in parts}
        return f"{self.service}.{self.operation}{f' {about}' if about else ''}"


@dataclass(frozen=True)
class Refusal:
    """An answer of AWS that says no, in place of the call."""

    code: str
    status: int
    details: Mapping[str, Any] = field(default_factory=dict)

    def answer(self) -> tuple[Any, dict[str, Any]]:
        """What botocore makes of such an answer."""
        error = {"Code": self.code, "Message": "refused by a test"}
        return SimpleNamespace(status_code=self.status), {"Error": error, "ResponseMetadata": {}, **self.details}


class Listener:
    """Who stands at the wire. Raising breaks the call."""

    def before(self, call: Call) -> Refusal | None:
        """The call has not taken effect; it will not if this raises or gives a refusal."""

    def after(self, call: Call, done: bool) -> None:
        """The call has taken effect, or was refused by AWS (`done` tells); the caller does not know yet."""


class Wire:
    """The hooks in all of a cloud's clients, and in whatever else goes out, which is for the hub.

    The emulator takes milliseconds for a read, and the same read of the same state has the same answer, so an answer
    that was given once is given again, for as long as `remember` is true.
    """

    def __init__(self, cloud: AwsClients, emulated: Emulated) -> None:
        self._cloud = cloud
        self._emulated = emulated
        self._answers: dict[Any, tuple[Any, Any]] = {}
        self._listener: Listener | None = None
        self.remember = True

    @contextmanager
    def strung(self) -> Iterator["Wire"]:
        """Hooked into the clients."""
        hooks = {"provide-client-params": self._given, "before-call": self._before, "after-call": self._after}
        for client in CLIENTS:
            events = getattr(self._cloud, client).meta.events
            for event, hook in hooks.items():
                events.register(event, hook, unique_id=f"faults-{event}")
        try:
            with mock.patch.object(PoolManager, "request", self._post):
                yield self
        finally:
            for client in CLIENTS:
                events = getattr(self._cloud, client).meta.events
                for event in hooks:
                    events.unregister(event, unique_id=f"faults-{event}")

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """With `listener` at the wire."""
        before, self._listener = self._listener, listener
        try:
            yield
        finally:
            self._listener = before

    def make(self, call: Call) -> None:
        """Make a call to DynamoDB, unheard. What is raised is raised."""
        with self.heard_by(Listener()):
            getattr(self._cloud.dynamodb, xform_name(call.operation))(**call.params)

    def _post(self, method: str, url: str, fields: Mapping[str, str], **_: Any) -> Any:
        assert url == HUB
        call = Call("hub", method, fields)
        refusal = self._listener.before(call) if self._listener else None
        if refusal:
            return SimpleNamespace(status=refusal.status)
        self._emulated.hear(fields["hub.url"].removeprefix(f"{ADDRESS}/"))
        if self._listener:
            self._listener.after(call, done=True)
        return SimpleNamespace(status=204)

    def _given(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["faults.params"] = dict(params)

    def _before(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, Any] | None:
        call = Call(model.service_model.service_name, model.name, context["faults.params"])
        context["faults.call"] = call
        refusal = self._listener.before(call) if self._listener else None
        if refusal:
            return refusal.answer()
        key = context["faults.key"] = self._state_asked(call)
        if key and self.remember and key in self._answers:
            http, parsed = self._answers[key]
            return http, copy.copy(parsed)
        return None

    def _after(self, http_response: Any, parsed: Any, context: dict[str, Any], **_: Any) -> None:
        call: Call = context["faults.call"]
        if call.service == "dynamodb" and not call.reads:
            self._emulated.written()
        elif key := context.get("faults.key"):
            self._answers.setdefault(key, (http_response, copy.copy(parsed)))
        if self._listener:
            self._listener.after(call, http_response.status_code < 300)

    def _state_asked(self, call: Call) -> Any:
        """The call and the state that its answer follows from; None for one whose answer is not kept."""
        if call.operation in ("GetItem", "Query", "TransactGetItems"):
            asked = [item["Get"] for item in call.params.get("TransactItems", ())] or [call.params]
            table = self._emulated.names[asked[0]["TableName"]]
            return call.operation, repr(sorted(call.params.items())), self._emulated.state(table)
        if call.operation == "HeadObject":
            bucket, key = self._emulated.names[call.params["Bucket"]], call.params["Key"]
            return call.operation, bucket, key, self._emulated.state(bucket, key)
        return None
