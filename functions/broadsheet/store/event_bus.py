"""The event bus of articles, on which other systems subscribe to events (Amazon EventBridge)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "broadsheet"
# EventBridge's limits of a call. Ten of the longest events that there can be have less than that (`test_event_bus.py`).
MOST_ENTRIES = 10
MOST_BYTES = 256 * 1024
# Codes of events that EventBridge refuses again (API reference, `PutEventsResultEntry`). It calls others not retryable
# that are due to permissions, which an operator can mend.
INVALID = "InvalidArgument"
PERMANENT = frozenset({INVALID, "MalformedDetail"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the bus takes it: its type, when the change was made, and the detail in JSON."""

    type: str
    at: datetime
    detail: str


class EventBus:
    """The event bus of that name, through an EventBridge client."""

    def __init__(self, client: "EventBridgeClient", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, entries: Sequence[Entry]) -> dict[int, str]:
        """Send at most `MOST_ENTRIES` events. Returns the codes of those that were refused, by their places.

        The bus has all others. Raises what the client raises; then it may have any of them.
        """
        response = self._client.put_events(Entries=[self._request(entry) for entry in entries])
        return {place: result["ErrorCode"] for place, result in enumerate(response["Entries"]) if "ErrorCode" in result}

    def _request(self, entry: Entry) -> "PutEventsRequestEntryTypeDef":
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": entry.type,
            "Time": entry.at,
            "Detail": entry.detail,
        }
