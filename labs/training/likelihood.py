"""How likely a model finds the answers it should give: sums of -ln p, a row at a time."""

from collections.abc import Sequence
from typing import Any

import msgspec

from labs.training.tokens import IGNORED, TokenisedRow
from metrics.likelihood.model import nll_of_windows
from metrics.likelihood.windows import Window


class RowLikelihood(msgspec.Struct, frozen=True):
    """One row's negative log-likelihood."""

    nll: float
    """Sum over scored tokens, in nats."""
    tokens: int


def likelihoods(
    model: Any, rows: Sequence[TokenisedRow], batch_tokens: int | None = None
) -> list[RowLikelihood]:
    """Score every row, in the order given; the model's training mode is restored. Rows of a diverged model are NaN."""
    windows = [
        Window(at, tuple(row.input_ids), (False, *(label != IGNORED for label in row.labels[1:])))
        for at, row in enumerate(rows)
        if row.scored
    ]
    nll = nll_of_windows(model, windows, batch_tokens)
    return [RowLikelihood(nll.get(at, 0.0), row.scored) for at, row in enumerate(rows)]


def mean_nll(rows: Sequence[RowLikelihood]) -> float:
    """Nats per token over all rows together, never a mean of means."""
    return sum(row.nll for row in rows) / max(1, sum(row.tokens for row in rows))
