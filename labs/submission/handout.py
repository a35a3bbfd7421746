"""What a student gets of an assignment: everything but the secret and the hidden rows, with a seed of one's own."""

from typing import Any, Literal

import msgspec

from labs.submission.assignment import Allowed, Assignment
from labs.text import Text


class Handout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``<student>.json``, made by ``finetutor assignment handout``."""

    format_version: Literal[1] = 1
    assignment: str
    title: Text
    lab: str
    student: str
    seed: int | None
    """For ``--set seed=...``; None: any."""
    spec: dict[str, Any] = {}
    """Fields that differ from the lab's."""
    methods: tuple[str, ...]
    allowed: dict[str, Allowed]
    base_model: str
    base: dict[str, str]
    data: dict[str, str]
    due: str = ""
    questions: tuple[str, ...] = ()
    """Of the quiz bank; their numbers are drawn from ``quiz_seed``."""
    quiz_seed: int = 0
    rubric: tuple[tuple[Text, float], ...] = ()
    """Titles and points."""


def handout_for(assignment: Assignment, student: str) -> Handout:
    """One student's handout."""
    due = assignment.deadline.extensions.get(student, assignment.deadline.at)
    seed = assignment.seed_of(student)
    return Handout(
        assignment=assignment.id,
        title=assignment.title,
        lab=assignment.lab,
        student=student,
        seed=seed if assignment.per_student_seed else None,
        spec=assignment.spec,
        methods=assignment.methods,
        allowed=assignment.allowed,
        base_model=assignment.base.model,
        base=assignment.base.digests,
        data=assignment.data,
        due=due.isoformat() if due else "",
        questions=tuple(dict.fromkeys(one for item in assignment.rubric for one in item.questions)),
        quiz_seed=seed,
        rubric=tuple((item.title, item.points) for item in assignment.rubric),
    )


def as_assignment(handout: Handout) -> Assignment:
    """An assignment to check oneself against, without anything that is the instructor's."""
    from labs.submission.assignment import BaseModel

    return Assignment(
        format_version=1,
        id=handout.assignment,
        title=handout.title,
        lab=handout.lab,
        base=BaseModel(model=handout.base_model, digests=handout.base),
        spec=handout.spec,
        methods=handout.methods,  # type: ignore[arg-type]
        allowed=handout.allowed,
        data=handout.data,
    )
