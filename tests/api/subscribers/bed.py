"""What editors and their scripts send to the subscribers API, and the subscribers it leaves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from moto.ses.models import ses_backends

from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.spelling import capitals
from broadsheet.model.newsletter.subscriber import Consent, Preferences, Requested, SignUpRequest, Subscriber
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.store.subscribers import Subscribers
from infra.local.account import ACCOUNT, REGION
from infra.local.moto.ses_patches import suppressed
from infra.local.resources import Deployment
from tests.api.events import Answer, Context, answer, request
from tests.api.openapi.description import fits
from tests.world import NOON

ADDRESS = "reader@example.org"
ASKED = "2024-05-06T07:08:09Z"
STATES = ("pending", "confirmed", "unsubscribed", "suppressed")


@dataclass
class SubscribersBed:
    """The deployment, and what editors send to it."""

    deployment: Deployment
    module: Any

    def __post_init__(self) -> None:
        self.dynamodb = self.deployment.clients.dynamodb
        self.table = self.deployment.name("Subscribers")
        self.subscribers = Subscribers(self.dynamodb, self.table)
        secrets, name = self.deployment.clients.secrets, self.deployment.name("TokenSecret")
        self.keyring = Keyring.parse(secrets.get_secret_value(SecretId=name)["SecretString"])

    def call(self, method: str, body: object = None, path: str = "", **more: Any) -> Answer:
        """Call the API; `path` follows /api/subscribers."""
        path = f"/api/subscribers{path}"
        answered = answer(self.module.handler(request(method, path, body, **more), Context()))
        fits(method, path, answered)
        return answered

    def lift(self, address: str = ADDRESS, **more: Any) -> Answer:
        return self.call("POST", {"email": address}, path="/lift", **more)

    def send(self, *rows: object, **more: object) -> Answer:
        return self.call("POST", {"subscribers": rows} | more)

    def results(self, *rows: object, **more: object) -> list[Any]:
        sent = self.send(*rows, **more)
        assert sent.status == 200, sent.body
        results: list[Any] = sent.json["results"]
        return results

    def pages(self, **query: object) -> list[Any]:
        """Every page, by the cursors."""
        pages = []
        cursor: dict[str, str] = {}
        while True:
            page = self.call("GET", query={name: str(value) for name, value in query.items()} | cursor)
            assert page.status == 200, page.body
            pages.append(page.json)
            if page.json["next"] is None:
                return pages
            cursor = {"cursor": page.json["next"]}

    def subscriber(self, address: str = ADDRESS) -> Subscriber | None:
        return self.subscribers.get(self.keyring.email_id(address))

    def bring_to(self, state: str, address: str = ADDRESS) -> Subscriber:
        """A subscriber who signed up here, in the state."""
        consent = Consent(NOON - timedelta(days=9), "/en/", "1", "en")
        sign_up = SignUpRequest(self.keyring.email_id(address), address, Preferences("en"), consent)
        self.subscribers.record_request(sign_up, [], is_bot=False)
        reader = subscriber.signed_up(None, sign_up, "nonce")
        self.subscribers.commit(reader)
        if state != "pending":
            asked = Requested(sign_up.preferences, sign_up.consent, capitals(address))
            reader = subscriber.confirmed(reader, "nonce", asked, NOON)
            self.subscribers.commit(reader)
        if state == "unsubscribed":
            reader = subscriber.unsubscribed(reader, NOON)
            self.subscribers.commit(reader)
        elif state == "suppressed":
            reader = subscriber.suppressed(reader, "bounce", NOON)
            self.subscribers.commit(reader)
        return reader

    def erase(self, address: str = ADDRESS) -> None:
        reader = self.subscriber(address)
        assert reader
        self.subscribers.erase(subscriber.erased(reader, NOON))

    def empty(self) -> None:
        for item in self.dynamodb.scan(TableName=self.table)["Items"]:
            self.dynamodb.delete_item(TableName=self.table, Key={name: item[name] for name in ("pk", "sk")})
        suppressed(ses_backends[ACCOUNT][REGION]).clear()

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """The AWS calls that the handler makes in this block."""
        made: list[str] = []

        def note(model: Any, **_: Any) -> None:
            made.append(model.name)

        with self.listening(note):
            yield made

    @contextmanager
    def listening(self, note: Callable[..., Any]) -> Iterator[None]:
        deps = self.module.deps()
        # The wire is what is listened to.
        clients = (deps.subscribers._table.client, deps.keys._client, self.module.ses()._client)  # noqa: SLF001
        for client in clients:
            client.meta.events.register("before-call", note)
        try:
            yield
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", note)


def row(address: str = ADDRESS, status: str = "subscribed", **more: object) -> dict[str, object]:
    return {"email": address, "status": status, "consented_at": ASKED} | more
