"""Compute again what a student claims, with the instructor's base model, tokenizer and rows. Heavy: torch lives here.

A ``Recomputer`` keeps the base model between submissions; it may run in ``labs.grading.recomputing``, in a Dask worker,
or in a test.
"""

import math
import time
from pathlib import Path
from typing import Any

import msgspec

from labs.errors import LabsError
from labs.grading.evidence import Finding, Tier, TierResult
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask, RowSet
from labs.grading.recomputing.reading import Prepared, Reader, prepare
from labs.grading.recomputing.replay import replay
from labs.grading.recomputing.swapping import SwappingModel
from labs.rows import Row, read_rows
from labs.runs import Prediction, write_atomically
from labs.spec import RunSpec
from labs.training.base import load_tokenizer
from labs.training.evaluation import context_of
from labs.training.hardware import choose_hardware
from labs.training.scores import answer_scores, likelihood_score
from metrics.errors import MetricError
from metrics.score import Score

SAME_ANSWERS = 0.9
"""Share of the predictions handed in that the adapter must say again, word for word: greedy answers on another
machine differ in a few rows where two tokens are as good as equal."""


class Evaluated(msgspec.Struct, frozen=True):
    """One model on one test set."""

    scores: dict[str, Score]
    answers: list[str]
    findings: tuple[Finding, ...] = ()


class Recomputer:
    """Holds base model, tokenizer and rows; does one submission after the other."""

    def __init__(self, setup: RecomputeSetup) -> None:
        """Read rows and tokenizer; a base model is loaded when the first submission needs it.

        Raises:
            LabsError: the rows or the model are missing or damaged.
        """
        self._setup = setup
        self._base = Path(setup.base)
        self._tokenizer = load_tokenizer(self._base)
        self._rows = {one.name: read_rows(Path(one.file))[: one.rows] for one in setup.sets}
        self._sets = {one.name: one for one in setup.sets}
        self._prepared: dict[str, list[Prepared]] = {}
        self._model: SwappingModel | None = None
        self._model_kind: tuple[Any, ...] = ()
        self._base_results: dict[tuple[Any, ...], Evaluated] = {}

    def recompute(self, task: RecomputeTask) -> RecomputeAnswer:
        """Compute the tiers in ``task.keys``."""
        begin = time.perf_counter()
        tiers: dict[Tier, TierResult] = {}
        said: dict[str, list[str]] = {}
        for name in ("public", "hidden"):
            if name not in task.keys:
                continue
            if name not in self._sets:
                tiers[name] = TierResult(key=task.keys[name], state="skipped")
                continue
            base, tuned = self._evaluate(
                task, self._sets[name], self._claimed(task) if name == "public" else {}
            )
            said[f"base_{name}"], said[name] = base.answers, tuned.answers
            tiers[name] = TierResult(
                key=task.keys[name], state="failed" if tuned.findings else "passed", findings=tuned.findings,
                scores=tuned.scores, base_scores=base.scores,
            )  # fmt: skip
        if "public" in said and task.answers_to:
            self._write_answers(Path(task.answers_to), said["base_public"], said["public"])
        if "predictions" in task.keys:
            tiers["predictions"] = self._predictions(task, said.get("public"))
        if "replay" in task.keys:
            tiers["replay"] = replay(task, self._setup)
        return RecomputeAnswer(digest=task.digest, tiers=tiers, seconds=round(time.perf_counter() - begin, 3))

    def _evaluate(
        self, task: RecomputeTask, rows: RowSet, claimed: dict[int, str]
    ) -> tuple[Evaluated, Evaluated]:
        swapping = self._swapping(task.spec)
        key = (*self._model_kind, rows.name)
        if key not in self._base_results:
            self._base_results[key] = self._scores(swapping.model, rows)
        with swapping.holding(task.weights) as model:
            return self._base_results[key], self._scores(model, rows, claimed)

    def _swapping(self, spec: RunSpec) -> SwappingModel:
        """The base as this student trained on it; one kind is in memory at a time."""
        hardware = choose_hardware(self._setup.spec)
        kind = (spec.quantization, spec.quantization in ("nf4", "fp4") and spec.bnb_4bit_use_double_quant)
        if self._model is None or kind != self._model_kind:
            self._model = None
            wanted = msgspec.structs.replace(
                self._setup.spec,
                method="qlora" if spec.quantization != "none" else "lora",
                load_in_8bit=spec.load_in_8bit and spec.method == "qlora",
                bnb_4bit_quant_type=spec.bnb_4bit_quant_type,
                bnb_4bit_use_double_quant=spec.bnb_4bit_use_double_quant,
                use_dora=False,
            )
            self._model, self._model_kind = SwappingModel(self._base, wanted, hardware), kind
        return self._model

    def _claimed(self, task: RecomputeTask) -> dict[int, str]:
        """The tuned model's answers as they were handed in, by row of the public set."""
        given = _given(task)
        return {at: given[row.id].tuned for at, row in enumerate(self._rows["public"]) if row.id in given}

    def _scores(self, model: Any, which: RowSet, claimed: dict[int, str] | None = None) -> Evaluated:
        """Perplexity and metrics of ``model``, as a run's own evaluation computes them.

        Args:
            claimed: answers handed in, which make it quicker where they are true.
        """
        spec, rows = self._setup.spec, self._rows[which.name]
        if which.name not in self._prepared:
            self._prepared[which.name] = prepare(
                rows, self._tokenizer, max_length=spec.max_length, context=context_of(model, spec),
                max_new_tokens=spec.max_new_tokens,
            )  # fmt: skip
        reader = Reader(
            model,
            self._tokenizer,
            self._prepared[which.name],
            max_new_tokens=spec.max_new_tokens,
            claimed=claimed,
        )
        nll, said = reader.read()
        if not all(math.isfinite(row.nll) for row in nll):
            finding = Finding(
                code="recompute.not_finite", severity="wrong", where=which.name,
                message="the model's probabilities are no numbers with these weights.",
            )  # fmt: skip
            return Evaluated({}, [""] * len(rows), (finding,))
        scores: dict[str, Score] = {}
        findings: list[Finding] = []
        fingerprint = f"{type(self._tokenizer).__name__}-{len(self._tokenizer)}"
        try:
            scores["perplexity"] = likelihood_score(nll, tokenizer=fingerprint, window=spec.max_length)
        except MetricError as error:
            findings.append(_unmeasured("perplexity", which.name, error.message))
        folder = Path(which.folder) if which.folder else None
        kept, failed = metric_scores(spec.metrics, rows, said, folder, which.name)
        scores |= kept
        finite = {name: score for name, score in scores.items() if math.isfinite(score.value)}
        findings += [_unmeasured(name, which.name, "is not finite") for name in scores if name not in finite]
        return Evaluated(finite, said, (*findings, *failed))

    def _predictions(self, task: RecomputeTask, public: list[str] | None) -> TierResult:
        """Metrics from the answers handed in; and whether the adapter says them again."""
        key = task.keys["predictions"]
        if not task.predictions or "public" not in self._sets:
            return TierResult(key=key, state="skipped")
        which = self._sets["public"]
        given = _given(task)
        rows = [row for row in self._rows["public"] if row.id in given]
        if not rows:
            missing = Finding(
                code="predictions.none", severity="wrong", where="predictions.jsonl",
                message="no prediction answers a row of the test set.",
            )  # fmt: skip
            return TierResult(key=key, state="failed", findings=(missing,))
        folder = Path(which.folder) if which.folder else None
        metrics = self._setup.spec.metrics
        scores, findings = metric_scores(
            metrics, rows, [given[row.id].tuned for row in rows], folder, which.name
        )
        base_scores, _ = metric_scores(
            metrics, rows, [given[row.id].base for row in rows], folder, which.name
        )
        values: dict[str, float | int | str] = {"rows": len(rows)}
        if public is not None:
            same = [
                given[row.id].tuned.split() == text.split()
                for row, text in zip(self._rows["public"], public, strict=True) if row.id in given
            ]  # fmt: skip
            values["same_answers"] = round(sum(same) / len(same), 4)
            if sum(same) < SAME_ANSWERS * len(same):
                findings = (
                    *findings,
                    Finding(
                        code="predictions.not_reproduced", severity="wrong", where="predictions.jsonl",
                        message=f"the adapter says {sum(same)} of {len(same)} of these answers.",
                        values={"same": sum(same), "rows": len(same)},
                    ),
                )  # fmt: skip
        state: Any = "failed" if any(finding.severity == "wrong" for finding in findings) else "passed"
        return TierResult(
            key=key, state=state, findings=findings, scores=scores, base_scores=base_scores, values=values
        )

    def _write_answers(self, path: Path, base: list[str], tuned: list[str]) -> None:
        lines = [
            msgspec.json.encode(
                Prediction(
                    id=row.id, prompt=row.question, reference=row.reference, base=base[at], tuned=tuned[at],
                    group=row.group, lang=row.lang,
                )
            )
            for at, row in enumerate(self._rows["public"])
        ]  # fmt: skip
        write_atomically(path, b"".join(line + b"\n" for line in lines))


def _given(task: RecomputeTask) -> dict[str, Prediction]:
    """The predictions handed in, by row."""
    if not task.predictions:
        return {}
    lines = Path(task.predictions).read_bytes().splitlines()
    return {one.id: one for one in (msgspec.json.decode(line, type=Prediction) for line in lines)}


def metric_scores(
    metrics: tuple[str, ...], rows: list[Row], said: list[str], folder: Path | None, where: str
) -> tuple[dict[str, Score], tuple[Finding, ...]]:
    """Every metric by name; one that cannot be computed is a finding, and the others go on."""
    scores: dict[str, Score] = {}
    findings: list[Finding] = []
    for name in metrics:
        try:
            scores |= {score.name: score for score in answer_scores((name,), rows, said, folder)}
        except LabsError as error:
            findings.append(_unmeasured(name, where, error.message))
    return scores, tuple(findings)


def _unmeasured(metric: str, where: str, why: str) -> Finding:
    return Finding(
        code="recompute.metric", severity="warning", where=where, message=f"{metric}: {why}.",
        values={"metric": metric},
    )  # fmt: skip
