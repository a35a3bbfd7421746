"""Score one system's answers with the metrics that the spec names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labs.errors import LabsError
from labs.rows import Row
from labs.training.likelihood import RowLikelihood
from metrics.errors import MetricError
from metrics.score import Score

RESAMPLES = 1000


def likelihood_score(
    rows: Sequence[RowLikelihood], *, tokenizer: str, window: int, name: str = "perplexity"
) -> Score:
    """Response perplexity, token-weighted.

    Args:
        tokenizer: fingerprint of the vocabulary; perplexities compare only where it is the same.
    """
    from metrics import perplexity

    score = perplexity(
        [row.nll for row in rows],
        [row.tokens for row in rows],
        tokenizer=tokenizer,
        scored="response",
        window=window,
        resamples=RESAMPLES,
    )
    return score if name == "perplexity" else _renamed(score, name)


def answer_scores(
    metrics: Sequence[str], rows: Sequence[Row], answers: Sequence[str], folder: Path | None
) -> list[Score]:
    """Every named metric over ``answers``.

    Args:
        folder: the task's, where a database may lie.

    Raises:
        LabsError: ``metric.failed``: the rows do not suit the metric, e.g. references that are no JSON.
    """
    references = [row.reference for row in rows]
    scores: list[Score] = []
    for name in metrics:
        try:
            scores.extend(_scores(name, rows, list(answers), references, folder))
        except MetricError as error:
            raise LabsError("metric.failed", f"{name}: {error.message}.", error.hint) from error
    return scores


def _scores(
    name: str, rows: Sequence[Row], answers: list[str], references: list[str], folder: Path | None
) -> list[Score]:
    import metrics

    if name == "bleu":
        return [metrics.bleu(answers, references, resamples=RESAMPLES)]
    if name == "chrf":
        return [metrics.chrf(answers, references, resamples=RESAMPLES)]
    if name == "rouge":
        types = ("rouge1", "rouge2", "rougeL")
        return list(metrics.rouge(answers, references, types=types, resamples=RESAMPLES).values())
    if name == "exact_match":
        return [metrics.exact_match(answers, references)]
    if name in ("accuracy", "macro_f1"):
        return [_classification(name, answers, references)]
    if name == "json_f1":
        return [
            metrics.json_validity(answers),
            _renamed(metrics.json_field_f1(answers, references, resamples=RESAMPLES), "json_f1"),
        ]
    if name == "execution_accuracy":
        score = metrics.sql_execution_accuracy(answers, references, _database(rows, folder))
        return [_renamed(score, "execution_accuracy")]
    if name == "style_markers":
        return [_style_markers(rows, answers)]
    raise LabsError("metric.unknown", f"No metric {name!r}.")


def _renamed(score: Score, name: str) -> Score:
    import msgspec

    return msgspec.structs.replace(score, name=name)


def _classification(name: str, answers: list[str], references: list[str]) -> Score:
    """Accuracy or macro-F1 over the references' labels; case and spacing aside, an answer that is none is wrong."""
    from metrics import classification

    said, right = ([" ".join(text.split()).casefold() for text in texts] for texts in (answers, references))
    scores = classification(said, right, resamples=RESAMPLES).scores
    return scores["accuracy"] if name == "accuracy" else _renamed(scores["f1_macro"], "macro_f1")


def _style_markers(rows: Sequence[Row], answers: list[str]) -> Score:
    """Share of the markers that a row's ``meta.markers`` asks for and its answer has."""
    from metrics.intervals import wilson

    wanted: list[tuple[str, str]] = []
    for row, answer in zip(rows, answers, strict=True):
        markers: Any = row.meta.get("markers", [])
        wanted.extend((str(marker), answer) for marker in markers)
    if not wanted:
        raise MetricError("no-markers", "no row has markers in its meta", "Add meta.markers to the test rows")
    found = sum(marker in answer for marker, answer in wanted)
    return Score(
        name="style_markers", value=found / len(wanted), scale="0-1", n=len(wanted), signature="style_markers|match:substring",
        interval=wilson(found, len(wanted)), parts={"found": float(found)},
    )  # fmt: skip


def _database(rows: Sequence[Row], folder: Path | None) -> str:
    """The SQL script that makes the database: ``database.sql`` of the task, else the first row's ``meta.database``."""
    if folder is not None and (folder / "database.sql").is_file():
        return (folder / "database.sql").read_text(encoding="utf-8")
    script = rows[0].meta.get("database", "") if rows else ""
    if not isinstance(script, str) or not script:
        raise MetricError("no-database", "there is no database.sql and no meta.database", "Give one of them")
    return script
