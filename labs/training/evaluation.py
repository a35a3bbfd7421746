"""Base and tuned on the same test rows: perplexity, greedy answers, metrics; written as they come."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from labs.events import Phase, Scored, System, Warned
from labs.rows import Row, Rows
from labs.runs import Prediction, Run, Scores, write_atomically
from labs.spec import RunSpec
from labs.training.generation import answers
from labs.training.likelihood import likelihoods
from labs.training.outside import Reporter, StopSignal
from labs.training.scores import answer_scores, likelihood_score
from labs.training.tokens import tokenise
from metrics.errors import MetricError
from metrics.score import Score


class Evaluator:
    """Evaluates models on one run's test rows and keeps the run folder's scores and predictions."""

    def __init__(
        self, run: Run, spec: RunSpec, rows: Rows, tokenizer: Any, reporter: Reporter, stop: StopSignal
    ) -> None:
        self._run = run
        self._spec = spec
        self._rows = rows
        self._tokenizer = tokenizer
        self._reporter = reporter
        self._stop = stop
        self._answers: dict[System, list[str]] = {"base": [], "tuned": []}
        self._scores: dict[System, dict[str, Score]] = {"base": {}, "tuned": {}}
        window = spec.max_length
        self._tokenised = tokenise(rows.test, tokenizer, max_length=window, response_only=True)
        self._probe = tokenise(rows.probe, tokenizer, max_length=window, response_only=True)
        self._fingerprint = f"{type(tokenizer).__name__}-{len(tokenizer)}"

    def evaluate(self, system: System, model: Any) -> bool:
        """Score ``model`` as ``system``. False: asked to stop before the end."""
        self._reporter.say(Phase, name="evaluate", system=system)
        self._likelihood(system, model, self._tokenised, "perplexity")
        if self._probe:
            self._likelihood(system, model, self._probe, "probe_perplexity")
        total = len(self._rows.test)

        def on_progress(done: int) -> bool:
            self._reporter.say(Phase, name="generate", system=system, done=done, total=total)
            return not self._stop.should_stop

        on_progress(0)
        spec = self._spec
        said = answers(
            model,
            self._tokenizer,
            [row.prompt for row in self._rows.test],
            max_new_tokens=spec.max_new_tokens,
            max_length=context_of(model, spec),
            batch_size=spec.eval_batch_size,
            on_progress=on_progress,
        )
        if len(said) < total:
            return False
        self._answers[system] = said
        for score in answer_scores(spec.metrics, self._rows.test, said, self._rows.folder):
            self._keep(system, score)
        self._write()
        return True

    def _likelihood(self, system: System, model: Any, tokenised: Any, name: str) -> None:
        try:
            rows = likelihoods(model, tokenised)
            score = likelihood_score(
                rows, tokenizer=self._fingerprint, window=self._spec.max_length, name=name
            )
        except MetricError as error:
            self._reporter.say(
                Warned, code="no_perplexity", message=f"{name}: {error.message}.", hint=error.hint
            )
            return
        self._keep(system, score)

    def _keep(self, system: System, score: Score) -> None:
        self._scores[system][score.name] = score
        self._reporter.say(Scored, system=system, score=score)

    def _write(self) -> None:
        base, tuned = self._answers["base"], self._answers["tuned"]
        lines = [
            msgspec.json.encode(_prediction(row, base[at] if base else "", tuned[at] if tuned else ""))
            for at, row in enumerate(self._rows.test)
        ]
        write_atomically(self._run.folder / "predictions.jsonl", b"\n".join(lines) + b"\n")
        scores = Scores(base=self._scores["base"], tuned=self._scores["tuned"])
        write_atomically(
            self._run.folder / "scores.json", msgspec.json.format(msgspec.json.encode(scores)) + b"\n"
        )


def context_of(model: Any, spec: RunSpec) -> int:
    """Tokens that prompt and answer may take together."""
    return min(
        int(getattr(model.config, "max_position_embeddings", 2**31)), spec.max_length + spec.max_new_tokens
    )


@contextlib.contextmanager
def as_base(model: Any, load: Callable[[], Any]) -> Iterator[Any]:
    """The base model: the tuned one with its adapter switched off, or, after full fine-tuning, loaded anew."""
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            yield model
    else:
        yield load()


def _prediction(row: Row, base: str, tuned: str) -> Prediction:
    return Prediction(
        id=row.id,
        prompt=row.question,
        reference=row.reference,
        base=base,
        tuned=tuned,
        group=row.group,
        lang=row.lang,
    )


def sample_rows(spec: RunSpec, rows: Rows) -> list[Row]:
    """What the model is asked while it trains: the spec's prompts, else the first two test rows of either language."""
    if spec.sample_prompts:
        from labs.rows import Message

        return [
            Row(messages=(Message("user", text), Message("assistant", ""))) for text in spec.sample_prompts
        ]
    by_language: dict[str, Row] = {}
    for row in rows.test:
        by_language.setdefault(row.lang, row)
    return list(by_language.values())[:2] if len(by_language) > 1 else rows.test[:2]
