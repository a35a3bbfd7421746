"""A script that needs TRL, PEFT and bitsandbytes, and nothing of ours, and repeats the run's losses."""

import shutil
from pathlib import Path
from string import Template

import msgspec

from labs.models import POCKET, local_folder
from labs.rows import Rows
from labs.spec import RunSpec
from labs.typed_path import is_folder, typed_path

TEMPLATE = Path(__file__).parent / "train.py.template"

_QUANTIZED = """\
    # NF4 keeps each frozen weight in about 4 bits; every use unpacks a block and multiplies in COMPUTE_DTYPE.
    quantization = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type={quant_type!r},
        bnb_4bit_use_double_quant={double},
        bnb_4bit_compute_dtype=COMPUTE_DTYPE,
    )
"""
_LORA = """\
    # The update is (lora_alpha / r) * B @ A beside every targeted matrix; B starts at zero.
    adapter = LoraConfig(
        task_type="CAUSAL_LM",
        r={r},
        lora_alpha={alpha},
        lora_dropout={dropout},
        use_rslora={rslora},
        use_dora={dora},
        target_modules={targets!r},
    )
"""


def write_trl(run_id: str, spec: RunSpec, rows: Rows, out: Path) -> list[Path]:
    """Write ``train.py``, ``train.jsonl`` and, for the bundled model, its folder."""
    data = out / "train.jsonl"
    lines = [msgspec.json.encode({"prompt": row.prompt, "completion": row.completion}) for row in rows.train]
    data.write_bytes(b"\n".join(lines) + b"\n")
    written = [out / "train.py", data]
    model = spec.base_model
    folder = local_folder(model)
    if model == POCKET and folder is not None:
        model = "base_model"
        shutil.copytree(folder, out / model)
        written.append(out / model)
    elif folder is not None and is_folder(typed_path(spec.base_model)):
        model = str(folder)
    script = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(_fields(run_id, spec, model))
    written[0].write_text(script, encoding="utf-8")
    return written


def _fields(run_id: str, spec: RunSpec, model: str) -> dict[str, object]:
    quantization = "    quantization = None\n"
    if spec.quantization == "int8":
        quantization = "    quantization = BitsAndBytesConfig(load_in_8bit=True)\n"
    elif spec.quantization != "none":
        quantization = _QUANTIZED.format(
            quant_type=spec.bnb_4bit_quant_type, double=spec.bnb_4bit_use_double_quant
        )
    adapter = "    adapter = None  # full fine-tuning: every weight is trained\n"
    if spec.method != "full":
        targets = spec.target_modules if isinstance(spec.target_modules, str) else list(spec.target_modules)
        adapter = _LORA.format(
            r=spec.r,
            alpha=spec.lora_alpha,
            dropout=spec.lora_dropout,
            rslora=spec.use_rslora,
            dora=spec.use_dora,
            targets=targets,
        )
    dtype = "None" if spec.compute_dtype == "auto" else f"torch.{spec.compute_dtype}"
    return {
        "run_id": run_id,
        "method": spec.method,
        "model": repr(model),
        "dtype": dtype,
        "seed": spec.seed,
        "weights_dtype": "torch.float32" if spec.method == "full" else "COMPUTE_DTYPE",
        "quantization": quantization,
        "adapter": adapter,
        "learning_rate": repr(spec.learning_rate),
        "lr_scheduler_type": repr(str(spec.lr_scheduler_type)),
        "warmup_steps": repr(spec.warmup_steps if spec.lr_scheduler_type != "constant" else 0),
        "num_train_epochs": repr(spec.num_train_epochs),
        "max_steps": spec.max_steps if spec.max_steps is not None else -1,
        "batch": spec.per_device_train_batch_size,
        "accumulation": spec.gradient_accumulation_steps,
        "weight_decay": repr(spec.weight_decay),
        "max_grad_norm": repr(spec.max_grad_norm),
        "max_length": spec.max_length,
        "packing": spec.packing,
        "completion_only": spec.loss_on == "response",
        "checkpointing": spec.gradient_checkpointing,
    }
