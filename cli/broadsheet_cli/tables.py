"""Rows of texts in aligned columns, in a terminal's cells: wide characters take two, combining ones none."""

from collections.abc import Iterator, Sequence

from .terminal import printable


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each row. The last column is not padded, so that a long headline there widens nothing."""
    from rich.cells import cell_len

    texts = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*texts, strict=True)][:-1]
    for *cells, last in texts:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join((*padded, last))
