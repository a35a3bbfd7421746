"""What the lab and grading commands share: errors as exit codes, JSON on stdout, the language."""

import sys
from typing import Annotated, Any

import msgspec
import typer

from labs.errors import LabsError
from metrics.clean import clean
from tui.i18n import language_of, locale_language, speak, t
from tui.library_words import in_words, located

LangOption = Annotated[str | None, typer.Option("--lang", help="en or zh; otherwise the locale.")]


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


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def choose_language(option: str | None) -> None:
    """Speak the language asked for, or the locale's."""
    speak((language_of(option) or "en") if option else locale_language())
