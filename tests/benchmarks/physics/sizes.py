"""What each quantisation saves and costs the base model, measured: `docs/physics/sizes.json`."""

import json
import tempfile
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from labs.lab import find_lab
from labs.pocket import MODEL_DIR
from labs.pocket.card import read_card
from labs.pocket.training import held_out_loss
from labs.training.base import base_folder, load_base
from labs.training.hardware import choose_hardware
from tests.benchmarks.physics.run import model_digest

KINDS: dict[str, dict[str, Any]] = {
    "none": {"method": "lora"},
    "int8": {"load_in_8bit": True},
    "nf4": {},
    "fp4": {"bnb_4bit_quant_type": "fp4"},
}
KIB = 1024


def layers_kib(model: Any) -> float:
    """Memory in KiB of the quantised layers alone, with their scales: what quantisation can shrink."""
    total = 0
    for name, module in model.named_modules():
        if "Linear" not in type(module).__name__ or name == "lm_head":
            continue
        total += sum(tensor.numel() * tensor.element_size() for tensor in module.parameters())
        state = getattr(module.weight, "quant_state", None)
        if state is not None:
            total += sum(
                value.nbytes for value in state.as_dict(packed=True).values() if hasattr(value, "nbytes")
            )
        scales = getattr(module.weight, "SCB", None)
        total += scales.nbytes if scales is not None else 0
    return total / KIB


def measure(changes: dict[str, Any]) -> dict[str, float]:
    """KiB saved, of the linear layers in memory, and of the model in memory; held-out loss in nats a token."""
    spec = find_lab("quantization").run_spec(overrides=changes)
    model = load_base(spec, base_folder(spec.base_model), choose_hardware(spec))
    with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
        model.save_pretrained(folder)
        disk = sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))
    tokenizer = AutoTokenizer.from_pretrained(MODEL_DIR)
    return {
        "disk": disk / KIB,
        "layers": layers_kib(model),
        "memory": model.get_memory_footprint() / KIB,
        "held_out_loss": held_out_loss(model, tokenizer, read_card(MODEL_DIR).held_out_seed),
    }


def write_sizes(path: Path) -> None:
    """Measure every kind and keep it beside the model's digest."""
    sizes = {kind: measure(changes) for kind, changes in KINDS.items()}
    path.write_text(json.dumps({"model": model_digest(), "kinds": sizes}, indent=1) + "\n", encoding="utf-8")


def read_sizes(path: Path) -> dict[str, dict[str, float]]:
    """The figures by kind of weights; empty where they have not been measured for this model."""
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return dict(found["kinds"]) if found["model"] == model_digest() else {}


def sizes_table(sizes: dict[str, dict[str, float]]) -> str:
    """The figures as Markdown."""
    if not sizes:
        return ""
    lines = [
        "| weights | linear layers, KiB | whole model in memory, KiB | on disk, KiB | held-out loss, nats/token |",
        "|---|---|---|---|---|",
    ]
    for kind, one in sizes.items():
        kib = " | ".join(f"{one[name]:,.0f}" for name in ("layers", "memory", "disk"))
        lines.append(f"| {kind} | {kib} | {one['held_out_loss']:.4f} |")
    return "\n".join(lines)
