"""Where a student stands in one lab: a small JSON file under the home, replaced whole at every change."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.errors import LabsError
from labs.runs import write_atomically


class ProgressError(LabsError):
    """The file of a lab's progress cannot be read or written."""


class LabProgress(msgspec.Struct, frozen=True, kw_only=True):
    """What a student has said and done in one lab. Points are never stored: they are read off the run."""

    format_version: Literal[1] = 1
    variant: str = ""
    overrides: dict[str, Any] = {}
    """Fields of the spec that were changed in the form."""
    answers: dict[str, float | int] = {}
    """Predictions for the next run, by question."""
    run_id: str = ""
    """The newest run of this lab since it was begun or reset."""
    tried: bool = False
    """Whether a run has ended: hints unlock after a try."""
    hints: int = 0
    """How many hints have been shown."""
    reflections: tuple[str, ...] = ()
    """Texts, in the order of the lab's questions."""
    questions: dict[str, bool] = {}
    """Questions from one's own run that were answered, and whether rightly."""
    done: bool = False
    """Whether the student has closed the lab; the reference answer may then be read."""


def load_progress(folder: Path, lab_id: str) -> LabProgress:
    """Read a lab's progress; none yet is a fresh one.

    Raises:
        ProgressError: ``progress.unreadable``.
    """
    path = folder / f"{lab_id}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=LabProgress)
    except FileNotFoundError:
        return LabProgress()
    except (OSError, msgspec.DecodeError) as error:
        raise ProgressError(
            "progress.unreadable", f"{path}: {error}.", "Move the file away to begin the lab afresh."
        ) from error


def save_progress(folder: Path, lab_id: str, progress: LabProgress) -> None:
    """Replace a lab's progress.

    Raises:
        ProgressError: ``progress.unwritable``.
    """
    path = folder / f"{lab_id}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, msgspec.json.encode(progress))
    except OSError as error:
        raise ProgressError(
            "progress.unwritable", f"{path}: {error.strerror}.", "Check space and rights."
        ) from error


def reset_progress(folder: Path, lab_id: str) -> None:
    """Begin a lab afresh. Its runs stay where they are."""
    (folder / f"{lab_id}.json").unlink(missing_ok=True)
