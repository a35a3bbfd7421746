"""How much the base model takes on disk and in memory under each quantisation, measured: `docs/physics/sizes.json`."""

import json
import tempfile
from pathlib import Path
from typing import Any

from labs.lab import find_lab
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
    """KiB of the whole saved model, of its linear layers in memory, and of the model in memory."""
    spec = find_lab("quantization").run_spec(overrides=changes)
    model = load_base(spec, base_folder(spec.base_model), choose_hardware(spec))
    with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
        model.save_pretrained(folder)
        disk = sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))
    return {"disk": disk / KIB, "layers": layers_kib(model), "memory": model.get_memory_footprint() / KIB}


def write_sizes(path: Path) -> None:
    """Measure every kind and keep it beside the model's digest."""
    sizes = {kind: measure(changes) for kind, changes in KINDS.items()}
    path.write_text(json.dumps({"model": model_digest(), "kib": sizes}, indent=1) + "\n", encoding="utf-8")


def sizes_table(path: Path) -> str:
    """The figures as Markdown; empty where they have not been measured for this model."""
    if not path.is_file():
        return ""
    found = json.loads(path.read_text(encoding="utf-8"))
    if found["model"] != model_digest():
        return ""
    lines = [
        "| weights | linear layers, KiB | whole model in memory, KiB | on disk, KiB |",
        "|---|---|---|---|",
    ]
    for kind, kib in found["kib"].items():
        lines.append(f"| {kind} | {kib['layers']:,.0f} | {kib['memory']:,.0f} | {kib['disk']:,.0f} |")
    return "\n".join(lines)
