"""Run folders: what they hold, and a status that is always derived, never stored."""

import contextlib
import datetime
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.errors import RunError
from labs.events import Event, Finished, Plan, Started, Step, System, decode
from labs.process import is_running
from labs.spec import RunSpec, encode_spec
from metrics.score import Score

State = Literal["queued", "running", "interrupted", "completed", "cancelled", "diverged", "failed"]


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands, derived from its events and its process."""

    state: State
    step: int = 0
    total_steps: int = 0
    pid: int = 0
    """The worker that has the run; 0 where it is in no process's hands."""
    finished: Finished | None = None


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``predictions.jsonl``: a test row, its reference, and both systems' answers."""

    id: str
    prompt: str
    reference: str
    base: str
    tuned: str = ""
    group: str = ""
    lang: str = ""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """``scores.json``: every metric for base and tuned, by the metric's name."""

    format_version: Literal[1] = 1
    base: dict[str, Score] = {}
    tuned: dict[str, Score] = {}

    def of(self, system: System) -> dict[str, Score]:
        """The scores of one system."""
        return self.base if system == "base" else self.tuned


class Run:
    """One run folder. Reads on demand and keeps nothing, so that two readers never disagree with the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def events_file(self) -> Path:
        """Append-only, one event a line."""
        return self.folder / "events.jsonl"

    @property
    def log_file(self) -> Path:
        """What the worker and its libraries printed."""
        return self.folder / "run.log"

    @property
    def adapter(self) -> Path:
        """Folder of the trained adapter (or, after full fine-tuning, the model)."""
        return self.folder / "adapter"

    @property
    def spec(self) -> RunSpec:
        """The spec exactly as started.

        Raises:
            RunError: ``run.no_spec``, ``run.bad_spec``.
        """
        path = self.folder / "spec.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=RunSpec)
        except FileNotFoundError:
            raise RunError(
                "run.no_spec", f"{path} is missing.", "Is this a run folder?", run_id=self.id
            ) from None
        except msgspec.DecodeError as error:
            raise RunError("run.bad_spec", f"{path}: {error}.", run_id=self.id) from error

    def events(self, after: int = 0) -> list[Event]:
        """Events with ``seq`` greater than ``after``, in order. A torn last line is not an event yet."""
        return [event for event in read_events(self.events_file) if event.seq > after]

    def status(self) -> RunStatus:
        """Derive the state from the events since the last start and from the worker's process."""
        started: Started | None = None
        finished: Finished | None = None
        step = total = 0
        for event in read_events(self.events_file):
            if isinstance(event, Started):
                started, finished = event, None
            elif isinstance(event, Plan):
                total = event.total_steps
            elif isinstance(event, Step):
                step = event.step
            elif isinstance(event, Finished):
                finished = event
        if finished is not None:
            return RunStatus(state=finished.outcome, step=step, total_steps=total, finished=finished)
        if started is None:
            return RunStatus(state="queued")
        if is_running(started.pid, started.identity):
            return RunStatus(state="running", step=step, total_steps=total, pid=started.pid)
        return RunStatus(state="interrupted", step=step, total_steps=total)

    def scores(self) -> Scores:
        """The scores written so far; empty before evaluation."""
        path = self.folder / "scores.json"
        return msgspec.json.decode(path.read_bytes(), type=Scores) if path.exists() else Scores()

    def predictions(self) -> list[Prediction]:
        """Test rows with both systems' answers; empty before evaluation."""
        path = self.folder / "predictions.jsonl"
        if not path.exists():
            return []
        lines = path.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Prediction) for line in lines if line.strip()]

    def answers(self) -> dict[str, Any]:
        """What the student predicted before the run; empty where nothing was."""
        path = self.folder / "answers.json"
        if not path.exists():
            return {}
        answers: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        return answers

    def log(self, last: int = 200) -> list[str]:
        """The last lines of ``run.log``, undecodable bytes replaced; clean them before they reach a terminal."""
        if not self.log_file.exists():
            return []
        with self.log_file.open("rb") as file:
            file.seek(max(0, self.log_file.stat().st_size - 65536))
            return file.read().decode("utf-8", "replace").splitlines()[-last:]


def read_events(path: Path) -> Iterator[Event]:
    """Every whole, valid line of an event file. What a killed worker left half-written ends the log."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                yield decode(line)
            except msgspec.DecodeError:
                continue


def list_runs(runs_dir: Path) -> list[Run]:
    """All runs under ``runs_dir``, newest first."""
    if not runs_dir.is_dir():
        return []
    folders = [path for path in runs_dir.iterdir() if (path / "spec.json").is_file()]
    return [Run(folder) for folder in sorted(folders, key=lambda folder: folder.name, reverse=True)]


def find_run(runs_dir: Path, run_id: str) -> Run:
    """The run called ``run_id``, or the newest for ``last``.

    Raises:
        RunError: ``run.unknown``.
    """
    if run_id == "last" and (runs := list_runs(runs_dir)):
        return runs[0]
    folder = runs_dir / run_id
    if run_id != Path(run_id).name or not (folder / "spec.json").is_file():
        raise RunError(
            "run.unknown",
            f"No run {run_id!r} in {runs_dir}.",
            "`finetutor lab status` lists them.",
            run_id=run_id,
        )
    return Run(folder)


def create_run(
    runs_dir: Path, spec: RunSpec, *, now: datetime.datetime, answers: dict[str, Any] | None = None
) -> Run:
    """Make a run folder with ``spec.json`` and, where the student predicted, ``answers.json``.

    Raises:
        RunError: ``run.disk``: the folder cannot be written.
    """
    name = re.sub(r"[^a-z0-9-]+", "-", (spec.lab or spec.task or "run").lower()).strip("-") or "run"
    stamp = f"{now.astimezone(datetime.UTC):%Y%m%d-%H%M%S}-{name}"
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            folder = runs_dir / (stamp if number == 1 else f"{stamp}-{number}")
            try:
                folder.mkdir()
                break
            except FileExistsError:
                continue
        write_atomically(folder / "spec.json", encode_spec(spec))
        if answers is not None:
            write_atomically(folder / "answers.json", msgspec.json.format(msgspec.json.encode(answers)))
    except OSError as error:
        raise RunError(
            "run.disk", f"Cannot write {runs_dir}: {error.strerror}.", "Choose another folder with --home."
        ) from error
    return Run(folder)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` so that a crash leaves the old file or the new one, whole, whoever else writes it.

    Raises:
        OSError: it cannot be written; ``filename`` is ``path``, and nothing else is left.
    """
    staged = path.with_name(f".{path.name}.{os.getpid()}.staged")
    try:
        with staged.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            staged.unlink()
        error.filename, error.filename2 = str(path), None  # a write to a full disk names none
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
