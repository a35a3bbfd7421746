"""The rows of the runs page: what each run was, how it stands, what it reached; read off the folders, remembered."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from textual.content import Content

from labs.errors import LabsError
from labs.run_labels import RunLabel, read_label
from labs.runs import Run, RunStatus, Scores, list_runs
from labs.spec import RunSpec
from metrics.clean import clean
from tui.i18n import t
from tui.lab_titles import run_title, run_when
from tui.screens.lab_text import cell, metric_name, scored
from tui.screens.run_view import RunView

HEADLINES = ("exact_match", "execution_accuracy", "json_f1", "accuracy", "bleu", "rougeL", "perplexity")
"""The first of these that a run has stands in its row."""
FILTERS = ("all", "completed", "unfinished", "starred", "waiting")


class RunRow(msgspec.Struct, frozen=True):
    """One run as the list shows it."""

    run: Run
    spec: RunSpec
    status: RunStatus
    scores: Scores
    label: RunLabel
    catalog: Path | None = None
    """Where its lab is looked up; None for the labs that come with the program."""

    @property
    def title(self) -> str:
        """Its name, else its lab or task."""
        return run_title(self.run, self.spec, self.label, self.catalog)

    @property
    def when(self) -> str:
        """``11-22 04:21`` of the start, by this machine's clock."""
        return run_when(self.run)

    def matches(self, wanted: str, words: str) -> bool:
        """Whether a filter and a text let it through."""
        state = self.status.state
        by_state = {
            "all": True,
            "completed": state == "completed",
            "unfinished": state in ("interrupted", "cancelled", "failed", "diverged"),
            "starred": self.label.starred,
            "waiting": state in ("queued", "running"),
        }[wanted]
        text = (
            f"{self.run.id} {self.title} {self.label.note} {self.spec.method} {self.spec.base_model} {state}"
        )
        return by_state and words.casefold() in clean(text).casefold()


class RunShelf:
    """Reads run folders, each again only when its files have changed."""

    def __init__(self, runs_dir: Path, catalog: Path | None = None) -> None:
        self._runs_dir = runs_dir
        self._catalog = catalog
        self._known: dict[str, tuple[tuple[int, ...], RunRow]] = {}

    def read(self) -> list[RunRow]:
        """All runs that can be read, newest first."""
        rows = []
        for run in list_runs(self._runs_dir):
            stamp = tuple(
                _changed(run.folder / name) for name in ("events.jsonl", "scores.json", "label.json")
            )
            known = self._known.get(run.id)
            if known is None or known[0] != stamp or known[1].status.state == "running":
                try:
                    label = read_label(run)
                    row = RunRow(run, run.spec, run.status(), run.scores(), label, self._catalog)
                except (LabsError, msgspec.DecodeError, OSError):
                    continue
                known = self._known[run.id] = (stamp, row)
            rows.append(known[1])
        return rows


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def run_line(
    row: RunRow, marked: bool, live: RunView | None, width: int, place: Callable[[Run], int]
) -> Content:
    """One line of the list. ``place`` gives a waiting run's place in the queue, from 1."""
    mark = Content.styled("●", "bold $accent") if marked else Content(" ")
    star = Content.styled("★", "$accent") if row.label.starred else Content(" ")
    settings = cell(Content.styled(settings_of(row.spec), "$muted"), 24) if width >= 90 else Content("")
    return Content.assemble(
        mark, star, " ", cell(row.when, 12), cell(row.title, title_room(width)), " ", settings,
        cell(_state(row, live, place), 18), cell(_headline(row), 18, right=True),
    )  # fmt: skip


def title_room(width: int) -> int:
    """Cells that a line of ``width`` has for the title."""
    return width - 52 - (24 if width >= 90 else 0)


def settings_of(spec: RunSpec) -> str:
    """``qlora r16 lr 2e-4``: what one tells runs apart by."""
    rank = "" if spec.method == "full" else f" r{spec.r}"
    return f"{spec.method}{rank} lr {spec.learning_rate:g}".replace("e-0", "e-")


def _state(row: RunRow, live: RunView | None, place: Callable[[Run], int]) -> Content:
    if live is not None and not live.is_over:
        return Content.styled(f"▸ {live.step}/{live.total_steps or '…'}", "bold $accent")
    state = row.status.state
    if state == "queued":
        return Content.styled(t("runs.place", n=place(row.run)), "$muted")
    sign, style = {
        "completed": ("✓", "$success"),
        "cancelled": ("■", "$warning"),
        "running": ("▸", "$accent"),
    }.get(state, ("✗", "$error"))
    step = "" if state == "completed" else f" {row.status.step}/{row.status.total_steps}"
    return Content.assemble((f"{sign} ", style), t(f"runs.{state}"), (step, "$muted"))


def _headline(row: RunRow) -> Content:
    scores = row.scores.tuned
    name = next((name for name in HEADLINES if name in scores), None)
    if name is None:
        return Content("")
    return Content.assemble((metric_name(name), "$muted"), " ", (scored(scores[name]), "bold"))
