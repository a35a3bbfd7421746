"""What the lab and grading commands share: errors as exit codes."""

import sys

import typer

from labs.errors import LabsError
from metrics.clean import clean
from tui.i18n import t
from tui.library_words import in_words, located


def fail(error: LabsError | OSError) -> typer.Exit:
    """Say what is wrong on stderr, in the language of now; the caller raises what comes back (exit code 2)."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        why = in_words(error.strerror or type(error).__name__)
        print(clean(where + t("lab_cli.disk", why=why)), file=sys.stderr)
    else:
        said = " ".join(located(part) for part in (error.message, error.hint) if part)
        print(clean(f"{said} [{error.code}]"), file=sys.stderr)
    return typer.Exit(2)
