"""What this machine can do for labs, and what to install, found out without importing the training libraries."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import msgspec

from labs.models import POCKET, is_available

State = Literal["ok", "missing", "limited"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at."""

    code: str
    """Stable, e.g. ``doctor.torch``."""
    state: State
    found: str
    """A version, an amount, or what is there instead."""
    hint: str = ""
    """What to do where it is not ok, in English."""


LIBRARIES = (
    "torch",
    "transformers",
    "peft",
    "trl",
    "bitsandbytes",
    "accelerate",
    "datasets",
    "sacrebleu",
    "rouge_score",
)
"""What a run computes with."""
_PYTHON = ((3, 11), (3, 14))


def examine(home: Path) -> list[Finding]:
    """Look at Python, libraries, cores, memory, disk, GPU and the bundled model.

    Args:
        home: where runs are kept; its disk counts. It need not exist.
    """
    findings = [_python()]
    findings += [_library(name) for name in LIBRARIES]
    findings += [_cores(), _memory(), _disk(home), _gpu(), _pocket()]
    return findings


def _python() -> Finding:
    low, high = _PYTHON
    right = low <= sys.version_info[:2] < high
    hint = "" if right else "Python 3.11, 3.12 or 3.13 is needed."
    return Finding(
        code="doctor.python", state="ok" if right else "limited", found=platform.python_version(), hint=hint
    )


def _library(name: str) -> Finding:
    code = f"doctor.{name}"
    if importlib.util.find_spec(name) is None:
        return Finding(code=code, state="missing", found="", hint="pip install 'finetutor[labs]'")
    try:
        return Finding(code=code, state="ok", found=importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            code=code, state="limited", found="", hint=f"{name} is there, but not as an installed package."
        )


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    flags = Path("/proc/cpuinfo")
    known = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")
    features = ""
    if flags.exists():
        line = next(
            (one for one in flags.read_text(errors="replace").splitlines() if one.startswith("flags")), ""
        )
        features = ", ".join(name for name in known if name in line.split())
    hint = "" if cores >= 2 else "Labs are timed for two cores; expect twice as long."
    state: State = "ok" if cores >= 2 else "limited"
    return Finding(
        code="doctor.cores", state=state, found=f"{cores}" + (f" ({features})" if features else ""), hint=hint
    )


def _memory() -> Finding:
    info = Path("/proc/meminfo")
    if info.exists():
        fields = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        available = int(fields.get("MemAvailable", fields["MemTotal"]).split()[0]) / 2**20
    else:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    enough = available >= 2
    hint = "" if enough else "A lab on the bundled model takes about 1 GiB: close something."
    return Finding(
        code="doctor.memory", state="ok" if enough else "limited", found=f"{available:.1f} GiB", hint=hint
    )


def _disk(home: Path) -> Finding:
    folder = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 2**30
    enough = free >= 1
    hint = "" if enough else f"Free some space under {folder}, or use --home."
    return Finding(
        code="doctor.disk", state="ok" if enough else "limited", found=f"{free:.1f} GiB", hint=hint
    )


def _gpu() -> Finding:
    hint = "Labs run on the CPU with the bundled model; larger models want a CUDA card."
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding(code="doctor.gpu", state="limited", found="", hint=hint)
    query = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return Finding(code="doctor.gpu", state="limited", found="", hint=hint)
    if "+cpu" in _version("torch"):
        hint = "There is a card, but torch is the CPU build: install torch for CUDA (pytorch.org)."
        return Finding(code="doctor.gpu", state="limited", found=told, hint=hint)
    return Finding(code="doctor.gpu", state="ok", found=told)


def _pocket() -> Finding:
    there = is_available(POCKET)
    hint = "" if there else "The bundled model is missing: reinstall finetutor."
    return Finding(
        code="doctor.pocket", state="ok" if there else "missing", found="pocket" if there else "", hint=hint
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
