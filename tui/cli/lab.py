"""``finetutor lab``: everything the app does with labs and runs, for scripts and for terminals without the app."""

import asyncio
import importlib.util
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from labs.eject import FORMATS, Format, eject
from labs.errors import LabsError, RunError
from labs.events import Finished
from labs.handle import RunHandle
from labs.lab import find_lab, load_labs
from labs.launcher import Launcher
from labs.runs import Run, find_run, list_runs
from metrics.clean import clean
from tui.cli.lab_live import Live, follow
from tui.cli.lab_output import fail
from tui.cli.lab_submit import fields_of, not_allowed, submit_command
from tui.cli.lab_tables import compare, compare_lines, lab_lines, lab_page, plan_lines, run_lines, score_lines
from tui.cli.main import home_of
from tui.cli.output import Json, LangOption, choose_language, print_json
from tui.i18n import language, t

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or: last")]
Parallel = Annotated[bool, typer.Option("--parallel", help="Train although another run does.")]


@app.command("list")
def list_command(lang: LangOption = None, json: Json = False) -> None:
    """Show the catalogue."""
    choose_language(lang)
    try:
        labs = load_labs()
    except LabsError as error:
        raise fail(error) from error
    if json:
        print_json(
            [
                {"id": lab.id, "title": lab.title, "minutes": lab.minutes, "spec": lab.spec}
                for lab in labs.values()
            ]
        )
        return
    print("\n".join(lab_lines(labs.values(), language())))


@app.command("show")
def show_command(lab: str, lang: LangOption = None, json: Json = False) -> None:
    """Show one lab: its guide, what can be turned, its points."""
    choose_language(lang)
    try:
        found = find_lab(lab)
        if json:
            print_json(found)
            return
        print("\n".join(lab_page(found, language())))
        print("\n".join(plan_lines(found.run_spec())))
    except LabsError as error:
        raise fail(error) from error


@app.command("run")
def run_command(
    context: typer.Context,
    lab: str,
    variant: Annotated[str, typer.Option(help="One of the lab's named variants.")] = "",
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="e.g. --set r=8")
    ] = None,
    handout: Annotated[
        Path | None, typer.Option(help="What your instructor gave you: sets your seed and your rows.")
    ] = None,
    parallel: Parallel = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Run a lab: the plan, progress, then the table of before and after. Ctrl-C stops and keeps the adapter."""
    choose_language(lang)
    require_libraries()
    try:
        given = fields_of(handout, lab) if handout else {}
        spec = find_lab(lab).run_spec(variant, {**given, **dict(map(_assignment, change or []))})
        warned = not_allowed(handout, spec) if handout else []
    except LabsError as error:
        raise fail(error) from error
    live = Live()
    for line in warned:
        live.say(line)
    if not json:
        for line in plan_lines(spec):
            live.say(line)
        live.say(t("lab_cli.starting"))
    launcher = Launcher(home_of(context).runs)
    _finish(asyncio.run(_watch(launcher.start(spec, parallel=parallel), live, json)), json)


@app.command("resume")
def resume_command(
    context: typer.Context,
    run: RunId,
    inexact: Annotated[bool, typer.Option("--inexact", help="Go on without optimizer or RNG state.")] = False,
    parallel: Parallel = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Go on with a run that was stopped or interrupted, from its last whole checkpoint."""
    choose_language(lang)
    require_libraries()
    launcher, live = Launcher(home_of(context).runs), Live()
    starting = launcher.resume(run, allow_inexact=inexact, parallel=parallel)
    _finish(asyncio.run(_watch(starting, live, json)), json)


@app.command("stop")
def stop_command(
    context: typer.Context, run: RunId = "last", lang: LangOption = None, json: Json = False
) -> None:
    """Ask a running run to stop after its step; the adapter is kept."""
    from labs.launcher import stop_run

    choose_language(lang)
    found = _find(context, run)
    stopped = stop_run(found)
    if json:
        print_json({"run": found.id, "stopped": stopped})
    elif stopped:
        print(t("lab_cli.stopped_run", run=found.id))
    else:
        state = t(f"lab_cli.outcome_{found.status().state}")
        print(t("lab_cli.not_running", run=found.id, state=state), file=sys.stderr)
    if not stopped:
        raise typer.Exit(1)


@app.command("status")
def status_command(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A run's id, or: last")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Show where runs stand."""
    choose_language(lang)
    runs = [_find(context, run)] if run else list_runs(home_of(context).runs)
    if json:
        print_json([{"run": one.id, "folder": str(one.folder), "status": one.status()} for one in runs])
        return
    print("\n".join(run_lines(runs)) if runs else t("lab_cli.runs_none"))
    if run:
        for line in score_lines(runs[0]):
            print(line)


@app.command("compare")
def compare_command(
    context: typer.Context,
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two runs or more.")],
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Put runs side by side: settings that differ, losses, scores."""
    choose_language(lang)
    if len(runs) < 2:
        raise fail(
            LabsError("compare.one", "Compare takes two runs or more.", "`finetutor lab status` lists them.")
        )
    compared = compare([_find(context, run) for run in runs])
    if json:
        print_json(compared)
    else:
        print("\n".join(compare_lines(compared)))


app.command("submit")(submit_command)


@app.command("eject")
def eject_command(
    context: typer.Context,
    run: RunId = "last",
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("ejected"),
    kind: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}, or all.")] = "all",
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Write a run as a plain script that needs nothing of ours, and as settings for other trainers."""
    choose_language(lang)
    found = _find(context, run)
    kinds: tuple[Format, ...] = FORMATS if kind == "all" else tuple(one for one in FORMATS if one == kind)
    if not kinds:
        raise fail(
            LabsError("eject.format", f"No format {kind!r}.", f"There are {', '.join(FORMATS)} and all.")
        )
    try:
        written = eject(found, out, kinds)
    except LabsError as error:
        raise fail(error) from error
    if json:
        print_json({"run": found.id, "files": [str(path) for path in written]})
    else:
        print(t("lab_cli.ejected", paths=", ".join(str(path) for path in written)))


def require_libraries() -> None:
    """Leave with one line where the training libraries are not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("torch", "trl", "peft", "bitsandbytes")):
        print(t("lab_cli.missing_extra"), file=sys.stderr)
        raise typer.Exit(2)


async def _watch(starting: Awaitable[RunHandle], live: Live, as_json: bool) -> tuple[Run, Finished]:
    try:
        handle = await starting
    except LabsError as error:
        raise fail(error) from error
    return handle.run, await follow(handle, live, as_json=as_json)


def _finish(ended: tuple[Run, Finished], as_json: bool) -> None:
    run, finished = ended
    if as_json:
        result = {
            "type": "result",
            "run": run.id,
            "folder": str(run.folder),
            "finished": finished,
            "scores": run.scores(),
        }
        print_json(result)
    else:
        outcome = t(f"lab_cli.outcome_{finished.outcome}")
        print(t("lab_cli.result", run=run.id, outcome=outcome, seconds=finished.seconds))
        if finished.message:
            print(clean(f"{finished.message} {finished.hint}".strip()))
        for line in score_lines(run):
            print(line)
        print(t("lab_cli.folder", folder=run.folder), file=sys.stderr)
    if finished.outcome != "completed":
        raise typer.Exit(3 if finished.outcome == "cancelled" else 1)


def _find(context: typer.Context, run: str) -> Run:
    try:
        return find_run(home_of(context).runs, run)
    except RunError as error:
        raise fail(error) from error


def _assignment(text: str) -> tuple[str, Any]:
    """``r=8`` as a field and a value; JSON where it is JSON, else text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE", param_hint="--set")
    try:
        return name.strip(), msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name.strip(), value
