"""Labs: how soon Run means training, and what a step costs beside a bare loop over the same model and batches."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labs.events import Step
from labs.lab import find_lab
from labs.launcher import Launcher, worker_environment
from labs.runs import Run
from labs.spec import RunSpec
from tests.benchmarks.measure import Row

STEPS = 24
WARMUP = 4
"""Steps at the start that count for neither side: allocations, first touches."""


def measurements() -> Iterator[Row]:
    """Run to first step against a cold script of the same run; a step against a bare loop."""
    spec = find_lab("first-qlora").run_spec("", {"max_steps": 2, "evaluate": False, "eval_steps": 0})
    with tempfile.TemporaryDirectory() as folder:
        ours, run = asyncio.run(run_to_first_step(spec, Path(folder)))
        cold = cold_script(run, Path(folder) / "ejected")
    yield Row("Run to first training step: a cold script over ours", ours, cold, cold / ours, 5.0, "at_least")
    ours, bare = step_seconds()
    yield Row("one QLoRA step: ours over a bare loop", ours, bare, ours / bare, 1.1, "at_most")


async def run_to_first_step(spec: RunSpec, folder: Path) -> tuple[float, Run]:
    """Seconds from ``start`` to the first step's event, with the worker warm as behind the form."""
    launcher = Launcher(folder / "runs")
    await launcher.warm()
    assert launcher._warm is not None
    await until_idle(launcher._warm.pid)
    begin = time.perf_counter()
    handle = await launcher.start(spec)
    seconds = 0.0
    async for event in handle.events():
        if isinstance(event, Step) and not seconds:
            seconds = time.perf_counter() - begin
    await handle.wait()
    assert seconds, handle.run.log()
    return seconds, handle.run


async def until_idle(pid: int) -> None:
    """Wait until the process has used no CPU for half a second: its imports are done."""
    import psutil

    process, before = psutil.Process(pid), -1.0
    while (now := sum(process.cpu_times()[:2])) != before or now < 1.0:
        before = now
        await asyncio.sleep(0.5)


def cold_script(run: Run, folder: Path) -> float:
    """Seconds that the ejected script takes from its start to the end of its first step."""
    from labs.eject import eject

    eject(run, folder, ("trl",))
    script = folder / "train.py"
    text = script.read_text(encoding="utf-8").replace("max_steps=2", "max_steps=1")
    # What follows the first step is no part of the measurement.
    script.write_text(
        text.replace("    trainer.train()\n", "    trainer.train()\n    return\n"), encoding="utf-8"
    )
    begin = time.perf_counter()
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True, env=worker_environment())
    return time.perf_counter() - begin


def step_seconds(rounds: int = 3) -> tuple[float, float]:
    """CPU seconds of one step, ours and bare, the best of alternating rounds.

    CPU time of the process and all its threads, so that a busy machine does not decide the ratio.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from labs.rows import read_rows_of
    from labs.training.base import base_folder, load_base, load_tokenizer
    from labs.training.hardware import choose_hardware
    from labs.training.tokens import tokenise
    from labs.worker.libraries import quieten

    quieten()
    changes = {"max_steps": STEPS, "evaluate": False, "eval_steps": 0, "per_device_train_batch_size": 8}
    spec = find_lab("first-qlora").run_spec("", changes)
    hardware, folder = choose_hardware(spec), base_folder(spec.base_model)
    tokenizer = load_tokenizer(folder)
    rows = tokenise(read_rows_of(spec).train, tokenizer, max_length=spec.max_length, response_only=True)

    def load() -> Any:
        return load_base(spec, folder, hardware)

    ours, bare = [], []
    for _ in range(rounds):
        ours.append(our_loop(spec, load(), tokenizer, rows, hardware))
        bare.append(bare_loop(spec, load(), rows, tokenizer.pad_token_id))
    return min(ours), min(bare)


def our_loop(spec: RunSpec, model: Any, tokenizer: Any, rows: Any, hardware: Any) -> float:
    """Seconds a step of the lab's trainer, events and their file included."""
    from labs.training.trainer import build_trainer
    from labs.worker.control import Control
    from labs.worker.stream import EventStream

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trainer = build_trainer(spec, model, tokenizer, rows, hardware, folder)
        marks: list[float] = []

        def on_step(step: int) -> bool:
            marks.append(time.process_time())
            return False

        trainer.begin(folder, hardware, EventStream(folder / "events.jsonl", None), Control(), on_step)
        trainer.run_from(None)
    return mean_step(marks)


def bare_loop(spec: RunSpec, model: Any, rows: Any, pad_id: int) -> float:
    """Seconds a step of what a tutorial writes: forward with labels, backward, clip, AdamW, scheduler."""
    import torch
    from peft import get_peft_model
    from transformers import get_cosine_schedule_with_warmup, set_seed

    from labs.training.trainer import lora_config

    set_seed(spec.seed)
    model = get_peft_model(model, lora_config(spec))
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=spec.learning_rate, weight_decay=spec.weight_decay)
    scheduler = get_cosine_schedule_with_warmup(optimizer, 2, STEPS)
    batch = spec.per_device_train_batch_size
    order = torch.randperm(len(rows)).tolist()
    marks = []
    for step in range(STEPS):
        inputs = padded([rows[at] for at in order[step * batch : (step + 1) * batch]], pad_id)
        loss = model(**inputs, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, spec.max_grad_norm)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        loss.item()
        marks.append(time.process_time())
    return mean_step(marks)


def padded(rows: Any, pad_id: int) -> dict[str, Any]:
    """A batch padded on the right."""
    import torch

    width = max(len(row.input_ids) for row in rows)

    def fill(values: list[int], empty: int) -> list[int]:
        return values + [empty] * (width - len(values))

    return {
        "input_ids": torch.tensor([fill(row.input_ids, pad_id) for row in rows]),
        "labels": torch.tensor([fill(row.labels, -100) for row in rows]),
        "attention_mask": torch.tensor([fill([1] * len(row.input_ids), 0) for row in rows]),
    }


def mean_step(marks: list[float]) -> float:
    """Seconds between marks, the first few left out."""
    return (marks[-1] - marks[WARMUP]) / (len(marks) - 1 - WARMUP)
