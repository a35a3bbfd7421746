"""``finetutor doctor``: what this machine can do, and what to install."""

from typing import Annotated

import typer

from labs.doctor import examine
from tui.cli.columns import cell
from tui.cli.main import home_of
from tui.cli.output import LangOption, choose_language, print_json
from tui.i18n import t, t_or
from tui.library_words import in_words


def command(
    context: typer.Context,
    lang: LangOption = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Look at Python, libraries, cores, memory, disk, GPU and the bundled model; exit 1 where labs cannot run."""
    findings = examine(home_of(context).root)
    if json:
        print_json(findings)
    else:
        choose_language(lang)
        for one in findings:
            name = one.code.removeprefix("doctor.")
            name = t_or(f"lab_cli.doctor_{name}", name)
            state = t(f"lab_cli.doctor_{one.state}")
            print((cell(state, 10) + cell(name, 16) + cell(one.found, 30) + in_words(one.hint)).rstrip())
    if any(one.state == "missing" for one in findings):
        raise typer.Exit(1)
