"""Make a bundle of a run: the same run and the same words give the same bytes."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from labs.runs import Run, sync_folder
from labs.submission.bundle import (
    BUNDLE,
    MINIMUM,
    OPTIONAL,
    REQUIRED,
    Bundle,
    BundleFile,
    QuizAnswer,
    bundle_name,
)
from labs.submission.errors import SubmissionError
from labs.submission.zip_writer import write_zip


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle as it was written."""

    path: Path
    bytes: int
    sha256: str
    files: dict[str, int]
    """Bytes by name."""
    outcome: str


def pack(
    run: Run,
    folder: Path,
    *,
    student: str,
    name: str = "",
    reflections: Sequence[str] = (),
    quiz: Sequence[QuizAnswer] = (),
    unfinished: bool = False,
) -> Packed:
    """Write ``ID_LAB_RUNID.zip`` into ``folder``, through a staged file.

    Args:
        unfinished: take a run that did not complete as well.

    Raises:
        SubmissionError: ``submit.no_student``, ``submit.unfinished``, ``submit.missing``.
        RunError: the run folder is damaged.
    """
    student = student.strip()
    if not student or len(student) > 64:
        raise SubmissionError("submit.no_student", "a student id is needed.", "--student ID")
    state, spec = refuse_unfinished(run, unfinished=unfinished), run.spec
    content: dict[str, bytes | Path] = {
        path: run.folder / path for path in (*REQUIRED, *OPTIONAL) if (run.folder / path).is_file()
    }
    if reflections:
        content["reflections.json"] = msgspec.json.encode(list(reflections)) + b"\n"
    if quiz:
        content["quiz.json"] = msgspec.json.encode(list(quiz)) + b"\n"
    needed = REQUIRED if state == "completed" else MINIMUM
    missing = [path for path in needed if path not in content and path != BUNDLE]
    if missing:
        raise SubmissionError(
            "submit.missing", f"run {run.id} has no {', '.join(missing)}.",
            "A bundle needs a run that trained, was evaluated and wrote its manifest.",
        )  # fmt: skip
    content.pop(BUNDLE, None)
    sizes = {path: _size_and_digest(data) for path, data in content.items()}
    bundle = Bundle(
        student=student,
        name=name.strip(),
        lab=spec.lab or "none",
        run_id=run.id,
        outcome=state,
        files=sizes,
    )
    content[BUNDLE] = msgspec.json.format(msgspec.json.encode(bundle)) + b"\n"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / bundle_name(student, bundle.lab, run.id)
    staged = target.with_name(f".{target.name}.staged")
    try:
        write_zip(staged, content)
        staged.replace(target)
        sync_folder(folder)
    except OSError as error:
        error.filename, error.filename2 = str(target), None  # a write to a full disk names none
        raise
    finally:
        staged.unlink(missing_ok=True)
    data = target.read_bytes()
    return Packed(
        path=target,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        files={path: entry.bytes for path, entry in sorted(sizes.items())},
        outcome=state,
    )


def refuse_unfinished(run: Run, *, unfinished: bool) -> str:
    """The run's state, where it may be handed in.

    Raises:
        SubmissionError: ``submit.unfinished``.
    """
    state = run.status().state
    if state in ("queued", "running") or (state != "completed" and not unfinished):
        raise SubmissionError(
            "submit.unfinished", f"run {run.id} is {state}.",
            "`finetutor lab resume` goes on with it; --unfinished hands it in as it is."
            if state not in ("queued", "running") else "Wait until it has ended.",
        )  # fmt: skip
    return state


def _size_and_digest(content: bytes | Path) -> BundleFile:
    data = content.read_bytes() if isinstance(content, Path) else content
    return BundleFile(len(data), hashlib.sha256(data).hexdigest())
