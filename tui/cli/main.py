"""Entry point of ``finetutor``. The app itself starts without typer, whose import takes as long as a blank Textual app's."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.home import Home, find_home
from tui.i18n import language_of

if TYPE_CHECKING:
    import typer

_OPTIONS = ("--home", "--lang")


def app_options(argv: Sequence[str]) -> dict[str, str] | None:
    """The options, if ``argv`` asks for the app and for nothing else; None where the root command must look at it."""
    found: dict[str, str] = {}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name not in _OPTIONS:
            return None
        if not equals:
            value = next(words, "")
        if not value or value.startswith("-") or (name == "--lang" and language_of(value) is None):
            return None
        found[name] = value
    return found


def build_command(argv: Sequence[str]) -> "typer.Typer":
    """The root command with the group that ``argv`` names: see ``tui.cli.root``."""
    from tui.cli import root

    return root.build_command(argv)


def home_of(context: "typer.Context") -> Home:
    """The home folder that the root command resolved."""
    home = context.obj
    assert isinstance(home, Home)
    return home


def main() -> None:
    """Start the app, or run the command that was named."""
    argv = sys.argv[1:]
    options = app_options(argv)
    if options is None:
        build_command(argv)()
        return
    from tui.start import run_app

    home = Path(options["--home"]) if "--home" in options else None
    raise SystemExit(run_app(find_home(home), options.get("--lang")))
