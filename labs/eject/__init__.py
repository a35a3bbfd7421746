"""Take a run away: as a plain TRL/PEFT script, as LLaMA-Factory YAML, as a Bailian (DashScope) request."""

from pathlib import Path
from typing import Literal, cast, get_args

from labs.eject.bailian import write_bailian
from labs.eject.llama_factory import write_llama_factory
from labs.eject.trl import write_trl
from labs.errors import LabsError
from labs.rows import read_rows_of
from labs.runs import Run

Format = Literal["trl", "llama-factory", "bailian"]
FORMATS = cast(tuple[Format, ...], get_args(Format))


def eject(run: Run, out: Path, formats: tuple[Format, ...] = FORMATS) -> list[Path]:
    """Write a run's settings and data into ``out`` for the named formats.

    Returns:
        The files written, the most useful first.

    Raises:
        LabsError: ``eject.exists``: ``out`` holds something already; or the run's data is gone.
    """
    if out.exists() and any(out.iterdir()):
        raise LabsError("eject.exists", f"{out} is not empty.", "Choose another folder with --out.")
    spec = run.spec
    rows = read_rows_of(spec)
    try:
        out.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        if "trl" in formats:
            written += write_trl(run.id, spec, rows, out)
        if "llama-factory" in formats:
            written += write_llama_factory(spec, rows, out)
        if "bailian" in formats:
            written += write_bailian(spec, rows, out)
    except OSError as error:
        raise LabsError(
            "eject.disk", f"Cannot write {out}: {error.strerror}.", "Choose another folder."
        ) from error
    return written
