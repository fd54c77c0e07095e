"""The interceptor between the code and AWS, the hub and search engines.

A listener sees each call before and after it takes effect.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import unquote

from botocore import xform_name
from urllib3 import PoolManager

from infra.local.moto.clients import AwsClients
from tests.faults.moto_state import MotoState

CLIENTS = ("dynamodb", "s3", "ses", "secrets", "sqs", "events", "states")
HUB = "https://hub.example/"
INDEXNOW = "https://engines.example/indexnow"
ADDRESS = "https://courier.example"
KEY_LOCATION = f"{ADDRESS}/6a1fd0c2-b7e4-4c1f.txt"
READS = (
    "GetItem",
    "BatchGetItem",
    "TransactGetItems",
    "Query",
    "Scan",
    "HeadObject",
    "GetObject",
    "GetSecretValue",
    "GetAccount",
    "DescribeExecution",
)
# Rows that transactions write or check, and single writes too.
IN_TRANSACTIONS = ("SUBSCRIBER#", "READER#", "ISSUE#")


@dataclass(frozen=True)
class Call:
    """One call of one client, with the parameters that the code passed."""

    service: str
    operation: str
    params: Mapping[str, Any] = field(repr=False)

    @property
    def reads(self) -> bool:
        return self.operation in READS

    @property
    def conditional(self) -> bool:
        """Whether another client's write in progress may make AWS refuse it: transactions, conditional writes of
        objects, and single writes to rows that transactions write too.
        """
        if self.operation in ("TransactWriteItems", "TransactGetItems"):
            return True
        return bool({"IfMatch", "IfNoneMatch"} & self.params.keys()) or self._meets_transactions

    @property
    def single(self) -> bool:
        """Whether it is a conditional write of one row. A client that gets no response sends it again; DynamoDB makes
        repeated transactions idempotent (ClientRequestToken), and these not.
        """
        return self.service == "dynamodb" and "ConditionExpression" in self.params

    @property
    def _meets_transactions(self) -> bool:
        key = self.params.get("Key") or self.params.get("Item") or {}
        written = self.service == "dynamodb" and not self.reads
        return written and key.get("pk", {"S": ""})["S"].startswith(IN_TRANSACTIONS)

    def __str__(self) -> str:
        named = ("Key", "ExpressionAttributeValues", "hub.url", "urlList")
        about = {name: self.params[name] for name in named if name in self.params}
        parts = [next(iter(item.items())) for item in self.params.get("TransactItems", ())]
        about |= {kind: (part.get("Key") or part["Item"])["sk"]["S"] for kind, part in parts}
        return f"{self.service}.{self.operation}{f' {about}' if about else ''}"


@dataclass(frozen=True)
class Refusal:
    """An error response of AWS, in place of the call."""

    code: str
    status: int
    details: Mapping[str, Any] = field(default_factory=dict)

    def answer(self) -> tuple[Any, dict[str, Any]]:
        """What botocore makes of such a response."""
        error = {"Code": self.code, "Message": "refused by a test"}
        return SimpleNamespace(status_code=self.status), {"Error": error, "ResponseMetadata": {}, **self.details}


class Listener:
    """Sees the calls that pass the interceptor. What it raises, the caller gets."""

    def before(self, call: Call) -> Refusal | None:
        """The call has not taken effect. It will not if this raises or returns a refusal."""

    def after(self, call: Call, done: bool) -> None:
        """The call has taken effect, or AWS refused it (`done` says which). The caller does not know yet."""


class Interceptor:
    """The hooks in all clients of a deployment, and in urllib3, which calls the hub and search engines.

    moto takes milliseconds for a read. Equal reads of equal states have equal responses, so while `remember` is true a
    response is given again.
    """

    def __init__(self, clients: AwsClients, moto: MotoState) -> None:
        self._cloud = clients
        self._moto = moto
        self._responses: dict[Any, tuple[Any, Any]] = {}
        self._listener: Listener | None = None
        self.remember = True

    @contextmanager
    def installed(self) -> Iterator["Interceptor"]:
        """With hooks in the clients."""
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
    def listening(self, listener: Listener) -> Iterator[None]:
        """With this listener."""
        before, self._listener = self._listener, listener
        try:
            yield
        finally:
            self._listener = before

    def send(self, call: Call) -> None:
        """Send a call to DynamoDB or EventBridge without the listener."""
        client: Any = self._cloud.events if call.service == "events" else self._cloud.dynamodb
        with self.listening(Listener()):
            getattr(client, xform_name(call.operation))(**call.params)

    def _post(self, method: str, url: str, **request: Any) -> Any:
        sent = request["fields"] if url == HUB else json.loads(request["body"])
        call = Call({HUB: "hub", INDEXNOW: "indexnow"}[url], method, sent)
        refusal = self._listener.before(call) if self._listener else None
        if refusal:
            return SimpleNamespace(status=refusal.status, headers={})
        if url == HUB:
            self._moto.ping(sent["hub.url"].removeprefix(f"{ADDRESS}/"))
        else:
            assert sent["keyLocation"] == KEY_LOCATION
            for page in sent["urlList"]:
                self._moto.submit(unquote(page).removeprefix(f"{ADDRESS}/"))
        if self._listener:
            self._listener.after(call, done=True)
        return SimpleNamespace(status=204, headers={})

    def _given(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["faults.params"] = dict(params)

    def _before(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, Any] | None:
        call = Call(model.service_model.service_name, model.name, context["faults.params"])
        context["faults.call"] = call
        refusal = self._listener.before(call) if self._listener else None
        if refusal:
            return refusal.answer()
        key = context["faults.key"] = self._read_state(call)
        if key and self.remember and key in self._responses:
            http, parsed = self._responses[key]
            return http, copy.copy(parsed)
        return None

    def _after(self, http_response: Any, parsed: Any, context: dict[str, Any], **_: Any) -> None:
        call: Call = context["faults.call"]
        if call.service == "dynamodb" and not call.reads:
            self._moto.written()
        elif key := context.get("faults.key"):
            self._responses.setdefault(key, (http_response, copy.copy(parsed)))
        if self._listener:
            self._listener.after(call, http_response.status_code < 300)

    def _read_state(self, call: Call) -> Any:
        """The call and the state that its response depends on; None for a call whose response is not remembered."""
        if call.operation in ("GetItem", "Query", "Scan", "TransactGetItems"):
            reads = [item["Get"] for item in call.params.get("TransactItems", ())] or [call.params]
            table = self._moto.names[reads[0]["TableName"]]
            return call.operation, repr(sorted(call.params.items())), self._moto.state(table)
        if call.operation == "HeadObject":
            bucket, key = self._moto.names[call.params["Bucket"]], call.params["Key"]
            return call.operation, bucket, key, self._moto.state(bucket, key)
        return None
