"""How much memory the run takes."""

import psutil
import torch

_PROCESS = psutil.Process()


def memory_mib(on_cpu: bool) -> float:
    """CPU: resident set of this process. CUDA: the most that torch has allocated. In MiB."""
    if on_cpu:
        return round(float(_PROCESS.memory_info().rss) / 2**20, 1)
    return round(float(torch.cuda.max_memory_allocated()) / 2**20, 1)
