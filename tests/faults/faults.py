"""Faults: the ways in which a call to AWS can fail, and the injector that makes calls of a run fail so."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from urllib3.exceptions import ProtocolError

from broadsheet.deadline import UNLIMITED, Deadline
from tests.faults.interceptor import Call, Listener, Refusal
from tests.faults.process import Killed

URL = "https://aws.example"


class Mode(Enum):
    """How a call fails."""

    UNSENT = "it fails before it takes effect"
    THROTTLED = "it is throttled"
    CONFLICT = "it is refused because of another client's write in progress"
    UNHEARD = "it takes effect and its response is lost"
    RESENT = "it takes effect, its response is lost, and the client sends it again"
    PARTLY = "AWS takes every other entry of it, and says so"
    KILLED_BEFORE = "the process is killed before it"
    KILLED_AFTER = "the process is killed after it"

    @property
    def takes_effect(self) -> bool:
        return self in (Mode.UNHEARD, Mode.RESENT, Mode.PARTLY, Mode.KILLED_AFTER)

    def applies(self, call: Call) -> bool:
        """Whether this call can fail in this way, and the way differs from the others.

        A process that is killed after a read might as well be killed before the next call; and for a read it makes no
        difference whether the request or the response is lost.
        """
        match self:
            case Mode.CONFLICT:
                return call.conditional
            case Mode.UNHEARD:
                return not call.reads
            case Mode.RESENT:
                return call.single
            case Mode.PARTLY:
                return len(call.params.get("Entries", ())) > 1
            case _:
                return self is not Mode.KILLED_AFTER or not call.reads


# The responses of each service that throttles a client, and of one that refuses a write because of another in progress.
THROTTLES = {
    "dynamodb": Refusal("ThrottlingException", 400),
    "s3": Refusal("SlowDown", 503),
    "sesv2": Refusal("TooManyRequestsException", 429),
    "secretsmanager": Refusal("ThrottlingException", 400),
    "sqs": Refusal("ThrottlingException", 400),
    "events": Refusal("ThrottlingException", 400),
    "stepfunctions": Refusal("ThrottlingException", 400),
    "hub": Refusal("", 429),
    "indexnow": Refusal("", 429),
}
CANCELLED = Refusal(
    "TransactionCanceledException",
    400,
    {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]},
)
CONFLICTS = {
    "TransactWriteItems": CANCELLED,
    "TransactGetItems": CANCELLED,
    "PutItem": Refusal("TransactionConflictException", 400),
    "DeleteItem": Refusal("TransactionConflictException", 400),
    "PutObject": Refusal("ConditionalRequestConflict", 409),
    "DeleteObject": Refusal("ConditionalRequestConflict", 409),
}


@dataclass(frozen=True)
class Fault:
    """A call that fails: its number in the run, from 1, and how it fails."""

    number: int
    mode: Mode

    def __str__(self) -> str:
        return f"call {self.number}: {self.mode.value}"


Watcher = Callable[[Call], None]
"""Is called after each call that took effect. It must not raise: the code under test would catch that."""


def unwatched(_: Call) -> None:
    """Watches nothing."""


@dataclass
class FaultInjector(Listener):
    """Numbers the calls of a run, and makes some of them fail.

    At call `late_at` the invocation runs out of time: its `deadline` has passed until the next attempt.
    """

    faults: tuple[Fault, ...]
    send: Callable[[Call], None]
    late_at: int | None = None
    watch: Watcher = unwatched
    calls: list[Call] = field(default_factory=list)
    injected: list[tuple[Call, Mode]] = field(default_factory=list)

    @property
    def late(self) -> bool:
        return self.late_at is not None and len(self.calls) >= self.late_at

    @property
    def deadline(self) -> Deadline:
        return Deadline(lambda: 0.0 if self.late else UNLIMITED.left)

    def before(self, call: Call) -> Refusal | None:
        self.calls.append(call)
        mode = self._mode()
        if mode is None or mode in (Mode.UNHEARD, Mode.KILLED_AFTER) or not mode.applies(call):
            return None
        self.injected.append((call, mode))
        match mode:
            case Mode.RESENT:
                self.send(call)
                return None
            case Mode.PARTLY:
                return self._partly(call)
            case Mode.KILLED_BEFORE:
                raise Killed
            case Mode.UNSENT:
                raise _no_response(call, EndpointConnectionError)
            case Mode.THROTTLED:
                return THROTTLES[call.service]
            case _:
                return CONFLICTS[call.operation]

    def _partly(self, call: Call) -> Refusal:
        """Send every other entry, and answer for all of them as EventBridge does."""
        entries = call.params["Entries"]
        self.send(replace(call, params={"Entries": entries[::2]}))
        refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "refused by a test"}
        results = [refused if place % 2 else {"EventId": "sent"} for place in range(len(entries))]
        return Refusal("", 200, {"FailedEntryCount": len(entries) // 2, "Entries": results})

    def after(self, call: Call, done: bool) -> None:
        """The response of a refused call can be lost too."""
        if done:
            self.watch(call)
        mode = self._mode()
        if mode in (Mode.UNHEARD, Mode.KILLED_AFTER):
            self.injected.append((call, mode))
            raise Killed if mode is Mode.KILLED_AFTER else _no_response(call, ReadTimeoutError)

    def _mode(self) -> Mode | None:
        return next((fault.mode for fault in self.faults if fault.number == len(self.calls)), None)


def _no_response(call: Call, error: type[EndpointConnectionError | ReadTimeoutError]) -> Exception:
    return ProtocolError(URL) if call.service in ("hub", "indexnow") else error(endpoint_url=URL)
