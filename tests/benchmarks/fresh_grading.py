"""The peer of the grading benchmark: one fresh process that grades one bundle, ``ASSIGNMENT FOLDER OUT``, and ends.

The same code as for a class, but for what keeps a class's worker: the model is loaded in this very process.
"""

import datetime
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from labs.grading.batch import grade_folder
from labs.grading.evidence import Finding
from labs.grading.executor import LocalExecutor
from labs.grading.intake import IntakeOrder, IntakeReport
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask
from labs.grading.store import GradeStore
from labs.submission.assignment_file import load_assignment
from labs.worker.libraries import quieten


class InThisProcess:
    """Takes bundles in as ever, and recomputes here."""

    def __init__(self, log: Path) -> None:
        self._local = LocalExecutor(log=log)

    def intake(self, orders: Sequence[IntakeOrder]) -> Iterator[tuple[IntakeOrder, IntakeReport, str]]:
        """In a confined child."""
        return self._local.intake(orders)

    def recompute(
        self, setup: RecomputeSetup, tasks: Sequence[RecomputeTask]
    ) -> Iterator[tuple[RecomputeTask, RecomputeAnswer | Finding]]:
        """Load everything, then do it."""
        from labs.grading.recomputing.recompute import Recomputer

        recomputer = Recomputer(setup)
        for task in tasks:
            yield task, recomputer.recompute(task)


if __name__ == "__main__":
    quieten()
    assignment, folder, out = (Path(word) for word in sys.argv[1:4])
    grade_folder(
        load_assignment(assignment), folder, GradeStore(out), InThisProcess(out.with_suffix(".log")),
        now=lambda: datetime.datetime.now(datetime.UTC),
    )  # fmt: skip
