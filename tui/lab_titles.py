"""What a lab and a run of it are called in the language of now, wherever one of them is named."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tui.i18n import language

if TYPE_CHECKING:
    from labs.run_labels import RunLabel
    from labs.runs import Run
    from labs.spec import RunSpec
    from labs.text import Text


def lab_title(lab: str, catalog: Path | None = None) -> str:
    """The lab's title, cleaned; its id where it cannot be read, as for a run of a lab that this machine lacks."""
    from labs.lab import CATALOG
    from metrics.clean import clean

    title = _title((catalog or CATALOG) / Path(lab).name)
    return clean(title.within(language()) if title is not None else lab, one_line=True)


def run_title(run: "Run", spec: "RunSpec | None", label: "RunLabel", catalog: Path | None = None) -> str:
    """The name it was given, else its lab's title, its task or its id; cleaned. Without a spec: one that cannot be read."""
    from metrics.clean import clean

    if spec is not None and spec.lab and not label.name:
        return lab_title(spec.lab, catalog)
    return clean(label.name or (spec.task if spec is not None else "") or run.id, one_line=True)


def run_when(run: "Run") -> str:
    """``11-22 04:21``: when it was started, by this machine's clock; an id holds the time in UTC."""
    try:
        started = datetime.strptime(run.id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return run.id[:11]
    return started.astimezone().strftime("%m-%d %H:%M")


@lru_cache(maxsize=256)
def _title(folder: Path) -> "Text | None":
    """Read once: lists name the same labs at every drawing."""
    from labs.errors import LabsError
    from labs.lab import load_lab

    try:
        return load_lab(folder).title
    except LabsError:
        return None
