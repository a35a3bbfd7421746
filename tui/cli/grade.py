"""``finetutor grade``: a folder of bundles in, a gradebook, evidence and reports out."""

import datetime
import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from labs.errors import LabsError
from labs.grading.batch import Progress, grade_folder
from labs.grading.executor import Executor, LocalExecutor
from labs.grading.grade import Grade, Gradebook
from labs.grading.gradebook import regrade
from labs.grading.marks_csv import read_marks
from labs.grading.outputs import write_outputs
from labs.grading.outputs.student_page import finding_line
from labs.grading.outputs.words import words
from labs.grading.roster import read_receipts, read_roster
from labs.grading.store import GradeStore
from labs.submission.assignment_file import load_assignment
from metrics.clean import clean
from tui.cli.lab_output import fail
from tui.cli.output import choose_language, print_json
from tui.cli.quiz_marker import BankMarker, refuse_unknown_questions
from tui.i18n import language, t


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="Bundles; without it, what OUT holds is graded anew."),
    ] = None,
    assignment: Annotated[Path, typer.Option(help="The assignment file.")] = Path("assignment.toml"),
    out: Annotated[Path, typer.Option(help="Folder for gradebook, evidence and reports.")] = Path("graded"),
    roster: Annotated[Path | None, typer.Option(help="CSV: id, name.")] = None,
    receipts: Annotated[
        Path | None, typer.Option(help="CSV: file, received; otherwise the files' times.")
    ] = None,
    marks: Annotated[
        Path | None, typer.Option(help="CSV of points given by a person (as to-mark.csv).")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that keep the base model; 0: one a core, four at most.")
    ] = 0,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Recompute on a Dask cluster: tcp://host:8786.")
    ] = None,
    past: Annotated[
        list[Path] | None, typer.Option(help="--out of a past term, to find copies in; may be repeated.")
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="en or zh; otherwise the locale.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Grade a class. Stopped or killed at any moment, the same command goes on where it was."""
    choose_language(lang)
    if folder is not None and any(
        importlib.util.find_spec(name) is None for name in ("torch", "transformers")
    ):
        print(t("lab_cli.missing_extra"), file=sys.stderr)
        raise typer.Exit(2)
    store = GradeStore(out.absolute())
    try:
        wanted = load_assignment(assignment)
        refuse_unknown_questions(assignment, wanted)
        students = read_roster(roster) if roster else None
        times = read_receipts(receipts) if receipts else None
        terms = [_past_term(one) for one in past or ()]
        with store.held():
            if marks is not None:
                print(
                    t("grade_cli.marks_taken", n=read_marks(marks, wanted, store, now=_now())),
                    file=sys.stderr,
                )
            before = store.gradebook()
            if folder is None:
                book, changed = regrade(wanted, store, roster=students, quiz=BankMarker())
                store.record(
                    "gradebook", now=_now(), detail={"grades": len(book.grades), "changed": len(changed)}
                )
            else:
                book = grade_folder(
                    wanted,
                    folder,
                    store,
                    _executor(store, workers, scheduler),
                    now=_now,
                    roster=students,
                    receipts=times,
                    quiz=BankMarker(),
                    progress=_tell,
                )
            write_outputs(store, wanted, book, terms)
    except (LabsError, OSError) as error:
        raise fail(error) from error
    except KeyboardInterrupt:
        # Behind the line of progress, where there is one.
        print(("\n" if sys.stderr.isatty() else "") + t("grade_cli.stopped"), file=sys.stderr)
        raise typer.Exit(3) from None
    if json:
        print_json(book)
    else:
        _say(book, store, changed=before is not None and before != book)


def _past_term(folder: Path) -> GradeStore:
    if not (folder / "evidence").is_dir():
        raise LabsError(
            "grading.no_term",
            f"{folder}: nothing was graded there.",
            "--past takes the --out of a past term.",
        )
    return GradeStore(folder.absolute())


def _executor(store: GradeStore, workers: int, scheduler: str | None) -> Executor:
    local = LocalExecutor(log=store.folder / "worker.log", workers=workers or min(4, os.cpu_count() or 1))
    if scheduler is None:
        return local
    from labs.grading.cluster import DaskExecutor

    return DaskExecutor(scheduler, local)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _tell(progress: Progress) -> bool:
    if progress.stage in ("intake", "recompute"):
        line = t(
            "grade_cli.progress",
            stage=t(f"grade_cli.{progress.stage}"),
            done=progress.done,
            total=progress.total,
        )
        if progress.seconds_left and progress.seconds_left >= 90:
            line += ", " + t("grade_cli.left", minutes=round(progress.seconds_left / 60))
        if sys.stderr.isatty():
            print(
                f"\r{line}\x1b[K",
                end="" if progress.done < progress.total else "\n",
                file=sys.stderr,
                flush=True,
            )
        elif progress.done in (0, progress.total):
            print(line, file=sys.stderr)
    return True


def _say(book: Gradebook, store: GradeStore, *, changed: bool) -> None:
    for grade in book.grades:
        print(_line(grade, book.out_of))
    for spare in book.others:
        codes = _wrong_codes(spare)
        if codes:
            line = t("grade_cli.uncounted", student=spare.student, file=spare.file, codes=", ".join(codes))
            print(clean(line, one_line=True))
    for one in book.unreadable:
        reason = finding_line(one.findings[0], words(language())).text if one.findings else ""
        print(clean(t("grade_cli.unreadable", file=one.file, reason=reason), one_line=True))
    for other in book.unmatched:
        line = t("grade_cli.unmatched", student=other.student, file=other.file)
        if other.near:
            line += " " + t("grade_cli.near", near=", ".join(other.near))
        print(clean(line, one_line=True))
    waiting = sum(item.state == "waiting" for grade in book.grades for item in grade.items)
    if waiting:
        print(t("grade_cli.to_mark", n=waiting, path=store.folder / "to-mark.csv"), file=sys.stderr)
    if changed and (store.folder / "changes.csv").is_file():
        lines = len((store.folder / "changes.csv").read_bytes().splitlines()) - 1
        print(t("grade_cli.changed", n=lines, path=store.folder / "changes.csv"), file=sys.stderr)
    print(t("grade_cli.written", path=store.folder), file=sys.stderr)


def _wrong_codes(grade: Grade) -> list[str]:
    return sorted({finding.code for finding in grade.findings if finding.severity in ("refused", "wrong")})


def _line(grade: Grade, out_of: float) -> str:
    notes = []
    if grade.days_late:
        notes.append(t("grade_cli.late", n=grade.days_late))
    notes += _wrong_codes(grade)
    notes += [
        f"{one.source}:{one.metric} {one.claimed:.4g} -> {one.recomputed:.4g}"
        for one in grade.disagreements
        if not one.agrees
    ]
    return t(
        "grade_cli.header", student=clean(grade.student, one_line=True), status=t(f"grade_cli.status_{grade.status}"), total=f"{grade.total:g}",
        out_of=out_of, notes=clean(", ".join(notes), one_line=True),
    ).rstrip()  # fmt: skip
