"""The worker's side of the protocol: the event file, the log, and what reaches the worker from outside."""

import io
import os
import resource
import signal
from pathlib import Path

import msgspec
import pytest

from labs.events import Finished, Phase, Step, decode, encode
from labs.orders import Ask, Stop, Train
from labs.runs import read_events
from labs.spec import RunSpec
from labs.training.failures import DivergedError, ending_of
from labs.worker import stream as worker_stream
from labs.worker.control import Control
from labs.worker.stream import EventStream

SPEC = RunSpec(task="labour-law-qa")
STEP = {
    "step": 1, "epoch": 0.1, "loss": 2.5, "learning_rate": 1e-3, "grad_norm": 0.4, "tokens": 10,
    "tokens_per_second": 5.0, "memory_mib": 600.0, "eta_s": 1.0,
}  # fmt: skip


def test_an_event_reaches_the_file_before_the_pipe_and_both_are_equal(tmp_path: Path) -> None:
    pipe = io.BytesIO()
    stream = EventStream(tmp_path / "events.jsonl", pipe)
    stream.say(Phase, name="load")
    stream.say(Step, **STEP)
    assert (tmp_path / "events.jsonl").read_bytes() == pipe.getvalue()
    assert [event.seq for event in read_events(tmp_path / "events.jsonl")] == [1, 2]


def test_numbers_that_are_not_finite_become_gaps_never_zero(tmp_path: Path) -> None:
    event = decode(encode(Step(seq=1, t=0.0, **{**STEP, "loss": float("nan"), "grad_norm": float("inf")})))
    assert isinstance(event, Step)
    assert event.loss is None and event.grad_norm is None


def test_fault_1_a_half_written_line_is_cut_off_and_numbering_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    whole = encode(Phase(seq=1, t=0.0, name="load")) + encode(Phase(seq=2, t=0.1, name="train"))
    path.write_bytes(whole + b'{"type":"step","seq":3,"t":0.2,"lo')
    assert [event.seq for event in read_events(path)] == [1, 2]
    EventStream(path, None).say(Phase, name="save")
    assert [event.seq for event in read_events(path)] == [1, 2, 3]
    assert path.read_bytes().startswith(whole)


def test_a_launcher_that_is_gone_does_not_end_the_run(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as pipe:
        stream = EventStream(tmp_path / "events.jsonl", pipe)
        stream.say(Phase, name="load")
        stream.say(Phase, name="train")
        assert len(list(read_events(tmp_path / "events.jsonl"))) == 2
        stream._pipe = None


def test_fault_6_a_full_disk_leaves_whole_lines_and_the_launcher_still_hears(tmp_path: Path) -> None:
    pipe = io.BytesIO()
    stream = EventStream(tmp_path / "events.jsonl", pipe)
    for _ in range(3):
        stream.say(Step, **STEP)
    before = (tmp_path / "events.jsonl").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 30, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            stream.say(Step, **STEP)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "events.jsonl").read_bytes() == before
    ending = ending_of(caught.value)
    assert ending["code"] == "disk_full" and ending["message"].startswith("stopped: disk")
    stream.say(Finished, **ending)
    last = decode(pipe.getvalue().splitlines()[-1])
    assert isinstance(last, Finished) and last.code == "disk_full"


def test_fault_26_the_log_is_bounded_and_says_where_it_was_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_stream, "LOG_LIMIT", 10_000)
    kept = [os.dup(1), os.dup(2)]
    try:
        worker_stream.redirect_output(tmp_path / "run.log")
        stream = EventStream(tmp_path / "events.jsonl", None)
        for _ in range(50):
            os.write(2, b"native noise " * 100)
            stream.say(Phase, name="train")
    finally:
        for number, descriptor in enumerate(kept, 1):
            os.dup2(descriptor, number)
            os.close(descriptor)
    log = (tmp_path / "run.log").read_bytes()
    assert 10_000 < len(log) < 13_000
    assert b"further output is dropped" in log


def line(message: object) -> bytes:
    return msgspec.json.encode(message) + b"\n"


def test_fault_8_the_end_of_stdin_means_the_parent_is_gone() -> None:
    reader, writer = os.pipe()
    os.write(writer, line(Train(folder="/x", spec=SPEC)))
    control = Control()
    assert control.wait_for_order(reader) == Train(folder="/x", spec=SPEC)
    assert not control.should_stop
    os.close(writer)
    assert control.questions.get(timeout=5) is None
    assert control.stop_reason == "parent_gone"


def test_a_stop_command_and_questions_arrive_in_order() -> None:
    reader, writer = os.pipe()
    os.write(
        writer,
        line(Train(folder="/x", spec=SPEC)) + line(Ask(id=7, prompt="hi")) + b"nonsense\n" + line(Stop()),
    )
    control = Control()
    control.wait_for_order(reader)
    question = control.questions.get(timeout=5)
    assert question is not None and question.id == 7
    assert control.questions.get(timeout=5) is None
    assert control.stop_reason == "asked"
    os.close(writer)


def test_sigterm_asks_for_a_stop() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        control = Control()
        control.listen_for_sigterm()
        signal.raise_signal(signal.SIGTERM)
        assert control.stop_reason == "asked"
    finally:
        signal.signal(signal.SIGTERM, before)


class Panic(BaseException):
    """As tokenizers' PanicException: no Exception."""


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (DivergedError(3, "loss", 0.1), "diverged", "nan_loss"),
        (MemoryError(), "failed", "out_of_memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate"), "failed", "out_of_memory"),
        (OSError(28, "No space left on device"), "failed", "disk_full"),
        (Panic("index out of bounds"), "failed", "crashed"),
        (KeyboardInterrupt(), "cancelled", "stopped"),
    ],
)  # fmt: skip
def test_faults_20_and_27_every_ending_has_an_outcome_and_a_code(
    error: BaseException, outcome: str, code: str
) -> None:
    ending = ending_of(error)
    assert (ending["outcome"], ending["code"]) == (outcome, code)
    assert ending["message"]
