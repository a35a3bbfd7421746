"""``finetutor models``: base models, what they need, and the one command that downloads."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from labs.errors import LabsError, ModelError
from labs.estimate import estimate
from labs.models import KnownModel, is_available, known_models, local_folder, shape_of
from labs.pull import pull
from labs.spec import RunSpec
from metrics.clean import clean
from tui.cli.columns import table
from tui.cli.output import Json, LangOption, choose_language, print_json
from tui.i18n import t

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

# The run whose needs are shown: batch 1 of 512 tokens, r=16 on every linear layer, checkpointed, in 16 bits.
_ASSUMED: dict[str, Any] = {
    "task": "x",
    "per_device_train_batch_size": 1,
    "gradient_checkpointing": True,
    "compute_dtype": "bfloat16",
}


def memory_gib(name: str) -> dict[str, float]:
    """GiB that training takes by method, estimated for a batch of one row of 512 tokens in bfloat16."""
    shape = shape_of(name)
    needs = {}
    for method in ("qlora", "lora", "full"):
        spec = RunSpec(base_model=name, method=method, **_ASSUMED)
        needs[method] = round(
            estimate(spec, shape, rows=1000, mean_tokens=512, cuda=True).memory_mib / 1024, 2
        )
    return needs


def described(name: str, known: KnownModel | None) -> dict[str, Any]:
    """Everything that is said about a model."""
    folder = local_folder(name)
    return {
        "name": name,
        "parameters": shape_of(name).parameters,
        "licence": known.licence if known else "",
        "gated": known.gated if known else False,
        "available": is_available(name),
        "folder": str(folder) if folder else "",
        "memory_gib": memory_gib(name),
    }


@app.command("list")
def list_command(lang: LangOption = None, json: Json = False) -> None:
    """Show base models: parameters, licence, memory that training takes, and whether they are on this machine."""
    choose_language(lang)
    models = [described(model.name, model) for model in known_models()]
    if json:
        print_json(models)
        return
    rows = [[t(f"models.{name}") for name in ("name", "parameters", "needs", "available", "licence")]]
    for model in models:
        needs = " / ".join(f"{value:.1f}" for value in model["memory_gib"].values())
        licence = model["licence"] + (t("models.must_ask") if model["gated"] else "")
        here = t("models.yes" if model["available"] else "models.no")
        rows.append([model["name"], f"{model['parameters']:,}", needs, here, licence])
    for line in table(rows, left=len(rows[0])):
        print(line)


@app.command("info")
def info_command(
    model: Annotated[str, typer.Argument(help="A name of the list, a hub id or a folder.")],
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Show one model: its shape, its matrices, and what LoRA adds to it."""
    choose_language(lang)
    try:
        shape = shape_of(model)
        known = next((one for one in known_models() if model.lower() in one.name.lower()), None)
        found = described(model, known) | {"shape": msgspec.to_builtins(shape)}
    except ModelError as error:
        raise _fail(error) from error
    if json:
        print_json(found)
        return
    rows = []
    for name, value in found.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key}={number}" for key, number in value.items())
        elif isinstance(value, bool):
            value = t("models.yes" if value else "models.no")
        rows.append([t(f"models.{name}"), clean(str(value), one_line=True)])
    rows.append(["LoRA r=16", t("models.lora", parameters=f"{shape.lora_parameters(16):,}")])
    for line in table(rows, left=2):
        print(line)


@app.command("pull")
def pull_command(
    model: Annotated[str, typer.Argument(help="A name of the list, or a hub id.")],
    endpoint: Annotated[str, typer.Option(help="A mirror's address.")] = "",
    json: Json = False,
) -> None:
    """Download a model into the hub's cache; everything else works without a network."""

    def say(text: str) -> None:
        print(clean(text), file=sys.stderr)

    try:
        folder: Path = pull(model, endpoint, say)
    except LabsError as error:
        raise _fail(error) from error
    if json:
        print_json({"model": model, "folder": str(folder)})
    else:
        print(folder)


def _fail(error: LabsError) -> typer.Exit:
    print(clean(f"{error} [{error.code}]"), file=sys.stderr)
    return typer.Exit(2)
