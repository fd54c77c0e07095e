"""The report of sending an issue, in Markdown."""

from collections.abc import Iterator
from statistics import median

from benchmarks import sending, sending_costs
from benchmarks.costs import assumed
from benchmarks.sending import Sent, calls_per_mail
from benchmarks.simulated_aws import LATENCIES, SLOW
from benchmarks.tables import ms, table


def sending_part(sent: Sent) -> Iterator[str]:
    """Everything about sending."""
    yield "## Sending an issue\n"
    yield f"The mail has {sent.processor.mail_bytes:,} bytes, as many as an issue may have: an HTML of 95 KB and a"
    yield "text, encoded. One worker is measured, and AWS answers it in the same process. Workers share nothing but"
    yield "SES's rate, so the others do the same at the same time.\n"
    yield from _calls(sent)
    yield from _processor(sent)
    yield from _memory(sent)
    yield from _speeds(sent)


def _calls(sent: Sent) -> Iterator[str]:
    seconds, rate = sending.CALL, sending.RATES[0]
    yield f"AWS calls of a worker in one call of the function, which works {seconds:g} seconds, where SES takes {rate}"
    yield "mails a second.\n"
    columns = {"all subscribers are readers": sent.all_readers, "a tenth are": sent.a_tenth}
    operations = sorted({operation for aws in columns.values() for operation in aws.calls})
    yield from table(
        ("", *columns),
        [
            ("mails", *(aws.sent for aws in columns.values())),
            *((f"· {operation}", *(aws.calls[operation] for aws in columns.values())) for operation in operations),
            ("· at the beginning of the function", *(sending.OF_A_CALL for _ in columns)),
            ("calls for a mail", *(f"{calls_per_mail(aws):.3f}" for aws in columns.values())),
            ("write units of DynamoDB for a mail", *(f"{sending_costs.write_units(sent):g}" for _ in columns)),
        ],
    )


def _processor(sent: Sent) -> Iterator[str]:
    processor = sent.processor
    yield "Processor time of a mail, with all of botocore but its sockets. A bare program calls SES with a mail of the"
    yield "same size; or it makes all three calls, whose requests are there already. botocore's part of a claim and a"
    yield f"record is more than that of SES, so no worker with claims comes near SES alone. Medians of {sending.ROUNDS}"
    yield f"rounds of {sending.PER_ROUND} mails.\n"
    rows = {
        "a worker": processor.worker,
        "of that, our own": processor.own,
        "the three calls alone": processor.calls,
        "SES's call alone": processor.ses,
    }
    yield from table(
        ("", "ms", "to the three calls", "to SES alone"),
        [
            (
                name,
                ms(median(seconds)),
                f"{processor.ratio(seconds, processor.calls):.2f}",
                f"{processor.ratio(seconds, processor.ses):.2f}",
            )
            for name, seconds in rows.items()
        ],
    )


def _memory(sent: Sent) -> Iterator[str]:
    yield "Memory of a worker by the number of readers: the most bytes at a time (tracemalloc), and by how much its"
    yield "process grew beyond its size before. Nothing is kept of a reader.\n"
    yield from table(
        ("readers", "bytes", "growth of the process"),
        [
            (f"{readers:,}", f"{sent.memory[readers]:,}" if readers in sent.memory else "", f"{grown:,}")
            for readers, grown in sent.grown.items()
        ],
    )


def _speeds(sent: Sent) -> Iterator[str]:
    took = {operation: f"{seconds * 1000:g} ms" for operation, seconds in LATENCIES.items()}
    yield f"An issue to {sending.READERS:,} readers, at three of SES's rates. The clock is simulated: each AWS call"
    yield f"takes the latency of its operation (a claim {took['TransactWriteItems']}, SES {took['SendEmail']} and for"
    yield f"each {SLOW}th mail {took['slow SendEmail']}, a record {took['PutItem']}), and a mail the processor time"
    yield "above in a function of 512 MB. Prices are those of the costs above.\n"
    issues = [sending_costs.issue(sent, speed) for speed in sent.speeds]
    services = list(issues[0].dollars)
    yield from table(
        ("mails a second that SES takes", *(f"{speed.rate:g}" for speed in sent.speeds)),
        [
            ("workers at once", *(speed.segments for speed in sent.speeds)),
            ("mails a second", *(f"{speed.a_second:.1f}" for speed in sent.speeds)),
            ("… of each of two issues at once", *(f"{speed.a_second:.1f}" for speed in sent.beside)),
            ("hours", *(f"{issue.seconds / 3600:.1f}" for issue in issues)),
            ("seconds of planning before", *(f"{issue.planning:.0f}" for issue in issues)),
            ("readers planned in a second", *(f"{sending.READERS / issue.planning:,.0f}" for issue in issues)),
            ("calls of the function", *(f"{issue.calls:,}" for issue in issues)),
            *((f"{service}, dollars", *(f"{issue.dollars[service]:.2f}" for issue in issues)) for service in services),
            ("together, dollars", *(f"{sum(issue.dollars.values()):.2f}" for issue in issues)),
        ],
    )
    row, page = assumed("sending_row_bytes"), assumed("sending_page_seconds")
    yield f"Planning reads the whole table: {row:,.0f} bytes for each subscriber are assumed, and {page * 1000:g} ms"
    yield "for each MB.\n"
