"""The table of a class: what a row says, what it is sorted by, what a filter lets through."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from labs.grading.copies import CopyReport
from labs.grading.grade import Grade
from tui.i18n import t
from tui.screens.grade_session import key_of
from tui.screens.lab_text import cell, number, one_line

SORTS = ("student", "total_down", "total_up", "received", "trouble")
FILTERS = ("all", "waiting", "trouble", "late", "refused", "missing", "others")
_SIGNS = {
    "graded": ("✓", "$success"),
    "waiting": ("▸", "bold $accent"),
    "refused": ("✗", "$error"),
    "missing": ("·", "$quiet"),
}


def copied_by(copies: CopyReport | None) -> Mapping[str, int]:
    """How many pairs name a submission, by digest."""
    counts: dict[str, int] = {}
    for pair in copies.pairs if copies is not None else ():
        for side in (pair.first, pair.second):
            counts[side.digest] = counts.get(side.digest, 0) + 1
    return counts


def troubles(grade: Grade) -> int:
    """How many findings say that something is not so, or should be looked at."""
    return sum(finding.severity in ("wrong", "warning") for finding in grade.findings)


def shown(
    grades: Sequence[Grade], sort: str, wanted: str, words: str, copies: Mapping[str, int]
) -> list[Grade]:
    """The rows of a sort, a filter and words to find."""
    found = [grade for grade in grades if _passes(grade, wanted, copies) and _has(grade, words)]

    def key(grade: Grade) -> tuple[Any, ...]:
        trouble = troubles(grade) + copies.get(grade.digest, 0)
        first: dict[str, Any] = {
            "student": 0,
            "total_down": -grade.total,
            "total_up": grade.total,
            "received": grade.received.timestamp() if grade.received else 0.0,
            "trouble": -trouble,
        }
        return (first[sort], grade.student, not grade.counts, key_of(grade))

    return sorted(found, key=key)


def _passes(grade: Grade, wanted: str, copies: Mapping[str, int]) -> bool:
    by_filter = {
        "all": grade.counts,
        "waiting": grade.counts and grade.status == "waiting",
        "trouble": bool(troubles(grade) or copies.get(grade.digest)),
        "late": grade.days_late > 0,
        "refused": grade.status == "refused",
        "missing": grade.status == "missing",
        "others": not grade.counts,
    }
    return by_filter[wanted]


def _has(grade: Grade, words: str) -> bool:
    text = f"{grade.student} {grade.name} {grade.file} " + " ".join(one.code for one in grade.findings)
    return words.casefold() in text.casefold()


def row_line(grade: Grade, width: int, copies: Mapping[str, int]) -> Content:
    """One line: sign, id, name, notes, total."""
    sign, style = _SIGNS[grade.status]
    notes: list[tuple[str, str]] = []
    if troubles(grade):
        notes.append((t("grade.n_findings", n=troubles(grade)), "$warning"))
    if copies.get(grade.digest):
        notes.append((t("grade.n_copies", n=copies[grade.digest]), "$warning"))
    if grade.days_late:
        notes.append((t("grade.days_late", n=grade.days_late), "$muted"))
    if not grade.counts:
        notes.append((t("grade.not_counting"), "$muted"))
    if grade.overridden_reason or any(item.overridden for item in grade.items):
        notes.append((t("grade.by_hand"), "$muted"))
    said = Content(" · ").join(Content.styled(text, style) for text, style in notes)
    total = t("grade.no_total") if grade.status in ("missing", "refused") else number(grade.total)
    out_of = f" / {number(grade.out_of)}"
    wide = 22 if width >= 90 else 14
    named = Content.styled(one_line(grade.name or grade.file), "$muted")
    # A file that is nobody's has nothing but its name to be found by.
    who: list[str | Content] = (
        [cell(one_line(grade.student), wide), " ", cell(named, wide)]
        if grade.student else ["? ", cell(named, 2 * wide - 1)]
    )  # fmt: skip
    return Content.assemble(
        (f"{sign} ", style), *who, " ", cell(said, max(width - 2 * wide - 4 - 7 - len(out_of), 8)),
        cell(Content.styled(total, "bold"), 7, right=True), Content.styled(out_of, "$quiet"),
    )  # fmt: skip
