"""A small good bundle made by hand, something to compare it with, and a way to take bundles in."""

import hashlib
import itertools
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.estimate import steps_of
from labs.events import Event, Finished, Phase, Plan, Scored, Started, Step, encode
from labs.grading.expectation import Expectation, TestRow
from labs.grading.intake import IntakeOrder, IntakeReport, take_in
from labs.grading.learning_rates import logged_learning_rate
from labs.grading.limits import Limits
from labs.runs import Prediction, Scores
from labs.shape import ModelShape
from labs.spec import RunSpec, encode_spec
from metrics.score import Score
from tests.labs.grading.dask_cluster import Cluster

SHAPE = ModelShape(
    hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1, head_dim=64,
    vocab_size=32, tie_word_embeddings=True,
)  # fmt: skip
SPEC = RunSpec(
    lab="tiny", task="tiny-task", method="lora", r=2, lora_alpha=4, target_modules=("q_proj", "v_proj"), learning_rate=1e-3,
    lr_scheduler_type="cosine", warmup_steps=0.2, num_train_epochs=2, per_device_train_batch_size=8, metrics=("exact_match",),
)  # fmt: skip
ROWS = (TestRow("t-1", "how long", "six months"), TestRow("t-2", "多久", "六个月"))
LIMITS = Limits(archive_bytes=8 * 2**20, json_bytes=256 * 2**10, file_bytes=2**20, seconds=20.0)


def tensor_file(tensors: dict[str, tuple[str, list[int], bytes]], **extra: Any) -> bytes:
    """A safetensors file of (dtype, shape, data) by name; ``extra`` goes into the header."""
    ends = list(itertools.accumulate(len(data) for _, _, data in tensors.values()))
    header = {
        name: {"dtype": dtype, "shape": shape, "data_offsets": [end - len(data), end]}
        for (name, (dtype, shape, data)), end in zip(tensors.items(), ends, strict=True)
    }
    encoded = json.dumps({**extra, **header}).encode()
    return struct.pack("<Q", len(encoded)) + encoded + b"".join(data for _, _, data in tensors.values())


def lora_tensors(r: int = 2) -> dict[str, tuple[str, list[int], bytes]]:
    """What PEFT would write for SPEC."""
    tensors = {}
    for at, module in enumerate(("q_proj", "v_proj")):
        stem = f"base_model.model.model.layers.0.self_attn.{module}"
        for half, shape in (("lora_A", [r, 64]), ("lora_B", [64, r])):
            data = struct.pack(f"<{64 * r}f", *((number % 17 - 8 + at) / 64 for number in range(64 * r)))
            tensors[f"{stem}.{half}.weight"] = ("F32", shape, data)
    return tensors


def adapter_config(**changes: Any) -> bytes:
    """What PEFT would write beside it."""
    table = {
        "auto_mapping": None, "base_model_name_or_path": "somewhere", "bias": "none", "peft_type": "LORA", "r": 2,
        "lora_alpha": 4, "lora_dropout": 0.0, "target_modules": ["v_proj", "q_proj"], "task_type": "CAUSAL_LM",
        "modules_to_save": None, "loftq_config": {}, "rank_pattern": {}, "megatron_core": "megatron.core",
    }  # fmt: skip
    return json.dumps({**table, **changes}).encode()


def good_events(spec: RunSpec = SPEC, rows: int = 16) -> list[Event]:
    """The log of a run that adds up."""
    per_epoch, total, warmup = steps_of(spec, rows)
    trained = SHAPE.lora_parameters(spec.r, spec.target_modules)
    events: list[Any] = [
        (Started, {"run_id": "run-1", "pid": 7, "identity": "x", "started_at": "2026-11-20T10:00:00.000+00:00"}),
        (Phase, {"name": "load"}),
        (Plan, {
            "device": "cpu", "compute_dtype": "float32", "quantization": spec.quantization, "threads": 1, "total_steps": total,
            "steps_per_epoch": per_epoch, "warmup_steps": warmup, "trainable_parameters": trained,
            "total_parameters": SHAPE.parameters + trained, "effective_batch": spec.effective_batch, "train_rows": rows,
            "train_tokens": 640, "scored_tokens": 320,
        }),
    ]  # fmt: skip
    for step in range(1, total + 1):
        events.append((Step, {
            "step": step, "epoch": round(step / per_epoch, 4), "loss": 3.0 / step, "grad_norm": 1.0,
            "learning_rate": logged_learning_rate(spec, step, warmup, total), "tokens": 300 * step,
            "tokens_per_second": 100.0, "memory_mib": 500.0, "eta_s": 0.0,
        }))  # fmt: skip
    events.append((Scored, {"system": "tuned", "score": claimed_score()}))
    events.append((Finished, {"outcome": "completed", "step": total, "seconds": 9.0}))
    return [kind(seq=at, t=float(at), **fields) for at, (kind, fields) in enumerate(events, 1)]


def claimed_score(value: float = 0.5) -> Score:
    """What the student says."""
    return Score(name="exact_match", value=value, scale="0-1", n=2, signature="exact_match|refs:1")


def good_files(events: list[Event] | None = None) -> dict[str, bytes]:
    """Every file of a bundle but ``bundle.json``."""
    predictions = [
        Prediction(id=row.id, prompt=row.prompt, reference=row.reference, base="?", tuned="six months")
        for row in ROWS
    ]
    files = {
        "spec.json": encode_spec(SPEC),
        "events.jsonl": b"".join(encode(event) for event in events or good_events()),
        "predictions.jsonl": b"".join(msgspec.json.encode(row) + b"\n" for row in predictions),
        "scores.json": msgspec.json.encode(Scores(tuned={"exact_match": claimed_score()})),
        "answers.json": b'{"trainable": 512}',
        "reflections.json": '["因为学习率合适"]'.encode(),
        "quiz.json": b'[{"question": "lora.x", "answer": "a"}]',
        "adapter/adapter_config.json": adapter_config(),
        "adapter/adapter_model.safetensors": tensor_file(lora_tensors(), __metadata__={"format": "pt"}),
    }
    hashed = {
        name: hashlib.sha256(files[name]).hexdigest()
        for name in ("spec.json", "predictions.jsonl", "scores.json")
    }
    manifest = {
        "format_version": 1, "run_id": "run-1", "files": hashed, "data": {"train": "d1"}, "base_model": {"model.safetensors": "b1"},
        "versions": {}, "seed": 42, "hardware": {},
    }  # fmt: skip
    files["manifest.json"] = json.dumps(manifest).encode()
    return files


def bundle_json(files: dict[str, bytes], **changes: Any) -> bytes:
    """``bundle.json`` over ``files``."""
    entries = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    table = {
        "format_version": 1,
        "student": "s1",
        "name": "张三",
        "lab": "tiny",
        "run_id": "run-1",
        "outcome": "completed",
    }
    return json.dumps({**table, "files": entries, **changes}).encode()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of ``files`` as they are."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def bundle(changed: dict[str, bytes | None] | None = None, **who: Any) -> bytes:
    """A good bundle with some files replaced, added or (None) left out, and ``bundle.json`` to match."""
    files = {**good_files(), **(changed or {})}
    present = {name: data for name, data in files.items() if data is not None}
    listed = present.pop("bundle.json", None)
    return zipped({"bundle.json": bundle_json(present, **who) if listed is None else listed, **present})


class Kit:
    """The makers above, for tests: they cannot import this file."""

    tensor_file = staticmethod(tensor_file)
    lora_tensors = staticmethod(lora_tensors)
    adapter_config = staticmethod(adapter_config)
    good_events = staticmethod(good_events)
    good_files = staticmethod(good_files)
    bundle_json = staticmethod(bundle_json)
    zipped = staticmethod(zipped)
    bundle = staticmethod(bundle)
    claimed_score = staticmethod(claimed_score)
    spec = SPEC
    shape = SHAPE
    limits = LIMITS
    rows = ROWS


@pytest.fixture
def kit() -> type[Kit]:
    """Makers of bundles and their parts."""
    return Kit


@pytest.fixture
def expected() -> Expectation:
    """What the good bundle agrees with."""
    return Expectation(
        lab="tiny", specs=(SPEC,), methods=("lora", "qlora"), allowed={}, data={"train": "d1"},
        base={"model.safetensors": "b1"}, shape=SHAPE, train_rows=16, test_rows=ROWS,
    )  # fmt: skip


@pytest.fixture
def take(tmp_path: Path, expected: Expectation) -> Callable[..., IntakeReport]:
    """Take bytes in, in this process, and see that nothing was written but into the work folder."""
    (tmp_path / "in").mkdir()
    (tmp_path / "work").mkdir()

    def take_bytes(data: bytes, *, against: Expectation | None = None) -> IntakeReport:
        archive, folder = tmp_path / "in" / "bundle.zip", tmp_path / "work" / "one"
        archive.write_bytes(data)
        order = IntakeOrder(
            archive=str(archive), digest=hashlib.sha256(data).hexdigest(), folder=str(folder), expected=against or expected,
            limits=LIMITS,
        )  # fmt: skip
        report = take_in(order)
        written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
        allowed = {"in", "in/bundle.zip", "work", "work/one"}
        if not report.refused:
            allowed |= {
                f"work/one/{name}"
                for name in ("adapter.safetensors", "predictions.jsonl", "events.jsonl", "spec.json")
            }
        assert written == allowed
        return report

    return take_bytes


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Any]:
    """A scheduler and two workers."""
    (tmp_path / "cluster").mkdir()
    cluster = Cluster(tmp_path / "cluster", 2)
    yield cluster
    cluster.close()
