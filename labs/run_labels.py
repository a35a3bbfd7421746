"""What a person says of a run: a name, a note, a star; and the trash that a deleted run goes to."""

from pathlib import Path

import msgspec

from labs.errors import RunError
from labs.runs import Run, write_atomically

TRASH = ".trash"


class RunLabel(msgspec.Struct, frozen=True):
    """``label.json`` in a run's folder; it is no part of what the run did, so no digest covers it."""

    name: str = ""
    note: str = ""
    starred: bool = False


def read_label(run: Run) -> RunLabel:
    """The label; an empty one where there is none or it cannot be read: it is only a remark."""
    try:
        return msgspec.json.decode((run.folder / "label.json").read_bytes(), type=RunLabel)
    except (OSError, msgspec.DecodeError):
        return RunLabel()


def write_label(run: Run, label: RunLabel) -> None:
    """Replace the label.

    Raises:
        RunError: ``run.disk``.
    """
    try:
        write_atomically(run.folder / "label.json", msgspec.json.encode(label))
    except OSError as error:
        raise RunError("run.disk", f"Cannot write {run.folder}: {error.strerror}.", run_id=run.id) from error


def delete_run(run: Run) -> Path:
    """Move a run's folder to the trash beside it, and say where it is now. Nothing is erased.

    Raises:
        RunError: ``run.running`` while it runs; ``run.disk``.
    """
    if run.status().state == "running":
        raise RunError("run.running", f"Run {run.id} is running.", "Stop it first.", run_id=run.id)
    trash = run.folder.parent / TRASH
    try:
        trash.mkdir(exist_ok=True)
        target = trash / run.id
        number = 2
        while target.exists():
            target = trash / f"{run.id}-{number}"
            number += 1
        run.folder.rename(target)
    except OSError as error:
        raise RunError("run.disk", f"Cannot move {run.folder}: {error.strerror}.", run_id=run.id) from error
    return target


def restore_run(where: Path, run: Run) -> None:
    """Bring a deleted run back from ``where`` the trash has it.

    Raises:
        RunError: ``run.disk``.
    """
    try:
        where.rename(run.folder)
    except OSError as error:
        raise RunError("run.disk", f"Cannot move {where}: {error.strerror}.", run_id=run.id) from error
