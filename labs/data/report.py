"""Look at a data file as a whole: one structure, a text for the terminal, and a web page that runs nothing."""

from pathlib import Path

import msgspec

from labs.data.check import CheckOptions, check
from labs.data.errors import DataError
from labs.data.findings import CheckReport
from labs.data.formats import Format
from labs.data.lengths import Lengths, Plan, measure, plan
from labs.data.masks import LabelMask, first_masks
from labs.data.reading import Progress
from labs.data.tokens import LossOn, RowTokenizer


class LookOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at.

    Attributes:
        format: the rows' format; detected by default.
        max_length: tokens a row may have.
        loss_on: which tokens are learned.
        mask_rows: rows whose label mask is shown.
        batch_size, accumulation, epochs: of the run to plan.
        price_per_1k_tokens: for the price; None leaves it out.
    """

    format: Format | None = None
    max_length: int | None = None
    loss_on: LossOn = "response"
    mask_rows: int = 3
    batch_size: int = 8
    accumulation: int = 1
    epochs: int = 3
    price_per_1k_tokens: float | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one file. Without a tokenizer the last three are empty."""

    check: CheckReport
    lengths: Lengths | None
    masks: tuple[LabelMask, ...]
    plan: Plan | None


def look(
    path: Path,
    options: LookOptions | None = None,
    *,
    tokenizer: RowTokenizer | None = None,
    progress: Progress | None = None,
) -> Look:
    """Check ``path``, count its tokens, show the first label masks and the steps that follow.

    Raises:
        DataError: the file cannot be opened or holds no rows; a row that is wrong is a finding.
    """
    options = options or LookOptions()
    found = check(
        path,
        CheckOptions(format=options.format, max_length=options.max_length, loss_on=options.loss_on),
        tokenizer=tokenizer,
        progress=progress,
    )
    lengths = masks = planned = None
    if tokenizer is not None and found.detection.format is not None and found.lengths is not None:
        lengths = measure(
            path, tokenizer, format=found.detection.format, max_length=options.max_length, progress=progress
        )
        try:
            masks = first_masks(
                path,
                tokenizer,
                rows=options.mask_rows,
                format=found.detection.format,
                loss_on=options.loss_on,
                max_length=options.max_length,
            )
        except DataError as error:
            # The check says why no mask can be shown (no generation marks, say); lengths are worth showing anyway.
            if not error.code.startswith("tokens."):
                raise
        planned = plan(
            lengths,
            batch_size=options.batch_size,
            accumulation=options.accumulation,
            epochs=options.epochs,
            price_per_1k_tokens=options.price_per_1k_tokens,
        )
    return Look(check=found, lengths=lengths, masks=masks or (), plan=planned)
