"""Where a run will compute and in which precision, decided and said before it starts."""

from typing import Any

import msgspec
import torch

from labs.spec import RunSpec


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """The device of one run."""

    device: str
    """``cpu`` or ``cuda``."""
    name: str
    dtype: str
    """``float32``, ``bfloat16`` or ``float16``: what matrices multiply in."""
    threads: int
    notes: dict[str, str] = {}
    """What differs from what the spec or a reader may expect, by code."""

    @property
    def on_cpu(self) -> bool:
        """No accelerator."""
        return self.device == "cpu"

    @property
    def torch_dtype(self) -> Any:
        """The dtype as torch has it."""
        return getattr(torch, self.dtype)


def choose_hardware(spec: RunSpec) -> Hardware:
    """One CUDA device where there is one, else the CPU, with the precision that is fast there."""
    notes: dict[str, str] = {}
    threads = torch.get_num_threads()
    if torch.cuda.is_available():
        name, fast = (
            torch.cuda.get_device_name(0),
            "bfloat16" if torch.cuda.is_bf16_supported() else "float16",
        )
        dtype = fast if spec.compute_dtype == "auto" else spec.compute_dtype
        if torch.cuda.device_count() > 1:
            notes["first_gpu"] = f"{torch.cuda.device_count()} CUDA devices: trains on the first."
        return Hardware(device="cuda", name=name, dtype=dtype, threads=threads, notes=notes)
    # float32 beats bfloat16 by 1.7x on CPUs without AMX, and float16 does not train there at all.
    dtype = "float32" if spec.compute_dtype == "auto" else spec.compute_dtype
    notes["cpu"] = f"No CUDA device: trains on the CPU with {threads} threads, computing in {dtype}."
    if dtype == "float16":
        dtype = "float32"
        notes["no_float16"] = "float16 does not train on a CPU: float32 is used."
    if spec.method == "qlora":
        notes["cpu_quantized"] = (
            "4-bit weights are unpacked at every use on a CPU: less memory, not more speed."
        )
    return Hardware(device="cpu", name="CPU", dtype=dtype, threads=threads, notes=notes)
