"""Taking a run away: the ejected script repeats its losses; the other formats use only fields that exist."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.eject import eject
from labs.eject.bailian import request_body
from labs.eject.llama_factory import settings
from labs.errors import LabsError
from labs.rows import read_rows
from labs.runs import Run, create_run
from labs.spec import RunSpec

Make = Callable[..., RunSpec]

# LLaMA-Factory's hparams (model_args.py, data_args.py, finetuning_args.py, commits 00577a8 and 072bfe2) and the
# fields of transformers' TrainingArguments that its examples use.
LLAMA_FACTORY = {
    "model_name_or_path",
    "trust_remote_code",
    "quantization_bit",
    "quantization_method",
    "quantization_type",
    "double_quantization",
    "disable_gradient_checkpointing",
    "stage",
    "do_train",
    "finetuning_type",
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
    "lora_target",
    "use_rslora",
    "use_dora",
    "dataset",
    "eval_dataset",
    "dataset_dir",
    "template",
    "cutoff_len",
    "packing",
    "neat_packing",
    "train_on_prompt",
    "mask_history",
    "output_dir",
    "logging_steps",
    "save_steps",
    "plot_loss",
    "per_device_train_batch_size",
    "eval_strategy",
    "eval_steps",
    "gradient_accumulation_steps",
    "learning_rate",
    "lr_scheduler_type",
    "warmup_ratio",
    "warmup_steps",
    "weight_decay",
    "max_grad_norm",
    "optim",
    "seed",
    "bf16",
    "fp16",
    "max_steps",
    "num_train_epochs",
}
# help.aliyun.com: create-fine-tuning-job-api and its table of hyper_parameters (2026).
BAILIAN_BODY = {
    "model",
    "training_file_ids",
    "validation_file_ids",
    "hyper_parameters",
    "training_type",
    "job_name",
}
BAILIAN = {
    "n_epochs",
    "batch_size",
    "max_length",
    "learning_rate",
    "lr_scheduler_type",
    "warmup_ratio",
    "weight_decay",
    "eval_steps",
    "logging_steps",
    "max_grad_norm",
    "split",
    "max_split_val_dataset_sample",
    "save_strategy",
    "save_steps",
    "save_total_limit",
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
}


@pytest.fixture
def a_run(tmp_path: Path, tiny_spec: Make) -> Callable[..., Run]:
    """A run folder that was never started."""
    import datetime

    def make(**changes: Any) -> Run:
        return create_run(tmp_path / "runs", tiny_spec(**changes), now=datetime.datetime.now(datetime.UTC))

    return make


@pytest.mark.trains
@pytest.mark.parametrize("changes", [{"gradient_accumulation_steps": 2, "lora_dropout": 0.1}])
def test_the_script_repeats_every_logged_loss(
    tiny_spec: Make, train_here: Any, tmp_path: Path, changes: dict[str, Any]
) -> None:
    done = train_here(tiny_spec(**changes))
    eject(done.run, tmp_path / "away")
    script = tmp_path / "away" / "train.py"
    assert "labs" not in [line.split()[1].split(".")[0] for line in script.read_text().splitlines() if line.startswith(("import ", "from "))]  # fmt: skip
    # -I: neither this repository nor the environment's paths are visible to it.
    finished = subprocess.run(
        [sys.executable, "-I", str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    lines = (tmp_path / "away" / "losses.jsonl").read_bytes().splitlines()
    losses = [msgspec.json.decode(line)["loss"] for line in lines]
    assert losses == pytest.approx(done.losses, abs=1e-6)
    assert (tmp_path / "away" / "trained" / "adapter_model.safetensors").exists()


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
@pytest.mark.parametrize(
    "more", [{}, {"max_steps": None, "eval_steps": 4, "save_steps": 2, "warmup_steps": 3}]
)
def test_llama_factory_gets_only_fields_it_knows(tiny_spec: Make, method: str, more: dict[str, Any]) -> None:
    fields = settings(tiny_spec(method=method, **more), with_validation=True)
    assert set(fields) <= LLAMA_FACTORY
    assert {"model_name_or_path", "stage", "finetuning_type", "dataset", "template", "output_dir"} <= set(
        fields
    )
    assert ("lora_rank" in fields) == (method != "full")
    assert fields.get("quantization_bit") == (4 if method == "qlora" else None)
    assert ("max_steps" in fields) != ("num_train_epochs" in fields)


def test_the_yaml_is_read_back_as_it_was_meant(a_run: Callable[..., Run], tmp_path: Path) -> None:
    import yaml

    run = a_run(learning_rate=2e-05, weight_decay=0.01)
    eject(run, tmp_path / "away", ("llama-factory",))
    folder = tmp_path / "away" / "llama_factory"
    assert yaml.safe_load((folder / "llama_factory.yaml").read_text()) == settings(
        run.spec, with_validation=False
    )
    info = msgspec.json.decode((folder / "dataset_info.json").read_bytes())
    rows = msgspec.json.decode((folder / info["finetutor_train"]["file_name"]).read_bytes())
    assert [turn["role"] for turn in rows[0]["messages"]] == ["user", "assistant"]


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
def test_bailian_gets_only_fields_it_knows_within_their_ranges(tiny_spec: Make, method: str) -> None:
    body = request_body(
        tiny_spec(method=method, r=12, warmup_steps=4, weight_decay=0.5, eval_steps=5), 24, True
    )
    assert set(body) <= BAILIAN_BODY
    hyper = body["hyper_parameters"]
    assert set(hyper) <= BAILIAN
    assert {"n_epochs", "batch_size", "max_length"} <= set(hyper), "required: they set the price"
    assert 1 <= hyper["n_epochs"] <= 200
    assert 500 <= hyper["max_length"] <= 131072
    assert 0 <= hyper["weight_decay"] <= 0.2
    assert hyper["warmup_ratio"] == 0.5, "4 of the 8 steps"
    assert body["training_type"] == ("sft" if method == "full" else "efficient_sft")
    if method != "full":
        assert hyper["lora_rank"] in (8, 16) and 0 <= hyper["lora_dropout"] <= 0.2


def test_bailian_rows_are_conversations_again(a_run: Callable[..., Run], tmp_path: Path) -> None:
    run = a_run()
    eject(run, tmp_path / "away", ("bailian",))
    rows = read_rows(tmp_path / "away" / "bailian" / "train.jsonl")
    assert [row.messages for row in rows] == [row.messages for row in read_rows(Path(run.spec.train_file))]
    assert "cannot be uploaded" in (tmp_path / "away" / "bailian" / "NOTES.md").read_text()


def test_a_folder_with_something_in_it_is_left_alone(a_run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(LabsError) as caught:
        eject(a_run(), tmp_path)
    assert caught.value.code == "eject.exists"
