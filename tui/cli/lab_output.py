"""What the lab and grading commands share: errors as exit codes."""

import sys

import typer

from labs.errors import LabsError
from metrics.clean import clean


def fail(error: LabsError) -> typer.Exit:
    """Say what is wrong on stderr; the caller raises what comes back (exit code 2)."""
    print(clean(f"{error} [{error.code}]"), file=sys.stderr)
    return typer.Exit(2)
