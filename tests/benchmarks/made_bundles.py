"""Real bundles in any number, for the grading benchmark: ``python -m tests.benchmarks.made_bundles FOLDER SEED COUNT``.

One run is trained for real, a short one. Each further bundle has that run's adapter with a little noise of its own added
to every tensor, and everything that follows from the adapter made anew by a run's own evaluation: answers, scores, the
events that report them, the manifest. So each bundle agrees with itself, no two are alike, and a grader that
recomputes finds each in order.
"""

import datetime
import shutil
import sys
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors.torch import load_file, save_file

from labs.events import Event, Finished, Scored, Started, encode
from labs.lab import find_lab
from labs.models import pocket_folder
from labs.orders import Train
from labs.rows import Rows, read_rows_of
from labs.runs import Run, create_run
from labs.spec import RunSpec
from labs.submission.pack import pack
from labs.training.base import load_base, load_tokenizer
from labs.training.evaluation import Evaluator
from labs.training.hardware import choose_hardware
from labs.training.provenance import write_manifest
from labs.training.run import train
from labs.worker.libraries import quieten
from labs.worker.stream import EventStream
from tests.benchmarks.bench_grading import LAB, SPEC

NOISE = 0.02
"""Of a tensor's own standard deviation: answers change in some rows, the run stays as good."""
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


class _Never:
    should_stop = False
    stop_reason = ""

    def say(self, kind: type[Event], **fields: Any) -> Event:
        """Nobody listens."""
        return kind(seq=1, t=0.0, **fields)


def make(folder: Path, seed: int, count: int) -> None:
    """Write ``count`` bundles into ``folder``; those that are there already stay."""
    wanted = [f"s{seed:02}{number:03}" for number in range(count)]
    if all(list(folder.glob(f"{student}_*.zip")) for student in wanted):
        return
    work = folder / f".work-{seed}"
    shutil.rmtree(work, ignore_errors=True)
    run = _train(work / "runs", seed)
    pack(run, folder, student=wanted[0])
    spec = run.spec
    hardware = choose_hardware(spec)
    rows, tokenizer = read_rows_of(spec), load_tokenizer(pocket_folder())
    model = load_base(spec, pocket_folder(), hardware).dequantize().float().eval()
    originals = {name: parameter.data for name, parameter in model.named_parameters()}
    for number, student in enumerate(wanted[1:], 1):
        changed = Run(work / "runs" / f"{run.id}-{number}")
        shutil.copytree(run.folder, changed.folder)
        _disturb(changed, seed * 1000 + number)
        _merge(model, originals, changed, spec)
        _evaluate_again(changed, run, model, tokenizer, rows)
        write_manifest(changed, spec, rows.digests, pocket_folder(), hardware)
        pack(changed, folder, student=student)
        shutil.rmtree(changed.folder)
    shutil.rmtree(work)


def _train(folder: Path, seed: int) -> Run:
    spec = find_lab(LAB).run_spec("", {**SPEC, "seed": seed})
    run = create_run(folder, spec, now=NOW, answers={"trainable_parameters": 327_680})
    stream = EventStream(run.events_file, None)
    ending = train(Train(folder=str(run.folder), spec=spec), _Never(), stream)
    stream.say(Finished, seconds=round(stream.seconds(), 3), **ending)
    return run


def _disturb(run: Run, seed: int) -> None:
    torch.manual_seed(seed)
    file = run.adapter / "adapter_model.safetensors"
    tensors = {
        name: tensor + NOISE * tensor.std() * torch.randn_like(tensor)
        for name, tensor in load_file(file).items()
    }
    save_file(tensors, file, metadata={"format": "pt"})


def _merge(model: Any, originals: dict[str, torch.Tensor], run: Run, spec: RunSpec) -> None:
    """W0 + alpha / r * B A in every adapted layer."""
    parameters = dict(model.named_parameters())
    tensors = load_file(run.adapter / "adapter_model.safetensors")
    for name, A in tensors.items():
        if ".lora_A." not in name:
            continue
        stem = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
        update = spec.lora_alpha / spec.r * (tensors[name.replace(".lora_A.", ".lora_B.")] @ A)
        parameters[f"{stem}.weight"].data = originals[f"{stem}.weight"] + update


def _evaluate_again(run: Run, original: Run, model: Any, tokenizer: Any, rows: Rows) -> None:
    """Answers and scores of the changed adapter; the base model's are those of the run it came from."""
    evaluator = Evaluator(run, run.spec, rows, tokenizer, _Never(), _Never())
    evaluator._answers["base"] = [row.base for row in original.predictions()]
    evaluator._scores["base"] = dict(original.scores().base)
    evaluator.evaluate("tuned", model)
    scores = run.scores().tuned
    events: list[Event] = []
    for event in original.events():
        if isinstance(event, Started):
            event = msgspec.structs.replace(event, run_id=run.id)
        elif isinstance(event, Scored) and event.system == "tuned":
            event = msgspec.structs.replace(event, score=scores[event.score.name])
        events.append(event)
    run.events_file.write_bytes(b"".join(encode(event) for event in events))


if __name__ == "__main__":
    quieten()
    make(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:4]))
