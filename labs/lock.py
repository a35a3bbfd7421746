"""One training at a time on one home: a lock that its holder's death releases, and that names the holder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.errors import RunError


def _lock_file(runs_dir: Path) -> Path:
    return runs_dir / ".training.lock"


def holder(runs_dir: Path) -> str | None:
    """The id of the run that trains now, or None where none does."""
    path = _lock_file(runs_dir)
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read(256).decode("utf-8", "replace").strip() or "another run"
    return None


def refuse_if_held(runs_dir: Path) -> None:
    """Raise where another run trains.

    Raises:
        RunError: ``run.busy``, with the holder's id.
    """
    name = holder(runs_dir)
    if name is not None:
        raise RunError(
            "run.busy",
            f"Run {name} is training on this home.",
            "Wait for it, stop it (`finetutor lab stop`), or ask for --parallel.",
            run_id=name,
        )


@contextmanager
def training_lock(runs_dir: Path, run_id: str) -> Iterator[None]:
    """Hold the lock while the body runs.

    Raises:
        RunError: ``run.busy``: another run holds it.
    """
    with _lock_file(runs_dir).open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refuse_if_held(runs_dir)
            raise RunError("run.busy", "Another run has just started.", "Wait for it.") from None
        file.truncate(0)
        file.write(run_id.encode())
        file.flush()
        yield
