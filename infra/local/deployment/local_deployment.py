"""The local deployment: starts everything that the template describes, and stops it.

with LocalDeployment() as stack:
    urlopen(stack.url + "/en/")
    stack.settle()
    stack.outbox()
    stack.feedback(1, "delivery")
    stack.pings()
    stack.submissions()
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from types import TracebackType

from rich.progress import Progress

from infra.local.console import Console, Health
from infra.local.deployment import sample
from infra.local.deployment.deployment import deploy
from infra.local.deployment.keeping import Keeper
from infra.local.deployment.sample import SampleError
from infra.local.functions import dead_letters, event_sources
from infra.local.functions.failures import Failure, Failures
from infra.local.functions.invocation import Invocation
from infra.local.functions.invoke_api import InvokeApi
from infra.local.functions.queues import QueueReader
from infra.local.functions.reload import Watcher
from infra.local.functions.restarts import Restarts
from infra.local.functions.runtime import Function
from infra.local.functions.schedules import Asynchronous, Clock
from infra.local.functions.streams import StreamReader
from infra.local.functions.topics import Topics
from infra.local.moto.clients import AwsClients
from infra.local.moto.emulator import Emulator, EmulatorError
from infra.local.resources import Deployment
from infra.local.services import distribution, feedback, gateway, hub, live_reload, routing, search_engines
from infra.local.services.cdn import Cdn
from infra.local.services.gateway import Gateway
from infra.local.services.hub import Hub, Ping
from infra.local.services.live_reload import LiveReload
from infra.local.services.outbox import Mail
from infra.local.services.search_engines import SearchEngines, Submission
from infra.local.template import template
from infra.local.template.intrinsics import TemplateError
from infra.local.waiting import STALL, wait_for
from infra.local.web import Request, Response, Server, bypass_proxies, text
from infra.template.paper_layer import CONTENT

ROOT = Path(__file__).parents[3]
SENDER = "newsletter@courier.example"
MAX_FAILED_STARTS = 3
"""Processes of a function that end before they are ready, one after the other, until a start counts as stuck."""


class DeploymentError(Exception):
    """The local deployment cannot start, or does not become idle. The text is one sentence for the terminal."""


class LocalDeployment:
    """A local deployment, which runs inside its context. Leaving the context ends every process that it started.

    Port 0 means any free port. `sample` loads the sample edition on entering, with a bar in `progress`. `parameters`
    are parameters of the template; those with the deployment's own URLs are set anyway. `paper` is the folder of a
    paper, which is watched as `code` is. `print_line` gets messages for the terminal, and `on_serving` the URL once
    the site answers, before the sample edition is loaded. With `live_reload`, pages in a browser reload when the site
    has changed. `keep` is a folder in which the data stay for the next deployment; then the sample edition is loaded
    only if the folder has none. Entering raises DeploymentError if the deployment cannot start.
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
        paper: Path | None = None,
        print_line: Callable[[str], None] = lambda _: None,
        live_reload: bool = False,
        keep: Path | None = None,
        on_serving: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._port, self._sample = port, sample
        self._progress = progress or Progress(disable=True)
        self._template, self._code, self._print_line = template_path, code, print_line
        self._paper = paper
        self._parameters = parameters or {}
        self._on_serving, self._keep = on_serving, keep
        self._live_reload = LiveReload() if live_reload else None
        self._ready = False
        self._console: Console | None = None
        self._cdn: Cdn | None = None
        self._api: Gateway | None = None
        self._exit_stack = ExitStack()
        self._broken_functions: set[str] = set()
        self.functions: dict[str, Function] = {}
        self.readers: list[StreamReader] = []
        self.invocations: deque[Invocation] = deque(maxlen=500)
        self.failures = Failures()
        self._reports_failures = False
        self._succeeded = self._failed = 0

    def __enter__(self) -> LocalDeployment:
        bypass_proxies()
        try:
            with ExitStack() as exit_stack:
                self._exit_stack = exit_stack
                self._start()
                self._exit_stack = exit_stack.pop_all()
        except (TemplateError, EmulatorError, SampleError) as error:
            raise DeploymentError(str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready = self._reports_failures = False
        self._exit_stack.close()

    # --- public ---

    def outbox(self) -> list[Mail]:
        """Every mail sent so far, oldest first."""
        return [Mail.read(number, sent) for number, sent in enumerate(self._emulator.outbox(), 1)]

    def feedback(self, number: int, kind: str) -> None:
        """Publish SES's notification about mail `number` of the outbox to the topics of its configuration set.

        `kind` is one of `feedback.KINDS`, such as "delivery". After a complaint SES has the recipients on its
        suppression list, if the configuration set says so. Raises KeyError for an unknown mail or kind.
        """
        mail = {mail.number: mail for mail in self.outbox()}[number]
        event = feedback.event(mail, kind, datetime.now(UTC))
        listed = kind == "complaint" and event_sources.suppresses_complaints(self.deployment, mail.configuration_set)
        for email in mail.recipients if listed else ():
            self.clients.ses.put_suppressed_destination(EmailAddress=email, Reason="COMPLAINT")
        for destination in event_sources.event_destinations(self.deployment):
            if destination.configuration_set == mail.configuration_set and destination.kinds & event.keys():
                self._topics.publish(destination.topic, feedback.SUBJECT, json.dumps(event, ensure_ascii=False))

    def pings(self) -> list[Ping]:
        """Every ping of the WebSub hub so far, oldest first. Clear `hub.alive` to make the hub unresponsive."""
        return list(self.hub.pings)

    def submissions(self) -> list[Submission]:
        """Every submission that search engines accepted so far, oldest first.

        `search_engines.status` makes them respond with another status than 200.
        """
        return list(self.search_engines.submissions)

    def health(self) -> Health:
        functions = list(self.functions.values())
        faults = {function.spec.name: function.fault for function in functions if function.fault}
        return Health(
            ready=self._ready and not faults and all(function.state in {"ready", "busy"} for function in functions),
            functions={function.spec.name: function.state for function in functions},
            faults=faults,
        )

    def fire(self, function: str) -> None:
        """Invoke `function` now, once for each of its schedules."""
        for schedule in self._clock.schedules:
            if schedule.function == function:
                self._clock.fire(schedule)

    def progress(self) -> tuple[object, ...]:
        """A value that changes while the deployment makes progress: writes, successful invocations, started functions.

        A function that fails again and again makes no progress.
        """
        return self._emulator.changes(), self._succeeded, self._starting()

    def _starting(self) -> tuple[tuple[str, float], ...]:
        """The functions that start, with the processor time that they took: a slow start is progress too.

        A process that ends before it is ready, again and again, is none.
        """
        return tuple(
            (name, function.processor_time if function.failed_starts < MAX_FAILED_STARTS else 0.0)
            for name, function in self.functions.items()
            if function.state == "starting"
        )

    def settle(self, stall: float = STALL) -> None:
        """Wait until every stream record has been processed and no invocation runs or waits.

        Does not wait for messages in queues, whose delay may be long. Raises DeploymentError, with what is still busy,
        after `stall` seconds without progress.
        """
        if not wait_for(lambda: not self._busy(), self.progress, stall):
            busy = ", ".join(self._busy())
            raise DeploymentError(f"No progress for {stall:g} s, and the local deployment is still busy: {busy}.")

    def _busy(self) -> list[str]:
        """The names of readers and functions that have work."""
        written = self._emulator.writes()
        busy = self._reading(written)
        busy += [name for name, function in self.functions.items() if not function.idle]
        busy += ["an asynchronous invocation"] if self._asynchronous.pending else []
        busy += [f"the execution {name}" for name in self._emulator.executions()]
        return busy if busy or written == self._emulator.writes() else ["a write"]

    def _reading(self, written: Mapping[str, int]) -> list[str]:
        """The names of the readers of streams that have not got so far in their tables."""
        return [reader.mapping.name for reader in self.readers if reader.drained < written.get(reader.table, 0)]

    def _is_published(self) -> bool:
        """Whether the last change of the code is on the site, or a function failed since then."""
        return self._failed > self._failed_before or self._is_drained()

    def _is_drained(self) -> bool:
        """Whether every write so far has been processed by the functions on streams."""
        return not self._asynchronous.pending and not self._reading(self._emulator.writes())

    # --- start ---

    def _start(self) -> None:
        try:
            server = Server(self._serve, self._port, gateway.MAX_BODY)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "ports are 0 to 65535"
            raise DeploymentError(
                f"Port {self._port} is not available ({reason}); choose another one with PORT=."
            ) from error
        self._exit_stack.callback(server.close)
        self.url = f"http://127.0.0.1:{server.port}"
        self.hub = Hub(self.url, self._serve)
        self._exit_stack.callback(self.hub.alive.set)  # ends calls of a dead hub
        self._emulator = self._exit_stack.enter_context(Emulator())
        self.search_engines = SearchEngines(self.url, self._serve)
        urls = {
            "SiteUrl": self.url,
            "WebSubHub": self.url + hub.PATH,
            "IndexNowEndpoint": self.url + search_engines.PATH,
        }
        parameters = {"Sender": SENDER, "IndexNowKey": search_engines.KEY, **self._parameters, **urls}
        template.read(self._template, parameters)  # while the emulator starts, to report an invalid template at once
        self.clients = AwsClients(self._emulator.endpoint)
        invoke_api = InvokeApi(self.functions)
        self._exit_stack.callback(invoke_api.close)
        self._emulator.execute_state_machines(invoke_api.url)
        self.deployment = deploy(self._template, parameters, self.clients)
        keeper = self._load_kept()
        self._start_functions()
        self._connect(self.deployment)
        self._wait_for_functions()
        self._reports_failures = True  # before, an error ends the start with a sentence
        self._test_topics()
        self._watch_code()
        if self._live_reload:
            self._exit_stack.callback(self._live_reload.close)
            self._live_reload.follow(self._emulator.wait_for_object, self._is_drained)
        self._on_serving(self.url)
        self._run_each_minute()
        with self._progress if self._sample else nullcontext():
            self._load_content()
            # After the sample, so that it is published in one or two batches and not article by article.
            self._read_streams()
            self._read_queues()
            if self._sample:
                publishing = self._progress.add_task("Publishing", total=None)
                self.settle()
                self._progress.update(publishing, total=1, completed=1)
        self._ready = True
        if keeper:
            keeper.start()

    def _load_kept(self) -> Keeper | None:
        """Load the data of the last deployment. It is closed after the functions, so that it saves what they wrote."""
        if self._keep is None:
            return None
        keeper = Keeper(self._keep, self.url, self._emulator, self.deployment, self.readers)
        self._exit_stack.callback(keeper.close)
        self._sample = self._sample and not keeper.loaded
        return keeper

    def _watch_code(self) -> None:
        on_streams = {mapping.function for mapping in event_sources.stream_mappings(self.deployment)}
        publishers = [
            function
            for name, function in self.functions.items()
            if name in on_streams and self.site_bucket in function.spec.environment.values()
        ]
        functions = list(self.functions.values())
        self._restarts = Restarts(functions, publishers, self._publish_again, self._is_published, self._restarted)
        self._exit_stack.callback(self._restarts.close)
        self._exit_stack.callback(Watcher(self._code, self._changed).close)
        if self._paper:
            self._exit_stack.callback(Watcher(self._paper, self._paper_changed).close)

    def _publish_again(self) -> None:
        """Invoke with new code what brings the site up to date, and what failed with the old code."""
        self._run_each_minute()
        for reader in self.readers:
            if queue := reader.mapping.retries.queue:
                call = partial(reader.function.call, trigger="dead letter")
                Thread(target=dead_letters.retry, args=(self.clients, queue, call), daemon=True).start()

    def _load_content(self) -> None:
        """Put the static pages of the paper, and the sample."""
        self._put_pages()
        if self._sample:
            moved = self._emulator.changes
            loaded = sample.load(self.url, self.clients, self.site_bucket, self._paper, self._progress, moved)
            for sentence in loaded:
                self._print_line(sentence)

    def _put_pages(self) -> None:
        sample.put_pages(self.url, self._paper, self._progress, self._emulator.changes)

    def _run_each_minute(self) -> None:
        """Fire the schedules that are due each minute: on AWS they have run before anybody looks at the site."""
        for schedule in self._clock.schedules:
            if schedule.expression == "rate(1 minute)":
                self._clock.fire(schedule)

    def _start_functions(self) -> None:
        for described in event_sources.functions(self.deployment):
            spec = replace(described, environment=self._with_paper(described.environment))
            function = Function(
                spec,
                self._code,
                self._emulator.endpoint,
                on_state=self._report_state,
                on_done=self._report,
                on_failure=self._report_failure,
            )
            self._exit_stack.callback(function.close)
            self.functions[spec.name] = function

    def _with_paper(self, environment: Mapping[str, str]) -> dict[str, str]:
        """A function's variables. Where the template names the layer's folder, it is this machine's, or none."""
        own = {"PAPER_FOLDER": str(self._paper or "")} if "PAPER_FOLDER" in environment else {}
        return {**environment, **own}

    def _connect(self, deployment: Deployment) -> None:
        behaviours = distribution.behaviours(deployment)
        self.site_bucket = next(origin.bucket for origin in behaviours[-1].origins if origin.bucket)
        self._api = Gateway(routing.routes(deployment), self.functions, routing.cors(deployment))
        self._cdn = Cdn(behaviours, self.clients, self._api)
        self._asynchronous = Asynchronous(self.clients)
        self._exit_stack.callback(self._asynchronous.close)
        self._topics = Topics(event_sources.subscriptions(deployment), self.functions, self._asynchronous)
        self._clock = Clock(event_sources.schedules(deployment), self.functions, self._asynchronous)
        self._exit_stack.callback(self._clock.close)
        self._console = Console(self)

    def _test_topics(self) -> None:
        """Send the test message that SES sends to a new event destination."""
        for destination in event_sources.event_destinations(self.deployment):
            self._topics.publish(destination.topic, feedback.SUBJECT, feedback.TEST_MESSAGE)

    def _wait_for_functions(self) -> None:
        if not wait_for(lambda: not self._starting(), self._starting):
            names = ", ".join(name for name, _ in self._starting())
            raise DeploymentError(f"No progress for {STALL:g} s, and these functions have not started: {names}.")
        for name, function in self.functions.items():
            if function.fault:
                raise DeploymentError(f"{name} cannot start: {function.fault}")

    def _read_streams(self) -> None:
        for mapping in event_sources.stream_mappings(self.deployment):
            reader = StreamReader(mapping, self.functions[mapping.function], self.clients, self._emulator)
            self._exit_stack.callback(reader.close)
            self.readers.append(reader)

    def _read_queues(self) -> None:
        for mapping in event_sources.queue_mappings(self.deployment):
            url = self.deployment.name(mapping.queue)
            reader = QueueReader(mapping, self.functions[mapping.function], self.clients, url)
            self._exit_stack.callback(reader.close)

    # --- operation ---

    def _serve(self, request: Request) -> Response:
        if request.path == hub.PATH:
            return self.hub(request)
        if request.path == search_engines.PATH:
            return self.search_engines(request)
        if self._live_reload and request.path in {live_reload.PATH, live_reload.SCRIPT}:
            return self._live_reload(request)
        if self._console and f"{request.path}/".startswith("/_local/"):
            return self._console(request)
        return self._live_reload.page(request, self._site) if self._live_reload else self._site(request)

    def _site(self, request: Request) -> Response:
        if self._cdn is None or self._api is None:
            return text(503, "The local deployment is starting.\n")
        return self._api(request) if self._api.serves(request.path) else self._cdn(request)

    def _changed(self, paths: list[Path]) -> None:
        names = ", ".join(map(str, paths[:3])) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        self._print_line(f"Changed: {names}. The functions restart.")
        self._failed_before, self._objects_before = self._failed, self._emulator.wait_for_object(-1)
        self._restarts.begin()

    def _paper_changed(self, paths: list[Path]) -> None:
        """Put changed static pages; everything else of the paper but its sample is read by functions."""
        if any(path.parts[0] == "pages" for path in paths):
            try:
                self._put_pages()
            except SampleError as error:
                self._print_line(str(error))
        if read := [path for path in paths if path.parts[0] not in CONTENT]:
            self._changed(read)

    def _restarted(self) -> None:
        """Have pages reload that come from functions. Where objects were written, pages reload because of those."""
        succeeded = self._failed == self._failed_before
        if self._live_reload and succeeded and self._emulator.wait_for_object(-1) == self._objects_before:
            self._live_reload.announce()

    def _report_state(self, function: Function) -> None:
        name = function.spec.name
        if function.fault:
            self._broken_functions.add(name)
        elif name in self._broken_functions:
            self._broken_functions.discard(name)
            self._print_line(f"{name} can be loaded again.")

    def _report(self, invocation: Invocation) -> None:
        self.invocations.append(invocation)
        self._failed += invocation.error is not None
        self._succeeded += invocation.error is None and invocation.reported == set()

    def _report_failure(self, failure: Failure) -> None:
        if self._reports_failures:
            self._print_line(self.failures.add(failure).text)
