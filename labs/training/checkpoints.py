"""Checkpoints that survive a kill at any moment: staged, hashed, fsynced, renamed; resumed only if whole."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from labs.errors import RunError
from labs.runs import sync_folder, write_atomically

MANIFEST = "manifest.json"
STATE_FILES = ("optimizer.pt", "scheduler.pt", "rng_state.pth")
"""Without these a run can go on, but not as if it had never stopped."""
KEPT = 2


class FileEntry(msgspec.Struct, frozen=True):
    """One file as it was written."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a complete checkpoint holds."""

    format_version: Literal[1] = 1
    step: int
    files: dict[str, FileEntry]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint to resume from."""

    folder: Path
    step: int
    missing_state: tuple[str, ...] = ()
    """State files that are missing or damaged; empty where the resumption is exact."""
    rejected: tuple[str, ...] = ()
    """Newer checkpoints that were passed over, each with its reason."""


def write_checkpoint(checkpoints: Path, step: int, write: Callable[[Path], None]) -> Path:
    """Have ``write`` fill a staging folder, then make it the checkpoint of ``step`` in one rename.

    The two newest are kept. A crash at any point leaves the older ones as they were.

    Raises:
        OSError: no space. The staging folder is removed.
    """
    final = checkpoints / f"step-{step:06d}"
    staging = checkpoints / f".staged-{step:06d}"
    checkpoints.mkdir(exist_ok=True)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        write(staging)
        files = sorted(path for path in staging.rglob("*") if path.is_file())
        entries = {str(path.relative_to(staging)): _entry(path) for path in files}
        manifest = Manifest(step=step, files=entries)
        write_atomically(staging / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        for path in files:
            sync_folder(path)
        sync_folder(staging)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    if final.exists():
        shutil.rmtree(final)
    staging.rename(final)
    sync_folder(checkpoints)
    for old in sorted(checkpoints.glob("step-*"))[:-KEPT]:
        shutil.rmtree(old)
    for leftover in checkpoints.glob(".staged-*"):
        shutil.rmtree(leftover)
    return final


def find_checkpoint(checkpoints: Path, *, allow_inexact: bool = False) -> Found | None:
    """The newest checkpoint that resumes exactly; with ``allow_inexact`` the newest whose weights are whole.

    None: there is no checkpoint at all, or none whose weights are whole.

    Raises:
        RunError: ``resume.inexact``: whole weights, but no checkpoint with optimizer and RNG state.
    """
    rejected: list[str] = []
    inexact: Found | None = None
    for folder in sorted(checkpoints.glob("step-*"), reverse=True):
        try:
            manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError) as error:
            rejected.append(f"{folder.name}: no valid manifest ({type(error).__name__})")
            continue
        damaged = [name for name, entry in manifest.files.items() if not _is_whole(folder / name, entry)]
        lost = sorted({*damaged, *(name for name in STATE_FILES if name not in manifest.files)})
        if not lost:
            return Found(folder=folder, step=manifest.step, rejected=tuple(rejected))
        rejected.append(f"{folder.name}: missing or damaged: {', '.join(lost)}")
        if set(lost) <= set(STATE_FILES) and inexact is None:
            inexact = Found(
                folder=folder, step=manifest.step, missing_state=tuple(lost), rejected=tuple(rejected[:-1])
            )
    if inexact is not None and not allow_inexact:
        raise RunError(
            "resume.inexact",
            f"{inexact.folder.name} has its weights, but {', '.join(inexact.missing_state)} is missing or damaged.",
            "The resumed run would differ from an uninterrupted one; `--inexact` goes on all the same.",
        )
    if inexact is None and rejected:
        return Found(folder=Path(), step=0, rejected=tuple(rejected))
    return inexact


def whole_files_only(found: Found, into: Path) -> Path:
    """A folder with the whole files of a checkpoint alone, so that no loader meets a damaged one."""
    if not found.missing_state:
        return found.folder
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for path in found.folder.iterdir():
        if path.name not in found.missing_state:
            (into / path.name).symlink_to(path)
    return into


def replace_folder(final: Path, write: Callable[[Path], None]) -> None:
    """Have ``write`` fill a staging folder, then put it in the place of ``final``."""
    staging, old = final.with_name(f".{final.name}.staged"), final.with_name(f".{final.name}.old")
    for leftover in (staging, old):
        shutil.rmtree(leftover, ignore_errors=True)
    staging.mkdir()
    try:
        write(staging)
        for path in staging.rglob("*"):
            sync_folder(path)
        sync_folder(staging)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    if final.exists():
        final.rename(old)
    staging.rename(final)
    sync_folder(final.parent)
    shutil.rmtree(old, ignore_errors=True)


def mib_of(folder: Path) -> float:
    """Size of a folder's files in MiB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def refuse_without_space(folder: Path, need_mib: float) -> None:
    """Raise before anything is written where the disk is too full.

    Raises:
        RunError: ``disk_full``.
    """
    free = shutil.disk_usage(folder).free / 2**20
    if free < need_mib:
        raise RunError(
            "disk_full",
            f"stopped: disk: {free:,.0f} MiB free under {folder}, {need_mib:,.0f} MiB needed.",
            "Free some space, or choose another folder with --home.",
        )


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        return FileEntry(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _is_whole(path: Path, entry: FileEntry) -> bool:
    return path.is_file() and path.stat().st_size == entry.bytes and _entry(path) == entry
