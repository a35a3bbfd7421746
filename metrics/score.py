"""A number that says how it was made: value, scale, sample size, interval, parts and signature."""

from typing import Literal

import msgspec

Scale = Literal["0-1", "0-100", "perplexity", "bits/byte", "ratio", "count"]


class Interval(msgspec.Struct, frozen=True):
    """A confidence interval on a score's own scale."""

    low: float
    high: float
    level: float = 0.95
    method: str = "bootstrap"


class Score(msgspec.Struct, frozen=True):
    """The result of one metric over one system's outputs.

    ``signature`` follows sacreBLEU's habit (``key:value|key:value``) and names everything that would
    change the value: tokenizer, smoothing, case, normalisation, seed, and the versions that computed it.
    """

    name: str
    """The metric's standard name, e.g. ``bleu``, ``rougeL``, ``perplexity``."""
    value: float
    scale: Scale
    n: int
    """How many items (rows, tokens for perplexity's parts) the value is computed over."""
    signature: str
    interval: Interval | None = None
    parts: dict[str, float] = {}
    """What the value is made of, e.g. precisions and brevity penalty; keys are stable names."""
    warnings: tuple[str, ...] = ()
    """Why a reader should hesitate, e.g. fewer than 30 rows."""
