"""One run, from top to bottom: load, quantise, tokenise, train, save, evaluate, and say each of it."""

import datetime
import os
from pathlib import Path
from typing import Any

import msgspec

from labs.check_spec import check_spec
from labs.errors import ModelError, RunError
from labs.estimate import steps_of
from labs.events import Phase, Plan, Started, Step, Warned
from labs.models import shape_from_config
from labs.orders import Train
from labs.process import own_identity
from labs.rows import Rows, read_rows_of
from labs.runs import Run
from labs.training.base import base_folder, load_base, load_tokenizer
from labs.training.checkpoints import (
    Found,
    find_checkpoint,
    refuse_without_space,
    replace_folder,
    whole_files_only,
)
from labs.training.evaluation import Evaluator, as_base, sample_rows
from labs.training.failures import DivergedError
from labs.training.hardware import Hardware, choose_hardware
from labs.training.memory import memory_mib
from labs.training.outside import Reporter, StopSignal
from labs.training.progress import Watch
from labs.training.provenance import versions, write_manifest
from labs.training.tokens import TokenisedRow, tokenise
from labs.training.trainer import LabTrainer, build_trainer, save_weights


def train(order: Train, stop: StopSignal, reporter: Reporter) -> dict[str, Any]:
    """Do the run and return the fields of its ``Finished``.

    Raises:
        LabsError: what the run cannot do, with a next step.
        DivergedError: the loss or the gradient is no number; the last finite weights are kept as the adapter.
    """
    run, spec = Run(Path(order.folder)), order.spec
    found = (
        find_checkpoint(run.folder / "checkpoints", allow_inexact=order.allow_inexact)
        if order.resume
        else None
    )
    reporter.say(
        Started,
        run_id=run.id,
        pid=os.getpid(),
        identity=own_identity(),
        started_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        versions=versions(),
        resumed_from=found.step if found is not None and found.step else None,
    )
    _tell_of_resumption(order, found, reporter)
    hardware = choose_hardware(spec)
    base = base_folder(spec.base_model)
    check_spec(spec, _shape(base))
    rows = read_rows_of(spec)
    reporter.say(Phase, name="quantize" if spec.quantization != "none" else "load")
    tokenizer = load_tokenizer(base)
    model = load_base(spec, base, hardware)
    reporter.say(Phase, name="tokenize", total=len(rows.train))
    tokenised = tokenise(
        rows.train, tokenizer, max_length=spec.max_length, response_only=spec.loss_on == "response"
    )
    if not tokenised:
        raise RunError("data.all_masked", "No training row has a token to learn.", "Raise max_length.")
    trainer = build_trainer(spec, model, tokenizer, tokenised, hardware, run.folder)
    plan = _plan(order, trainer, tokenised, rows, hardware)
    need = 32 + 3.5 * 4 * plan["trainable_parameters"] / 2**20
    refuse_without_space(run.folder, need)
    reporter.say(Plan, **plan)
    evaluator = Evaluator(run, spec, rows, tokenizer, reporter, stop) if spec.evaluate else None
    _train(order, trainer, tokenizer, rows, run, hardware, found, stop, reporter)
    step = trainer.state.global_step
    if stop.should_stop and step < plan["total_steps"]:
        return _stopped(step, stop)
    if evaluator is not None:
        with as_base(trainer.model, lambda: load_base(spec, base, hardware)) as base_model:
            finished = evaluator.evaluate("base", base_model)
        if not (finished and evaluator.evaluate("tuned", trainer.model)):
            return _stopped(step, stop)
    write_manifest(run, spec, rows.digests, base, hardware)
    return {"outcome": "completed", "code": "ok", "step": step}


def _train(
    order: Train, trainer: LabTrainer, tokenizer: Any, rows: Rows, run: Run, hardware: Hardware,
    found: Found | None, stop: StopSignal, reporter: Reporter,
) -> None:  # fmt: skip
    spec = order.spec
    watch = Watch(
        spec,
        trainer.model,
        tokenizer,
        tokenise(rows.validation, tokenizer, max_length=spec.max_length, response_only=True),
        sample_rows(spec, rows) if spec.eval_steps else [],
        reporter,
    )
    trainer.begin(run.folder, hardware, reporter, stop, watch.after_step)
    trainer.extra_state = watch.save
    checkpoint: Path | None = None
    if found is not None and found.step:
        checkpoint = whole_files_only(found, run.folder / "checkpoints" / ".resumed")
        trainer.tokens_before = msgspec.json.decode((checkpoint / "progress.json").read_bytes())["tokens"]
        watch.load(checkpoint)
    reporter.say(Phase, name="train")
    try:
        trainer.run_from(checkpoint)
    except DivergedError as error:
        reporter.say(
            Step, step=error.step, epoch=round(trainer.state.epoch or 0.0, 4), loss=None,
            learning_rate=trainer._get_learning_rate(), grad_norm=None, tokens=trainer.tokens_trained,
            tokens_per_second=0.0, memory_mib=memory_mib(hardware.on_cpu), eta_s=0.0,
        )  # fmt: skip
        replace_folder(run.adapter, lambda folder: save_weights(trainer.model, folder))
        raise
    reporter.say(Phase, name="save")
    best = watch.take_best()
    if best is not None:
        reporter.say(
            Warned,
            code="best_kept",
            message=f"The weights of step {best}, with the lowest validation loss, are kept.",
        )
    replace_folder(run.adapter, lambda folder: save_weights(trainer.model, folder))


def _plan(
    order: Train, trainer: LabTrainer, tokenised: list[TokenisedRow], rows: Rows, hardware: Hardware
) -> dict[str, Any]:
    spec = order.spec
    trained_rows = len(trainer.train_dataset)
    per_epoch, total, warmup = steps_of(spec, trained_rows)
    notes = dict(hardware.notes)
    dropped = len(rows.train) - len(tokenised)
    if dropped:
        notes["rows_dropped"] = f"{dropped} rows left out: nothing to learn within max_length."
    cut = sum(len(row.input_ids) == spec.max_length for row in tokenised)
    if cut:
        notes["rows_cut"] = f"{cut} rows reach max_length {spec.max_length} and may have been cut."
    return {
        "device": hardware.device if hardware.on_cpu else f"{hardware.device}: {hardware.name}",
        "compute_dtype": hardware.dtype,
        "quantization": spec.quantization,
        "threads": hardware.threads,
        "total_steps": total,
        "steps_per_epoch": per_epoch,
        "warmup_steps": warmup,
        "trainable_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        "total_parameters": _parameters(trainer.model),
        "effective_batch": spec.effective_batch,
        "train_rows": len(tokenised),
        "train_tokens": sum(len(row.input_ids) for row in tokenised),
        "scored_tokens": sum(row.scored for row in tokenised),
        "notes": tuple(notes.values()),
        "note_codes": tuple(notes),
        "rows_dropped": dropped,
        "rows_cut": cut,
    }


def _parameters(model: Any) -> int:
    """All parameters; a 4-bit tensor packs two in a byte and knows its own shape."""
    total = 0
    for parameter in model.parameters():
        state = getattr(parameter, "quant_state", None)
        total += state.shape.numel() if state is not None else parameter.numel()
    return total


def _shape(base: Path) -> Any:
    try:
        return shape_from_config(msgspec.json.decode((base / "config.json").read_bytes()))
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "model.unsupported", f"{base / 'config.json'}: {error}.", "Labs train Llama-like decoders."
        ) from error


def _tell_of_resumption(order: Train, found: Found | None, reporter: Reporter) -> None:
    if not order.resume:
        return
    for reason in found.rejected if found is not None else ():
        reporter.say(Warned, code="checkpoint_rejected", message=f"Passed over {reason}.")
    if found is None and not any(isinstance(event, Step) for event in Run(Path(order.folder)).events()):
        return  # it was only queued
    if found is None or not found.step:
        reporter.say(Warned, code="resumed_from_start", message="There is no whole checkpoint: begins anew.")
    elif found.missing_state:
        missing = ", ".join(found.missing_state)
        reporter.say(
            Warned,
            code="resumed_inexactly",
            message=f"Goes on without {missing}: the result will differ slightly.",
        )


def _stopped(step: int, stop: StopSignal) -> dict[str, Any]:
    why = "The app is gone: stopped" if stop.stop_reason == "parent_gone" else "Stopped"
    return {
        "outcome": "cancelled",
        "code": "stopped" if stop.stop_reason == "asked" else stop.stop_reason,
        "message": f"{why} after step {step}; the adapter is kept.",
        "hint": "`finetutor lab resume` goes on.",
        "step": step,
    }
