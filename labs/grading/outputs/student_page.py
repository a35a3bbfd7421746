"""What a student gets to read: points with reasons, scores with intervals, curves, base against tuned, comments.

Nothing of the hidden rows, of other students, or of what only a person should look at stands in it.
"""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from labs.errors import LabsError
from labs.grading.evidence import Evidence, Finding
from labs.grading.grade import Grade, ItemGrade
from labs.grading.limits import Limits
from labs.grading.marks import Marks
from labs.grading.outputs.cells import number_cell
from labs.grading.outputs.figures import curves
from labs.grading.outputs.page import render
from labs.grading.outputs.words import Words, words
from labs.grading.strict_json import parse_lines
from labs.runs import Prediction
from labs.submission.assignment import Assignment
from labs.text import Language
from metrics.score import Score

SHOWN_EXAMPLES = 6
COLUMNS = ("base_public", "public", "base_hidden", "hidden")
TONES = {"refused": "bad", "wrong": "bad", "warning": "look", "note": "quiet"}


class Line(msgspec.Struct, frozen=True):
    """A sentence and how it is meant: a class of the style sheet."""

    text: str
    tone: str = ""


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of points."""

    title: str
    points: float
    out_of: float
    known: bool
    reason: str
    comment: str


class ScoreCell(msgspec.Struct, frozen=True):
    """A value and its interval, as they are shown."""

    value: str = ""
    interval: str = ""


class ScoreLine(msgspec.Struct, frozen=True):
    """One metric over the four columns."""

    name: str
    cells: tuple[ScoreCell, ...]


class ClaimLine(msgspec.Struct, frozen=True):
    """A claimed value beside the recomputed one."""

    name: str
    claimed: str
    recomputed: str
    agrees: bool


class Example(msgspec.Struct, frozen=True):
    """One row answered by both models."""

    prompt: str
    reference: str
    base: str
    tuned: str
    right: bool


def student_page(
    grade: Grade, assignment: Assignment, evidence: Evidence | None, marks: Marks, unpacked: Path | None, language: Language
) -> bytes:  # fmt: skip
    """One student's report; ``evidence`` and ``unpacked`` are None where nothing was handed in."""
    w = words(language)
    titles = {item.id: item.title.within(language) for item in assignment.rubric}
    shown = [name for name in COLUMNS if grade.scores.get(name)]
    return render(
        "student.html",
        language,
        title=assignment.title.within(language),
        grade=grade,
        who=" · ".join(part for part in (grade.name, grade.student, _received(grade)) if part),
        notes=_notes(grade, assignment, w),
        comment=marks.comment,
        items=[_item(item, titles, w) for item in grade.items],
        score_columns=shown,
        scores=_scores(grade, shown, w),
        disagreements=_claims(grade, w),
        plot=curves(evidence) if evidence is not None else None,
        findings=[
            finding_line(finding, w) for finding in grade.findings if finding.severity in ("refused", "wrong")
        ],
        examples=examples(unpacked) if unpacked is not None else (),
        reflections=[text for text in (evidence.reflections if evidence else ()) if text.strip()],
    )


def finding_line(finding: Finding, w: Words) -> Line:
    """A finding in the language of the page."""
    text = w.of("findings", finding.code, finding.message, dict(finding.values))
    where = f"{finding.where}: " if finding.where else ""
    return Line(where + text.removeprefix(where), TONES[finding.severity])


def reason_of(item: ItemGrade, w: Words) -> str:
    """Why an item has its points, in the language of the page; a person's own words stay as they are."""
    if item.code == "marked" and item.reason == words("en")("by_person"):
        return w("by_person")
    return w.of("reasons", item.code, item.reason, dict(item.values))


def metric_name(name: str, w: Words) -> str:
    """A metric as people call it."""
    return w.of("metrics", name, name)


def score_text(value: float, scale: str) -> str:
    """A value with the digits its scale deserves."""
    digits = {"0-1": 3, "0-100": 1, "perplexity": 2, "count": 0}.get(scale, 3)
    return f"{value:.{digits}f}"


def _notes(grade: Grade, assignment: Assignment, w: Words) -> list[Line]:
    lines = []
    if grade.status != "graded":
        tone = {"waiting": "look", "refused": "bad", "missing": "bad"}[grade.status]
        lines.append(Line(w(f"is_{grade.status}"), tone))
    if not grade.counts:
        lines.append(Line(w("does_not_count"), "look"))
    caps = {cap.id: cap for cap in assignment.caps}
    for name in grade.capped_by:
        if name in caps:
            reason = caps[name].reason.within(w.language)
            lines.append(Line(w("capped", percent=number_cell(caps[name].percent), reason=reason), "look"))
    if grade.late_percent:
        lines.append(
            Line(w("late_one" if grade.days_late == 1 else "late", days=grade.days_late, percent=number_cell(grade.late_percent), earned=number_cell(grade.earned)), "look")
        )  # fmt: skip
    if grade.overridden_reason:
        lines.append(Line(w("overridden", reason=grade.overridden_reason)))
    return lines


def _item(item: ItemGrade, titles: dict[str, str], w: Words) -> ItemLine:
    reason = reason_of(item, w)
    return ItemLine(
        title=titles.get(item.id, item.id),
        points=item.points,
        out_of=item.out_of,
        known=item.state != "waiting",
        reason=w("is_waiting") if item.state == "waiting" else reason,
        comment=item.comment,
    )


def _scores(grade: Grade, columns: Sequence[str], w: Words) -> list[ScoreLine]:
    names = sorted({name for column in columns for name in grade.scores[column]})
    return [
        ScoreLine(metric_name(name, w), tuple(_cell(grade.scores[column].get(name)) for column in columns))
        for name in names
    ]


def _cell(score: Score | None) -> ScoreCell:
    if score is None:
        return ScoreCell()
    value = score_text(score.value, score.scale)
    if score.interval is None:
        return ScoreCell(value)
    low, high = (score_text(end, score.scale) for end in (score.interval.low, score.interval.high))
    return ScoreCell(value, f"[{low}, {high}]")


def _claims(grade: Grade, w: Words) -> list[ClaimLine]:
    return [
        ClaimLine(
            w("claim", metric=metric_name(one.metric, w), source=w(f"from_{one.source}")), f"{one.claimed:.4g}", f"{one.recomputed:.4g}",
            one.agrees,
        )
        for one in grade.disagreements
    ]  # fmt: skip


def _received(grade: Grade) -> str:
    return grade.received.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC") if grade.received else ""


def examples(unpacked: Path) -> tuple[Example, ...]:
    """Rows on which the models differ most: turned right, then turned wrong, then others that changed.

    Spread over the file, so that the same file always gives the same rows.
    """
    rows = answers_in(unpacked)
    right = [row for row in rows if _same(row.tuned, row.reference) and not _same(row.base, row.reference)]
    spoilt = [row for row in rows if not _same(row.tuned, row.reference) and _same(row.base, row.reference)]
    wrong = [row for row in rows if not _same(row.tuned, row.reference) and row not in spoilt]
    chosen = [*_spread(right, 3), *_spread(spoilt, 1), *_spread(wrong, 2)]
    chosen += [row for row in rows if row not in chosen][: SHOWN_EXAMPLES - len(chosen)]
    return tuple(
        Example(
            _cut(row.prompt),
            _cut(row.reference),
            _cut(row.base),
            _cut(row.tuned),
            _same(row.tuned, row.reference),
        )
        for row in chosen
    )


def answers_in(unpacked: Path) -> list[Prediction]:
    """What both models said to the public rows: as computed again, else as handed in; empty where neither is there."""
    for name in ("public.jsonl", "predictions.jsonl"):
        try:
            return parse_lines((unpacked / name).read_bytes(), Prediction, name, Limits())
        except (OSError, LabsError):
            continue
    return []


def _spread(rows: Sequence[Prediction], wanted: int) -> Iterable[Prediction]:
    return [rows[at * len(rows) // wanted] for at in range(wanted)] if len(rows) >= wanted else rows


def _same(text: str, other: str) -> bool:
    return text.strip().casefold() == other.strip().casefold()


def _cut(text: str, most: int = 600) -> str:
    return text if len(text) <= most else text[:most] + " …"
