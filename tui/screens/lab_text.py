"""Texts of the lab pages: columns in cells, numbers as people read them, errors in the language of now."""

import math
import re
from collections.abc import Iterable, Mapping

from textual.content import Content

from labs.errors import LabsError, SpecError
from labs.metric_names import metric_text
from labs.text import Text
from metrics.clean import clean
from metrics.score import Score
from tui.i18n import language, t, t_or
from tui.library_words import in_words


def spoken(text: Text) -> str:
    """A lab's text in the language of now, cleaned."""
    return clean(text.within(language()))


def one_line(text: str) -> str:
    """Foreign text for a cell."""
    return clean(text, one_line=True)


def cell(text: Content | str, width: int, *, right: bool = False) -> Content:
    """``text`` in exactly ``width`` cells, cut with an ellipsis where it is longer."""
    content = Content(text) if isinstance(text, str) else text
    if content.cell_length > width:
        content = content.truncate(width, ellipsis=True)
    gap = " " * (width - content.cell_length)
    return Content.assemble(gap, content) if right else Content.assemble(content, gap)


def lines(contents: Iterable[Content | str]) -> Content:
    """Lines as one content."""
    return Content("\n").join(Content(line) if isinstance(line, str) else line for line in contents)


def number(value: float | None, digits: int = 4) -> str:
    """``245,760``, ``1.61e-03``, ``0.42``; a dash where there is none or it is not finite."""
    if value is None or not math.isfinite(value):
        return "–"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if 0 < abs(value) < 1e-2:
        return f"{value:.2e}".replace("e-0", "e-")
    return f"{value:.{digits}g}"


def scored(score: Score, value: float | None = None) -> str:
    """A score, or a bound of its interval, with the digits its scale deserves."""
    shown = score.value if value is None else value
    return f"{shown:.2f}" if score.scale in ("0-1", "ratio") or score.value < 10 else f"{shown:.1f}"


def mib(value: float) -> str:
    """``612 MiB``, ``5.2 GiB``."""
    return f"{value / 1024:.1f} GiB" if value >= 10_240 else f"{value:,.0f} MiB"


_OUTSIDE = re.compile(r"(?P<value>\S+) is outside (?P<low>[\d.e+-]+?)\.\.(?P<high>[\d.e+]+)")


def told(error: LabsError) -> str:
    """An error in the language of now: by its code where the catalogue has it, else as the library says it."""
    said = clean(in_words(error.message) + (f" {in_words(error.hint)}" if error.hint else ""), one_line=True)
    code = "run.error_" + error.code.replace(".", "_").replace("-", "_")
    if isinstance(error, SpecError):
        if (outside := _OUTSIDE.search(error.message)) is not None:
            return t("run.error_outside", **outside.groupdict())
        return t_or(f"{code}_{error.field}", t_or(code, said))
    return t_or(code, said)


def table(
    rows: Iterable[Iterable[Content | str]], widths: Mapping[int, int], right: frozenset[int]
) -> list[Content]:
    """Rows in columns of the given widths, two spaces between them; ``right`` names right-aligned columns."""
    return [
        Content("  ").join(cell(part, widths[at], right=at in right) for at, part in enumerate(row))
        for row in rows
    ]


def metric_name(name: str) -> str:
    """A metric as one writes it in the language of now."""
    return one_line(spoken(metric_text(name)))
