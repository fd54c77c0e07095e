"""The bounds of sending an issue."""

from collections.abc import Iterator

from benchmarks.bounds import Bound
from benchmarks.sending import Sent, calls_per_mail

MAX_CALLS, MAX_CALLS_TENTH = 3.05, 3.1
MAX_OWN = 1.5  # times calling SES alone
MAX_CLAIMED = 1.5  # times the same three calls, made in advance
MAX_WHOLE = 3.3  # times calling SES alone, of which the calls for the claim and the record are more than one
MAX_TRACED = 1.3
MAX_GROWN = 2_000_000  # bytes
MIN_SHARE = 0.97  # of what is an issue's of SES's rate


def sending_bounds(sent: Sent) -> Iterator[Bound]:
    """Calls, processor time, memory and speed."""
    for who, counted, limit in (
        ("all subscribers are", sent.all_readers, MAX_CALLS),
        ("a tenth of the subscribers are", sent.a_tenth, MAX_CALLS_TENTH),
    ):
        calls = calls_per_mail(counted)
        yield Bound(
            f"AWS calls for a mail of an issue, where {who} readers", f"{calls:.3f}", f"≤ {limit}", calls <= limit
        )
    yield from _processor_bounds(sent)
    yield from _memory_bounds(sent)
    yield from _speed_bounds(sent)


def _processor_bounds(sent: Sent) -> Iterator[Bound]:
    processor = sent.processor
    for claim, seconds, peer, limit in (
        ("own processor time, to calling SES alone", processor.own, processor.ses, MAX_OWN),
        ("processor time, to the same three calls alone", processor.worker, processor.calls, MAX_CLAIMED),
        ("processor time, to calling SES alone", processor.worker, processor.ses, MAX_WHOLE),
    ):
        ratio = processor.ratio(seconds, peer)
        yield Bound(f"A mail of an issue: {claim}", f"{ratio:.2f}", f"≤ {limit}", ratio <= limit)


def _memory_bounds(sent: Sent) -> Iterator[Bound]:
    few, many = min(sent.memory), max(sent.memory)
    growth = sent.memory[many] / sent.memory[few]
    claim = f"Peak memory of a worker, {many:,} to {few:,} readers"
    yield Bound(claim, f"{growth:.2f}", f"≤ {MAX_TRACED}", growth <= MAX_TRACED)
    for readers, bytes in sent.grown.items():
        claim = f"Bytes by which a process grows while it sends to {readers:,} readers"
        yield Bound(claim, f"{bytes:,}", f"≤ {MAX_GROWN:,}", bytes <= MAX_GROWN)


def _speed_bounds(sent: Sent) -> Iterator[Bound]:
    for speed in sent.speeds:
        claim = f"Mails a second where SES takes {speed.rate:g}, to the share of an issue"
        yield Bound(claim, f"{speed.share:.3f}", f"≥ {MIN_SHARE}", speed.share >= MIN_SHARE)
        claim = f"The most mails a second for ten seconds where SES takes {speed.rate:g}"
        yield Bound(claim, f"{speed.most:.1f}", f"≤ {speed.rate:g}", speed.most <= speed.rate)
    for speed in sent.beside:
        claim = f"An issue beside another one where SES takes {speed.rate:g}: its part of their share"
        yield Bound(claim, f"{speed.share:.3f}", "0.48 to 0.5", MIN_SHARE / 2 <= speed.share <= 0.5)
