"""One student in one lab: what the six steps share, kept on the disk at every change."""

from pathlib import Path
from typing import Any

import msgspec

from labs.check_spec import spec_from, spec_problems
from labs.errors import ModelError, SpecError
from labs.lab import Lab, PredictionQuestion
from labs.lab_progress import LabProgress, ProgressError, load_progress, save_progress
from labs.models import shape_of
from labs.predictions import predictions_for, unanswered
from labs.runs import Run
from labs.shape import ModelShape
from labs.spec import RunSpec


class LabSession:
    """The lab, the student's progress in it, and the configuration they are working on."""

    def __init__(self, lab: Lab, folder: Path, runs_dir: Path) -> None:
        """Read the progress.

        Args:
            folder: where progress files lie.
        """
        self.lab = lab
        self.folder = folder
        self.runs_dir = runs_dir
        self.trouble: ProgressError | None = None
        """Why progress could not be read or kept; it then holds for this session only."""
        try:
            self.progress = load_progress(folder, lab.id)
        except ProgressError as trouble:
            self.trouble, self.progress = trouble, LabProgress()

    def change(self, **changes: Any) -> None:
        """Change the progress and keep it. A file that cannot be read is never written over."""
        self.progress = msgspec.structs.replace(self.progress, **changes)
        if self.trouble is not None:
            return
        try:
            save_progress(self.folder, self.lab.id, self.progress)
        except ProgressError as trouble:
            self.trouble = trouble

    @property
    def base_spec(self) -> RunSpec:
        """The lab's own configuration, of the chosen variant."""
        return self.lab.run_spec(self.progress.variant)

    def spec(self) -> RunSpec:
        """The configuration with the student's changes; it may still be out of range.

        Raises:
            SpecError: a value of the wrong type.
        """
        return spec_from(self.progress.overrides, self.base_spec)

    def problems(self) -> list[SpecError]:
        """Everything that keeps the configuration from running."""
        try:
            spec = self.spec()
        except SpecError as error:
            return [error]
        return spec_problems(spec, self.shape())

    def shape(self) -> ModelShape | None:
        """The base model's shape; None where it is not known on this machine."""
        try:
            return shape_of(self.spec().base_model)
        except (ModelError, SpecError):
            return None

    def questions(self) -> tuple[PredictionQuestion, ...]:
        """Predictions that this configuration asks for; none while it cannot run."""
        try:
            return predictions_for(self.lab, self.spec())
        except SpecError:
            return ()

    def open_questions(self) -> tuple[PredictionQuestion, ...]:
        """Predictions not made yet."""
        return unanswered(self.questions(), self.progress.answers)

    @property
    def run(self) -> Run | None:
        """The newest run of this lab since it was begun or reset."""
        folder = self.runs_dir / self.progress.run_id
        return Run(folder) if self.progress.run_id and (folder / "spec.json").is_file() else None
