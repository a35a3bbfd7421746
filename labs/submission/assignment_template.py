"""A new assignment file for a lab, with the digests of what this machine has."""

import functools
import hashlib
import secrets
from pathlib import Path
from typing import Any

from labs.errors import ModelError
from labs.lab import Lab
from labs.models import local_folder
from labs.rows import read_rows_of
from labs.spec import RunSpec


def base_digests(base_model: str) -> dict[str, str]:
    """SHA-256 of what decides a base model's answers: weights, shape, tokenizer, template.

    Raises:
        ModelError: ``model.missing``.
    """
    folder = local_folder(base_model)
    if folder is None:
        raise ModelError(
            "model.missing", f"{base_model} is not on this machine.", f"`finetutor models pull {base_model}`"
        )
    paths = [
        path for path in sorted(folder.iterdir())
        if path.suffix in (".safetensors", ".jinja") or path.name in ("config.json", "tokenizer.json")
    ]  # fmt: skip
    return {path.name: _digest_of_version(path, *_stamp(path)) for path in paths}


def new_assignment(lab: Lab, spec: RunSpec, assignment_id: str, *, hidden: Path | None = None) -> str:
    """The TOML text of an assignment with a rubric made from the lab's metrics; to be edited by the instructor.

    Args:
        hidden: the hidden test set, named relative to where the file will lie.
    """
    rows = read_rows_of(spec)
    metric, low, high = _headline(spec)
    lines = [
        f"# An assignment on the lab {lab.id}. Keep this file and the hidden test set to yourself.",
        "format_version = 1",
        f"id = {_quoted(assignment_id)}",
        f"title.en = {_quoted(lab.title.en)}",
        f"title.zh = {_quoted(lab.title.zh)}",
        f"lab = {_quoted(lab.id)}",
        f"secret = {_quoted(secrets.token_hex(16))}",
        "per_student_seed = true   # `finetutor assignment seeds FILE --roster roster.csv` lists them",
        "split_share = 0.8         # each student trains on so much of the training rows, drawn for this student",
        'methods = ["lora", "qlora"]',
        'keep = "best"             # of several submissions: best, last or first',
        "",
        "[base]",
        f"model = {_quoted(spec.base_model)}",
        *_table("base.digests", base_digests(spec.base_model)),
        "",
        "[data]",
        *(f"{part} = {_quoted(digest)}" for part, digest in sorted(rows.digests.items())),
        "",
        "[allowed.learning_rate]",
        "low = 1e-5",
        "high = 5e-2",
        "[allowed.r]",
        "choices = [2, 4, 8, 16, 32, 64]",
        "[allowed.lora_alpha]",
        "low = 1",
        "high = 256",
        "[allowed.num_train_epochs]",
        "low = 1",
        "high = 12",
        "",
        "[hidden]",
        f"file = {_quoted(hidden.name if hidden else '')}",
        f"digest = {_quoted(_digest(hidden) if hidden else '')}",
        "",
        "[evaluation]",
        "replay_steps = 0",
        "[evaluation.tolerance]",
        "default = 0.02             # of a metric's scale; for perplexity relative",
        "",
        "[deadline]",
        "# at = 2026-12-01T23:59:00+08:00",
        "grace_minutes = 15",
        "percent_per_day = 10",
        "floor_percent = 50",
        "",
        "[[rubric]]",
        'id = "adds-up"',
        "points = 10",
        'expression = "tier.arithmetic"',
        'title.en = "The run adds up: steps, learning rates, counts, times"',
        'title.zh = "训练记录自洽：步数、学习率、参数量、时间"',
        "",
        "[[rubric]]",
        'id = "result"',
        "points = 50",
        'kind = "linear"',
        f'expression = "{"hidden" if hidden else "public"}.{metric}"',
        f"low = {low}",
        f"high = {high}",
        f'title.en = "Result on {"hidden" if hidden else "the public"} rows ({metric})"',
        f'title.zh = "{"隐藏" if hidden else "公开"}测试集上的结果（{metric}）"',
        "",
        "[[rubric]]",
        'id = "predictions"',
        "points = 10",
        'kind = "calibration"',
        'title.en = "Predictions made before the run"',
        'title.zh = "训练前所作的预测"',
        "",
        "[[rubric]]",
        'id = "reflection"',
        "points = 30",
        'kind = "written"',
        'title.en = "Reflection"',
        'title.zh = "总结"',
        'comments = [{ en = "Name the number that shows it.", zh = "请指出能说明这一点的数据。" }]',
        "",
        "[[caps]]",
        'id = "other-base"',
        'expression = "found.base_other > 0"',
        "percent = 50",
        'reason.en = "Trained on another base model than the one set."',
        'reason.zh = "所用基座模型与作业要求不符。"',
        "",
    ]
    return "\n".join(lines)


def _headline(spec: RunSpec) -> tuple[str, float, float]:
    """The metric to grade by, with the values that earn none and all of the points."""
    for name in ("exact_match", "accuracy", "macro_f1", "json_f1", "execution_accuracy", "style_markers"):
        if name in spec.metrics:
            return name, 0.1, 0.7
    name = spec.metrics[0] if spec.metrics else "bleu"
    return ("rougeL", 0.1, 0.6) if name == "rouge" else (name, 5.0, 40.0)


def _table(name: str, values: dict[str, str]) -> list[str]:
    return ["", f"[{name}]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in values.items())]


def _quoted(value: Any) -> str:
    import json

    return json.dumps(str(value), ensure_ascii=False)


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


@functools.lru_cache(maxsize=64)
def _digest_of_version(path: Path, changed: int, size: int) -> str:
    """Read once while time and size stay: the weights of a 7B model take a minute."""
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
