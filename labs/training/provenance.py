"""What a run was made of and what it made: digests, versions, seed, hardware."""

import hashlib
import importlib.metadata
import platform
from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.doctor import LIBRARIES
from labs.runs import Run, write_atomically
from labs.spec import RunSpec
from labs.training.hardware import Hardware


class RunManifest(msgspec.Struct, frozen=True, kw_only=True):
    """``manifest.json`` of a run."""

    format_version: Literal[1] = 1
    run_id: str
    files: dict[str, str]
    """SHA-256 by path within the run folder."""
    data: dict[str, str]
    """SHA-256 of the rows' files, by part."""
    base_model: dict[str, str]
    """SHA-256 of the base model's files."""
    versions: dict[str, str]
    seed: int
    hardware: dict[str, Any]


def versions() -> dict[str, str]:
    """Of Python and of what computes."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def write_manifest(run: Run, spec: RunSpec, data: dict[str, str], base: Path, hardware: Hardware) -> None:
    """Write ``manifest.json`` over everything in the run folder that no longer changes."""
    names = ["spec.json", "answers.json", "predictions.jsonl", "scores.json"]
    files = [run.folder / name for name in names]
    files += sorted(path for path in run.adapter.rglob("*") if path.is_file())
    models = [path for path in sorted(base.iterdir()) if path.suffix in (".json", ".safetensors", ".jinja")]
    manifest = RunManifest(
        run_id=run.id,
        files={str(path.relative_to(run.folder)): _digest(path) for path in files if path.is_file()},
        data=data,
        base_model={path.name: _digest(path) for path in models},
        versions=versions(),
        seed=spec.seed,
        hardware=msgspec.to_builtins(hardware),
    )
    write_atomically(run.folder / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
