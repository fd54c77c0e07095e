"""The emulator with an archive, in a process of its own: `python -m benchmarks.emulator 1000`.

It is infra.local's, with the benchmarks' archive and quick queries. The first line of output is a JSON object: its
URL, the environment variables of every function, and the publisher's batch size. One path is added:

    /_benchmark/records?after=N   the records for the publisher among those of the stream after the first N, and the
                                  number of all: {"records": [...], "read": M}
"""

import gc
import json
import sys
import threading
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs

from moto.dynamodb.models import dynamodb_backends

from benchmarks import archive
from benchmarks.lambdas import environments
from infra.local.account import ACCOUNT, REGION
from infra.local.deployment.deployment import deploy
from infra.local.functions.event_filters import matches
from infra.local.functions.event_sources import StreamMapping, stream_mappings
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
        source = _source(world)
        ready = {
            "endpoint": endpoint,
            "environments": environments(world.deployment),
            "batch_size": source.batch_size,
        }
        print(json.dumps(ready), flush=True)  # noqa: T201  # the parent reads it
        threading.Event().wait()


def _serve(moto: Moto, worlds: list[World], request: Request) -> Response:
    if request.path == "/_benchmark/records":
        after = int(parse_qs(request.query)["after"][0])
        with LOCK:
            shard = dynamodb_backends[ACCOUNT][REGION].get_table(worlds[0].table).stream_shard
            records = [record.to_json() for record in shard.items[after:]] if shard else []
        patterns = _source(worlds[0]).patterns
        content = {
            "records": [record for record in records if any(matches(pattern, record) for pattern in patterns)],
            "read": after + len(records),
        }
        # Times are numbers in Lambda's events.
        return Response(body=json.dumps(content, default=datetime.timestamp).encode())
    return moto(request)


def _source(world: World) -> StreamMapping:
    """The publisher's event source."""
    [source] = [each for each in stream_mappings(world.deployment) if each.function == "PublishFunction"]
    return source


if __name__ == "__main__":
    main()
