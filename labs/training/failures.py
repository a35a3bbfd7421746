"""From an exception to how the run ended: outcome, code, message, and what to try."""

import errno
from typing import Any

from labs.errors import LabsError

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MEMORY_WORDS = ("not enough memory", "can't allocate memory", "out of memory", "cannot allocate memory")


class DivergedError(LabsError):
    """The loss or the gradient is no number any more."""

    def __init__(self, step: int, what: str, learning_rate: float) -> None:
        super().__init__(
            "nan_loss",
            f"The {what} is not finite at step {step}.",
            f"Lower the learning rate (it is {learning_rate:g}), or warm up longer.",
        )
        self.step = step


def ending_of(error: BaseException) -> dict[str, Any]:
    """The fields of ``Finished`` for what was raised."""
    if isinstance(error, DivergedError):
        return _ending("diverged", error.code, error.message, error.hint, error.step)
    if isinstance(error, LabsError):
        return _ending("failed", error.code, error.message, error.hint)
    if is_out_of_memory(error):
        return _ending("failed", "out_of_memory", f"Memory ran out: {_first_line(error)}", "")
    if is_disk_full(error):
        message = f"stopped: disk: {_first_line(error)}"
        return _ending("failed", "disk_full", message, "Free some space, then `finetutor lab resume`.")
    if isinstance(error, KeyboardInterrupt):
        return _ending("cancelled", "stopped", "Interrupted.", "")
    return _ending(
        "failed",
        "crashed",
        f"{type(error).__name__}: {_first_line(error)}",
        "run.log has the whole traceback.",
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether it is memory that ran out, on CUDA or on the CPU, as Python or torch say it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _MEMORY_WORDS)


def is_disk_full(error: BaseException) -> bool:
    """Whether a write failed for space: ours, torch's or safetensors'."""
    if isinstance(error, OSError) and error.errno in _DISK:
        return True
    text = str(error).lower()
    return "no space left on device" in text or "file too large" in text or "unexpected pos" in text


def _ending(outcome: str, code: str, message: str, hint: str, step: int = 0) -> dict[str, Any]:
    return {"outcome": outcome, "code": code, "message": message, "hint": hint, "step": step}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
