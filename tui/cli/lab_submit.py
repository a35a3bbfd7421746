"""``finetutor lab submit``: make a bundle of a run, and check it as the grader will."""

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from labs.errors import LabsError
from labs.grading.arithmetic import spec_findings
from labs.grading.evidence import Finding
from labs.grading.executor import take_in_confined
from labs.grading.expectation import asked_of, expectation_of
from labs.grading.intake import IntakeOrder
from labs.grading.limits import Limits
from labs.grading.outputs.student_page import finding_line
from labs.grading.outputs.words import words
from labs.grading.own import own_findings
from labs.lab_progress import load_progress
from labs.runs import Run, find_run
from labs.spec import RunSpec
from labs.submission.assignment import Assignment, BaseModel
from labs.submission.bundle import bundle_name
from labs.submission.errors import SubmissionError
from labs.submission.handout import Handout, as_assignment
from labs.submission.own import Own
from labs.submission.pack import Packed, pack, refuse_unfinished
from labs.text import Text
from metrics.clean import clean
from tui.cli.lab_output import fail
from tui.cli.lab_submit_quiz import submit_quiz
from tui.cli.main import home_of
from tui.cli.output import choose_language, print_json
from tui.i18n import language, t


def submit_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or: last")],
    student: Annotated[str, typer.Option(help="Your student id; the handout's, where there is one.")] = "",
    name: Annotated[str, typer.Option(help="Your name.")] = "",
    out: Annotated[Path, typer.Option(help="Folder to write the bundle to.")] = Path(),
    handout: Annotated[
        Path | None, typer.Option(help="What your instructor gave you: <student>.json.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            help="Answers to the questions: a JSON object of question and answer. Otherwise you are asked."
        ),
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
        student = _student(student, given)
        refuse_unfinished(found, unfinished=unfinished)
        kept = (
            home.root
            / "answers"
            / f"{bundle_name(student, given.assignment if given else 'none', 'quiz')}.json"
        )
        packed = pack(
            found,
            out,
            student=student,
            name=name,
            reflections=_reflections(found, home.root, reflections),
            quiz=submit_quiz(given, answers, kept, interactive=sys.stdin.isatty() and not json),
            unfinished=unfinished,
        )
        if given is not None:
            findings = check_bundle(packed, as_assignment(given), given.own)
        else:
            findings = check_bundle(packed, _any_assignment(found), Own())
    except (LabsError, OSError) as error:
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
    except OSError as error:
        raise SubmissionError(
            "submit.handout", f"{path}: cannot be read: {error.strerror}.", "Name the file your instructor gave you."
        ) from error  # fmt: skip
    except msgspec.DecodeError as error:
        raise SubmissionError("submit.handout", f"{path}: {error}.", "Ask for the file again.") from error


def fields_of(path: Path, lab: str) -> dict[str, Any]:
    """What a handout sets of a run of ``lab``.

    Raises:
        SubmissionError: ``submit.handout``, ``submit.other_lab``.
    """
    given = read_handout(path)
    if given.lab != lab:
        raise SubmissionError(
            "submit.other_lab",
            f"{path}: is for the lab {given.lab}, not {lab}.",
            f"`finetutor lab run {given.lab}`",
        )
    return given.run_fields


def not_allowed(path: Path, spec: RunSpec) -> list[str]:
    """What of a run that is about to start its handout does not allow, line by line; before it costs minutes.

    Raises:
        LabsError: the handout cannot be used.
    """
    found = spec_findings(spec, asked_of(as_assignment(read_handout(path))))
    lines = [f"  {finding_line(one, words(language())).text}" for one in found]
    return [t("grade_cli.not_allowed"), *lines] if lines else []


def check_bundle(packed: Packed, assignment: Assignment, own: Own) -> tuple[Finding, ...]:
    """Take the bundle in as the grader does, in a child, and say what speaks against it."""
    with tempfile.TemporaryDirectory(prefix="finetutor-submit-") as folder:
        order = IntakeOrder(
            archive=str(packed.path.absolute()), digest=packed.sha256, folder=str(Path(folder) / "unpacked"),
            expected=expectation_of(assignment), limits=Limits(),
        )  # fmt: skip
        report = take_in_confined(order)
    mine = () if report.spec is None else own_findings(report.spec, report.data, own)
    return (*report.intake, *report.arithmetic, *mine)


def _student(option: str, given: Handout | None) -> str:
    if given is None or not option.strip() or option.strip() == given.student:
        return option if option.strip() or given is None else given.student
    raise SubmissionError(
        "submit.other_student", f"the handout is {given.student}'s, not {option.strip()}'s.",
        "Use your own handout; leave --student out with it.",
    )  # fmt: skip


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
                texts.append(path.read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "is not UTF-8"
                raise SubmissionError(
                    "submit.reflection", f"{path}: {why}.", "Name a text file in UTF-8."
                ) from error
        return tuple(texts)
    if run.spec.lab:
        with contextlib.suppress(LabsError):
            return load_progress(home / "labs", run.spec.lab).reflections
    return ()


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
            print(clean(f"  {finding_line(finding, words(language())).text} [{finding.code}]", one_line=True))
    if not checked_against_class:
        print(t("grade_cli.no_assignment"))
