"""What can be wrong with a bundle or an assignment file."""

from pathlib import Path

from labs.errors import LabsError


class SubmissionError(LabsError):
    """A bundle that is refused, or a run that cannot be handed in. ``where`` is the file within the bundle."""

    def __init__(self, code: str, message: str, hint: str = "", where: str = "") -> None:
        super().__init__(code, f"{where}: {message}" if where else message, hint)
        self.where = where


class AssignmentError(LabsError):
    """An assignment file that cannot be used. ``file`` and ``field`` say where."""

    def __init__(
        self, file: Path, field: str, message: str, hint: str = "", code: str = "assignment.invalid"
    ) -> None:
        super().__init__(code, f"{file}: {field}: {message}" if field else f"{file}: {message}", hint)
        self.file = file
        self.field = field
