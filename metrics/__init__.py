"""Numbers from texts, labels and log-likelihoods, each with a signature that says how it was made.

Names are imported when they are first used (PEP 562), so ``import metrics`` costs a millisecond and the
process that draws screens never pays for numpy, sacrebleu or torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metrics.classification.agreement import cohen_kappa as cohen_kappa
    from metrics.classification.agreement import fleiss_kappa as fleiss_kappa
    from metrics.classification.labels import Classification as Classification
    from metrics.classification.labels import classification as classification
    from metrics.comparing.ab import ab_design as ab_design
    from metrics.comparing.paired import Comparison as Comparison
    from metrics.comparing.paired import compare_statistics as compare_statistics
    from metrics.comparing.paired import compare_systems as compare_systems
    from metrics.comparing.proportions import half_width as half_width
    from metrics.comparing.proportions import mcnemar as mcnemar
    from metrics.comparing.proportions import paired_sample_size as paired_sample_size
    from metrics.comparing.proportions import sample_size as sample_size
    from metrics.comparing.ratings import plan_ratings as plan_ratings
    from metrics.comparing.ratings import preference as preference
    from metrics.errors import MetricError as MetricError
    from metrics.generation.bleu import bleu as bleu
    from metrics.generation.chrf import chrf as chrf
    from metrics.generation.diversity import distinct_n as distinct_n
    from metrics.generation.diversity import length_ratio as length_ratio
    from metrics.generation.exact import exact_match as exact_match
    from metrics.generation.meteor import meteor as meteor
    from metrics.generation.rouge import rouge as rouge
    from metrics.generation.sql import SqlLimits as SqlLimits
    from metrics.generation.sql import sql_execution_accuracy as sql_execution_accuracy
    from metrics.generation.structured import json_field_f1 as json_field_f1
    from metrics.generation.structured import json_validity as json_validity
    from metrics.generation.table import generation_scores as generation_scores
    from metrics.generation.ter import ter as ter
    from metrics.intervals import wilson as wilson
    from metrics.laboratory.definitions import perplexity_definitions as perplexity_definitions
    from metrics.laboratory.definitions import text_definitions as text_definitions
    from metrics.laboratory.disagreements import worst_disagreements as worst_disagreements
    from metrics.likelihood.model import perplexity_of as perplexity_of
    from metrics.likelihood.perplexity import comparison_warnings as comparison_warnings
    from metrics.likelihood.perplexity import perplexity as perplexity
    from metrics.meaning.embedding import bertscore as bertscore
    from metrics.meaning.embedding import embedding_similarity as embedding_similarity
    from metrics.meaning.encoder import Encoder as Encoder
    from metrics.meaning.tfidf import tfidf_similarity as tfidf_similarity
    from metrics.safety.rates import is_refusal as is_refusal
    from metrics.safety.rates import over_refusal_rate as over_refusal_rate
    from metrics.safety.rates import violation_rate as violation_rate
    from metrics.safety.scanner import Hit as Hit
    from metrics.safety.scanner import Scanner as Scanner
    from metrics.safety.words import WordList as WordList
    from metrics.safety.words import read_word_list as read_word_list
    from metrics.safety.words import starter_list as starter_list
    from metrics.score import Interval as Interval
    from metrics.score import Score as Score

_HOME = {
    "MetricError": "metrics.errors",
    "Score": "metrics.score",
    "Interval": "metrics.score",
    "bleu": "metrics.generation.bleu",
    "chrf": "metrics.generation.chrf",
    "ter": "metrics.generation.ter",
    "rouge": "metrics.generation.rouge",
    "meteor": "metrics.generation.meteor",
    "exact_match": "metrics.generation.exact",
    "distinct_n": "metrics.generation.diversity",
    "length_ratio": "metrics.generation.diversity",
    "json_validity": "metrics.generation.structured",
    "json_field_f1": "metrics.generation.structured",
    "sql_execution_accuracy": "metrics.generation.sql",
    "SqlLimits": "metrics.generation.sql",
    "generation_scores": "metrics.generation.table",
    "perplexity": "metrics.likelihood.perplexity",
    "comparison_warnings": "metrics.likelihood.perplexity",
    "perplexity_of": "metrics.likelihood.model",
    "classification": "metrics.classification.labels",
    "Classification": "metrics.classification.labels",
    "cohen_kappa": "metrics.classification.agreement",
    "fleiss_kappa": "metrics.classification.agreement",
    "tfidf_similarity": "metrics.meaning.tfidf",
    "embedding_similarity": "metrics.meaning.embedding",
    "bertscore": "metrics.meaning.embedding",
    "Encoder": "metrics.meaning.encoder",
    "Scanner": "metrics.safety.scanner",
    "Hit": "metrics.safety.scanner",
    "WordList": "metrics.safety.words",
    "read_word_list": "metrics.safety.words",
    "starter_list": "metrics.safety.words",
    "violation_rate": "metrics.safety.rates",
    "over_refusal_rate": "metrics.safety.rates",
    "is_refusal": "metrics.safety.rates",
    "compare_systems": "metrics.comparing.paired",
    "compare_statistics": "metrics.comparing.paired",
    "Comparison": "metrics.comparing.paired",
    "mcnemar": "metrics.comparing.proportions",
    "sample_size": "metrics.comparing.proportions",
    "paired_sample_size": "metrics.comparing.proportions",
    "half_width": "metrics.comparing.proportions",
    "ab_design": "metrics.comparing.ab",
    "plan_ratings": "metrics.comparing.ratings",
    "preference": "metrics.comparing.ratings",
    "text_definitions": "metrics.laboratory.definitions",
    "perplexity_definitions": "metrics.laboratory.definitions",
    "worst_disagreements": "metrics.laboratory.disagreements",
    "wilson": "metrics.intervals",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'metrics' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
