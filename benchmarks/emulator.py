"""The emulator with an archive, in a process of its own: `python -m benchmarks.emulator 1000`.

It is infra.local's, with the benchmarks' archive and quick queries. The first line of output is a JSON object: its
URL, and the environment variables of every function. One path is added: /_benchmark/records?after=N, the records of
the articles' stream after the first N that the publisher's event source would deliver.
"""

import gc
import json
import sys
import threading
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs

from benchmarks import archive
from benchmarks.lambdas import environments
from infra.local.deployment.deployment import deploy
from infra.local.functions.event_filters import matches
from infra.local.functions.event_sources import stream_mappings
from infra.local.moto.clients import AwsClients
from infra.local.moto.emulator import Moto
from infra.local.moto.moto_patches import LOCK, patched
from infra.local.web import Request, Response, Server, bypass_proxies
from tests.world import PARAMETERS, TEMPLATE, World


def main() -> None:
    """Serve until killed."""
    size = int(sys.argv[1])
    bypass_proxies()
    gc.disable()  # an archive is made once, and stays
    with patched(), archive.quick_queries():
        worlds: list[World] = []
        server = Server(partial(_serve, Moto(), worlds))
        endpoint = f"http://127.0.0.1:{server.port}"
        world = World(deploy(TEMPLATE, PARAMETERS, AwsClients(endpoint)))
        archive.fill(world, size)
        worlds.append(world)
        gc.freeze()
        gc.enable()
        ready = {"endpoint": endpoint, "environments": environments(world.deployment)}
        print(json.dumps(ready), flush=True)  # noqa: T201  # the parent reads it
        threading.Event().wait()


def _serve(moto: Moto, worlds: list[World], request: Request) -> Response:
    if request.path == "/_benchmark/records":
        after = int(parse_qs(request.query)["after"][0])
        with LOCK:
            records = _records(worlds[0])[after:]
            # Times are numbers in Lambda's events.
            return Response(body=json.dumps(records, default=datetime.timestamp).encode())
    return moto(request)


def _records(world: World) -> list[dict[str, object]]:
    patterns = [
        pattern
        for mapping in stream_mappings(world.deployment)
        if mapping.function == "PublishFunction"
        for pattern in mapping.patterns
    ]
    return [record for record in archive.stream_of(world) if any(matches(pattern, record) for pattern in patterns)]


if __name__ == "__main__":
    main()
