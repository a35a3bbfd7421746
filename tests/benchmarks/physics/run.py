"""Do trials one after the other in this process, through the code a worker runs, and keep what they measured."""

import datetime
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labs.errors import LabsError
from labs.events import Evaluation, Plan, Step
from labs.orders import Train
from labs.pocket import MODEL_DIR
from labs.runs import create_run
from tests.benchmarks.physics.trials import Trial


class Never:
    """Nobody asks to stop."""

    should_stop = False
    stop_reason = ""


def model_digest() -> str:
    """First characters of the weights' SHA-256: results of another model are not mixed in."""
    return hashlib.sha256((MODEL_DIR / "model.safetensors").read_bytes()).hexdigest()[:12]


def done(results: Path, wanted: Iterable[Trial]) -> dict[str, dict[str, Any]]:
    """Results of the present model, made with the present settings, by key."""
    if not results.is_file():
        return {}
    rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    digests = {trial.key: trial.digest for trial in wanted}
    model = model_digest()
    return {
        row["key"]: row
        for row in rows
        if row["model"] == model and digests.get(row["key"], "") == row.get("spec", "unknown")
    }


def measure(trial: Trial, runs: Path) -> dict[str, Any]:
    """Train and score; the run folder is removed."""
    from labs.training.failures import DivergedError
    from labs.training.run import train
    from labs.worker.stream import EventStream

    run = create_run(runs, trial.spec, now=datetime.datetime.now(datetime.UTC))
    started = time.monotonic()
    outcome = "completed"
    try:
        train(Train(folder=str(run.folder), spec=trial.spec), Never(), EventStream(run.events_file, None))
    except DivergedError:
        outcome = "diverged"
    except LabsError as error:
        outcome = f"failed: {error}"
    events = run.events()
    steps = [event for event in events if isinstance(event, Step)]
    evaluations = [(event.step, event.loss) for event in events if isinstance(event, Evaluation)]
    plan = next((event for event in events if isinstance(event, Plan)), None)
    scores = run.scores()
    row = {
        "key": trial.key, "model": model_digest(), "spec": trial.digest, "phenomenon": trial.phenomenon, "name": trial.name, "seed": trial.seed,
        "outcome": outcome, "steps": len(steps), "losses": [step.loss for step in steps], "rates": [step.learning_rate for step in steps],
        "train_s": round(steps[-1].t - steps[0].t, 1) if len(steps) > 1 else 0.0, "all_s": round(time.monotonic() - started, 1),
        "evaluations": evaluations, "trainable": plan.trainable_parameters if plan else 0, "warmup": plan.warmup_steps if plan else 0,
        "base": {name: score.value for name, score in scores.base.items()}, "tuned": {name: score.value for name, score in scores.tuned.items()},
        "answers": _old_and_new(run) if trial.phenomenon == 11 else {},
    }  # fmt: skip
    shutil.rmtree(run.folder)
    return row


def _old_and_new(run: Any) -> dict[str, float]:
    """Share of tuned answers that repeat the rule as it was before it changed."""
    from labs.rows import read_rows_of

    old = {row.id: str(row.meta.get("old", "")) for row in read_rows_of(run.spec).test}
    predictions = run.predictions()
    repeated = sum(one.tuned is not None and one.tuned.strip() == old[one.id] for one in predictions)
    return {"repeats_old": repeated / len(predictions)} if predictions else {}


def work(todo: Iterable[Trial], results: Path) -> None:
    """Run each trial and append its result as one JSON line; a crash loses only the trial it happened in."""
    from labs.worker.libraries import quieten

    quieten()
    with tempfile.TemporaryDirectory(prefix="physics-") as folder:
        for trial in todo:
            row = measure(trial, Path(folder))
            with results.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
            brief = {name: round(value, 3) for name, value in row["tuned"].items()}
            print(
                f"{row['key']}: {row['outcome']}, {row['train_s']} s of training, {row['all_s']} s in all, {brief}",
                file=sys.stderr,
                flush=True,
            )
