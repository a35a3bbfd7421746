"""What a Dask worker does for a grading: keep bytes by digest, put a task's files in place, run it in a process beside.

Every order and every answer is JSON in bytes. Files travel as bytes under their SHA-256 and are checked where they
arrive; a student's data is never pickled, and the process that runs the model is the one that runs it on one machine.
"""

import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from labs.errors import LabsError
from labs.grading.evidence import Finding
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask
from labs.grading.worker_handle import RecomputeError, RecomputeWorker
from labs.pocket import MODEL_DIR
from labs.rows import TASKS
from labs.runs import write_atomically
from metrics.clean import clean

_FOLDER = "finetutor"


class BlobError(LabsError):
    """Bytes that are not there, or are others than their digest says."""


class FarSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A RecomputeSetup whose files are named by digest."""

    setup: RecomputeSetup
    """``base`` is the instructor's path, of use where machines share a file system; ``sets[].file`` are digests and
    ``sets[].folder`` is a task's name."""
    base: dict[str, str]
    """SHA-256 of the base model's files by name: what a worker has under another path must be the same."""
    databases: dict[str, str] = {}
    """By test set: digest of the SQL script its rows are asked on."""

    @property
    def digest(self) -> str:
        """Tells one setup from another."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class FarOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One submission: a RecomputeTask whose files are named by digest."""

    setup: FarSetup
    task: RecomputeTask
    seconds: float


class FarAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: ``answer``, or ``finding`` where this submission failed, or ``fatal`` where every one would."""

    answer: RecomputeAnswer | None = None
    finding: Finding | None = None
    fatal: tuple[str, str] | None = None
    said: bytes = b""
    """The file that ``task.answers_to`` asks for."""


class BlobFolder:
    """Bytes by digest in a folder of this worker's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs").mkdir(parents=True, exist_ok=True)

    def keep(self, digest: str, data: bytes) -> Path:
        """Write bytes under their digest, unless they are there.

        Raises:
            BlobError: ``cluster.damaged``.
        """
        if hashlib.sha256(data).hexdigest() != digest:
            raise BlobError("cluster.damaged", f"bytes arrived that are not {digest[:16]}.")
        path = self._path(digest)
        if not path.is_file() or path.stat().st_size != len(data):
            write_atomically(path, data)
        return path

    def path(self, digest: str) -> Path:
        """Where bytes are that were kept.

        Raises:
            BlobError: ``cluster.missing``.
        """
        path = self._path(digest)
        if not path.is_file():
            raise BlobError("cluster.missing", f"{digest[:16]} never arrived here.")
        return path

    def drop(self, digest: str) -> None:
        """Forget bytes that are used once."""
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise BlobError("cluster.damaged", "that is no SHA-256.")
        return self.folder / "blobs" / digest


_running: dict[int, tuple[str, RecomputeWorker]] = {}
"""By thread of this Dask worker: the setup's digest and the process that keeps the base model."""
_starting = threading.Lock()


def keep_blobs(folder: Path, blobs: Mapping[str, bytes]) -> None:
    """Keep what every task needs."""
    kept = BlobFolder(folder / _FOLDER)
    for digest, data in blobs.items():
        kept.keep(digest, data)


def do(order: bytes, digests: tuple[str, ...], *data: bytes) -> bytes:
    """One order on this worker. Always answers, in JSON; runs as a Dask task."""
    from distributed import get_worker

    folder = BlobFolder(Path(get_worker().local_directory) / _FOLDER)
    try:
        wanted = msgspec.json.decode(order, type=FarOrder)
        for digest, one in zip(digests, data, strict=True):
            folder.keep(digest, one)
        answer = _do(wanted, folder)
    except RecomputeError as error:
        message = clean(error.message, one_line=True)[:300]
        answer = FarAnswer(finding=Finding(code=error.code, severity="wrong", message=message))
    except (LabsError, OSError, msgspec.DecodeError) as error:
        code = error.code if isinstance(error, LabsError) else "cluster.failed"
        answer = FarAnswer(fatal=(code, clean(str(error), one_line=True)[:300]))
    finally:
        for digest in digests:
            folder.drop(digest)
    return msgspec.json.encode(answer)


def _do(wanted: FarOrder, folder: BlobFolder) -> FarAnswer:
    task = wanted.task
    said = folder.folder / f"said-{os.getpid()}-{threading.get_ident()}.jsonl"
    said.unlink(missing_ok=True)
    local = msgspec.structs.replace(
        task,
        weights=msgspec.structs.replace(task.weights, file=str(folder.path(task.weights.file))),
        predictions=str(folder.path(task.predictions)) if task.predictions else "",
        answers_to=str(said) if task.answers_to else "",
    )
    answer = _worker(wanted, folder).recompute(local)
    return FarAnswer(answer=answer, said=said.read_bytes() if said.is_file() else b"")


def _worker(wanted: FarOrder, folder: BlobFolder) -> RecomputeWorker:
    """This thread's process; another setup ends the one before."""
    thread, digest = threading.get_ident(), wanted.setup.digest
    known = _running.get(thread)
    if known is not None and known[0] == digest:
        return known[1]
    if known is not None:
        known[1].stop()
    with _starting:
        setup = _local_setup(wanted.setup, folder)
    worker = RecomputeWorker(setup, log=folder.folder / "worker.log", seconds=wanted.seconds)
    _running[thread] = (digest, worker)
    return worker


def _local_setup(far: FarSetup, folder: BlobFolder) -> RecomputeSetup:
    sets = []
    for one in far.setup.sets:
        task = TASKS / Path(one.folder).name if one.folder else None
        if one.name in far.databases:
            task = folder.folder / "sets" / far.databases[one.name]
            task.mkdir(parents=True, exist_ok=True)
            write_atomically(task / "database.sql", folder.path(far.databases[one.name]).read_bytes())
        sets.append(
            msgspec.structs.replace(one, file=str(folder.path(one.file)), folder=str(task) if task else "")
        )
    return msgspec.structs.replace(far.setup, base=str(_base(far, folder)), sets=tuple(sets))


def _base(far: FarSetup, folder: BlobFolder) -> Path:
    """A folder here that holds the instructor's base model, byte for byte."""
    for candidate in (Path(far.setup.base), MODEL_DIR):
        if base_digests_match(candidate, far.base):
            return candidate
    made = folder.folder / "base" / hashlib.sha256(repr(sorted(far.base.items())).encode()).hexdigest()
    made.mkdir(parents=True, exist_ok=True)
    try:
        for name, digest in far.base.items():
            if not (made / Path(name).name).is_file():
                write_atomically(made / Path(name).name, folder.path(digest).read_bytes())
    except BlobError as error:
        raise BlobError(
            "cluster.base_missing",
            "a worker has no copy of the assignment's base model, and it is too large to be sent.",
            "Put it where the instructor's machine has it, or install the same version of FineTutor.",
        ) from error
    return made


def base_digests_match(folder: Path, expected: Mapping[str, str]) -> bool:
    """Whether a folder holds exactly these files (others aside)."""
    return bool(expected) and all(
        (folder / name).is_file() and file_digest(folder / name) == digest
        for name, digest in expected.items()
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def blob_plugin(digest: str, blobs: dict[str, bytes]) -> Any:
    """A Dask plugin that gives every worker, also one that joins later, what all tasks need: the instructor's files."""
    from distributed import WorkerPlugin

    class Blobs(WorkerPlugin):  # type: ignore[misc, unused-ignore]
        name = f"finetutor-{digest[:16]}"

        def setup(self, worker: Any) -> None:
            from labs.grading.cluster_worker import keep_blobs

            keep_blobs(Path(worker.local_directory), blobs)

    return Blobs()
