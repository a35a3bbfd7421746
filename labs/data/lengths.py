"""How long the rows are in tokens, what a max_length does to them, and the steps and price that follow."""

import math
from array import array
from itertools import chain, islice
from pathlib import Path

import msgspec

from labs.data.convert import ticker
from labs.data.errors import DataError
from labs.data.formats import Format, detect
from labs.data.length_checks import percentile
from labs.data.parsing import parse
from labs.data.reading import Progress, records
from labs.data.tokens import RowTokenizer

_LOOK = 500
_BINS = 20


class Bin(msgspec.Struct, frozen=True):
    """One bar of a histogram: rows with ``low <= tokens < high``."""

    low: int
    high: int
    rows: int


class Lengths(msgspec.Struct, frozen=True, kw_only=True):
    """Token counts of a file's rows.

    Attributes:
        format: the rows' format.
        tokenizer: the model folder's name.
        rows: rows counted; ``skipped`` could not be read or rendered.
        total: tokens in all rows.
        mean, p50, p95, p99, longest: of tokens a row; percentiles by nearest rank.
        bins: histogram over the whole range, equal widths.
        max_length: the limit asked about, or None.
        over: rows longer than it. TRL cuts them, Bailian drops them.
        kept_if_cut: tokens left when they are cut at ``max_length``.
        kept_if_dropped: tokens left when they are dropped.
    """

    format: Format
    tokenizer: str
    rows: int
    skipped: int
    total: int
    mean: float
    p50: int
    p95: int
    p99: int
    longest: int
    bins: tuple[Bin, ...]
    max_length: int | None
    over: int
    kept_if_cut: int
    kept_if_dropped: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps and price of training on a file; ``formulas`` are the same with the numbers filled in."""

    effective_batch: int
    steps_per_epoch: int
    total_steps: int
    trained_tokens: int
    price: float | None
    formulas: tuple[str, ...]


def measure(
    path: Path,
    tokenizer: RowTokenizer,
    *,
    format: Format | None = None,
    max_length: int | None = None,
    progress: Progress | None = None,
) -> Lengths:
    """Count the tokens of every row of ``path`` (4 bytes a row in memory).

    Raises:
        DataError: nothing can be read, no format is recognised, no row could be counted, or there is no chat template.
    """
    stream = records(path)
    first = list(islice(stream, _LOOK))
    format = format or detect(record.row for record in first if record.row is not None).format
    if format is None:
        raise DataError(
            "lengths.unknown-format", "the keys fit no known format", path=path, hint="name it with --format"
        )
    counts = array("I")
    skipped = 0
    tell = ticker(progress)
    for record in chain(first, stream):
        tell()
        if record.row is None:
            skipped += 1
            continue
        try:
            counts.append(tokenizer.count(parse(record.row, format)))
        except DataError as error:
            if error.code == "tokens.no-template":
                raise
            skipped += 1
    if not counts:
        raise DataError(
            "lengths.none", "no row could be counted", path=path, hint="finetutor data check says why"
        )
    return summarise(sorted(counts), format, tokenizer.name, skipped, max_length)


def summarise(
    ordered: list[int], format: Format, tokenizer: str, skipped: int, max_length: int | None
) -> Lengths:
    """Sum up token counts in ascending order."""
    total = sum(ordered)
    within = [count for count in ordered if max_length is None or count <= max_length]
    over = len(ordered) - len(within)
    return Lengths(
        format=format,
        tokenizer=tokenizer,
        rows=len(ordered),
        skipped=skipped,
        total=total,
        mean=total / len(ordered),
        p50=percentile(ordered, 50),
        p95=percentile(ordered, 95),
        p99=percentile(ordered, 99),
        longest=ordered[-1],
        bins=histogram(ordered),
        max_length=max_length,
        over=over,
        kept_if_cut=sum(within) + over * (max_length or 0),
        kept_if_dropped=sum(within),
    )


def histogram(ordered: list[int], bins: int = _BINS) -> tuple[Bin, ...]:
    """``ordered`` counts in at most ``bins`` bars of equal, whole width that start at the shortest."""
    low = ordered[0]
    width = max(1, -(-(ordered[-1] - low + 1) // bins))
    rows = [0] * -(-(ordered[-1] - low + 1) // width)
    for count in ordered:
        rows[(count - low) // width] += 1
    return tuple(Bin(low + at * width, low + (at + 1) * width, number) for at, number in enumerate(rows))


def plan(
    lengths: Lengths,
    *,
    batch_size: int,
    accumulation: int = 1,
    epochs: int = 1,
    drop_over: bool = False,
    price_per_1k_tokens: float | None = None,
) -> Plan:
    """Steps as the HF Trainer counts them, and the price as Bailian does (tokens x epochs x unit price).

    Args:
        lengths: of the training file.
        batch_size: rows a device and step (per_device_train_batch_size), one device.
        accumulation: gradient_accumulation_steps.
        epochs: num_train_epochs.
        drop_over: rows over ``max_length`` are dropped (Bailian) rather than cut (TRL).
        price_per_1k_tokens: in any currency; None leaves the price out.

    Raises:
        DataError: a number below 1, or no rows left.
    """
    if min(batch_size, accumulation, epochs) < 1:
        raise DataError("plan.number", "batch size, accumulation and epochs are at least 1")
    rows = lengths.rows - lengths.over if drop_over else lengths.rows
    tokens = lengths.kept_if_dropped if drop_over else lengths.kept_if_cut
    if rows < 1:
        raise DataError(
            "plan.no-rows", f"all {lengths.rows} rows are over max_length", hint="raise max_length"
        )
    batches = math.ceil(rows / batch_size)
    steps = math.ceil(batches / accumulation)
    trained = tokens * epochs
    price = None if price_per_1k_tokens is None else trained / 1000 * price_per_1k_tokens
    formulas = [
        f"effective batch = {batch_size} x {accumulation} = {batch_size * accumulation}",
        f"steps per epoch = ceil(ceil({rows} / {batch_size}) / {accumulation}) = {steps}",
        f"total steps = {steps} x {epochs} = {steps * epochs}",
        f"tokens = {tokens:,} x {epochs} = {trained:,}",
    ]
    if price is not None:
        formulas.append(f"price = {trained:,} / 1000 x {price_per_1k_tokens:g} = {price:,.2f}")
    return Plan(
        effective_batch=batch_size * accumulation,
        steps_per_epoch=steps,
        total_steps=steps * epochs,
        trained_tokens=trained,
        price=price,
        formulas=tuple(formulas),
    )
