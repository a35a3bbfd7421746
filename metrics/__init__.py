"""Numbers from texts, labels and log-likelihoods, each with a signature that says how it was made.

Names are imported when they are first used (PEP 562), so ``import metrics`` costs a millisecond and the
process that draws screens never pays for numpy, sacrebleu or torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metrics.errors import MetricError as MetricError
    from metrics.generation.bleu import bleu as bleu
    from metrics.generation.chrf import chrf as chrf
    from metrics.generation.exact import exact_match as exact_match
    from metrics.generation.rouge import rouge as rouge
    from metrics.likelihood.perplexity import perplexity as perplexity
    from metrics.score import Interval as Interval
    from metrics.score import Score as Score

_HOME = {
    "MetricError": "metrics.errors",
    "Score": "metrics.score",
    "Interval": "metrics.score",
    "bleu": "metrics.generation.bleu",
    "chrf": "metrics.generation.chrf",
    "rouge": "metrics.generation.rouge",
    "exact_match": "metrics.generation.exact",
    "perplexity": "metrics.likelihood.perplexity",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'metrics' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
