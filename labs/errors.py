"""What can go wrong in labs. Every error carries a stable ``code`` (screens translate by it) and a next step."""

from pathlib import Path


class LabsError(Exception):
    """Base of the errors of this package.

    ``code`` never changes once released; ``message`` and ``hint`` are English.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message if not hint else f"{message} {hint}")
        self.code = code
        self.message = message
        self.hint = hint


class SpecError(LabsError):
    """A run spec that cannot run: out of range, unknown or contradictory. ``field`` is the spec's field."""

    def __init__(self, field: str, message: str, hint: str = "", code: str = "spec.invalid") -> None:
        super().__init__(code, f"{field}: {message}", hint)
        self.field = field


class LabError(LabsError):
    """A lab's files are missing or wrong. ``file`` and ``field`` say where."""

    def __init__(
        self, file: Path, field: str, message: str, hint: str = "", code: str = "lab.invalid"
    ) -> None:
        where = f"{file}: {field}: " if field else f"{file}: "
        super().__init__(code, where + message, hint)
        self.file = file
        self.field = field


class RunError(LabsError):
    """A run cannot be started, resumed, read or stopped. ``run_id`` names it where there is one."""

    def __init__(self, code: str, message: str, hint: str = "", run_id: str = "") -> None:
        super().__init__(code, message, hint)
        self.run_id = run_id


class ModelError(LabsError):
    """A base model is unknown, incomplete, or not on this machine."""
