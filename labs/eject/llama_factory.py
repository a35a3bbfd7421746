"""The same settings for LLaMA-Factory: ``llamafactory-cli train llama_factory.yaml``.

Field names are those of its ``hparams`` (model_args, data_args, finetuning_args) and of transformers'
TrainingArguments, which it passes on.
"""

from pathlib import Path

import msgspec

from labs.models import local_folder
from labs.rows import Row, Rows
from labs.spec import RunSpec

# LLaMA-Factory's chat templates by what a model's name contains.
_TEMPLATES = (
    ("qwen3", "qwen3"),
    ("qwen2.5", "qwen"),
    ("qwen", "qwen"),
    ("deepseek", "deepseek"),
    ("llama-3", "llama3"),
)


def write_llama_factory(spec: RunSpec, rows: Rows, out: Path) -> list[Path]:
    """Write the YAML, ``dataset_info.json`` and the rows it names."""
    folder = out / "llama_factory"
    folder.mkdir()
    data = {"finetutor_train": rows.train, "finetutor_validation": rows.validation}
    info = {}
    written = [folder / "llama_factory.yaml", folder / "dataset_info.json"]
    for name, part in data.items():
        if part:
            (folder / f"{name}.json").write_bytes(
                msgspec.json.format(msgspec.json.encode([_row(r) for r in part]))
            )
            info[name] = _dataset(f"{name}.json")
            written.append(folder / f"{name}.json")
    written[0].write_text(_yaml(settings(spec, bool(rows.validation))), encoding="utf-8")
    written[1].write_bytes(msgspec.json.format(msgspec.json.encode(info)) + b"\n")
    return written


def settings(spec: RunSpec, with_validation: bool) -> dict[str, object]:
    """The fields of the YAML file, in its usual order."""
    local = local_folder(spec.base_model)
    fields: dict[str, object] = {
        "model_name_or_path": str(local) if local is not None else spec.base_model,
        "trust_remote_code": False,
    }
    if spec.quantization == "int8":
        fields |= {"quantization_bit": 8, "quantization_method": "bitsandbytes"}
    elif spec.quantization != "none":
        fields |= {
            "quantization_bit": 4,
            "quantization_method": "bitsandbytes",
            "quantization_type": spec.bnb_4bit_quant_type,
            "double_quantization": spec.bnb_4bit_use_double_quant,
        }
    fields |= {
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "full" if spec.method == "full" else "lora",
    }
    if spec.method != "full":
        targets = "all" if isinstance(spec.target_modules, str) else ",".join(spec.target_modules)
        fields |= {
            "lora_rank": spec.r,
            "lora_alpha": spec.lora_alpha,
            "lora_dropout": spec.lora_dropout,
            "lora_target": targets,
            "use_rslora": spec.use_rslora,
            "use_dora": spec.use_dora,
        }
    fields |= {
        "dataset": "finetutor_train",
        "dataset_dir": ".",
        "template": _template(spec.base_model),
        "cutoff_len": spec.max_length,
        "packing": spec.packing,
        "neat_packing": spec.packing,
        "train_on_prompt": spec.loss_on == "all",
        "mask_history": spec.loss_on == "response",
        "output_dir": "saves",
        "logging_steps": 1,
        "plot_loss": True,
        "per_device_train_batch_size": spec.per_device_train_batch_size,
        "gradient_accumulation_steps": spec.gradient_accumulation_steps,
        "learning_rate": spec.learning_rate,
        "lr_scheduler_type": str(spec.lr_scheduler_type),
        # Below 1 it is a share of all steps; older transformers call that warmup_ratio.
        **(
            {"warmup_ratio": spec.warmup_steps}
            if spec.warmup_steps < 1
            else {"warmup_steps": int(spec.warmup_steps)}
        ),
        "weight_decay": spec.weight_decay,
        "max_grad_norm": spec.max_grad_norm,
        "disable_gradient_checkpointing": not spec.gradient_checkpointing,
        "optim": "adamw_torch",
        "seed": spec.seed,
        "bf16": spec.compute_dtype in ("auto", "bfloat16"),
        "fp16": spec.compute_dtype == "float16",
    }
    fields |= (
        {"max_steps": spec.max_steps}
        if spec.max_steps is not None
        else {"num_train_epochs": spec.num_train_epochs}
    )
    if spec.save_steps:
        fields |= {"save_steps": spec.save_steps}
    if with_validation and spec.eval_steps:
        fields |= {
            "eval_dataset": "finetutor_validation",
            "eval_strategy": "steps",
            "eval_steps": spec.eval_steps,
        }
    return fields


def _template(base_model: str) -> str:
    name = base_model.lower()
    return next((template for part, template in _TEMPLATES if part in name), "default")


def _row(row: Row) -> dict[str, object]:
    return {"messages": row.prompt + row.completion}


def _dataset(file_name: str) -> dict[str, object]:
    return {
        "file_name": file_name,
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }


def _yaml(fields: dict[str, object]) -> str:
    """Flat YAML; JSON scalars are YAML scalars, but for floats such as 2e-4, which YAML 1.1 reads as text."""
    lines = ["# LLaMA-Factory: llamafactory-cli train llama_factory.yaml (in this folder)"]
    for name, value in fields.items():
        text = msgspec.json.encode(value).decode()
        if isinstance(value, float) and "e" in text and "." not in text.partition("e")[0]:
            text = text.replace("e", ".0e")
        lines.append(f"{name}: {text}")
    return "\n".join(lines) + "\n"
