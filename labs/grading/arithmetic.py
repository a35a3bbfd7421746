"""What must hold without running anything: the spec is an allowed one, and the log adds up with it."""

import datetime
from collections.abc import Iterator

from labs.estimate import steps_of
from labs.events import Evaluation, Event, Finished, Plan, Scored, Started, Step
from labs.grading.evidence import Finding
from labs.grading.expectation import Asked, Expectation
from labs.grading.learning_rates import logged_learning_rate
from labs.grading.parsed import Parsed
from labs.spec import RunSpec

# Fields that may differ from machine to machine and student to student without changing what is learned.
_FREE = {
    "base_model", "lab", "method", "train_file", "validation_file", "test_file", "mix_file", "probe_file", "save_steps",
    "eval_batch_size", "sample_prompts", "gradient_checkpointing", "compute_dtype", "seed", "split_seed", "format_version", "metrics",
    "bnb_4bit_use_double_quant", "bnb_4bit_quant_type",
}  # fmt: skip
_SHOWN = 5


def arithmetic_findings(parsed: Parsed, expected: Expectation) -> list[Finding]:
    """Everything that does not add up. Empty: nothing speaks against the run."""
    return [
        *_outcome(parsed),
        *spec_findings(parsed.spec, expected),
        *_digests(parsed, expected),
        *_first(_chain(parsed.events, parsed)),
        *_plan(parsed, expected),
        *_first(_steps(parsed)),
        *_adapter(parsed),
        *_first(_scores(parsed)),
        *_first(_predictions(parsed, expected)),
    ]


def spec_findings(spec: RunSpec, expected: Expectation | Asked) -> list[Finding]:
    """What of a spec the assignment does not allow."""
    return _first(_spec(spec, expected))


def wrong(code: str, message: str, where: str = "", **values: float | int | str) -> Finding:
    """A finding that says what is not so."""
    return Finding(code=code, severity="wrong", message=message, where=where, values=values)


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """The first few of a kind that could fill pages."""
    kept: list[Finding] = []
    more = 0
    for finding in findings:
        if len(kept) < _SHOWN:
            kept.append(finding)
        else:
            more += 1
    if more:
        kept.append(
            Finding(code="more", severity="note", message=f"{more} more like this.", values={"n": more})
        )
    return kept


def _outcome(parsed: Parsed) -> Iterator[Finding]:
    outcome = parsed.bundle.outcome
    if outcome != "completed":
        yield Finding(
            code="run.unfinished", severity="warning", where="bundle.json",
            message=f"the run did not complete: {outcome[:20]}.", values={"outcome": outcome[:20]},
        )  # fmt: skip


def _spec(spec: RunSpec, expected: Expectation | Asked) -> Iterator[Finding]:
    if spec.lab != expected.lab:
        yield wrong("spec.other_lab", f"is lab {spec.lab[:60]!r}, not {expected.lab!r}.", "spec.json")
    if spec.method not in expected.methods:
        yield wrong("spec.method", f"method {spec.method} is not allowed.", "spec.json", method=spec.method)

    def differing(wanted: RunSpec) -> list[str]:
        names = [name for name in RunSpec.__struct_fields__ if name not in _FREE]
        if "max_steps" not in expected.allowed and wanted.max_steps is not None:
            names.remove("num_train_epochs")  # max_steps wins over it
        return [
            name for name in names
            if not (_is_allowed(name, getattr(spec, name), expected) if name in expected.allowed
                    else getattr(spec, name) == getattr(wanted, name))
        ]  # fmt: skip

    nearest = min(expected.specs, key=lambda wanted: len(differing(wanted)))
    for name in differing(nearest):
        value, allowed = str(getattr(spec, name))[:80], _allowed(name, nearest, expected)
        yield wrong(
            "spec.not_allowed", f"{name} = {value} is not allowed (allowed: {allowed}).", "spec.json", field=name,
            value=value, allowed=allowed,
        )  # fmt: skip


def _allowed(name: str, wanted: RunSpec, expected: Expectation | Asked) -> str:
    """What a field may be, in figures: ``2, 4, 8`` or ``1e-05..0.05``; the lab's own value where it may not be turned."""
    allowed = expected.allowed.get(name)
    if allowed is None:
        value = getattr(wanted, name)
        return "unset" if value is None else str(value)
    low, high = ("" if end is None else f"{end:g}" for end in (allowed.low, allowed.high))
    spans = [f"{low}..{high}"] if low or high else []
    return ", ".join([*(str(choice) for choice in allowed.choices), *spans])


def _is_allowed(name: str, value: object, expected: Expectation | Asked) -> bool:
    allowed = expected.allowed[name]
    if any(value == (tuple(choice) if isinstance(choice, list) else choice) for choice in allowed.choices):
        return True
    if allowed.low is None and allowed.high is None:
        return not allowed.choices
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (allowed.low is None or value >= allowed.low) and (allowed.high is None or value <= allowed.high)


def _digests(parsed: Parsed, expected: Expectation) -> Iterator[Finding]:
    if parsed.manifest is None:
        yield wrong(
            "manifest.missing", "there is none, so nothing says what it was trained on.", "manifest.json"
        )
        return
    for name, digest in parsed.manifest.files.items():
        if name in parsed.digests and parsed.digests[name] != digest:
            yield wrong(
                "manifest.changed", f"{name[:80]} was changed after the run.", "manifest.json", file=name[:80]
            )
    for part, digest in expected.data.items():
        if parsed.manifest.data.get(part) != digest:
            yield wrong(
                "data.other", f"the {part} rows are not the assignment's.", "manifest.json", part=part
            )
    others = [
        name for name, digest in expected.base.items() if parsed.manifest.base_model.get(name) != digest
    ]
    if others:
        names = ", ".join(sorted(others))
        yield wrong(
            "base.other", f"it was trained on another base model ({names}).", "manifest.json", files=names
        )
    if parsed.manifest.run_id != parsed.bundle.run_id:
        yield wrong("manifest.other_run", "the manifest is another run's.", "manifest.json")


def _chain(events: list[Event], parsed: Parsed) -> Iterator[Finding]:
    where = "events.jsonl"
    if not events or not isinstance(events[0], Started):
        yield wrong("events.no_start", "the log does not begin with a start.", where)
        return
    clock: datetime.datetime | None = None
    before: Event | None = None
    for number, event in enumerate(events, 1):
        if event.seq != number:
            yield wrong(
                "events.gap", f"event {number} is numbered {event.seq}.", f"{where}:{number}", seq=event.seq
            )
            return
        if event.t < 0 or (before is not None and not isinstance(event, Started) and event.t < before.t):
            yield wrong("events.time", f"time runs backwards at event {number}.", f"{where}:{number}")
        if isinstance(event, Started):
            if event.run_id != parsed.bundle.run_id:
                yield wrong("events.other_run", "the log is another run's.", f"{where}:{number}")
            started = _moment(event.started_at)
            if started is None or (clock is not None and started < clock):
                yield wrong("events.time", f"start at {event.started_at[:40]!r}.", f"{where}:{number}")
            clock = started
        elif clock is not None and isinstance(event, Finished):
            clock += datetime.timedelta(seconds=min(max(event.t, 0.0), 1e8))
        before = event
    last = events[-1]
    if not isinstance(last, Finished):
        yield wrong("events.no_end", "the log does not end with an end.", where)
    elif last.outcome != parsed.bundle.outcome:
        yield wrong(
            "events.outcome", f"the log says {last.outcome}, the bundle {parsed.bundle.outcome[:20]}.", where
        )


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 2000 <= moment.year < 2200 else None


def _plan(parsed: Parsed, expected: Expectation) -> Iterator[Finding]:
    plans = [event for event in parsed.events if isinstance(event, Plan)]
    where = "events.jsonl"
    if not plans:
        yield wrong("plan.missing", "the log has no plan.", where)
        return
    plan, spec = plans[-1], parsed.spec
    per_epoch, total, warmup = steps_of(spec, max(1, plan.train_rows))
    shape = expected.shape
    adapter = (
        0 if spec.method == "full" else shape.lora_parameters(spec.r, spec.target_modules, dora=spec.use_dora)
    )
    figures = {
        "steps_per_epoch": per_epoch,
        "total_steps": total,
        "warmup_steps": warmup,
        "effective_batch": spec.effective_batch,
        "quantization": spec.quantization,
        "trainable_parameters": shape.parameters if spec.method == "full" else adapter,
        "total_parameters": shape.parameters + adapter,
    }
    if not spec.packing:
        figures["train_rows"] = expected.train_rows - plan.rows_dropped
    for name, figure in figures.items():
        said = getattr(plan, name)
        if said != figure:
            yield wrong(
                "plan.figure",
                f"{name} is {said}, but follows as {figure}.",
                where,
                field=name,
                said=said,
                follows=figure,
            )
    if plan.rows_dropped > 0.05 * expected.train_rows:
        yield Finding(
            code="plan.dropped", severity="warning", where=where,
            message=f"{plan.rows_dropped} training rows were left out.", values={"rows": plan.rows_dropped},
        )  # fmt: skip


def trained_steps(events: list[Event]) -> dict[int, Step]:
    """Steps by number; where a resumed run repeats some, the later one counted."""
    return {event.step: event for event in events if isinstance(event, Step)}


def _steps(parsed: Parsed) -> Iterator[Finding]:
    where = "events.jsonl"
    spec, plans = parsed.spec, [event for event in parsed.events if isinstance(event, Plan)]
    steps = trained_steps(parsed.events)
    if not plans or not steps:
        yield wrong("steps.missing", "the log has no steps.", where)
        return
    per_epoch, total, warmup = steps_of(spec, max(1, plans[-1].train_rows))
    numbers = sorted(steps)
    if numbers[0] != 1 or numbers[-1] != len(numbers):
        yield wrong("steps.gap", "steps are missing in the log.", where)
        return
    early = spec.early_stopping_patience > 0 and numbers[-1] < total
    if parsed.bundle.outcome == "completed" and numbers[-1] != total and not early:
        yield wrong(
            "steps.count",
            f"{numbers[-1]} steps where {total} follow.",
            where,
            said=numbers[-1],
            follows=total,
        )
    tokens = 0
    for number in numbers:
        step = steps[number]
        rate = logged_learning_rate(spec, number, warmup, total)
        if abs(step.learning_rate - rate) > 1e-6 * spec.learning_rate + 1e-12:
            yield wrong(
                "steps.learning_rate",
                f"step {number}: learning rate {step.learning_rate:.6g}, the schedule gives {rate:.6g}.",
                where, step=number, said=step.learning_rate, follows=rate,
            )  # fmt: skip
        if abs(step.epoch - number / per_epoch) > 0.51 / per_epoch + 1e-3:
            yield wrong("steps.epoch", f"step {number}: epoch {step.epoch:g}.", where, step=number)
        if step.tokens <= tokens:
            yield wrong(
                "steps.tokens", f"step {number}: {step.tokens} tokens after {tokens}.", where, step=number
            )
        tokens = step.tokens
        if step.loss is None and parsed.bundle.outcome == "completed":
            yield wrong(
                "steps.loss", f"step {number} has no loss, yet the run completed.", where, step=number
            )
        elif step.loss is not None and step.loss < 0:
            yield wrong("steps.loss", f"step {number}: a loss of {step.loss:g}.", where, step=number)
    if spec.eval_steps:
        seen = {event.step for event in parsed.events if isinstance(event, Evaluation)}
        due = set(range(spec.eval_steps, numbers[-1] + 1, spec.eval_steps))
        if not due <= seen:
            yield wrong(
                "evaluations.missing",
                f"no evaluation at step {min(due - seen)}.",
                where,
                step=min(due - seen),
            )


def _adapter(parsed: Parsed) -> Iterator[Finding]:
    spec, settings = parsed.spec, parsed.settings
    if settings is None:
        return
    targets = spec.target_modules
    figures = {
        "r": (settings.r, spec.r),
        "lora_alpha": (settings.lora_alpha, float(spec.lora_alpha)),
        "use_rslora": (settings.use_rslora, spec.use_rslora),
        "use_dora": (settings.use_dora, spec.use_dora),
        "target_modules": (len(settings.target_modules), 7)
        if targets == "all-linear"
        else (settings.target_modules, tuple(sorted(targets))),
    }
    for name, (said, follows) in figures.items():
        if said != follows:
            yield wrong(
                "adapter.settings", f"{name} is {said} in the adapter, {follows} by the spec.",
                "adapter/adapter_config.json", field=name,
            )  # fmt: skip


def _scores(parsed: Parsed) -> Iterator[Finding]:
    logged = {
        (event.system, event.score.name): event.score.value
        for event in parsed.events
        if isinstance(event, Scored)
    }
    for system in ("base", "tuned"):
        claimed = parsed.scores.of(system)
        for name, score in claimed.items():
            if (system, name) in logged and logged[system, name] != score.value:
                yield wrong(
                    "scores.changed", f"{system} {name[:40]} is {score.value:g}, the log says {logged[system, name]:g}.",
                    "scores.json", metric=name[:40],
                )  # fmt: skip


def _predictions(parsed: Parsed, expected: Expectation) -> Iterator[Finding]:
    where = "predictions.jsonl"
    if not parsed.spec.evaluate or (not parsed.predictions and parsed.bundle.outcome != "completed"):
        return
    if len(parsed.predictions) != len(expected.test_rows):
        yield wrong(
            "predictions.count",
            f"{len(parsed.predictions)} rows; the test set has {len(expected.test_rows)}.",
            where,
        )
        return
    for number, (said, row) in enumerate(zip(parsed.predictions, expected.test_rows, strict=True), 1):
        if (said.id, said.prompt, said.reference) != (row.id, row.prompt, row.reference):
            yield wrong(
                "predictions.changed", f"row {number} is not the test set's.", f"{where}:{number}", row=number
            )
