"""What is each student's own in an assignment: seed, rows and questions, all drawn from the secret and the student's id."""

import msgspec

from labs.lab import find_lab
from labs.row_split import drawn, split_digest
from labs.rows import Rows, read_rows_of
from labs.submission.assignment import Assignment


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What one student's run must have."""

    seed: int | None = None
    """Of the training; None: any."""
    split_seed: int | None = None
    """Draws the student's rows; None: everybody has the same."""
    split: dict[str, str] = {}
    """SHA-256 of the rows drawn, ``train_split`` and ``validation_split``, as run manifests give them."""


class Draws:
    """Draws for every student of an assignment; the pool of rows is read once."""

    def __init__(self, assignment: Assignment) -> None:
        """Read the pool, where students have rows of their own.

        Raises:
            LabsError: lab or rows are missing.
        """
        self._assignment = assignment
        self._pool: Rows | None = None
        if assignment.split_share:
            fields = {**assignment.spec, "base_model": assignment.base.model}
            self._pool = read_rows_of(find_lab(assignment.lab).run_spec("", {**fields, "train_rows": None}))

    def of(self, student: str) -> Own:
        """One student's own; ``student`` as on the roster."""
        assignment = self._assignment
        seed = assignment.seed_of(student) if assignment.per_student_seed else None
        if self._pool is None:
            return Own(seed=seed)
        split_seed = assignment.split_seed_of(student)
        split = {
            f"{part}_split": split_digest(drawn(rows, split_seed, assignment.split_share))
            for part, rows in (("train", self._pool.train), ("validation", self._pool.validation)) if rows
        }  # fmt: skip
        return Own(seed=seed, split_seed=split_seed, split=split)
