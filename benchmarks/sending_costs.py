"""What an issue takes at one of SES's rates: hours, dollars, and the planning before the first mail."""

from dataclasses import dataclass
from math import ceil

from benchmarks.costs import GB, MEMORY, Usage, assumed, dollars
from benchmarks.sending import BETWEEN, CALL, READERS, Sent, Speed
from benchmarks.tally import READ_UNIT, WRITE_UNIT, units
from broadsheet.services.sending.dispatch import COUNTING

PAGE = 2**20  # bytes that DynamoDB reads at once
OF_A_SEGMENT, OF_A_RUN = 2, 4  # state transitions besides two for each call of the function


@dataclass(frozen=True)
class Issue:
    """An issue to that many readers, all of them subscribers. `planning` is in seconds, as `seconds` of sending."""

    seconds: float
    planning: float
    calls: int
    usage: dict[str, Usage]

    @property
    def dollars(self) -> dict[str, float]:
        """By service."""
        return {service: dollars(usage) for service, usage in self.usage.items()}


def issue(sent: Sent, speed: Speed, readers: int = READERS) -> Issue:
    """What the issue takes at that speed."""
    seconds, size = readers / speed.a_second, readers * assumed("sending_row_bytes")
    calls = speed.segments * ceil(seconds / (CALL + BETWEEN))
    usage = {
        "SES": Usage(mails=readers),
        "DynamoDB": Usage(
            {
                "dynamodb_writes": readers * write_units(sent),
                "dynamodb_reads": 2 * size / READ_UNIT,  # the audience is counted, and then read
                "dynamodb_storage": readers * _claim_bytes(sent) / GB * assumed("claim_months"),
            }
        ),
        "Lambda": Usage(
            {
                "lambda_requests": calls,
                "lambda_gb_seconds": MEMORY["api"] * speed.segments * seconds,
                "log_gigabytes": calls * assumed("log_bytes") / GB,
            }
        ),
        "Step Functions": Usage(step_transitions=2 * calls + OF_A_SEGMENT * speed.segments + OF_A_RUN),
    }
    return Issue(seconds, planning_seconds(size, speed.segments), calls, usage)


def planning_seconds(size: float, segments: int) -> float:
    """How long counting the audience in a table of that size takes, some segments at a time."""
    return size / PAGE * assumed("sending_page_seconds") / min(COUNTING, segments)


def write_units(sent: Sent) -> float:
    """DynamoDB's write units for a mail: the claim's transaction, which costs double, and the record."""
    latest = sent.all_readers.latest
    claim = sum(
        2 * units(each.get("Put", {}).get("Item", {}), WRITE_UNIT)
        for each in latest["TransactWriteItems"]["TransactItems"]
    )
    return claim + units(latest["record"]["Item"], WRITE_UNIT)


def _claim_bytes(sent: Sent) -> int:
    return units(sent.all_readers.latest["record"]["Item"], 1)
