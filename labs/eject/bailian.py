"""The same settings as a fine-tuning request to Alibaba Cloud Bailian (DashScope).

``POST /api/v1/fine-tunes`` (help.aliyun.com, "create-fine-tuning-job-api", 2026): ``n_epochs``, ``batch_size`` and
``max_length`` are required, for they set the price. What Bailian cannot be told is listed in the file beside.
"""

import math
from pathlib import Path
from typing import Any

import msgspec

from labs.estimate import steps_of
from labs.rows import Row, Rows
from labs.spec import RunSpec


def write_bailian(spec: RunSpec, rows: Rows, out: Path) -> list[Path]:
    """Write the request body, the rows to upload and a note on what differs."""
    folder = out / "bailian"
    folder.mkdir()
    body = request_body(spec, len(rows.train), bool(rows.validation))
    (folder / "request.json").write_bytes(msgspec.json.format(msgspec.json.encode(body)) + b"\n")
    written = [folder / "request.json", folder / "train.jsonl"]
    _write_rows(folder / "train.jsonl", rows.train)
    if rows.validation:
        _write_rows(folder / "validation.jsonl", rows.validation)
        written.append(folder / "validation.jsonl")
    notes = folder / "NOTES.md"
    notes.write_text(_notes(spec), encoding="utf-8")
    return [*written, notes]


def request_body(spec: RunSpec, train_rows: int, with_validation: bool) -> dict[str, Any]:
    """The body; file ids are filled in after ``POST /api/v1/files`` (purpose ``fine-tune``)."""
    epochs = spec.num_train_epochs
    if spec.max_steps is not None:
        epochs = spec.max_steps / steps_of(spec, train_rows)[0]
    hyper_parameters: dict[str, Any] = {
        "n_epochs": min(200, max(1, math.ceil(epochs))),
        "batch_size": spec.effective_batch,
        "max_length": max(500, spec.max_length),
        "learning_rate": f"{spec.learning_rate:g}",
        "lr_scheduler_type": str(spec.lr_scheduler_type),
        "weight_decay": min(0.2, spec.weight_decay),
        "max_grad_norm": spec.max_grad_norm,
    }
    if spec.lr_scheduler_type != "constant":
        share = spec.warmup_steps
        if share >= 1:
            share = share / max(1, steps_of(spec, train_rows)[1])
        hyper_parameters["warmup_ratio"] = round(min(1.0, share), 4)
    if spec.eval_steps:
        hyper_parameters["eval_steps"] = spec.eval_steps
    if spec.method != "full":
        hyper_parameters |= {
            "lora_rank": 2 ** max(0, round(math.log2(spec.r))),
            "lora_alpha": spec.lora_alpha,
            "lora_dropout": min(0.2, spec.lora_dropout),
        }
    body: dict[str, Any] = {
        "model": "qwen3-8b",
        "training_file_ids": ["<id of train.jsonl from POST /api/v1/files>"],
        "hyper_parameters": hyper_parameters,
        "training_type": "sft" if spec.method == "full" else "efficient_sft",
        "job_name": f"finetutor-{spec.lab or spec.task or 'run'}"[:64],
    }
    if with_validation:
        body["validation_file_ids"] = ["<id of validation.jsonl from POST /api/v1/files>"]
    return body


def _write_rows(path: Path, rows: list[Row]) -> None:
    lines = [msgspec.json.encode({"messages": row.prompt + row.completion}) for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")


def _notes(spec: RunSpec) -> str:
    notes = [
        f"The base model {spec.base_model!r} cannot be uploaded; `model` names one of Bailian's own: choose yours.",
        "Every assistant turn is trained, and the prompt never is.",
        "Rows longer than max_length are dropped, where TRL cuts them; max_length is 500 at least.",
        "A learning rate that suits a small model is too high for a large one: LoRA there takes about 1e-4.",
        "The tuned model cannot be downloaded: deploy it first, then evaluate it.",
    ]
    if spec.method == "qlora":
        notes.append(
            "There is no QLoRA to choose: efficient_sft is LoRA, and how the base is stored is not said."
        )
    if spec.method != "full" and spec.r & (spec.r - 1):
        notes.append(f"lora_rank must be a power of two: {spec.r} was rounded.")
    if spec.use_dora or spec.use_rslora:
        notes.append("DoRA and rsLoRA cannot be asked for.")
    body = "\n".join(f"- {note}" for note in notes)
    return f"# What differs from the run this came from\n\n{body}\n\nNames and ranges as documented in 2026; check the console.\n"
