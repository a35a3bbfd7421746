"""All grades of a class from evidence, rubric, roster and marks; before and after; the same input, the same bytes."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from labs.grading.disagreements import disagreements
from labs.grading.evidence import Evidence
from labs.grading.grade import Change, Grade, Gradebook, Status, Unmatched
from labs.grading.late import days_late, late_percent
from labs.grading.marks import Marks
from labs.grading.roster import Student, near_ids
from labs.grading.rubric import QuizMarker, condition, judge_items
from labs.grading.store import GradeStore, encode_pretty
from labs.grading.tables import changes_csv, gradebook_csv
from labs.lab import Lab, find_lab
from labs.runs import write_atomically
from labs.submission.assignment import Assignment
from labs.submission.assignment_file import digest_of


def grade_of(
    assignment: Assignment, lab: Lab, evidence: Evidence, marks: Marks, quiz: QuizMarker | None = None
) -> Grade:
    """One submission's grade."""
    student = assignment.aliases.get(evidence.student, evidence.student)
    tiers = {tier: result.state for tier, result in evidence.tiers.items()}
    common = {
        "student": student, "name": evidence.name, "digest": evidence.digest, "file": evidence.file,
        "received": evidence.received, "out_of": assignment.points, "findings": evidence.findings, "tiers": tiers,
    }  # fmt: skip
    if evidence.refused is not None:
        total = 0.0 if marks.total is None else marks.total
        return Grade(**common, status="refused", total=total, overridden_reason=marks.reason)  # type: ignore[arg-type]
    items = judge_items(assignment, lab, evidence, marks, quiz)
    earned = sum(item.points for item in items)
    capped, caps = earned, []
    for cap in assignment.caps:
        most = assignment.points * cap.percent / 100
        if condition(cap.expression, evidence):
            if capped > most:
                caps.append(cap.id)
            capped = min(capped, most)
    days = days_late(assignment.deadline, student, evidence.received)
    percent = late_percent(assignment.deadline, days)
    total = capped * (1 - percent / 100) if marks.total is None else marks.total
    scores = {
        key: dict(values)
        for name in ("public", "hidden") if name in evidence.tiers
        for key, values in (
            (name, evidence.tiers[name].scores), (f"base_{name}", evidence.tiers[name].base_scores),
        ) if values
    }  # fmt: skip
    waiting = any(item.state == "waiting" for item in items)
    return Grade(
        **common,  # type: ignore[arg-type]
        status="waiting" if waiting else "graded",
        items=items,
        earned=round(earned, 4),
        capped_by=tuple(caps),
        days_late=days,
        late_percent=percent,
        total=round(total, 2),
        overridden_reason=marks.reason if marks.total is not None else "",
        scores=scores,
        disagreements=disagreements(assignment, evidence),
    )


def build_gradebook(
    assignment: Assignment,
    lab: Lab,
    evidence: Iterable[Evidence],
    marks: Callable[[str], Marks],
    *,
    roster: Mapping[str, Student] | None = None,
    quiz: QuizMarker | None = None,
) -> Gradebook:
    """The class, from evidence and marks alone.

    Args:
        marks: a person's decisions on a submission, by its digest.
        roster: students by id; without one, whoever handed in.
    """
    by_student: dict[str, list[Grade]] = {}
    unreadable: list[Grade] = []
    unmatched: list[Unmatched] = []
    for one in sorted(evidence, key=lambda found: (found.file, found.digest)):
        grade = grade_of(assignment, lab, one, marks(one.digest), quiz)
        if not grade.student:
            unreadable.append(grade)
            continue
        if roster is not None and grade.student not in roster:
            near = near_ids(grade.student, roster)
            unmatched.append(Unmatched(student=grade.student, digest=one.digest, file=one.file, near=near))
        by_student.setdefault(grade.student, []).append(grade)
    counting: list[Grade] = []
    others: list[Grade] = []
    for student in sorted(by_student.keys() | (roster or {}).keys()):
        grades = by_student.get(student, [])
        name = roster[student].name if roster and student in roster else ""
        if not grades:
            counting.append(Grade(student=student, name=name, status="missing", out_of=assignment.points))
            continue
        chosen = choose(grades, assignment.keep)
        counting.append(_named(chosen, name, True))
        others += [_named(grade, name, False) for grade in grades if grade is not chosen]
    return Gradebook(
        assignment=assignment.id,
        assignment_digest=digest_of(assignment),
        out_of=assignment.points,
        grades=tuple(counting),
        others=tuple(others),
        unmatched=tuple(unmatched),
        unreadable=tuple(unreadable),
    )


def choose(grades: Sequence[Grade], keep: str) -> Grade:
    """The submission that counts: the best, last or first one; refused ones only where there is no other."""
    readable = [grade for grade in grades if grade.status != "refused"] or list(grades)

    def when(grade: Grade) -> tuple[float, str]:
        return (grade.received.timestamp() if grade.received else 0.0, grade.digest)

    if keep == "first":
        return min(readable, key=when)
    if keep == "last":
        return max(readable, key=when)
    return max(readable, key=lambda grade: (grade.total, *when(grade)))


def regrade(
    assignment: Assignment,
    store: GradeStore,
    *,
    digests: Sequence[str] | None = None,
    roster: Mapping[str, Student] | None = None,
    quiz: QuizMarker | None = None,
) -> tuple[Gradebook, tuple[Change, ...]]:
    """Make the gradebook anew from what is stored, write it, and say what changed since it was last written.

    Args:
        digests: the submissions that belong to the class; None: all that are stored.

    Raises:
        LabsError: lab, marks or store are damaged.
    """
    lab = find_lab(assignment.lab)
    wanted = None if digests is None else set(digests)
    evidence = [one for one in store.all_evidence() if wanted is None or one.digest in wanted]
    book = build_gradebook(assignment, lab, evidence, store.marks, roster=roster, quiz=quiz)
    before = store.gradebook()
    found = changes(before, book) if before is not None and before != book else ()
    if found:
        write_atomically(store.folder / "changes.csv", changes_csv(found))
    write_atomically(store.folder / "gradebook.csv", gradebook_csv(assignment, book))
    write_atomically(store.gradebook_file, encode_pretty(book))
    return book, found


def changes(before: Gradebook, after: Gradebook) -> tuple[Change, ...]:
    """Totals and items that differ, by student."""
    old = {grade.student: grade for grade in before.grades}
    found: list[Change] = []
    for grade in after.grades:
        earlier = old.get(grade.student)
        was = {} if earlier is None else {item.id: item.points for item in earlier.items}
        now = {item.id: item.points for item in grade.items}
        moved = {
            name: (was.get(name, 0.0), now.get(name, 0.0))
            for name in sorted(was.keys() | now.keys()) if was.get(name, 0.0) != now.get(name, 0.0)
        }  # fmt: skip
        total = 0.0 if earlier is None else earlier.total
        if total != grade.total or moved:
            found.append(Change(student=grade.student, before=total, after=grade.total, items=moved))
    return tuple(found)


def _named(grade: Grade, name: str, counts: bool) -> Grade:
    import msgspec

    return msgspec.structs.replace(grade, name=name or grade.name, counts=counts)


__all__ = ["Status", "build_gradebook", "changes", "choose", "grade_of", "regrade"]
