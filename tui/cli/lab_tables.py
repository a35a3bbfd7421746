"""Labs, runs and scores as plain lines."""

from collections.abc import Iterable, Iterator

import msgspec

from labs.errors import LabsError
from labs.estimate import Estimate, estimate
from labs.events import Evaluation, Step
from labs.lab import Lab
from labs.metric_names import metric_text
from labs.models import shape_of
from labs.row_lengths import row_lengths
from labs.runs import Run
from labs.spec import RunSpec
from metrics.clean import clean
from metrics.score import Score
from tui.cli.columns import cell, table
from tui.i18n import Language, language, t

# What a difference means: fewer is better.
_LOWER_IS_BETTER = {"perplexity", "probe_perplexity"}


def figures(spec: RunSpec) -> Estimate | None:
    """The formulas' figures for a spec, or None where its model or rows are not on this machine."""
    try:
        lengths = row_lengths(spec)
        return estimate(spec, shape_of(spec.base_model), lengths.rows, lengths.mean_tokens)
    except LabsError:
        return None


def plan_lines(spec: RunSpec) -> Iterator[str]:
    """What the formulas say about a run before it starts."""
    key = "plan_full" if spec.method == "full" else "plan_method"
    yield t("lab_cli.plan")
    values = {"method": spec.method, "model": spec.base_model, "r": spec.r, "alpha": spec.lora_alpha}
    yield "  " + t(f"lab_cli.{key}", **values, lr=spec.learning_rate)
    found = figures(spec)
    if found is None:
        return
    yield "  " + t(
        "lab_cli.plan_steps", total=found.total_steps, per_epoch=found.steps_per_epoch, warmup=found.warmup_steps,
        batch=found.effective_batch,
    )  # fmt: skip
    yield "  " + t(
        "lab_cli.plan_trainable", trainable=f"{found.trainable_parameters:,}", total=f"{found.total_parameters:,}",
        share=100 * found.trainable_share,
    )  # fmt: skip
    yield "  " + t("lab_cli.plan_memory", mib=f"{found.memory_mib:,.0f}")


def score_lines(run: Run) -> Iterator[str]:
    """The before/after table of one run; nothing where it has no scores."""
    scores = run.scores()
    names = [name for name in scores.base if name in scores.tuned]
    if not names:
        return
    columns = [t(f"lab_cli.{name}") for name in ("metric", "base", "tuned", "change", "interval")]
    rows = [columns]
    for name in names:
        base, tuned = scores.base[name], scores.tuned[name]
        rows.append(
            [
                metric_text(name).within(language()),
                number(base),
                number(tuned),
                change(base, tuned),
                interval(tuned),
            ]
        )
    yield from table(rows)
    spec = run.spec
    yield t("lab_cli.footnote", n=len(run.predictions()), data=spec.task or spec.test_file)


def number(score: Score) -> str:
    """A value with the digits its scale deserves."""
    return f"{score.value:.3f}" if score.scale == "0-1" else f"{score.value:,.1f}"


def change(base: Score, tuned: Score) -> str:
    """Tuned against base: a ratio for perplexities, a difference for the rest."""
    if base.name in _LOWER_IS_BETTER:
        return f"/ {base.value / tuned.value:.1f}" if tuned.value else ""
    digits = 3 if base.scale == "0-1" else 1
    return f"{tuned.value - base.value:+.{digits}f}"


def interval(score: Score) -> str:
    """The score's own interval."""
    if score.interval is None:
        return ""
    digits = 3 if score.scale == "0-1" else 1
    return f"[{score.interval.low:.{digits}f}, {score.interval.high:.{digits}f}]"


def lab_lines(labs: Iterable[Lab], language: Language) -> Iterator[str]:
    """The catalogue, one lab a line."""
    for lab in labs:
        minutes = t("lab_cli.minutes", n=lab.minutes)
        yield cell(lab.id, 22) + cell(minutes, 10) + clean(lab.title.within(language), one_line=True)


def lab_page(lab: Lab, language: Language) -> Iterator[str]:
    """One lab: guide, objectives, what can be turned, variants, points."""
    yield clean(lab.guide(language))
    yield ""
    yield t("lab_cli.objectives")
    yield from (f"  - {clean(text.within(language), one_line=True)}" for text in lab.objectives)
    if lab.hyperparameters:
        yield t("lab_cli.hyperparameters")
    for one in lab.hyperparameters:
        values = ", ".join(map(str, one.choices)) if one.choices else f"{one.low:g}..{one.high:g}"
        note = clean(one.note.within(language), one_line=True)
        yield "  " + t("lab_cli.hyperparameter", name=one.name, values=values, note=note)
    if lab.variants:
        yield t("lab_cli.variants")
    yield from (f"  {one.id}: {clean(one.title.within(language), one_line=True)}" for one in lab.variants)
    if lab.checks:
        yield t("lab_cli.checks")
    yield from (f"  {one.points:g}  {clean(one.title.within(language), one_line=True)}" for one in lab.checks)
    yield t("lab_cli.run_it", lab=lab.id)


def run_lines(runs: Iterable[Run]) -> Iterator[str]:
    """Runs, newest first, one a line."""
    for run in runs:
        status = run.status()
        steps = f"{status.step}/{status.total_steps}" if status.total_steps else ""
        yield cell(run.id, 44) + cell(t(f"lab_cli.outcome_{status.state}"), 12) + steps


class Compared(msgspec.Struct, frozen=True):
    """Runs side by side: the spec fields that differ, and what they led to."""

    runs: tuple[str, ...]
    settings: dict[str, tuple[object, ...]]
    results: dict[str, tuple[float | None, ...]]


def compare(runs: list[Run]) -> Compared:
    """Put runs side by side."""
    specs = [msgspec.to_builtins(run.spec) for run in runs]
    settings = {
        name: tuple(spec[name] for spec in specs)
        for name in RunSpec.__struct_fields__
        if any(spec[name] != specs[0][name] for spec in specs)
    }
    results: dict[str, tuple[float | None, ...]] = {}
    events = [run.events() for run in runs]
    results["final_loss"] = tuple(_final_loss([e for e in one if isinstance(e, Step)]) for one in events)
    results["eval_loss"] = tuple(
        min((e.loss for e in one if isinstance(e, Evaluation) and e.loss is not None), default=None)
        for one in events
    )
    results["steps"] = tuple(
        max((float(e.step) for e in one if isinstance(e, Step)), default=None) for one in events
    )
    results["seconds"] = tuple(one[-1].t if one else None for one in events)
    tuned = [run.scores().tuned for run in runs]
    for name in dict.fromkeys(name for scores in tuned for name in scores):
        results[name] = tuple(scores[name].value if name in scores else None for scores in tuned)
    return Compared(tuple(run.id for run in runs), settings, results)


def _final_loss(steps: list[Step]) -> float | None:
    """Mean of the last ten steps; None where one of them is no number."""
    last = [event.loss for event in steps[-10:]]
    values = [loss for loss in last if loss is not None]
    return sum(values) / len(values) if values and len(values) == len(last) else None


def compare_lines(compared: Compared) -> Iterator[str]:
    """A comparison as a table: one row a setting or result, one column a run."""
    rows: list[list[str]] = [["", *compared.runs]]
    rows += [[name, *map(str, values)] for name, values in compared.settings.items()]
    if not compared.settings:
        rows.append([t("lab_cli.spec_same")])
    known = {"final_loss", "eval_loss", "steps", "seconds"}
    for name, results in compared.results.items():
        title = t(f"lab_cli.{name}") if name in known else metric_text(name).within(language())
        rows.append([title, *("-" if value is None else f"{value:.4g}" for value in results)])
    for row in rows:
        yield (cell(row[0], 30) + "".join(cell(text, 36) for text in row[1:])).rstrip()
