"""``finetutor lab submit``: make a bundle of a run, and check it as the grader will."""

import contextlib
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from labs.errors import LabsError
from labs.grading.evidence import Finding
from labs.grading.executor import take_in_confined
from labs.grading.expectation import expectation_of
from labs.grading.intake import IntakeOrder
from labs.grading.limits import Limits
from labs.lab_progress import load_progress
from labs.runs import Run, find_run
from labs.submission.assignment import Assignment, BaseModel
from labs.submission.bundle import QuizAnswer
from labs.submission.errors import SubmissionError
from labs.submission.handout import Handout, as_assignment
from labs.submission.pack import Packed, pack
from labs.text import Text
from metrics.clean import clean
from tui.cli.lab_output import choose_language, fail, print_json
from tui.cli.main import home_of
from tui.i18n import t


def submit_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or: last")],
    student: Annotated[str, typer.Option(help="Your student id.")],
    name: Annotated[str, typer.Option(help="Your name.")] = "",
    out: Annotated[Path, typer.Option(help="Folder to write the bundle to.")] = Path(),
    handout: Annotated[
        Path | None, typer.Option(help="What your instructor gave you: <student>.json.")
    ] = None,
    quiz: Annotated[
        Path | None, typer.Option(help="Answers to the quiz: a JSON object of question and answer.")
    ] = None,
    reflections: Annotated[
        list[Path] | None, typer.Option("--reflection", help="A text file; once for each question, in order.")
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Hand in a run that did not complete.")
    ] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or zh; otherwise the locale.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Make the bundle to hand in: say what it holds and what the grader will find."""
    choose_language(lang)
    home = home_of(context)
    try:
        found = find_run(home.runs, run)
        given = read_handout(handout) if handout else None
        packed = pack(
            found,
            out,
            student=student,
            name=name,
            reflections=_reflections(found, home.root, reflections),
            quiz=_quiz(quiz),
            unfinished=unfinished,
        )
        findings = check_bundle(packed, as_assignment(given) if given else _any_assignment(found))
        if given is not None and given.seed is not None and found.spec.seed != given.seed:
            findings = (
                *findings,
                Finding(code="spec.seed", severity="wrong", message=f"seed is {found.spec.seed}, yours is {given.seed}.", where="spec.json"),
            )  # fmt: skip
    except LabsError as error:
        raise fail(error) from error
    if json:
        print_json({"bundle": packed, "findings": findings})
    else:
        _say(packed, findings, checked_against_class=given is not None)
    if any(finding.severity == "refused" for finding in findings):
        raise typer.Exit(1)


def read_handout(path: Path) -> Handout:
    """A student's handout.

    Raises:
        SubmissionError: ``submit.handout``.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Handout)
    except (OSError, msgspec.DecodeError) as error:
        raise SubmissionError("submit.handout", f"{path}: {error}.", "Ask for the file again.") from error


def check_bundle(packed: Packed, assignment: Assignment) -> tuple[Finding, ...]:
    """Take the bundle in as the grader does, in a child, and say what speaks against it."""
    with tempfile.TemporaryDirectory(prefix="finetutor-submit-") as folder:
        order = IntakeOrder(
            archive=str(packed.path.absolute()), digest=packed.sha256, folder=str(Path(folder) / "unpacked"),
            expected=expectation_of(assignment), limits=Limits(),
        )  # fmt: skip
        report = take_in_confined(order)
    return (*report.intake, *report.arithmetic)


def _any_assignment(run: Run) -> Assignment:
    """The lab itself, with what this run chose: without a handout nobody knows what the class was set."""
    spec = run.spec
    if not spec.lab:
        raise SubmissionError("submit.no_lab", f"run {run.id} belongs to no lab.", "Hand in a run of a lab.")
    chosen: dict[str, Any] = {
        field: getattr(spec, field)
        for field in spec.__struct_fields__
        if field not in ("lab", "format_version")
    }
    return Assignment(
        format_version=1, id=spec.lab, title=Text(spec.lab, spec.lab), lab=spec.lab, spec=chosen,
        base=BaseModel(model=spec.base_model), methods=(spec.method,),
    )  # fmt: skip


def _reflections(run: Run, home: Path, files: list[Path] | None) -> tuple[str, ...]:
    """From the files named, else what was written in the app for this run's lab."""
    if files:
        texts = []
        for path in files:
            try:
                texts.append(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError) as error:
                raise SubmissionError("submit.reflection", f"{path}: {error}.") from error
        return tuple(texts)
    if run.spec.lab:
        with contextlib.suppress(LabsError):
            return load_progress(home / "labs", run.spec.lab).reflections
    return ()


def _quiz(path: Path | None) -> tuple[QuizAnswer, ...]:
    if path is None:
        return ()
    try:
        answers = msgspec.json.decode(path.read_bytes(), type=dict[str, str | tuple[str, ...]])
    except (OSError, msgspec.DecodeError) as error:
        raise SubmissionError(
            "submit.quiz", f"{path}: {error}.", 'Write {"question.id": "answer"}.'
        ) from error
    return tuple(QuizAnswer(question=question, answer=answer) for question, answer in answers.items())


def _say(packed: Packed, findings: tuple[Finding, ...], *, checked_against_class: bool) -> None:
    print(t("grade_cli.packed", path=packed.path, size=packed.bytes, sha256=packed.sha256))
    print(t("grade_cli.holds"))
    for name, size in packed.files.items():
        print(f"  {size:>12,}  {name}")
    serious = [finding for finding in findings if finding.severity != "note"]
    if not serious:
        print(t("grade_cli.checked_ok"))
    else:
        print(t("grade_cli.checked_found"))
        for finding in serious:
            print(clean(f"  {finding.where}: {finding.message} [{finding.code}]", one_line=True))
    if not checked_against_class:
        print(t("grade_cli.no_assignment"))
