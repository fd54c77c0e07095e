"""The whole system on one machine, from the template: AWS by moto, the functions by Lambda's runtime client.

    with LocalStack() as stack:
        urlopen(stack.url + "/en/")
        stack.settle()
        stack.outbox()
        stack.feedback(1, "delivered")
        stack.told()

Nothing of it outlives the context.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from rich.progress import Progress

from infra.local.console import Console
from infra.local.deployment import sample
from infra.local.deployment.deployment import Deployment, deploy
from infra.local.deployment.sample import SampleError
from infra.local.functions import event_sources
from infra.local.functions.invocation import Invocation
from infra.local.functions.queues import QueueReader
from infra.local.functions.reload import Watcher
from infra.local.functions.runtime import Function
from infra.local.functions.schedules import Asynchronous, Clock
from infra.local.functions.streams import StreamReader
from infra.local.functions.topics import Topics
from infra.local.moto.clients import Cloud
from infra.local.moto.emulator import Emulator, EmulatorError
from infra.local.services import distribution, feedback, gateway, hub, routing
from infra.local.services.cdn import Cdn
from infra.local.services.gateway import Gateway
from infra.local.services.hub import Hub, Ping
from infra.local.services.outbox import Mail
from infra.local.services.web import Request, Response, Server, text
from infra.local.template import template
from infra.local.template.intrinsics import TemplateError
from infra.local.waiting import STALL, wait_for

ROOT = Path(__file__).parents[3]
SENDER = "newsletter@courier.example"


class StackError(Exception):
    """The stack cannot start, or cannot come to rest. Its text is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Health:
    """Whether everything runs: the functions' states by name, and what is wrong, if something is."""

    ready: bool
    functions: dict[str, str]
    faults: dict[str, str]


class LocalDeployment:
    """A running stack, between entering and leaving the context.

    Port 0 takes a free one. `sample` loads the sample edition before the context is entered, and shows how far it is in
    `progress`. `parameters` are the template's, those aside that say where this stack is. `say` gets each sentence for
    the terminal. Entering raises StackError when the stack cannot start. Leaving ends every process it started.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        sample: bool = False,
        progress: Progress | None = None,
        template_path: Path = ROOT / "template.yaml",
        parameters: Mapping[str, str] | None = None,
        code: Path = ROOT / "functions",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._wanted_port, self._sample = port, sample
        self._progress = progress or Progress(disable=True)
        self._template, self._code, self._say = template_path, code, say
        self._parameters = parameters or {}
        self._ready = False
        self._console: Console | None = None
        self._cdn: Cdn | None = None
        self._open = ExitStack()
        self._broken: set[str] = set()
        self.functions: dict[str, Function] = {}
        self.readers: list[StreamReader] = []
        self.invocations: deque[Invocation] = deque(maxlen=500)
        self._succeeded = 0

    def __enter__(self) -> LocalDeployment:
        try:
            with ExitStack() as opened:
                self._open = opened
                self._start()
                self._open = opened.pop_all()
        except (TemplateError, EmulatorError, SampleError) as error:
            raise StackError(str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready = False
        self._open.close()

    # --- for those who use it ---

    def outbox(self) -> list[Mail]:
        """Every mail sent so far, oldest first."""
        return [Mail.read(number, sent) for number, sent in enumerate(self._emulator.outbox(), 1)]

    def feedback(self, number: int, kind: str) -> None:
        """Let SES say what became of mail `number` of the outbox, to the topics that want to hear of it, and return.

        `kind` is one of `feedback.KINDS`: "delivered", for one. Raises KeyError for a mail or a kind that is none.
        """
        mail = {mail.number: mail for mail in self.outbox()}[number]
        event = feedback.event(mail, kind, datetime.now(UTC))
        for destination in event_sources.event_destinations(self.deployment):
            if destination.configuration_set == mail.configuration_set and destination.kinds & event.keys():
                self._topics.publish(destination.topic, feedback.SUBJECT, json.dumps(event, ensure_ascii=False))

    def told(self) -> list[Ping]:
        """What the WebSub hub was told so far, oldest first. `hub.alive` says whether it answers at all."""
        return list(self.hub.told)

    def health(self) -> Health:
        functions = list(self.functions.values())
        faults = {function.spec.name: function.fault for function in functions if function.fault}
        return Health(
            ready=self._ready and not faults and all(function.state in {"ready", "busy"} for function in functions),
            functions={function.spec.name: function.state for function in functions},
            faults=faults,
        )

    def fire(self, function: str) -> None:
        """Send the events of every schedule that calls `function`, now."""
        for schedule in self._clock.schedules:
            if schedule.function == function:
                self._clock.fire(schedule)

    def progress(self) -> tuple[int, int, int]:
        """A value that changes as long as something moves: what was written, what succeeded, what has started.

        A function that fails again and again is no progress.
        """
        starting = sum(function.state == "starting" for function in self.functions.values())
        return self._emulator.changes(), self._succeeded, starting

    def settle(self, stall: float = STALL) -> None:
        """Wait until every write has been read from its stream and dealt with, and nothing runs or waits.

        What lies in a queue is not waited for, since its delay may be long; who wants that waits for what comes of it.
        Raises StackError, saying what is still at work, when there was no progress for `stall` seconds.
        """
        if not wait_for(lambda: not self._unsettled(), self.progress, stall):
            at_work = ", ".join(self._unsettled())
            raise StackError(f"Nothing has moved for {stall:g} s, and the stack is still at work: {at_work}.")

    def _unsettled(self) -> list[str]:
        """What is still at work."""
        written = self._emulator.wait_for_write(-1)
        late = [reader.mapping.name for reader in self.readers if reader.drained < written]
        late += [name for name, function in self.functions.items() if not function.idle]
        late += ["an asynchronous invocation"] if self._asynchronous.pending else []
        return late if late or written == self._emulator.wait_for_write(-1) else ["a write"]

    # --- how it starts ---

    def _start(self) -> None:
        try:
            server = Server(self._serve, self._wanted_port, gateway.LARGEST_BODY)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "ports are 0 to 65535"
            raise StackError(
                f"Port {self._wanted_port} cannot be had ({reason}); choose another with PORT=."
            ) from error
        self._open.callback(server.close)
        self.url = f"http://127.0.0.1:{server.port}"
        self.hub = Hub(self.url, self._serve)
        self._open.callback(self.hub.alive.set)  # lets go of who still waits for it
        self._emulator = self._open.enter_context(Emulator())
        own = {"SiteUrl": self.url, "WebSubHub": self.url + hub.PATH}
        parameters = {"Sender": SENDER, **self._parameters, **own}
        template.read(self._template, parameters)  # while the emulator starts; a bad template is known at once
        self.cloud = Cloud(self._emulator.endpoint)
        self.deployment = deploy(self._template, parameters, self.cloud)
        self._start_functions()
        self._connect(self.deployment)
        self._wait_for_functions()
        self._test_topics()
        self._open.callback(Watcher(self._code, self._changed).close)
        with self._progress if self._sample else nullcontext():
            if self._sample:
                sample.load(self.url, self.cloud, self.site_bucket, self._progress)
            # Only now, so that the sample is published in a batch or two and not article by article.
            self._read_streams()
            self._read_queues()
            if self._sample:
                publishing = self._progress.add_task("Publishing", total=None)
                self.settle()
                self._progress.update(publishing, total=1, completed=1)
        self._ready = True

    def _start_functions(self) -> None:
        for spec in event_sources.functions(self.deployment):
            function = Function(
                spec, self._code, self._emulator.endpoint, on_state=self._report_state, on_done=self._report
            )
            self._open.callback(function.close)
            self.functions[spec.name] = function

    def _connect(self, deployment: Deployment) -> None:
        behaviours = distribution.behaviours(deployment)
        self.site_bucket = next(origin.bucket for origin in behaviours[-1].origins if origin.bucket)
        api = Gateway(routing.routes(deployment), self.functions, routing.cors(deployment))
        self._cdn = Cdn(behaviours, self.cloud, api)
        self._asynchronous = Asynchronous(self.cloud)
        self._open.callback(self._asynchronous.close)
        self._topics = Topics(event_sources.subscriptions(deployment), self.functions, self._asynchronous)
        self._clock = Clock(event_sources.schedules(deployment), self.functions, self._asynchronous)
        self._open.callback(self._clock.close)
        self._console = Console(self)

    def _test_topics(self) -> None:
        """As SES does when the deployment makes an event destination."""
        for destination in event_sources.event_destinations(self.deployment):
            self._topics.publish(destination.topic, feedback.SUBJECT, feedback.TEST_MESSAGE)

    def _wait_for_functions(self) -> None:
        def starting() -> list[str]:
            return [name for name, function in self.functions.items() if function.state == "starting"]

        if not wait_for(lambda: not starting(), lambda: len(starting())):
            raise StackError(f"Nothing has moved for {STALL:g} s, and these have not started: {', '.join(starting())}.")
        for name, function in self.functions.items():
            if function.fault:
                raise StackError(f"{name} cannot start: {function.fault}")

    def _read_streams(self) -> None:
        for mapping in event_sources.stream_mappings(self.deployment):
            reader = StreamReader(mapping, self.functions[mapping.function], self.cloud, self._emulator)
            self._open.callback(reader.close)
            self.readers.append(reader)

    def _read_queues(self) -> None:
        for mapping in event_sources.queue_mappings(self.deployment):
            url = self.deployment.name(mapping.queue)
            reader = QueueReader(mapping, self.functions[mapping.function], self.cloud, url)
            self._open.callback(reader.close)

    # --- what it does while it runs ---

    def _serve(self, request: Request) -> Response:
        if request.path == hub.PATH:
            return self.hub(request)
        if self._console and f"{request.path}/".startswith("/_local/"):
            return self._console(request)
        if self._cdn is None:
            return text(503, "The local stack is starting.\n")
        return self._cdn(request)

    def _changed(self, paths: list[Path]) -> None:
        names = ", ".join(map(str, paths[:3])) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        self._say(f"Changed: {names}. The functions start anew.")
        for function in self.functions.values():
            function.renew()

    def _report_state(self, function: Function) -> None:
        name = function.spec.name
        if function.fault and self._ready:
            self._broken.add(name)
            self._say(f"{name} cannot be loaded: {function.fault}")
        elif not function.fault and name in self._broken:
            self._broken.discard(name)
            self._say(f"{name} is back.")

    def _report(self, invocation: Invocation) -> None:
        self.invocations.append(invocation)
        self._succeeded += invocation.error is None and invocation.reported == set()
        if invocation.error and self._ready:
            self._say(f"{invocation.function} failed ({invocation.trigger}): {invocation.error}")
