"""Thin ``evaluate.Metric`` faces of our metrics: they work offline, in ``evaluate.combine`` and with ``add_batch``.

Importing this module imports evaluate (seconds); nothing else in :mod:`metrics` does. Each ``compute``
returns ``{name: value}`` with the signature beside it, so that a combined table still says how it was made.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import datasets
import evaluate

import metrics
from metrics.generation.table import statistics_of
from metrics.score import Score

_CITATION = "See the signature for the definition; docstrings of the metrics package name the papers."


class _Face(evaluate.Metric):
    """Texts against one reference a row, by the name of one of our metrics."""

    metric_name: ClassVar[str]
    value_type: ClassVar[str] = "string"

    def __init__(self, **bound: Any) -> None:
        """``bound`` are options of our metric (an encoder, a database) that ``combine`` could not pass to one alone."""
        super().__init__(module_type="metric")
        self.bound = bound

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=f"{self.metric_name} by finetutor",
            citation=_CITATION,
            inputs_description="predictions and references: one a row",
            features=datasets.Features(
                {
                    "predictions": datasets.Value(self.value_type),
                    "references": datasets.Value(self.value_type),
                }
            ),
        )

    @property
    def name(self) -> str:
        return self.metric_name

    def _compute(
        self, predictions: Sequence[Any], references: Sequence[Any], **options: Any
    ) -> dict[str, Any]:
        return _table(self._scores(list(predictions), list(references), **self.bound, **options))

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        score = statistics_of(self.metric_name, predictions, references).score(**options)
        return {self.metric_name: score}


def _table(scores: dict[str, Score]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, score in scores.items():
        made[name] = score.value
        made[f"{name}_signature"] = score.signature
    return made


class Bleu(_Face):
    """Corpus BLEU, 0-100."""

    metric_name = "bleu"


class Chrf(_Face):
    """Corpus chrF, 0-100."""

    metric_name = "chrf"


class ChrfPlusPlus(_Face):
    """Corpus chrF++, 0-100."""

    metric_name = "chrf++"


class Ter(_Face):
    """Corpus TER, lower is better."""

    metric_name = "ter"


class Meteor(_Face):
    """Mean METEOR exact+stem, 0-1."""

    metric_name = "meteor"


class ExactMatch(_Face):
    """Fraction of rows equal after normalisation."""

    metric_name = "exact_match"


class JsonFieldF1(_Face):
    """Micro F1 over JSON fields."""

    metric_name = "json_field_f1"


class TfidfSimilarity(_Face):
    """Mean TF-IDF cosine: lexical overlap."""

    metric_name = "tfidf"


class Rouge(_Face):
    """ROUGE-1, 2, L and Lsum, mean F, 0-1."""

    metric_name = "rouge"

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        return metrics.rouge(predictions, references, **options)


class Labels(_Face):
    """Accuracy, macro F1 and the majority baseline of labels."""

    metric_name = "labels"

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        scores = metrics.classification(predictions, references, **options).scores
        return {name: scores[name] for name in ("accuracy", "f1_macro", "f1_micro", "majority_baseline")}


class Perplexity(_Face):
    """exp(sum NLL / tokens): predictions are the NLL sums of texts, references their token counts."""

    metric_name = "perplexity"
    value_type = "float64"

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        return {
            "perplexity": metrics.perplexity(predictions, [int(count) for count in references], **options)
        }


class _OfOutputs(_Face):
    """Metrics of the outputs alone: references are taken, so that they combine with the others, and not looked at."""

    function: ClassVar[str]

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        return {self.metric_name: getattr(metrics, self.function)(predictions, **options)}


class DistinctN(_OfOutputs):
    """Share of different n-grams, 0-1."""

    metric_name = function = "distinct_n"


class JsonValidity(_OfOutputs):
    """Share of outputs that are strict JSON objects, 0-1."""

    metric_name = function = "json_validity"


class ViolationRate(_OfOutputs):
    """Share of outputs with a hit of a word list (``words=``; our starter list by default)."""

    metric_name = function = "violation_rate"

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        options.setdefault("words", metrics.starter_list())
        return super()._scores(predictions, references, **options)


class OverRefusalRate(_OfOutputs):
    """Share of harmless requests that were refused, 0-1."""

    metric_name = function = "over_refusal_rate"


class FleissKappa(_OfOutputs):
    """Agreement of several raters: a prediction is the list of one item's ratings."""

    metric_name = function = "fleiss_kappa"

    def _info(self) -> evaluate.MetricInfo:
        info = super()._info()
        info.features["predictions"] = datasets.Sequence(datasets.Value("string"))
        return info


class _OfPairs(_Face):
    """Metrics of outputs and references that are one function of ours."""

    def _scores(self, predictions: list[Any], references: list[Any], **options: Any) -> dict[str, Score]:
        return {self.metric_name: getattr(metrics, self.metric_name)(predictions, references, **options)}


class LengthRatio(_OfPairs):
    """Tokens of the outputs over tokens of the references."""

    metric_name = "length_ratio"


class CohenKappa(_OfPairs):
    """Agreement of two raters: one's labels as predictions, the other's as references."""

    metric_name = "cohen_kappa"


class SqlExecutionAccuracy(_OfPairs):
    """Share of queries that return the reference's rows; give ``database=``."""

    metric_name = "sql_execution_accuracy"


class EmbeddingSimilarity(_OfPairs):
    """Mean cosine of sentence embeddings; give ``encoder=``."""

    metric_name = "embedding_similarity"


class BertScore(_OfPairs):
    """Mean BERTScore F1; give ``encoder=``."""

    metric_name = "bertscore"


FACES: dict[str, type[_Face]] = {
    face.metric_name: face
    for face in (
        Bleu,
        Chrf,
        ChrfPlusPlus,
        Ter,
        Meteor,
        ExactMatch,
        JsonFieldF1,
        TfidfSimilarity,
        Rouge,
        Labels,
        Perplexity,
        DistinctN,
        JsonValidity,
        ViolationRate,
        OverRefusalRate,
        FleissKappa,
        LengthRatio,
        CohenKappa,
        SqlExecutionAccuracy,
        EmbeddingSimilarity,
        BertScore,
    )
}


def load(name: str, **options: Any) -> evaluate.Metric:
    """An ``evaluate.Metric`` by our metric's name, with its options bound; nothing is downloaded.

    Args:
        name: a key of ``FACES``.
        options: of our function, e.g. ``database=`` or ``encoder=``.

    Raises:
        MetricError: ``unknown-metric``.
    """
    if name not in FACES:
        raise metrics.MetricError("unknown-metric", f"no metric {name!r}", f"Take {', '.join(FACES)}")
    return FACES[name](**options)
