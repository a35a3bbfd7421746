"""The figures beside the form: what this configuration trains, how long, and whether it fits this machine."""

import subprocess
from pathlib import Path

import msgspec
from textual.content import Content

from labs.errors import LabsError
from labs.estimate import Estimate, estimate
from labs.models import is_available
from labs.row_lengths import RowLengths, row_lengths
from labs.shape import ModelShape
from labs.spec import RunSpec
from tui.i18n import t
from tui.screens.lab_text import cell, mib, number

PARTS = ("weights", "adapter", "gradients", "optimizer", "activations", "logits", "runtime")
"""Of the memory a run needs, in the order they are shown."""


class Machine(msgspec.Struct, frozen=True):
    """What this machine can give a run."""

    available_mib: float
    device: str
    """``cpu``, or the card's name."""

    @property
    def cuda(self) -> bool:
        """Whether a run would train on a card."""
        return self.device != "cpu"


def this_machine() -> Machine:
    """Ask the driver for a card, else the kernel for free memory; takes up to a second, so call it off the loop."""
    try:
        answer = subprocess.run(
            ["nvidia-smi", "--query-gpu=memory.free,name", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=2, check=True,
        ).stdout.splitlines()  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        answer = []
    if answer and "," in answer[0]:
        free, _, name = answer[0].partition(",")
        return Machine(float(free), name.strip())
    return Machine(_free_memory_mib(), "cpu")


def _free_memory_mib() -> float:
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 1024
    import os

    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20


def figures_of(spec: RunSpec, shape: ModelShape, lengths: RowLengths, machine: Machine) -> Estimate:
    """The estimate for one configuration."""
    return estimate(spec, shape, lengths.rows, lengths.mean_tokens, cuda=machine.cuda)


def lengths_of(spec: RunSpec) -> RowLengths | LabsError:
    """Rows and their lengths, or why they are not known."""
    try:
        return row_lengths(spec)
    except LabsError as error:
        return error


def figure_lines(
    spec: RunSpec, figures: Estimate, lengths: RowLengths, machine: Machine, width: int
) -> list[Content]:
    """The column, top to bottom, ``width`` cells wide."""
    rows = [
        _row("trainable", number(figures.trainable_parameters), width),
        _row("share", t("app.percent", n=f"{100 * figures.trainable_share:.2f}"), width),
        _row("effective_batch", number(figures.effective_batch), width),
        _row("steps_per_epoch", number(figures.steps_per_epoch), width),
        _row("total_steps", number(figures.total_steps), width),
        _row("warmup", number(figures.warmup_steps), width),
        _row(
            "tokens_per_step", ("" if lengths.exact else "≈") + number(round(figures.tokens_per_step)), width
        ),
        Content(""),
        Content.styled(t("configure.memory"), "$muted"),
    ]
    for part in PARTS:
        value = float(getattr(figures, f"{part}_mib"))
        if value >= 0.05:
            rows.append(_row(part, number(round(value, 1) if value < 10 else round(value)), width, "$muted"))
    rows.append(_row("sum", mib(figures.memory_mib), width))
    free = mib(machine.available_mib)
    if figures.fits(machine.available_mib):
        rows.append(Content.styled("✓ " + t("configure.fits", free=free), "$success"))
    else:
        rows.append(Content.styled("✗ " + t("configure.fits_not", free=free), "$error"))
    if not is_available(spec.base_model):
        rows.append(Content.styled("! " + t("configure.not_here"), "$warning"))
    return rows


def _row(name: str, value: str, width: int, style: str = "") -> Content:
    label = t(f"configure.{name}")
    row = Content.assemble(cell(label, width - len(value) - 1), " ", value)
    return row.stylize_before(style) if style else row
