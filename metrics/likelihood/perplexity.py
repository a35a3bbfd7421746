"""Perplexity from sums: exp of all NLL over all scored tokens, in nats, never a mean of means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metrics.errors import MetricError
from metrics.score import Score
from metrics.signature import parse_signature, signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics, ratio_statistics

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def perplexity(
    nll_sums: Sequence[float],
    token_counts: Sequence[int],
    *,
    byte_counts: Sequence[int] | None = None,
    tokenizer: str = "unnamed",
    scored: str = "unstated",
    window: int | None = None,
    stride: int | None = None,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Token-weighted perplexity exp(sum NLL / tokens) over texts.

    Args:
        nll_sums: for each text, the sum over its scored tokens of -ln p, in nats.
        token_counts: for each text, how many tokens were scored (not padding, not masked).
        byte_counts: UTF-8 bytes that the scored tokens stand for; adds ``bits_per_byte`` to the parts,
            the only number here that compares across tokenizers.
        tokenizer: name or fingerprint for the signature: perplexities compare only where it is equal.
        scored: ``all`` or ``response``, for the signature.
        window: context in tokens, for the signature.
        stride: step between windows, for the signature.
        resamples: bootstrap resamples of texts for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: ``empty``, ``lengths-differ``, ``not-a-number`` (None, NaN, infinite, negative),
            ``no-tokens`` or ``overflow``.
    """
    return perplexity_statistics(
        nll_sums,
        token_counts,
        byte_counts=byte_counts,
        tokenizer=tokenizer,
        scored=scored,
        window=window,
        stride=stride,
    ).score(resamples=resamples, seed=seed)


def perplexity_statistics(
    nll_sums: Sequence[float],
    token_counts: Sequence[int],
    *,
    byte_counts: Sequence[int] | None = None,
    tokenizer: str = "unnamed",
    scored: str = "unstated",
    window: int | None = None,
    stride: int | None = None,
) -> RowStatistics:
    """(summed NLL, scored tokens) a text."""
    nll = check_numbers(nll_sums, "NLL sum")
    tokens = [int(count) for count in check_numbers(token_counts, "token count", whole=True)]
    if len(nll) != len(tokens):
        raise MetricError("lengths-differ", f"{len(nll)} NLL sums but {len(tokens)} token counts")
    total_nll, total = math.fsum(nll), sum(tokens)
    if total == 0:
        raise MetricError(
            "no-tokens", "no token was scored", "Check the label mask: everything may be masked"
        )
    mean = total_nll / total
    _exp(mean)
    parts = {"mean_nll": mean, "nll": total_nll, "tokens": float(total)}
    if byte_counts is not None:
        bytes_ = check_numbers(byte_counts, "byte count", whole=True)
        if len(bytes_) != len(nll):
            raise MetricError("lengths-differ", f"{len(nll)} NLL sums but {len(bytes_)} byte counts")
        if sum(bytes_) > 0:
            parts |= {"bits_per_byte": total_nll / math.log(2) / sum(bytes_), "bytes": float(sum(bytes_))}
    warnings = [] if len(nll) >= 30 else [f"few texts ({len(nll)}): the interval is wide"]
    silent = sum(1 for count in tokens if count == 0)
    if silent:
        warnings.append(f"{silent} of {len(nll)} texts have no scored token")
    made = signature(
        "perplexity",
        average="tokens",
        base="e",
        scored=scored,
        tok=tokenizer,
        window=window if window is not None else "unstated",
        stride=stride if stride is not None else "none",
    )
    base = ratio_statistics("perplexity", nll, tokens, made, scale="perplexity", higher_is_better=False)

    def value_of(sums: Sequence[float]) -> float:
        return _exp(sums[0] / sums[1])

    def values_of(sums: Array) -> Array:
        import numpy as np

        # A resample of texts without a scored token has no perplexity of its own; the mean stands in.
        means = np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), mean), where=sums[:, 1] > 0)
        values: Array = np.exp(np.minimum(means, 700.0))
        return values

    return RowStatistics(
        "perplexity", "perplexity", made, base.rows, value_of, values_of, False, parts, tuple(warnings)
    )


def _exp(mean_nll: float) -> float:
    try:
        return math.exp(mean_nll)
    except OverflowError as error:
        raise MetricError(
            "overflow",
            f"a mean NLL of {mean_nll:.3g} nats/token has no finite perplexity",
            "Sums may have been passed as means, or logits are broken",
        ) from error


def check_numbers(values: Sequence[float], what: str, *, whole: bool = False) -> list[float]:
    """Return finite, non-negative numbers as a list, or say which row is not one.

    Raises:
        MetricError: ``empty`` or ``not-a-number``.
    """
    checked: list[float] = []
    for row, value in enumerate(values):
        if isinstance(value, (bool, str | bytes)) or value is None:
            raise MetricError("not-a-number", f"{what} {row + 1} is {value!r}", "Pass numbers", row)
        number = float(value)
        if not math.isfinite(number) or number < 0 or (whole and number != int(number)):
            raise MetricError(
                "not-a-number", f"{what} {row + 1} is {value}", "It must be finite and not negative", row
            )
        checked.append(int(number) if whole else number)
    if not checked:
        raise MetricError("empty", f"there are no {what}s")
    return checked


def comparison_warnings(one: Score, other: Score) -> tuple[str, ...]:
    """Why two perplexities may not be compared: other tokenizer, other scored tokens, other context."""
    a, b = parse_signature(one.signature), parse_signature(other.signature)
    warnings = []
    if a.get("tok") != b.get("tok"):
        warnings.append(
            f"tokenizers differ ({a.get('tok')} and {b.get('tok')}): perplexity a token does not compare, "
            "bits_per_byte does"
        )
    for key, what in (("scored", "scored tokens"), ("window", "windows"), ("stride", "strides")):
        if a.get(key) != b.get(key):
            warnings.append(f"{what} differ ({a.get(key)} and {b.get(key)})")
    return tuple(warnings)
