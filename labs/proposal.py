"""A smaller setting to try after memory ran out, changing the result as little as can be."""

from typing import Any

from labs.spec import RunSpec


def smaller_setting(spec: RunSpec) -> dict[str, Any]:
    """Spec fields with values that need less memory.

    In this order: halve the per-device batch and double the accumulation (the same effective batch, so the
    same losses), recompute activations, shorten rows, and only then quantise. Empty: nothing is left to shrink.
    """
    if spec.per_device_train_batch_size > 1:
        half = spec.per_device_train_batch_size // 2
        return {
            "per_device_train_batch_size": half,
            "gradient_accumulation_steps": -(-spec.effective_batch // half),
        }
    if not spec.gradient_checkpointing:
        return {"gradient_checkpointing": True}
    if spec.max_length > 128:
        return {"max_length": max(128, spec.max_length // 2)}
    if spec.method == "full":
        return {"method": "lora"}
    if spec.method == "lora":
        return {"method": "qlora"}
    return {}
