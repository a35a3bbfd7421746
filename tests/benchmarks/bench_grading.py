"""A class graded with the base model kept in memory, against one fresh process a submission. The same code, the same results."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from labs.grading.executor import LocalExecutor
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask, RowSet
from labs.grading.weights import Weights
from labs.lab import find_lab
from labs.launcher import worker_environment
from labs.models import pocket_folder
from labs.rows import TASKS
from tests.benchmarks.measure import Row

BUNDLES = 12
WORKERS = 2
"""One a core of the reference machine. A fresh process has both cores to itself, as many as it can use."""
FRESH = 3
"""Fresh processes measured; each does the same work, so their mean stands for all."""


def measurements() -> Iterator[Row]:
    """Grade BUNDLES adapters on public and hidden rows in one worker; then FRESH of them in a process each."""
    with tempfile.TemporaryDirectory(prefix="finetutor-bench-") as name:
        folder = Path(name)
        setup, tasks = _work(folder)
        memory: list[float] = []
        moments: list[float] = []
        kept: dict[str, RecomputeAnswer] = {}
        begin = time.perf_counter()
        executor = LocalExecutor(log=folder / "worker.log", workers=WORKERS)
        for task, outcome in executor.recompute(setup, tasks):
            assert isinstance(outcome, RecomputeAnswer), outcome
            kept[task.digest] = outcome
            moments.append(time.perf_counter())
            memory.append(_resident_mib())
        whole = moments[-1] - begin
        # Each worker's first bundle pays for loading the base and evaluating it.
        warm = (moments[-1] - moments[WORKERS]) / (len(moments) - 1 - WORKERS)
        fresh: list[float] = []
        for task in tasks[:FRESH]:
            start = time.perf_counter()
            alone = _in_a_process_of_its_own(setup, task)
            fresh.append(time.perf_counter() - start)
            assert alone.tiers == kept[task.digest].tiers, (
                "one base for all must give what a fresh process gives"
            )
    mean = sum(fresh) / len(fresh)
    yield Row(
        name="grading: fresh process over warm worker, one bundle", ours=warm, peer=mean, ratio=mean / warm, bar=10.0,
        better="at_least", note=f"public {setup.sets[0].rows} and hidden {setup.sets[1].rows} rows; base model loaded once by each of {WORKERS} workers",
    )  # fmt: skip
    for bundles in (BUNDLES, 200):
        ours = whole + (bundles - BUNDLES) * warm
        yield Row(
            name=f"grading: {bundles} bundles, start included", ours=ours, peer=bundles * mean, ratio=bundles * mean / ours,
            bar=10.0 if bundles == 200 else 4.0, better="at_least",
            note="measured" if bundles == BUNDLES else f"{BUNDLES} measured, the rest at the median",
        )  # fmt: skip
    yield Row(
        name="grading: memory at its most, later over after the third", ours=max(memory[WORKERS + 1 :]), peer=memory[WORKERS],
        ratio=max(memory[WORKERS + 1 :]) / memory[WORKERS], bar=1.1, better="at_most", unit="MiB",
    )  # fmt: skip


def _work(folder: Path) -> tuple[RecomputeSetup, list[RecomputeTask]]:
    """Adapters as intake leaves them: random, for what they say does not matter to the time it takes."""
    script = (
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from safetensors.torch import save_file\n"
        "from labs.grading.adapter_config import LoraSettings\n"
        "from labs.grading.layout import lora_layout\n"
        "from labs.models import shape_of\n"
        "shape = shape_of('pocket')\n"
        "layout = lora_layout(shape, LoraSettings(r=16, lora_alpha=32.0, target_modules=tuple(sorted(shape.linear_modules))))\n"
        "for number in range(int(sys.argv[2])):\n"
        "    torch.manual_seed(number)\n"
        "    tensors = {name: torch.randn(size) * 0.01 for name, size in layout.items()}\n"
        "    save_file(tensors, Path(sys.argv[1]) / f'{number}.safetensors')\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(folder), str(BUNDLES)], check=True, env=worker_environment()
    )
    lab = find_lab("first-qlora")
    spec = lab.run_spec("", {"max_new_tokens": 24})
    task = TASKS / str(spec.task)
    sets = (
        RowSet(name="public", file=str(task / "test.jsonl"), rows=60, folder=str(task)),
        RowSet(name="hidden", file=str(task / "validation.jsonl"), rows=40, folder=str(task)),
    )
    setup = RecomputeSetup(base=str(pocket_folder()), spec=spec, sets=sets)
    tasks = [
        RecomputeTask(
            digest=f"{number:064x}", weights=Weights(file=str(folder / f"{number}.safetensors"), r=16, lora_alpha=32.0),
            spec=spec, keys={"public": "p", "hidden": "h"},
        )
        for number in range(BUNDLES)
    ]  # fmt: skip
    return setup, tasks


def _in_a_process_of_its_own(setup: RecomputeSetup, task: RecomputeTask) -> RecomputeAnswer:
    given = msgspec.json.encode(setup) + b"\n" + msgspec.json.encode(task) + b"\n"
    done = subprocess.run(
        [sys.executable, "-m", "labs.grading.recomputing"],
        input=given,
        capture_output=True,
        check=True,
        env=worker_environment(),
    )
    return msgspec.json.decode(done.stdout.splitlines()[1], type=RecomputeAnswer)


def _resident_mib() -> float:
    """Of the workers: the children of this process that have loaded torch."""
    import psutil

    sizes = [child.memory_info().rss for child in psutil.Process().children()]
    return max(sizes, default=0) / 2**20
