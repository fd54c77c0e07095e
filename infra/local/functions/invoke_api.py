"""Lambda's API to invoke a function and wait for its response, for Step Functions in the emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from infra.local.functions.runtime import Function
from infra.local.web import Request, Response, Server

_PREFIX, _SUFFIX = "/2015-03-31/functions/", "/invocations"


class InvokeApi:
    """Serves the API at `url` until `close()`. `functions` may be filled later."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions
        self._server = Server(self._invoke)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def close(self) -> None:
        self._server.close()

    def _invoke(self, request: Request) -> Response:
        name = unquote(request.path).removeprefix(_PREFIX).removesuffix(_SUFFIX)
        function = next(
            (one for one in self._functions.values() if name in {one.spec.arn, one.spec.physical_name}), None
        )
        if function is None:
            headers = [("x-amzn-ErrorType", "ResourceNotFoundException")]
            return Response(404, headers, json.dumps({"Message": f"Function not found: {name}"}).encode())
        invocation = function.call(json.loads(request.body or b"{}"), "state machine")
        if not invocation.error:
            return Response(200, [], json.dumps(invocation.result, ensure_ascii=False).encode())
        kind = invocation.error.partition(":")[0]
        report = {"errorType": kind if kind.isidentifier() else "Sandbox.Failure", "errorMessage": invocation.error}
        return Response(200, [("X-Amz-Function-Error", "Unhandled")], json.dumps(report).encode())
