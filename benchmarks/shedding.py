"""(h) Throughput of the local deployment: sign-ups a second, and calls a second that do nothing.

One local deployment without throttles answers both, in turns of a few seconds, for the same number of concurrent
clients: so the gateway, the runtime and the clients, which share the processor, cost both the same. The mailer sends
the mails of the sign-ups at the same time.
"""

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median

import urllib3

from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.tokens import Keyring
from infra.local.deployment.local_deployment import LocalDeployment
from tests.api.newsletter import limits

CLIENTS, TURNS, SECONDS = 8, 5, 3.0
NOTHING = """\
  NothingFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: nothing.handler
      Events: {Post: {Type: HttpApi, Properties: {ApiId: !Ref HttpApi, Method: POST, Path: /api/nothing}}}
"""
HANDLER = """\
def handler(event, context):
    return {"statusCode": 202}
"""


@dataclass
class Shedding:
    """Requests a second, turn by turn."""

    sign_ups: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Sign-ups for each call that does nothing, the median of all turns."""
        return median(own / peer for own, peer in zip(self.sign_ups, self.peer, strict=True))


def measure(turns: int = TURNS, seconds: float = SECONDS) -> Shedding:
    """Measure sign-ups and calls that do nothing, in turns."""
    taken = Shedding()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = limits.functions(folder, per_network=limits.LIFTED, per_hour=limits.LIFTED)
        (code / "nothing.py").write_text(HANDLER, encoding="utf-8")
        with LocalDeployment(template_path=limits.unthrottled(folder, NOTHING), code=code) as stack:
            sign_up, nothing = _sign_up(stack), lambda: b"{}"
            _rate(f"{stack.url}/api/subscriptions", sign_up, 1.0)  # a new process reads the keys first
            stack.settle()
            for _ in range(turns):
                taken.peer.append(_rate(f"{stack.url}/api/nothing", nothing, seconds))
                taken.sign_ups.append(_rate(f"{stack.url}/api/subscriptions", sign_up, seconds))
                stack.settle()
    return taken


def _sign_up(stack: LocalDeployment) -> Callable[[], bytes]:
    """A function that returns bodies of sign-ups, each with another email, and the token of a form of a minute ago."""
    secret = stack.clients.secrets.get_secret_value(SecretId=stack.deployment.name("TokenSecret"))["SecretString"]
    opened, numbers = datetime.now(UTC) - timedelta(minutes=1), count()
    token = Keyring.parse(secret).form_token(Form("form", opened))
    return lambda: json.dumps({"email": f"reader{next(numbers)}@example.org", "form_token": token}).encode()


def _rate(url: str, body: Callable[[], bytes], seconds: float) -> float:
    """Requests a second. Raises RuntimeError unless each is answered with 202."""
    pool = urllib3.PoolManager(maxsize=CLIENTS, retries=False, headers={"Content-Type": "application/json"})
    begun = time.perf_counter()

    def client(_: int) -> int:
        taken = 0
        while time.perf_counter() < begun + seconds:
            answer = pool.request("POST", url, body=body())
            if answer.status != 202:
                raise RuntimeError(f"{url} answered {answer.status}: {answer.data.decode()}")
            taken += 1
        return taken

    with ThreadPoolExecutor(CLIENTS) as clients:
        taken = sum(clients.map(client, range(CLIENTS)))
    return taken / (time.perf_counter() - begun)
