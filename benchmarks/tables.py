"""Markdown tables, and what is written into their cells."""

from collections.abc import Iterator, Sequence

from benchmarks.tally import Tally

Cells = Sequence[object]


def tally_rows(title: str, tallies: list[Tally]) -> Iterator[Cells]:
    """The counts of several tallies, side by side."""
    operations = sorted({operation for tally in tallies for operation in tally.calls})
    yield f"**{title}**: AWS calls", *(tally.calls.total() for tally in tallies)
    for operation in operations:
        yield f"· {operation}", *(tally.calls[operation] for tally in tallies)
    yield "· items read", *(tally.items_read for tally in tallies)
    yield "· rows written", *(tally.rows_written for tally in tallies)
    yield "· objects written", *(tally.objects_written for tally in tallies)
    yield "· bytes written", *(f"{tally.bytes_written:,}" for tally in tallies)


def table(titles: Cells, rows: Sequence[Cells]) -> Iterator[str]:
    """A Markdown table with aligned columns."""
    lines = [[str(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
    yield ""


def named(tally: Tally) -> str:
    return ", ".join(f"{operation} {times}" for operation, times in sorted(tally.calls.items()))


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"
