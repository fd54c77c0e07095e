"""moto, serving AWS's interfaces on a loopback port from a process of its own.

A process, so that the stack and a test under `mock_aws` do not share (and wipe) moto's state, and so that moto's work
does not slow down the rest. Requests are taken one at a time (moto is not atomic under threads), with the repairs of
`infra.local.moto.moto_patches`. Three addresses of its own come on top of AWS's:

    /_emulator/writes?after=N   the number of DynamoDB writes so far, as soon as it is above N, or after a second
    /_emulator/changes          the number of writes to DynamoDB and S3 so far
    /_emulator/outbox           every mail given to SES, oldest first, as JSON: {"id", "source", "envelope"}
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from infra.local.account import ACCOUNT, REGION
from infra.local.functions.die_with_parent import die_with_parent
from infra.local.services.web import Request, Response, Server
from infra.local.waiting import STALL

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
    """The emulator's process, from entering to leaving the context. `endpoint` is moto's URL."""

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
            start_new_session=True,  # Ctrl-C is for the stack, which ends this process in its turn
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
        """moto's URL. Waits until it answers. Raises EmulatorError if it never will."""
        if not hasattr(self, "_endpoint"):
            line = self._process.stdout.readline() if self._process.stdout else ""
            if not line:
                raise EmulatorError("The AWS emulator did not start; its reasons stand above.")
            self._endpoint = line.strip()
        return self._endpoint

    def wait_for_write(self, after: int) -> int:
        """The number of writes to DynamoDB, when it is above `after` or a second has passed."""
        return int(self._get(f"/_emulator/writes?after={after}"))

    def changes(self) -> int:
        """The number of writes to DynamoDB and S3 so far."""
        return int(self._get("/_emulator/changes"))

    def outbox(self) -> list[dict[str, Any]]:
        """Every mail given to SES, oldest first: its id, its source, and what SES was told beside it."""
        mails: list[dict[str, Any]] = json.loads(self._get("/_emulator/outbox"))
        return mails

    def _get(self, target: str) -> bytes:
        with urllib.request.urlopen(self.endpoint + target, timeout=STALL) as response:  # noqa: S310  our own URL
            content: bytes = response.read()
        return content


class Moto:
    """moto's WSGI application, called for one request at a time. Runs in the emulator's process."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  takes seconds
            DomainDispatcherApplication,
            create_backend_app,
        )

        from infra.local.moto.moto_patches import LOCK  # noqa: PLC0415  imports moto

        self._application = DomainDispatcherApplication(create_backend_app)
        self._lock = LOCK
        self._writes = self._objects = 0
        self._written = threading.Condition()

    def __call__(self, request: Request) -> Response:
        match request.path:
            case "/_emulator/writes":
                return Response(body=str(self._writes_after(int(parse_qs(request.query)["after"][0]))).encode())
            case "/_emulator/changes":
                return Response(body=str(self._writes + self._objects).encode())
            case "/_emulator/outbox":
                with self._lock:
                    return Response(body=json.dumps(_sent_mails()).encode())
        with self._lock:
            response = _call_wsgi(self._application, request)
        self._objects += request.method in {"PUT", "DELETE"}
        if (request.header("X-Amz-Target") or "").rpartition(".")[2] in _WRITES:
            with self._written:
                self._writes += 1
                self._written.notify_all()
        return response

    def _writes_after(self, count: int) -> int:
        with self._written:
            self._written.wait_for(lambda: self._writes > count, timeout=1)
            return self._writes


def _sent_mails() -> list[dict[str, Any]]:
    from moto.ses.models import RawMessage, ses_backends  # noqa: PLC0415  imports moto

    # Mail that is not Raw has lost most of itself on the way through moto; the system sends Raw only.
    return [
        {"id": mail.id, "source": mail.raw_data, "envelope": vars(mail)["envelope"]}
        for mail in ses_backends[ACCOUNT][REGION].sent_messages
        if isinstance(mail, RawMessage)
    ]


def _call_wsgi(application: Callable[..., Any], request: Request) -> Response:
    response = Response()

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        response.status, response.headers = int(status.partition(" ")[0]), headers

    body = application(_environ(request), start_response)
    try:
        response.body = b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    return response


def _environ(request: Request) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    host, _, port = (request.header("Host") or "127.0.0.1:80").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": request.version,
        "REMOTE_ADDR": request.client,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, _ in request.headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = request.header(name)
        elif key not in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
            environ[f"HTTP_{key}"] = request.header(name)
    return environ


def main() -> None:
    """Serve until killed. The first line of the output is the URL."""
    from infra.local.moto.moto_patches import LOCK, patched  # noqa: PLC0415  takes seconds

    with patched():
        server = Server(Moto())
        # The first request waits: of two threads that import moto at a time, one may meet half of a module.
        with LOCK:
            print(f"http://127.0.0.1:{server.port}", flush=True)  # noqa: T201  this is how the stack learns the port
            import_module("moto.cloudformation.models")  # takes two seconds, and is wanted first
        threading.Event().wait()


if __name__ == "__main__":
    main()
