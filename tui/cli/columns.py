"""Columns on a terminal, where a Chinese character takes two cells."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len


def cell(text: str, columns: int) -> str:
    """``text`` padded at its end to ``columns``."""
    return text + " " * max(0, columns - cell_len(text))


def right(text: str, columns: int) -> str:
    """``text`` padded at its start to ``columns``."""
    return " " * max(0, columns - cell_len(text)) + text


def table(rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Rows in columns as wide as what stands in them; the first ``left`` begin at their left edge, the rest are figures."""
    widths = [max(cell_len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(
            (cell if at < left else right)(text, width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
