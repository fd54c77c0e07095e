"""Too many sign-ups: those that are shed get a 429, and each that is accepted gets one mail."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.tokens import Keyring
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services import routing
from infra.local.services.routing import Throttle
from tests.api.newsletter import limits
from tests.local.conftest import Answer, Reader
from tests.waiting import wait_for

pytestmark = pytest.mark.proof

ROUTE = "POST /api/subscriptions"
PER_NETWORK = 3
RATE = 20  # calls a second that the gateway of this deployment takes: fewer than this machine answers
DOUBLINGS = 6  # of the rate, before it is given up
JSON = {"Accept": "application/json", "Content-Type": "application/json"}
TAKEN, GATEWAY, LIMIT = "taken", "shed by the gateway", "shed by a limit"


@dataclass
class Crowd:
    """Readers who sign up, each with an email of their own. `taken` are the emails that got a 202."""

    stack: LocalDeployment
    keyring: Keyring
    taken: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def sign_up(self, network: str | None = None) -> str:
        """The outcome of a sign-up from that network, or from one that is in no wider one of those before."""
        number = next(self._numbers)
        address = f"reader{number}@example.org"
        network = network or f"127.{number // 250 + 1}.{number % 250}.1"
        opened = datetime.now(UTC) - timedelta(minutes=1)
        token = self.keyring.form_token(Form(address, opened))
        body = json.dumps({"email": address, "form_token": token}).encode()
        answer = self.reader(network)("/api/subscriptions", "POST", body, JSON)
        outcome = meant(answer)
        if outcome == TAKEN:
            self.taken.append(address)
        return outcome

    def arrive(self, number: int, rate: float) -> Counter[str]:
        """The outcomes of that many sign-ups at that rate a second, none of which waits for another."""
        begun = time.monotonic()

        def one(place: int) -> str:
            time.sleep(max(0.0, begun + place / rate - time.monotonic()))
            return self.sign_up()

        with ThreadPoolExecutor(number) as pool:
            return Counter(pool.map(one, range(number)))

    def reader(self, network: str) -> Reader:
        return Reader(int(self.stack.url.rpartition(":")[2]), network)


def meant(answer: Answer) -> str:
    """The outcome that an answer to a sign-up means; no other answers are allowed."""
    if answer.status == 202:
        return TAKEN
    assert answer.status == 429, (answer.status, answer.body)
    if answer.headers["content-type"] == "application/problem+json":
        assert int(answer.headers["retry-after"]) > 0
        return LIMIT
    assert answer.json == {"message": "Too Many Requests"}
    return GATEWAY


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return limits.functions(tmp_path, per_network=PER_NETWORK)


@pytest.fixture
def crowd(code: Path, tmp_path: Path) -> Iterator[Crowd]:
    with LocalDeployment(template_path=limits.throttled(tmp_path, RATE), code=code) as stack:
        secret = stack.clients.secrets.get_secret_value(SecretId=stack.deployment.name("TokenSecret"))
        yield Crowd(stack, Keyring.parse(secret["SecretString"]))


def throttle(stack: LocalDeployment) -> Throttle:
    [found] = [route.throttle for route in routing.routes(stack.deployment) if route.key == ROUTE]
    assert found
    return found


def test_too_many_sign_ups_are_shed_with_429_and_nothing_is_lost(
    crowd: Crowd, code: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """newsletter#10, newsletter#11: from one network, from all at once, and in an hour."""
    gate = throttle(crowd.stack)

    # One network has its share, even where a full hour comes between.
    from_one = [crowd.sign_up("127.9.9.9") for _ in range(2 * PER_NETWORK + 1)]
    assert from_one[0] == TAKEN
    assert set(from_one) == {TAKEN, LIMIT}

    # At half the gateway's rate everybody is taken; then it is doubled until some are shed.
    outcomes = crowd.arrive(gate.burst // 2, rate := gate.rate / 2)
    assert outcomes.keys() == {TAKEN}
    for _ in range(DOUBLINGS):
        outcomes = crowd.arrive(2 * gate.burst, rate := rate * 2)
        if GATEWAY in outcomes:
            break
    record_testsuite_property("sign-ups a second at which some are shed", rate)
    assert outcomes.keys() == {TAKEN, GATEWAY}
    time.sleep(1)
    assert crowd.sign_up() == TAKEN

    # An hour's share that is long since taken opens the breaker, and a larger one closes it.
    limits.admit(code, per_hour=1)
    soon(crowd, LIMIT)
    limits.admit(code, per_hour=limits.LIFTED)
    soon(crowd, TAKEN)

    crowd.stack.settle()
    assert Counter(to for mail in crowd.stack.outbox() for to in mail.recipients) == Counter(crowd.taken)


def soon(crowd: Crowd, outcome: str) -> None:
    """Wait until a sign-up has that outcome once the functions have restarted with their new settings."""
    function = crowd.stack.functions["NewsletterFunction"]

    def has_it() -> bool:
        time.sleep(1)  # so that the gateway sheds nothing
        return crowd.sign_up() == outcome

    wait_for(has_it, lambda: (function.starts, function.state))
