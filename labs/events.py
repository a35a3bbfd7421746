"""What a worker says: one JSON object a line, each with ``v``, ``seq``, ``t`` and ``type``.

The same lines go to the launcher and to the run's ``events.jsonl``, so a screen can be replayed from the file.
"""

from typing import Any, Literal

import msgspec

from metrics.score import Score

PROTOCOL = 1
PhaseName = Literal["load", "quantize", "tokenize", "train", "evaluate", "generate", "save"]
System = Literal["base", "tuned"]
Outcome = Literal["completed", "cancelled", "diverged", "failed", "interrupted"]


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    seq: int
    """Counts from 1 in a run and goes on when the run is resumed."""
    t: float
    """Seconds since this worker was given the run."""
    v: int = PROTOCOL


class Started(_Event, frozen=True, kw_only=True, tag="started"):
    """The worker has taken the run."""

    run_id: str
    pid: int
    identity: str
    """Tells this process from a later one with the same pid."""
    started_at: str
    """UTC, ISO 8601."""
    versions: dict[str, str] = {}
    resumed_from: int | None = None
    """The checkpoint's step, where the run is resumed from one."""


class Phase(_Event, frozen=True, kw_only=True, tag="phase"):
    """What the worker is doing now; ``done`` of ``total`` rows where it can be counted."""

    name: PhaseName
    system: System | None = None
    done: int = 0
    total: int = 0


class Plan(_Event, frozen=True, kw_only=True, tag="plan"):
    """What the run will do, known once model and data are loaded."""

    device: str
    """``cpu`` or ``cuda``, with the name of the card."""
    compute_dtype: str
    quantization: str
    threads: int
    total_steps: int
    steps_per_epoch: int
    warmup_steps: int
    trainable_parameters: int
    total_parameters: int
    """Base and adapter together; PEFT's percentage is trainable over this."""
    effective_batch: int
    train_rows: int
    train_tokens: int
    """Of one epoch, after truncation."""
    scored_tokens: int
    """Tokens of one epoch that carry loss."""
    notes: tuple[str, ...] = ()
    """What differs from what was asked, e.g. why it runs on the CPU; English."""
    note_codes: tuple[str, ...] = ()
    """A stable code for each note, by which screens translate: ``cpu``, ``cpu_quantized``, ``no_float16``,
    ``first_gpu``, ``rows_dropped``, ``rows_cut``."""
    rows_dropped: int = 0
    """Rows with nothing to learn within ``max_length``."""
    rows_cut: int = 0
    """Rows that reach ``max_length``."""


class Step(_Event, frozen=True, kw_only=True, tag="step"):
    """One optimizer step."""

    step: int
    epoch: float
    loss: float | None
    """Nats per scored token; None where it was not finite."""
    learning_rate: float
    grad_norm: float | None
    tokens: int
    """Trained on so far, padding not counted."""
    tokens_per_second: float
    memory_mib: float
    """CPU: resident set of the process. CUDA: most memory allocated so far."""
    eta_s: float


class Evaluation(_Event, frozen=True, kw_only=True, tag="evaluation"):
    """Loss on the validation rows."""

    step: int
    loss: float | None
    perplexity: float | None
    tokens: int
    best: bool = False
    """The lowest loss so far."""


class Sample(_Event, frozen=True, kw_only=True, tag="sample"):
    """What the model answers now; at step 0, what the untouched base answers."""

    step: int
    prompt: str
    text: str
    reference: str = ""


class Checkpoint(_Event, frozen=True, kw_only=True, tag="checkpoint"):
    """A checkpoint is complete on disk."""

    step: int
    folder: str
    mib: float
    seconds: float


class Warned(_Event, frozen=True, kw_only=True, tag="warning"):
    """Something a reader of the run should know."""

    code: str
    message: str
    hint: str = ""


class Scored(_Event, frozen=True, kw_only=True, tag="score"):
    """One metric of one system on the test rows."""

    system: System
    score: Score


class Finished(_Event, frozen=True, kw_only=True, tag="finished"):
    """The last event. ``code`` is stable, e.g. ``ok``, ``stopped``, ``nan_loss``, ``out_of_memory``, ``disk_full``."""

    outcome: Outcome
    code: str = "ok"
    message: str = ""
    hint: str = ""
    step: int = 0
    seconds: float = 0.0
    proposal: dict[str, Any] = {}
    """Spec fields with smaller values that would need less memory."""


Event = Started | Phase | Plan | Step | Evaluation | Sample | Checkpoint | Warned | Scored | Finished

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """One line with its newline. Numbers that are not finite become null."""
    return _encoder.encode(event) + b"\n"


def decode(line: bytes) -> Event:
    """Read one line.

    Raises:
        msgspec.ValidationError: it is JSON but no event of this protocol.
        msgspec.DecodeError: it is no JSON.
    """
    return _decoder.decode(line)
