"""How many rows a run trains on and how long they are, so that its figures can be computed before it starts."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from labs.data.errors import DataError
from labs.models import local_folder
from labs.row_split import drawn_count
from labs.spec import RunSpec

if TYPE_CHECKING:
    from labs.data.tokens import RowTokenizer

TASKS = Path(__file__).parent / "data" / "tasks"
BYTES_A_TOKEN = 3.5
"""Of mixed Chinese and English text, where the model's own tokenizer is not on this machine."""
SAMPLE = 400
"""Rows whose tokens are counted: the mean of so many is within a few percent of the mean of all."""


class RowLengths(msgspec.Struct, frozen=True):
    """Training rows after ``split_share`` and ``train_rows``, and their mean length in tokens before truncation."""

    rows: int
    mean_tokens: float
    exact: bool
    """Whether the model's own tokenizer counted; otherwise bytes were divided."""


def train_files(spec: RunSpec) -> tuple[Path, ...]:
    """The files a run trains on: its own or its task's, and the general rows mixed in."""
    folder = TASKS / spec.task if spec.task else Path()
    names = [spec.train_file or "train.jsonl", *([spec.mix_file] if spec.mix_file else [])]
    return tuple(Path(name) if Path(name).is_absolute() else folder / name for name in names)


def row_lengths(spec: RunSpec) -> RowLengths:
    """Count rows and tokens; the first time for a file this reads it, so call it off the drawing thread.

    Raises:
        DataError: a file is missing or holds no rows.
    """
    rows, tokens, counted, exact = 0, 0.0, 0, True
    for number, file in enumerate(train_files(spec)):
        of_file = _lengths(file, local_folder(spec.base_model), _stamp(file))
        here = of_file.rows
        if number == 0 and spec.split_seed is not None:
            here = drawn_count(here, spec.split_share)
        if number == 0 and spec.train_rows:
            here = min(here, spec.train_rows)
        rows += here
        tokens += here * of_file.mean_tokens
        counted += here
        exact = exact and of_file.exact
    return RowLengths(rows, tokens / max(counted, 1), exact)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError as error:
        raise DataError(
            "read.cannot-open",
            error.strerror or str(error),
            path=file,
            hint="check the task's name or the path",
        ) from error
    return stat.st_mtime_ns, stat.st_size


@functools.lru_cache(maxsize=64)
def _lengths(file: Path, model: Path | None, stamp: tuple[int, int]) -> RowLengths:
    """Of one file; ``stamp`` (time and size) makes a changed file another key."""
    from labs.data.formats import shape_of_row
    from labs.data.parsing import parse
    from labs.data.reading import records

    found = [record.row for record in records(file) if record.row is not None]
    by_bytes = RowLengths(len(found), stamp[1] / max(len(found), 1) / BYTES_A_TOKEN, exact=False)
    if model is None or not found:
        return by_bytes
    sample = found[:: max(1, len(found) // SAMPLE)]
    try:
        tokenizer = _tokenizer(model)
        counts = [
            tokenizer.count(parse(row, shape)) for row in sample if (shape := shape_of_row(row)) is not None
        ]
    except DataError:
        return by_bytes
    return RowLengths(len(found), sum(counts) / len(counts), exact=True) if counts else by_bytes


@functools.lru_cache(maxsize=4)
def _tokenizer(model: Path) -> "RowTokenizer":
    from labs.data.tokens import RowTokenizer

    return RowTokenizer(model)
