"""The one error metrics raise for input they cannot score honestly, and the check for optional packages."""

import importlib
from types import ModuleType


class MetricError(ValueError):
    """Input that has no honest score. ``code`` is stable, ``hint`` says what to do next.

    Args:
        code: stable name for translation, e.g. ``lengths-differ``, ``empty``, ``not-text``.
        message: what is wrong, in English, with the row where one is known.
        hint: the next step.
        row: zero-based index of the offending row, if the fault belongs to one.
    """

    def __init__(self, code: str, message: str, hint: str = "", row: int | None = None) -> None:
        super().__init__(f"{message}. {hint}" if hint else message)
        self.code = code
        self.message = message
        self.hint = hint
        self.row = row


def require(module: str, purpose: str, install: str = "pip install 'finetutor[labs]'") -> ModuleType:
    """Import an optional package, or say which one is missing and how to get it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != package:
            raise
        raise MetricError("missing-package", f"{purpose} needs the package {package}", install) from error
