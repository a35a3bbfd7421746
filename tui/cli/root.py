"""The root command. A group is imported when it is named, so ``finetutor quiz next`` never pays for labs."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tui import __version__
from tui.home import find_home
from tui.i18n import language_of

# A module in tui.cli holds either ``app`` (a group of commands) or ``command`` (one function).
_COMMANDS = {
    "quiz": "Cards, exams, statistics, lint, import and export.",
    "lab": "Run labs, look at runs, eject them to plain scripts.",
    "data": "Check, convert, split and look at training data.",
    "score": "Score predictions against references.",
    "assignment": "Make and check assignment files.",
    "grade": "Grade a folder of submissions.",
    "models": "Base models: list, details, download.",
    "doctor": "What this machine can do, and what to install.",
    "web": "The app in a browser, on this machine only.",
}


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"finetutor {__version__}")
        raise typer.Exit


def build_command(argv: Sequence[str]) -> typer.Typer:
    """Build the root command with the one group that ``argv`` names imported, the others as titles."""
    root = typer.Typer(
        name="finetutor",
        help="Study LLM fine-tuning: cards, exams, real QLoRA labs, metrics and grading. Without a command: the app.",
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
    )

    @root.callback(invoke_without_command=True)
    def start(
        context: typer.Context,
        home: Annotated[Path | None, typer.Option(help="Where progress, settings and runs are kept.")] = None,
        lang: Annotated[
            str | None, typer.Option(help="en or zh; otherwise the settings, then the locale.")
        ] = None,
        version: Annotated[
            bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
        ] = False,
    ) -> None:
        if lang is not None and language_of(lang) is None:
            raise typer.BadParameter(f"{lang!r} is not spoken here: en or zh.", param_hint="--lang")
        context.obj = find_home(home)
        if lang is not None:
            context.default_map = _for_every_command(context.command, {"lang": lang})
        if context.invoked_subcommand is None:
            from tui.start import run_app

            raise typer.Exit(run_app(context.obj, lang))

    named = next((word for word in argv if word in _COMMANDS), None)
    for name, help_text in _COMMANDS.items():
        if name != named:
            root.command(name, help=help_text)(_not_loaded)
            continue
        module = importlib.import_module(f"tui.cli.{name}")
        if hasattr(module, "app"):
            root.add_typer(module.app, name=name, help=help_text)
        else:
            root.command(name, help=help_text)(module.command)
    return root


def _for_every_command(group: Any, defaults: dict[str, str]) -> dict[str, Any]:
    """``defaults`` as click's map of defaults for all commands below ``group``: ``--lang`` holds before and after a name."""
    return {
        name: _for_every_command(command, defaults) if hasattr(command, "commands") else defaults
        for name, command in group.commands.items()
    }


def _not_loaded() -> None:
    """Stands for a group in the help text; the group that is named is always loaded in its place."""
    raise AssertionError("a named command is loaded before it is dispatched")
