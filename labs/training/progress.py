"""What happens every ``eval_steps``: validation loss, samples, and early stopping that keeps the lowest."""

import math
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors.torch import load_file, save_file

from labs.events import Evaluation, Sample
from labs.rows import Row
from labs.spec import RunSpec
from labs.training.generation import answers
from labs.training.likelihood import likelihoods, mean_nll
from labs.training.outside import Reporter
from labs.training.tokens import TokenisedRow

SAMPLE_TOKENS = 48


class Watch:
    """Follows the validation loss of one run."""

    def __init__(
        self, spec: RunSpec, model: Any, tokenizer: Any, validation: list[TokenisedRow], samples: list[Row], reporter: Reporter
    ) -> None:  # fmt: skip
        self._spec = spec
        self._model = model
        self._tokenizer = tokenizer
        self._validation = validation
        self._samples = samples
        self._reporter = reporter
        self.best_loss = math.inf
        self.best_step = 0
        self._worse = 0
        self._best_weights: dict[str, Any] = {}

    def after_step(self, step: int) -> bool:
        """Evaluate where it is due. True: the loss has not fallen for as long as the spec's patience."""
        if step == 1 and hasattr(self._model, "disable_adapter"):
            # What the base says, for the page to show beside the tuned model; after the first step, so that
            # Run still means training at once. Full fine-tuning has no untouched base left to ask.
            with self._model.disable_adapter():
                self._sample(0)
        if not self._spec.eval_steps or step % self._spec.eval_steps:
            return False
        rows = likelihoods(self._model, self._validation)
        loss = mean_nll(rows)
        best = loss < self.best_loss
        self._reporter.say(
            Evaluation,
            step=step,
            loss=loss,
            perplexity=math.exp(loss) if loss < 700 else None,
            tokens=sum(row.tokens for row in rows),
            best=best,
        )
        if best:
            self.best_loss, self.best_step, self._worse = loss, step, 0
            if self._spec.early_stopping_patience:
                self._best_weights = {
                    name: value.detach().cpu().clone() for name, value in self._trainable().items()
                }
        else:
            self._worse += 1
        self._sample(step)
        return bool(self._spec.early_stopping_patience) and self._worse >= self._spec.early_stopping_patience

    def take_best(self) -> int | None:
        """With early stopping, put back the weights of the lowest loss. Returns their step, or None."""
        if not self._best_weights:
            return None
        with torch.no_grad():
            for name, value in self._trainable().items():
                value.copy_(self._best_weights[name])
        return self.best_step

    def save(self, folder: Path) -> None:
        """Add what a resumed run needs to a checkpoint."""
        state = {"best_loss": self.best_loss, "best_step": self.best_step, "worse": self._worse}
        (folder / "watch.json").write_bytes(msgspec.json.encode(state))
        if self._best_weights:
            save_file(self._best_weights, folder / "best.safetensors")

    def load(self, folder: Path) -> None:
        """Take up what ``save`` wrote."""
        state = msgspec.json.decode((folder / "watch.json").read_bytes(), type=dict[str, float | None])
        lowest = state["best_loss"]
        self.best_loss = math.inf if lowest is None else lowest
        self.best_step, self._worse = int(state["best_step"] or 0), int(state["worse"] or 0)
        if (folder / "best.safetensors").exists():
            self._best_weights = load_file(folder / "best.safetensors")

    def _trainable(self) -> dict[str, Any]:
        return {name: value for name, value in self._model.named_parameters() if value.requires_grad}

    def _sample(self, step: int) -> None:
        if not self._samples:
            return
        texts = answers(
            self._model,
            self._tokenizer,
            [row.prompt for row in self._samples],
            max_new_tokens=min(SAMPLE_TOKENS, self._spec.max_new_tokens),
            max_length=self._spec.max_length,
            batch_size=len(self._samples),
        )
        for row, text in zip(self._samples, texts, strict=True):
            self._reporter.say(Sample, step=step, prompt=row.question, text=text, reference=row.reference)
