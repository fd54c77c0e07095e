"""(h) Throughput: sign-ups a second in the local deployment, and calls of a function that does nothing.

One deployment without throttling handles both, from the same number of concurrent readers, in turns of a few seconds:
gateway, runtime and readers, which share the processor, are the same for both. The mails are sent meanwhile.
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

from broadsheet.model.newsletter.tokens import FORM_TOKEN, Keyring
from infra.local.deployment.stack import LocalDeployment
from tests.api.newsletter import limits

READERS, TURNS, SECONDS = 8, 5, 3.0
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
    """Accepted requests a second, for each turn."""

    sign_ups: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Sign-ups to calls that do nothing, the median of all turns."""
        return median(own / peer for own, peer in zip(self.sign_ups, self.peer, strict=True))


def measure(turns: int = TURNS, seconds: float = SECONDS) -> Shedding:
    """Measure sign-ups and calls that do nothing, in turns."""
    throughput = Shedding()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = limits.functions(folder, per_network=limits.LIFTED, per_hour=limits.LIFTED)
        (code / "nothing.py").write_text(HANDLER, encoding="utf-8")
        with LocalDeployment(template_path=limits.unthrottled(folder, NOTHING), code=code) as stack:
            sign_up, nothing = _sign_up(stack), lambda: b"{}"
            _rate(f"{stack.url}/api/subscriptions", sign_up, 1.0)  # a new process reads its secrets first
            stack.settle(120)
            for _ in range(turns):
                throughput.peer.append(_rate(f"{stack.url}/api/nothing", nothing, seconds))
                throughput.sign_ups.append(_rate(f"{stack.url}/api/subscriptions", sign_up, seconds))
                stack.settle(120)
    return throughput


def _sign_up(stack: LocalDeployment) -> Callable[[], bytes]:
    """Creates request bodies of sign-ups, each with another email and the token of a form loaded a minute ago."""
    secret = stack.cloud.secrets.get_secret_value(SecretId=stack.deployment.name("TokenSecret"))["SecretString"]
    opened, numbers = datetime.now(UTC) - timedelta(minutes=1), count()
    stamp = Keyring.parse(secret).sign(FORM_TOKEN, opened, opened.isoformat())
    return lambda: json.dumps({"email": f"reader{next(numbers)}@example.org", "stamp": stamp}).encode()


def _rate(url: str, body: Callable[[], bytes], seconds: float) -> float:
    """Requests a second that are answered with 202. Raises RuntimeError for any other response."""
    pool = urllib3.PoolManager(maxsize=READERS, retries=False, headers={"Content-Type": "application/json"})
    started = time.perf_counter()

    def reader(_: int) -> int:
        accepted = 0
        while time.perf_counter() < started + seconds:
            answer = pool.request("POST", url, body=body())
            if answer.status != 202:
                raise RuntimeError(f"{url} answered {answer.status}: {answer.data.decode()}")
            accepted += 1
        return accepted

    with ThreadPoolExecutor(READERS) as readers:
        accepted = sum(readers.map(reader, range(READERS)))
    return accepted / (time.perf_counter() - started)
