"""A peer that speaks the worker's protocol from a script: for tests of launchers and screens only.

    python tests/labs/fake_worker.py [SCENARIO] [--steps N] [--delay SECONDS]

It reads one order on stdin and writes a real run folder. Scenarios (also FAKE_SCENARIO, FAKE_STEPS, FAKE_DELAY):
``normal``, ``diverge``, ``oom`` (reported), ``killed`` (SIGKILL of itself), ``slow``, ``flood``, ``crash``
(SIGSEGV), ``full`` (a disk that takes no more events), ``hostile`` (control characters and markup in every text).
"""

import argparse
import contextlib
import datetime
import math
import os
import select
import signal
import sys
import time
from pathlib import Path

import msgspec

from labs.estimate import steps_of
from labs.events import (
    Checkpoint,
    Evaluation,
    Event,
    Finished,
    Phase,
    Plan,
    Sample,
    Scored,
    Started,
    Step,
    Warned,
    encode,
)
from labs.lock import training_lock
from labs.orders import Order, Stop, Train
from labs.process import own_identity
from labs.proposal import smaller_setting
from labs.runs import Prediction, Run, Scores, write_atomically
from metrics.score import Interval, Score

ROWS = [
    ("试用期最长多久？", "三年以上固定期限劳动合同的试用期不得超过六个月。", "试用期试用期试用期试用期"),
    (
        "How long may probation last?",
        "At most six months for a contract of three years or more.",
        "the the the",
    ),
    ("加班费怎么算？", "平日加班不低于工资的百分之一百五十。", "加班加班加班"),
]
HOSTILE = "\x1b]0;owned\x07\x1b[31m[@click=app.quit]quit[/] \u202e"


class Peer:
    """Writes events as the real worker does: the file first, then stdout."""

    def __init__(self, folder: Path) -> None:
        self.run = Run(folder)
        self.seq = max((event.seq for event in self.run.events()), default=0)
        self.file = self.run.events_file.open("ab", buffering=0)
        self.begin = time.monotonic()
        self.stop = False
        self.disk_is_full = False

    def say(self, kind: type[Event], **fields: object) -> None:
        self.seq += 1
        line = encode(kind(seq=self.seq, t=round(time.monotonic() - self.begin, 4), **fields))
        if not self.disk_is_full:
            self.file.write(line)
        try:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Nobody reads any more: the file goes on, and stdin says so too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.stop = True

    def pause(self, seconds: float) -> None:
        """Wait, unless stdin ends or a stop arrives: both mean stop after this step."""
        ready, _, _ = select.select([sys.stdin.buffer], [], [], seconds)
        if ready:
            line = sys.stdin.buffer.readline()
            self.stop = self.stop or not line or isinstance(msgspec.json.decode(line, type=Stop), Stop)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="?", default=os.environ.get("FAKE_SCENARIO", "normal"))
    parser.add_argument("--steps", type=int, default=int(os.environ.get("FAKE_STEPS", "20")))
    parser.add_argument("--delay", type=float, default=float(os.environ.get("FAKE_DELAY", "0.01")))
    options = parser.parse_args()
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    order = msgspec.json.decode(line, type=Order)
    assert isinstance(order, Train)
    peer = Peer(Path(order.folder))

    def on_terminate(signum: int, frame: object) -> None:
        peer.stop = True

    signal.signal(signal.SIGTERM, on_terminate)
    if order.parallel:
        return play(peer, order, options.scenario, options.steps, options.delay)
    with training_lock(peer.run.folder.parent, peer.run.id):
        return play(peer, order, options.scenario, options.steps, options.delay)


def play(peer: Peer, order: Train, scenario: str, steps: int, delay: float) -> int:
    spec = order.spec
    texts = HOSTILE if scenario == "hostile" else ""
    first = (
        max((e.step for e in peer.run.events() if isinstance(e, Checkpoint)), default=0)
        if order.resume
        else 0
    )
    peer.say(
        Started,
        run_id=peer.run.id,
        pid=os.getpid(),
        identity=own_identity(),
        started_at=datetime.datetime.now(datetime.UTC).isoformat(),
        versions={"worker": "scripted"},
        resumed_from=first or None,
    )
    with contextlib.suppress(OSError), peer.run.log_file.open("a", encoding="utf-8") as log:
        log.write(f"scripted worker, scenario {scenario}\n{texts}")
    for name in ("load", "quantize", "tokenize"):
        peer.say(Phase, name=name)
        peer.pause(delay)
    per_epoch = max(1, steps // 4)
    warmup = steps_of(spec, steps)[2]
    peer.say(
        Plan, device="cpu", compute_dtype="float32", quantization=spec.quantization, threads=1, total_steps=steps,
        steps_per_epoch=per_epoch, warmup_steps=warmup, trainable_parameters=245_760, total_parameters=3_725_000,
        effective_batch=spec.effective_batch, train_rows=per_epoch * spec.effective_batch, train_tokens=36_000,
        scored_tokens=14_000, notes=("No CUDA device: trains on the CPU.",), note_codes=("cpu",),
    )  # fmt: skip
    if scenario == "flood":
        sys.stdout.write("noise without end " * 400_000 + "\n" + "x" * 3_000_000)
        sys.stdout.write("\n" + "more noise\n" * 200_000)
        sys.stdout.flush()
    evaluate(peer, "base", [row[2] + texts for row in ROWS], 0.02)
    peer.say(Phase, name="train")
    outcome, code, message, hint, proposal = "completed", "ok", "", "", {}
    step = first
    for step in range(first + 1, steps + 1):
        peer.pause(delay * (20 if scenario == "slow" else 1))
        loss: float | None = 0.4 + 3.6 * math.exp(-3 * step / steps)
        if scenario == "diverge" and step >= steps // 2:
            loss = None
        if step == steps // 2 and scenario in ("crash", "killed"):
            os.kill(os.getpid(), signal.SIGSEGV if scenario == "crash" else signal.SIGKILL)
        peer.say(
            Step, step=step, epoch=step / per_epoch, loss=loss, learning_rate=spec.learning_rate * (1 - step / steps),
            grad_norm=None if loss is None else 0.3 + loss / 10, tokens=step * 480, tokens_per_second=3400.0,
            memory_mib=600.0 + step / 10, eta_s=(steps - step) * delay,
        )  # fmt: skip
        if loss is None:
            outcome, code, message = "diverged", "nan_loss", f"The loss is not finite at step {step}."
            hint = "Lower the learning rate."
            break
        if scenario == "oom" and step == steps // 2:
            outcome, code, message = "failed", "out_of_memory", "Memory ran out."
            proposal = smaller_setting(spec)
            hint = ", ".join(f"{name}={value}" for name, value in proposal.items())
            break
        if scenario == "full" and step == steps // 2:
            peer.disk_is_full = True
            outcome, code, message = "failed", "disk_full", "stopped: disk: No space left on device"
            break
        if step % max(1, steps // 4) == 0:
            peer.say(
                Evaluation, step=step, loss=loss + 0.1, perplexity=math.exp(loss + 0.1), tokens=900, best=True
            )
            peer.say(
                Sample,
                step=step,
                prompt=ROWS[0][0],
                text=ROWS[0][1][: 4 + step] + texts,
                reference=ROWS[0][1],
            )
            peer.say(Checkpoint, step=step, folder=f"checkpoints/step-{step:06d}", mib=1.9, seconds=0.01)
        if peer.stop:
            outcome, code, message = (
                "cancelled",
                "stopped",
                f"Stopped after step {step}; the adapter is kept.",
            )
            break
    if outcome in ("completed", "cancelled"):
        peer.say(Phase, name="save")
        peer.run.adapter.mkdir(exist_ok=True)
        write_atomically(peer.run.adapter / "adapter_config.json", b'{"peft_type": "LORA", "r": 16}\n')
    if outcome == "completed":
        evaluate(peer, "tuned", [row[1] + texts for row in ROWS], 0.8)
    if scenario == "hostile":
        peer.say(Warned, code="hostile", message=HOSTILE, hint=HOSTILE)
    peer.say(
        Finished, outcome=outcome, code=code, message=message + texts, hint=hint, step=step,
        seconds=time.monotonic() - peer.begin, proposal=proposal,
    )  # fmt: skip
    return 0


def evaluate(peer: Peer, system: str, answers: list[str], level: float) -> None:
    """Write predictions and scores of one system, as the worker's evaluation does."""
    peer.say(Phase, name="evaluate", system=system)
    peer.say(Phase, name="generate", system=system, done=len(ROWS), total=len(ROWS))
    old = peer.run.predictions()
    lines = []
    for number, (prompt, reference, _) in enumerate(ROWS):
        base = answers[number] if system == "base" else old[number].base
        tuned = answers[number] if system == "tuned" else ""
        row = Prediction(id=f"row-{number}", prompt=prompt, reference=reference, base=base, tuned=tuned)
        lines.append(msgspec.json.encode(row))
    write_atomically(peer.run.folder / "predictions.jsonl", b"\n".join(lines) + b"\n")
    values = [
        ("perplexity", 3.1 if system == "tuned" else 41.2, "perplexity", 0.5),
        ("exact_match", level, "0-1", 0.06),
        ("bleu", 90 * level, "0-100", 5.0),
        ("rouge1", level, "0-1", 0.05),
        ("rouge2", level * 0.9, "0-1", 0.05),
        ("rougeL", level * 0.95, "0-1", 0.05),
    ]
    scores = {
        name: Score(
            name=name,
            value=value,
            scale=scale,
            n=3,
            signature="scripted",
            interval=Interval(value - half, value + half),
        )
        for name, value, scale, half in values
    }
    for score in scores.values():
        peer.say(Scored, system=system, score=score)
    both = peer.run.scores()
    both = Scores(base=scores, tuned=both.tuned) if system == "base" else Scores(base=both.base, tuned=scores)
    write_atomically(peer.run.folder / "scores.json", msgspec.json.encode(both))


if __name__ == "__main__":
    sys.exit(main())
