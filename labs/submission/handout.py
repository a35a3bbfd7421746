"""What a student gets of an assignment: everything but the secret and the hidden rows, with seed, rows and questions of one's own."""

from typing import Any, Literal

import msgspec

from labs.submission.assignment import Allowed, Assignment
from labs.submission.own import Own
from labs.text import Text


class Handout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``<student>.json``, made by ``finetutor assignment handout``."""

    format_version: Literal[1] = 1
    assignment: str
    title: Text
    lab: str
    student: str
    seed: int | None
    """Of the run; None: any."""
    spec: dict[str, Any] = {}
    """Fields that differ from the lab's; with ``split_seed``, which draws the student's own rows."""
    split: dict[str, str] = {}
    """SHA-256 of the rows drawn, by part, as the run's manifest will give them."""
    methods: tuple[str, ...]
    allowed: dict[str, Allowed]
    base_model: str
    base: dict[str, str]
    data: dict[str, str]
    due: str = ""
    questions: tuple[str, ...] = ()
    """The student's own, of the quiz bank; their numbers are drawn from ``quiz_seed``."""
    quiz_seed: int = 0
    rubric: tuple[tuple[Text, float], ...] = ()
    """Titles and points."""

    @property
    def own(self) -> Own:
        """What the student's run must have."""
        return Own(seed=self.seed, split_seed=self.spec.get("split_seed"), split=self.split)

    @property
    def run_fields(self) -> dict[str, Any]:
        """Fields of the run spec to start the lab with."""
        seed = {} if self.seed is None else {"seed": self.seed}
        return {"base_model": self.base_model, **self.spec, **seed}


def handout_for(assignment: Assignment, student: str, own: Own) -> Handout:
    """One student's handout; ``own`` is what ``Draws`` gives this student."""
    due = assignment.deadline.extensions.get(student, assignment.deadline.at)
    split: dict[str, Any] = {}
    if own.split_seed is not None:
        split = {"split_seed": own.split_seed, "split_share": assignment.split_share}
    questions = [one for item in assignment.rubric for one in assignment.questions_of(item, student)]
    return Handout(
        assignment=assignment.id,
        title=assignment.title,
        lab=assignment.lab,
        student=student,
        seed=own.seed,
        spec={**assignment.spec, **split},
        split=own.split,
        methods=assignment.methods,
        allowed=assignment.allowed,
        base_model=assignment.base.model,
        base=assignment.base.digests,
        data=assignment.data,
        due=due.isoformat() if due else "",
        questions=tuple(dict.fromkeys(questions)),
        quiz_seed=assignment.seed_of(student),
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
