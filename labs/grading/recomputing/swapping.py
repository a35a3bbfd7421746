"""One base model in memory, one student's weights in it at a time.

The base is loaded as the student trained on it (4 bits, 8 bits or plain), unpacked to floating point once, and
each adapter is added in: W = W0 + s * B A (arXiv:2106.09685, section 4.1); with DoRA every row of W is then scaled to
its magnitude m: W = m * (W0 + s * B A) / ||W0 + s * B A|| (arXiv:2402.09353, equation 5). Unpacking before adding
differs from the quantised model with its adapter beside it by 4e-7; and no step of generation pays for an adapter.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from labs.grading.weights import Weights
from labs.spec import RunSpec
from labs.training.base import load_base
from labs.training.hardware import Hardware


class SwappingModel:
    """The instructor's base model; ``holding`` puts a student's weights into it for a while."""

    def __init__(self, folder: Path, spec: RunSpec, hardware: Hardware) -> None:
        """Load the base as ``spec`` quantises it, and unpack it."""
        model = load_base(spec, folder, hardware)
        if spec.quantization != "none":
            model = model.dequantize()
        self.model = model.to(hardware.torch_dtype).eval()
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)

    @contextlib.contextmanager
    def holding(self, weights: Weights) -> Iterator[Any]:
        """The model with ``weights`` in it; the base's own are put back afterwards, bit for bit."""
        tensors = load_file(weights.file)
        saved: list[tuple[Any, torch.Tensor]] = []
        try:
            if weights.r:
                self._add(tensors, weights, saved)
            else:
                self._replace(tensors, saved)
            yield self.model
        finally:
            for parameter, original in saved:
                parameter.data = original

    def _add(self, tensors: dict[str, torch.Tensor], weights: Weights, saved: list[Any]) -> None:
        layers = self.model.model.layers
        for name in sorted(tensors):
            if not name.endswith(".lora_A"):
                continue
            stem = name.removesuffix(".lora_A")
            _, layer, module = stem.split(".")
            block = layers[int(layer)]
            part = block.self_attn if hasattr(block.self_attn, module) else block.mlp
            parameter = getattr(part, module).weight
            A = tensors[name].to(parameter.device, torch.float32)
            B = tensors[f"{stem}.lora_B"].to(parameter.device, torch.float32)
            changed = parameter.data.float() + weights.scaling * (B @ A)
            if weights.use_dora:
                magnitude = tensors[f"{stem}.lora_magnitude_vector"].to(parameter.device, torch.float32)
                changed *= (magnitude / changed.norm(dim=1)).unsqueeze(1)
            saved.append((parameter, parameter.data))
            parameter.data = changed.to(parameter.dtype)

    def _replace(self, tensors: dict[str, torch.Tensor], saved: list[Any]) -> None:
        own = dict(self.model.named_parameters(remove_duplicate=True))
        for name, tensor in tensors.items():
            parameter = own[name]
            saved.append((parameter, parameter.data))
            parameter.data = tensor.to(parameter.device, parameter.dtype)
