"""Files that Moodle and Canvas import.

Moodle (docs.moodle.org, "Grade import"): columns are mapped on upload, ``ID number`` to useridnumber, then grade and
feedback, both of which must be there, for importing feedback alone takes the grades away. Canvas (gradebook import):
the columns Student, ID, SIS User ID, SIS Login ID, Section come first, the second row holds the points possible, an empty
cell leaves a grade as it is.
"""

from collections.abc import Callable

from labs.grading.grade import Grade, Gradebook
from labs.grading.outputs.cells import Cell, csv_bytes
from labs.submission.assignment import Assignment


def moodle_csv(book: Gradebook, assignment: Assignment, feedback: Callable[[Grade], str]) -> bytes:
    """One row a student of the class; what waits for a person, or was not handed in, is left empty."""
    title = assignment.title.en
    rows: list[list[Cell]] = [["ID number", "Full name", title, f"{title} (feedback)"]]
    rows += [[grade.student, grade.name, _points(grade), feedback(grade)] for grade in book.grades]
    return csv_bytes(rows)


def canvas_csv(book: Gradebook, assignment: Assignment) -> bytes:
    """One row a student, joined on the SIS user ID."""
    title = assignment.title.en
    rows: list[list[Cell]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title],
        ["    Points Possible", None, None, None, None, book.out_of],
    ]
    rows += [[grade.name, None, grade.student, None, None, _points(grade)] for grade in book.grades]
    # Canvas knows the second row by its leading spaces, which a cleaned cell has not.
    return csv_bytes(rows).replace(b"\nPoints Possible,", b"\n    Points Possible,", 1)


def _points(grade: Grade) -> float | None:
    # An extension may still run for what is missing; the platform knows by itself that nothing was handed in.
    return None if grade.status in ("waiting", "missing") else grade.total
