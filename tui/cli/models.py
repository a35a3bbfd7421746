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
from tui.cli.lab_live import cell
from tui.cli.output import print_json

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]

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
def list_command(json: Json = False) -> None:
    """Show base models: parameters, licence, memory that training takes, and whether they are on this machine."""
    models = [described(model.name, model) for model in known_models()]
    if json:
        print_json(models)
        return
    print(
        cell("model", 36)
        + cell("parameters", 15)
        + cell("QLoRA / LoRA / full, GiB", 28)
        + cell("here", 6)
        + "licence"
    )
    for model in models:
        needs = " / ".join(f"{value:.1f}" for value in model["memory_gib"].values())
        licence = model["licence"] + (" (gated)" if model["gated"] else "")
        here = "yes" if model["available"] else "no"
        print(
            cell(model["name"], 36)
            + cell(f"{model['parameters']:,}", 15)
            + cell(needs, 28)
            + cell(here, 6)
            + licence
        )


@app.command("info")
def info_command(
    model: Annotated[str, typer.Argument(help="A name of the list, a hub id or a folder.")],
    json: Json = False,
) -> None:
    """Show one model: its shape, its matrices, and what LoRA adds to it."""
    try:
        shape = shape_of(model)
        known = next((one for one in known_models() if model.lower() in one.name.lower()), None)
        found = described(model, known) | {"shape": msgspec.to_builtins(shape)}
    except ModelError as error:
        raise _fail(error) from error
    if json:
        print_json(found)
        return
    for name, value in found.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key}={number}" for key, number in value.items())
        print(cell(name, 14) + clean(str(value), one_line=True))
    print(cell("LoRA r=16", 14) + f"{shape.lora_parameters(16):,} parameters on all linear layers")


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
