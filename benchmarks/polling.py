"""(e) A reader's poll: the bytes that go over the wire and the functions that run, with news and without.

The local stack plays CloudFront and S3. CloudFront's own headers (`Via`, `X-Cache`, `X-Amz-Cf-Id` and their like) are
not among its answers: they would add about 250 bytes to each, and HTTP/2 would take most of that away again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import archive
from benchmarks.wire import Exchange, Wire
from broadsheet.render.feeds.channel_feeds import FORMATS
from broadsheet_cli.client import Client, connect
from infra.local.deployment.stack import LocalDeployment

ARTICLES = 40
# What readers accept, by the coding that they get.
ENCODINGS: Mapping[str | None, str] = {"br": "br, gzip", "gzip": "gzip", None: "identity"}


@dataclass(frozen=True)
class Poll:
    """What a feed costs its readers: a poll without news and one with an article more, by the reader's encoding.

    `size` is the feed's own, with that article. `functions` is how many functions of ours ran for all of its polls.
    """

    size: int
    unchanged: Mapping[str | None, Exchange]
    changed: Mapping[str | None, Exchange]
    functions: int


def measure() -> dict[str, Poll]:
    """Poll the feeds of an edition whose articles have long texts, by their formats."""
    with LocalDeployment() as stack, Wire(int(stack.url.rpartition(":")[2])) as wire, connect(stack.url) as desk:
        for number in range(ARTICLES - 1, 0, -1):
            _put(desk, number)
        stack.settle()
        feeds = {format.name: f"/{archive.EDITION}/{format.file()}" for format in FORMATS}
        tags = {
            (name, encoding): _poll(wire, feeds[name], encoding).headers["ETag"]
            for name in feeds
            for encoding in ENCODINGS
        }
        unchanged = {key: _poll(wire, feeds[key[0]], key[1], tag) for key, tag in tags.items()}
        _put(desk, 0)
        stack.settle()
        changed = {key: _poll(wire, feeds[key[0]], key[1], tag) for key, tag in tags.items()}
        # The gateway is what calls a function for a request, and names the request.
        ran = [invocation.trigger for invocation in stack.invocations if invocation.trigger.startswith("GET ")]
    return {
        name: Poll(
            size=len(changed[name, None].body),
            unchanged={encoding: unchanged[name, encoding] for encoding in ENCODINGS},
            changed={encoding: changed[name, encoding] for encoding in ENCODINGS},
            functions=sum(path in trigger for trigger in ran),
        )
        for name, path in feeds.items()
    }


def _poll(wire: Wire, feed: str, encoding: str | None, tag: str | None = None) -> Exchange:
    """Ask for a feed, as a reader that has its state with this tag."""
    return wire.get(feed, {"Accept-Encoding": ENCODINGS[encoding]} | ({"If-None-Match": tag} if tag else {}))


def _put(desk: Client, number: int) -> None:
    sent = archive.manuscript(number)
    body = {"format": sent.format, "text": sent.text}
    more: dict[str, Any] = {"body": body, "published_at": archive.published_at(number).isoformat()}
    left_out = {"format", "text", "slug"}
    fields = {name: value for name, value in asdict(sent).items() if name not in left_out and value is not None}
    desk.put(f"archived-{number}", fields | more)
