"""``finetutor assignment``: make an assignment file, check it, hand out each student's part."""

import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from labs.errors import LabsError
from labs.grading.expectation import expectation_of, hidden_rows
from labs.grading.roster import read_roster
from labs.lab import find_lab
from labs.runs import write_atomically
from labs.submission.assignment_file import load_assignment
from labs.submission.assignment_template import new_assignment
from labs.submission.errors import AssignmentError
from labs.submission.handout import Handout, handout_for
from labs.submission.own import Draws
from tui.cli.lab_output import fail
from tui.cli.output import Json, LangOption, choose_language, print_json
from tui.cli.quiz_marker import refuse_unknown_questions
from tui.i18n import t

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The assignment file.")]


@app.command("new")
def new_command(
    file: File,
    lab: Annotated[str, typer.Option(help="The lab it is about.")],
    hidden: Annotated[
        Path | None, typer.Option(help="A hidden test set in the same folder: rows as .jsonl.")
    ] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Make an assignment file for a lab, with the digests of what this machine has, to be edited."""
    choose_language(lang)
    try:
        if file.exists():
            raise AssignmentError(file, "", "is there already.", "Choose another name.", "assignment.exists")
        if hidden is not None and hidden.absolute().parent != file.absolute().parent:
            raise AssignmentError(
                file,
                "hidden",
                "must lie beside the assignment file.",
                f"Put it into {file.absolute().parent}.",
            )
        if hidden is not None and not hidden.is_file():
            raise AssignmentError(
                hidden, "", "there is no such file.",
                "Write your hidden rows into it first, one a line, or leave --hidden out.",
            )  # fmt: skip
        found = find_lab(lab)
        identifier = re.sub(r"[^a-z0-9-]+", "-", file.stem.lower()).strip("-") or "assignment"
        text = new_assignment(found, found.run_spec(), identifier, hidden=hidden)
        file.absolute().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file.absolute(), text.encode())
        load_assignment(file)
    except (LabsError, OSError) as error:
        raise fail(error) from error
    if json:
        print_json({"file": str(file), "lab": lab})
    else:
        print(t("grade_cli.assignment_made", path=file))


@app.command("check")
def check_command(
    file: File,
    pin: Annotated[
        bool, typer.Option("--pin", help="Write the hidden test set's digest into the file.")
    ] = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Check a whole assignment: fields, expressions, lab, base model, rows."""
    choose_language(lang)
    try:
        if pin:
            _pin(file)
        assignment = load_assignment(file)
        refuse_unknown_questions(file, assignment)
        expected = expectation_of(assignment)
        hidden = hidden_rows(assignment)
    except (LabsError, OSError) as error:
        raise fail(error) from error
    if json:
        print_json(
            {
                "id": assignment.id,
                "points": assignment.points,
                "train_rows": expected.train_rows,
                "public_rows": len(expected.test_rows),
                "hidden_rows": len(hidden),
            }
        )
        return
    print(
        t(
            "grade_cli.assignment_good", path=file, lab=assignment.lab, points=assignment.points,
            items=len(assignment.rubric), train=expected.train_rows, rows=len(expected.test_rows), hidden=len(hidden),
        )
    )  # fmt: skip


@app.command("seeds")
def seeds_command(
    file: File,
    roster: Annotated[Path, typer.Option(help="CSV with the students' ids.")],
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """List each student's seed."""
    choose_language(lang)
    try:
        assignment = load_assignment(file)
        students = read_roster(roster)
    except (LabsError, OSError) as error:
        raise fail(error) from error
    seeds = {student: assignment.seed_of(student) for student in sorted(students)}
    if json:
        print_json(seeds)
    else:
        print("\n".join(f"{student}\t{seed}" for student, seed in seeds.items()))


@app.command("handout")
def handout_command(
    file: File,
    roster: Annotated[Path, typer.Option(help="CSV with the students' ids.")],
    out: Annotated[Path, typer.Option(help="Folder to write <student>.json to.")] = Path("handouts"),
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Write what each student gets: everything but the secret and the hidden rows, with seed, rows and questions of one's own."""
    choose_language(lang)
    try:
        assignment = load_assignment(file)
        students = read_roster(roster)
        refuse_unknown_questions(file, assignment)
        names = _file_names(roster, students)
        draws = Draws(assignment)
        out.mkdir(parents=True, exist_ok=True)
        written = [
            _write_handout(handout_for(assignment, student, draws.of(student)), out / names[student])
            for student in sorted(students)
        ]
    except (LabsError, OSError) as error:
        raise fail(error) from error
    if json:
        print_json({"files": [str(path) for path in written]})
    else:
        print("\n".join(str(path) for path in written))


def _file_names(roster: Path, students: Iterable[str]) -> dict[str, str]:
    """A file name for each id; two that would be one are refused."""
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for student in sorted(students):
        plain = "".join(c for c in student if c.isalnum() or c in ".-_").strip(".") or "student"
        other = taken.setdefault(plain.casefold(), student)
        if other != student:
            raise AssignmentError(
                roster,
                "id",
                f"{other!r} and {student!r} would get the same file {plain}.json.",
                "Change one of the ids.",
            )
        names[student] = f"{plain}.json"
    return names


def _write_handout(handout: Handout, path: Path) -> Path:
    write_atomically(path, msgspec.json.format(msgspec.json.encode(handout, enc_hook=str), indent=2) + b"\n")
    return path


def _pin(file: Path) -> None:
    import tomlkit

    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8"))
        hidden = document["hidden"]
        path = file.absolute().parent / str(hidden["file"])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, KeyError, ValueError) as error:
        raise AssignmentError(
            file, "hidden", f"nothing to pin: {error}.", "Name the test set as `file` under [hidden]."
        ) from error
    hidden["digest"] = digest
    write_atomically(file.absolute(), tomlkit.dumps(document).encode())
    print(t("grade_cli.pinned", digest=digest), file=sys.stderr)
