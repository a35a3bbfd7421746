"""Is the training stack on this machine? Found out without importing any of it."""

import functools
import importlib.util

STACK = ("torch", "transformers", "peft", "trl", "bitsandbytes", "accelerate", "datasets")
"""What a run imports; the extra ``labs`` brings it."""


@functools.cache
def missing_stack() -> tuple[str, ...]:
    """The packages of the stack that are not installed."""
    return tuple(name for name in STACK if importlib.util.find_spec(name) is None)
