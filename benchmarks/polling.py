"""(e) A poll of a feed: bytes over the wire and function invocations, for changed and unchanged feeds.

The local deployment emulates CloudFront and S3, without CloudFront's own headers (`Via`, `X-Cache`, `X-Amz-Cf-Id` and
others): they would add about 250 bytes to each response, most of which HTTP/2 would compress away.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import archive
from benchmarks.wire import Exchange, Wire
from broadsheet.render.feeds.channel_feeds import FORMATS
from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import LocalDeployment

ARTICLES = 40
# Accept-Encoding of a reader, by the encoding of the response.
ENCODINGS: Mapping[str | None, str] = {"br": "br, gzip", "gzip": "gzip", None: "identity"}


@dataclass(frozen=True)
class Poll:
    """The polls of a feed, unchanged and with one more article, by encoding.

    `size` is that of the feed with the new article. `functions` counts the invocations during all polls.
    """

    size: int
    unchanged: Mapping[str | None, Exchange]
    changed: Mapping[str | None, Exchange]
    functions: int


def measure() -> dict[str, Poll]:
    """Poll the feeds of an edition with long articles, in each format."""
    with LocalDeployment() as stack, Wire(int(stack.url.rpartition(":")[2])) as wire, connect(stack.url) as client:
        for number in range(ARTICLES - 1, 0, -1):
            _put(client, number)
        stack.settle()
        feeds = {format.name: f"/{archive.EDITION}/{format.file()}" for format in FORMATS}
        tags = {
            (name, encoding): _poll(wire, feeds[name], encoding).headers["etag"]
            for name in feeds
            for encoding in ENCODINGS
        }
        unchanged = {key: _poll(wire, feeds[key[0]], key[1], tag) for key, tag in tags.items()}
        _put(client, 0)
        stack.settle()
        changed = {key: _poll(wire, feeds[key[0]], key[1], tag) for key, tag in tags.items()}
        # The gateway names the request as the trigger of an invocation.
        triggers = [invocation.trigger for invocation in stack.invocations if invocation.trigger.startswith("GET ")]
    return {
        name: Poll(
            size=len(changed[name, None].body),
            unchanged={encoding: unchanged[name, encoding] for encoding in ENCODINGS},
            changed={encoding: changed[name, encoding] for encoding in ENCODINGS},
            functions=sum(path in trigger for trigger in triggers),
        )
        for name, path in feeds.items()
    }


def _poll(wire: Wire, feed: str, encoding: str | None, tag: str | None = None) -> Exchange:
    """Request a feed, with this ETag in If-None-Match."""
    return wire.get(feed, {"Accept-Encoding": ENCODINGS[encoding]} | ({"If-None-Match": tag} if tag else {}))


def _put(client: Client, number: int) -> None:
    manuscript = archive.manuscript(number)
    body = {"format": manuscript.format, "text": manuscript.text}
    other: dict[str, Any] = {"body": body, "published_at": archive.published_at(number).isoformat()}
    excluded = {"format", "text", "slug"}
    fields = {name: value for name, value in asdict(manuscript).items() if name not in excluded and value is not None}
    client.put(f"archived-{number}", fields | other)
