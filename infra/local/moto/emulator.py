"""moto as an AWS endpoint on a loopback port, in its own process.

A process of its own keeps moto's state apart from that of a test under `mock_aws`, and its work off the main process.
It handles one request at a time, because moto is not thread-safe, with the patches of `moto_patches`. These paths are
added to those of AWS:

    /_emulator/writes?table=T&after=N  long poll: the number of writes to a table, once above N, or after a second
    /_emulator/objects?after=N  the same for writes to S3
    /_emulator/tables           the number of writes to each table of DynamoDB, as JSON
    /_emulator/changes          the number of writes to DynamoDB and S3
    /_emulator/outbox           every mail sent by SES, oldest first, as JSON: {"id", "source", "envelope"}
    /_emulator/state/open       load a file with the state of an earlier emulator; 409 with a sentence if that fails
    /_emulator/state/save       save the state into that file
    /_emulator/functions        execute state machines that are created from now on, with the functions at a URL
    /_emulator/executions       the names of running executions of state machines, as JSON
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from werkzeug.test import EnvironBuilder, run_wsgi_app

from infra.local.account import ACCOUNT, REGION
from infra.local.die_with_parent import die_with_parent
from infra.local.web import Application, Request, Response, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_WRITES = {
    "BatchWriteItem",
    "DeleteItem",
    "PutItem",
    "TransactWriteItems",
    "UpdateItem",
}


class EmulatorError(Exception):
    """The emulator did not start."""


class Emulator:
    """The emulator's process, which runs inside the context. `endpoint` is its URL."""

    def __enter__(self) -> Emulator:
        self._process = subprocess.Popen(  # noqa: S603  this program
            die_with_parent(sys.executable, "-m", "infra.local.moto.emulator"),
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
                "AWS_DEFAULT_REGION": REGION,
                "MOTO_DISABLE_GLOBAL_CORS": "true",
            },
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches only the main process, which ends this one
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    @property
    def endpoint(self) -> str:
        """moto's URL. Waits until moto is ready. Raises EmulatorError if it does not start."""
        if not hasattr(self, "_endpoint"):
            line = self._process.stdout.readline() if self._process.stdout else ""
            if not line:
                raise EmulatorError("The AWS emulator did not start; see its output above.")
            self._endpoint = line.strip()
        return self._endpoint

    def wait_for_write(self, table: str, after: int) -> int:
        """The number of writes to a table, once it is above `after` or a second has passed."""
        return int(self._get(f"/_emulator/writes?table={quote(table)}&after={after}"))

    def writes(self) -> dict[str, int]:
        """The number of writes to each table that has any."""
        counts: dict[str, int] = json.loads(self._get("/_emulator/tables"))
        return counts

    def wait_for_object(self, after: int) -> int:
        """The number of writes to S3, once it is above `after` or a second has passed."""
        return int(self._get(f"/_emulator/objects?after={after}"))

    def changes(self) -> int:
        """The number of writes to DynamoDB and S3 so far."""
        return int(self._get("/_emulator/changes"))

    def outbox(self) -> list[dict[str, Any]]:
        """Every mail sent by SES, oldest first: id, source, envelope."""
        mails: list[dict[str, Any]] = json.loads(self._get("/_emulator/outbox"))
        return mails

    def execute_state_machines(self, functions: str) -> None:
        """Execute state machines that are created from now on. Their tasks call the Lambda at the URL `functions`."""
        self._get("/_emulator/functions", functions.encode())

    def executions(self) -> list[str]:
        """The names of the executions of state machines that have not ended."""
        names: list[str] = json.loads(self._get("/_emulator/executions"))
        return names

    def open_state(self, path: Path, site: str, names: Mapping[str, tuple[str, str]]) -> bool:
        """Load the state in the file at `path`, if there is one, and keep it there. Returns whether there was one.

        `names` are the types and physical names of resources by their logical names. Raises EmulatorError with a
        sentence if the file cannot be used by a deployment with this URL and these resources.
        """
        wanted = json.dumps({"path": str(path.resolve()), "site": site, "names": dict(names)}).encode()
        try:
            return self._get("/_emulator/state/open", wanted) != b"new"
        except urllib.error.HTTPError as refusal:
            raise EmulatorError(refusal.read().decode()) from refusal

    def save_state(self, positions: Mapping[str, int]) -> None:
        """Save the state. `positions` are the numbers of the first stream record that is not processed, by table."""
        self._get("/_emulator/state/save", json.dumps(dict(positions)).encode())

    def _get(self, target: str, body: bytes | None = None) -> bytes:
        with urllib.request.urlopen(self.endpoint + target, body) as response:  # noqa: S310  our own URL
            content: bytes = response.read()
        return content


class Moto:
    """moto's WSGI application, for one request at a time. Runs in the emulator's process."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  takes seconds
            DomainDispatcherApplication,
            create_backend_app,
        )

        from infra.local.moto.moto_patches import LOCK  # noqa: PLC0415  imports moto

        self._application = DomainDispatcherApplication(create_backend_app)
        self._lock = LOCK
        self._writes: Counter[str] = Counter()
        self._objects = 0
        self._written = threading.Condition()
        self._saving = threading.Lock()
        self._executing = ExitStack()  # open until the process ends
        self._own: Mapping[str, Application] = {
            "/_emulator/writes": lambda request: self._poll(request, lambda table: self._writes[table]),
            "/_emulator/objects": lambda request: self._poll(request, lambda _: self._objects),
            "/_emulator/tables": lambda _: self._tables(),
            "/_emulator/changes": lambda _: Response(body=str(self._writes.total() + self._objects).encode()),
            "/_emulator/outbox": lambda _: self._outbox(),
            "/_emulator/state/open": lambda request: self._open_state(json.loads(request.body)),
            "/_emulator/state/save": lambda request: self._save_state(json.loads(request.body)),
            "/_emulator/functions": lambda request: self._execute(request.body.decode()),
            "/_emulator/executions": lambda _: self._executions(),
        }

    def __call__(self, request: Request) -> Response:
        if request.path in self._own:
            return self._own[request.path](request)
        with self._lock:
            response = _call_wsgi(self._application, request)
        with self._written:
            self._objects += request.method in {"PUT", "DELETE"}
            self._writes.update(_written_tables(request))
            self._written.notify_all()
        return response

    def _open_state(self, wanted: Mapping[str, Any]) -> Response:
        from infra.local.moto.state import State, StateError  # noqa: PLC0415  imports moto

        try:
            self._state = State(Path(wanted["path"]), wanted["site"], wanted["names"])
        except StateError as error:
            return Response(409, body=str(error).encode())
        return Response(body=b"new" if self._state.empty else b"loaded")

    def _save_state(self, positions: Mapping[str, int]) -> Response:
        with self._saving:
            self._state.save(positions)
        return Response(204)

    def _execute(self, functions: str) -> Response:
        with self._lock:
            from infra.local.moto.state_machines import executed  # noqa: PLC0415  imports moto, and its parser

            self._executing.enter_context(executed(functions))
        return Response(204)

    def _executions(self) -> Response:
        from infra.local.moto.state_machines import running  # noqa: PLC0415  imports moto, and its parser

        with self._lock:
            return Response(body=json.dumps(running()).encode())

    def _outbox(self) -> Response:
        with self._lock:
            return Response(body=json.dumps(_sent_mails()).encode())

    def _tables(self) -> Response:
        with self._written:
            return Response(body=json.dumps(self._writes).encode())

    def _poll(self, request: Request, count: Callable[[str], int]) -> Response:
        query = parse_qs(request.query)
        after, [table] = int(query["after"][0]), query.get("table", [""])
        with self._written:
            self._written.wait_for(lambda: count(table) > after, timeout=1)
            return Response(body=str(count(table)).encode())


def _written_tables(request: Request) -> set[str]:
    """The tables that a request writes to; none if it is no write to DynamoDB."""
    if (request.header("X-Amz-Target") or "").rpartition(".")[2] not in _WRITES:
        return set()
    body = json.loads(request.body)
    transacted = [operation for item in body.get("TransactItems", ()) for operation in item.values()]
    named = {operation["TableName"] for operation in (body, *transacted) if "TableName" in operation}
    return {name.rpartition("/")[2] for name in (*named, *body.get("RequestItems", ()))}  # of an ARN, too


def _sent_mails() -> list[dict[str, Any]]:
    from moto.ses.models import RawMessage, ses_backends  # noqa: PLC0415  imports moto

    # Broadsheet sends raw mails only; moto drops most of any other mail.
    return [
        {"id": mail.id, "source": mail.raw_data, "envelope": vars(mail)["envelope"]}
        for mail in ses_backends[ACCOUNT][REGION].sent_messages
        if isinstance(mail, RawMessage)
    ]


def _call_wsgi(application: WSGIApplication, request: Request) -> Response:
    builder = EnvironBuilder(
        path=request.target,
        base_url=f"http://{request.header('Host') or '127.0.0.1'}",
        method=request.method,
        headers=[header for header in request.headers if header[0].lower() != "transfer-encoding"],
        data=request.body,
        environ_base={"REMOTE_ADDR": request.client, "SERVER_PROTOCOL": request.version},
    )
    body, status, headers = run_wsgi_app(application, builder.get_environ(), buffered=True)
    return Response(int(status.partition(" ")[0]), list(headers.items()), b"".join(body))


def _raise_send_rate() -> None:
    """Let SES take mails as fast as moto can."""
    from moto.ses.models import ses_backends  # noqa: PLC0415  imports moto

    from infra.local.moto.ses_patches import LOCAL_SEND_RATE, send_quota  # noqa: PLC0415  imports moto

    send_quota(ses_backends[ACCOUNT][REGION])["MaxSendRate"] = LOCAL_SEND_RATE


def main() -> None:
    """Serve until killed. The first line of output is the URL."""
    from infra.local.moto.moto_patches import LOCK, patched  # noqa: PLC0415  takes seconds

    with patched():
        server = Server(Moto())
        # The first request waits, because concurrent imports of moto can see incomplete modules.
        with LOCK:
            print(f"http://127.0.0.1:{server.port}", flush=True)  # noqa: T201  the main process reads the URL
            import_module("moto.cloudformation.models")  # takes two seconds and is needed first
            _raise_send_rate()
            # moto's modules and the stored items live to the end: collecting garbage walks through them too often.
            gc.freeze()
            gc.set_threshold(20_000, 20, 10)
        threading.Event().wait()


if __name__ == "__main__":
    main()
