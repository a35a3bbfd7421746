"""A submission as blocks: points, what was written, scores, claims, findings, what is alike, answers side by side."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from textual.content import Content

from labs.grading.copies import Copy, CopyReport
from labs.grading.evidence import Evidence, Finding
from labs.grading.grade import Grade, ItemGrade
from labs.grading.marks import Marks
from labs.grading.outputs.class_page import pair_line
from labs.grading.outputs.student_page import examples, finding_line, reason_of
from labs.grading.outputs.words import words
from labs.submission.assignment import Assignment
from metrics.clean import clean
from metrics.score import Score
from tui.i18n import language, t
from tui.screens.lab_text import cell, metric_name, number, one_line, scored, spoken
from tui.widgets.blocks import BLANK, Block

_TONES = {"refused": ("✗ ", "$error"), "wrong": ("✗ ", "$error"), "warning": ("! ", "$warning"), "note": ("· ", "$quiet")}  # fmt: skip
_BARS = "▁▂▃▄▅▆▇█"


def submission_blocks(
    grade: Grade, assignment: Assignment, evidence: Evidence | None, marks: Marks, copies: CopyReport | None,
    unpacked: Path | None,
) -> Iterable[Block]:  # fmt: skip
    """The whole page of one submission."""
    yield from _head(grade, evidence)
    if grade.items:
        yield BLANK
        yield from _items(grade.items, assignment)
    if marks.comment:
        yield BLANK
        yield Block(Content(clean(marks.comment)), Content.styled("✎ ", "$accent"))
    yield from _written(assignment, evidence)
    yield from _scores(grade)
    yield from _claims(grade)
    yield from _findings(grade.findings)
    yield from _copies(grade, copies)
    yield from _curve(evidence)
    if unpacked is not None:
        yield from _examples(unpacked)


def heading(key: str) -> Sequence[Block]:
    """A blank line and a title."""
    return (BLANK, Block(Content.styled(t(key), "bold")))


def _head(grade: Grade, evidence: Evidence | None) -> Iterable[Block]:
    total = (
        t("grade.no_total")
        if grade.status in ("missing", "refused") and not grade.overridden_reason
        else number(grade.total)
    )
    yield Block(
        Content.assemble(
            (total, "bold $accent"),
            (f" / {number(grade.out_of)}  ", "$muted"),
            (t(f"grade.is_{grade.status}"), "$muted"),
        )
    )
    for cap in grade.capped_by:
        yield Block(Content.styled(t("grade.capped", name=one_line(cap)), "$warning"))
    if grade.late_percent:
        late = t(
            "grade.late", n=grade.days_late, percent=number(grade.late_percent), earned=number(grade.earned)
        )
        yield Block(Content.styled(late, "$warning"))
    if grade.overridden_reason:
        yield Block(
            Content.styled(t("grade.overridden", reason=one_line(grade.overridden_reason)), "$warning")
        )
    if evidence is not None:
        facts = f"{evidence.file} · {evidence.received:%Y-%m-%d %H:%M} UTC · {evidence.isolation} · {evidence.digest[:12]}"
        yield Block(Content.styled(one_line(facts), "$quiet"))


def _items(items: Sequence[ItemGrade], assignment: Assignment) -> Iterable[Block]:
    titles = {item.id: spoken(item.title) for item in assignment.rubric}
    w = words(language())
    for at, item in enumerate(items, 1):
        waits = item.state == "waiting"
        points = t("grade.no_total") if waits else number(item.points)
        lead = Content.styled(f"{at:>2}  ", "bold $accent" if waits else "bold")
        line = Content.assemble(
            (titles.get(item.id, item.id), "bold" if waits else ""),
            "  ",
            (points, "bold $accent" if waits else "bold"),
            (f" / {number(item.out_of)}", "$quiet"),
        )
        yield Block(line, lead)
        yield Block(Content.styled(one_line(reason_of(item, w)), "$accent" if waits else "$muted"), indent=4)
        if item.comment:
            yield Block(Content(clean(item.comment)), Content.styled("    ✎ ", "$muted"))


def _written(assignment: Assignment, evidence: Evidence | None) -> Iterable[Block]:
    texts = [text for text in (evidence.reflections if evidence is not None else ()) if text.strip()]
    if texts:
        yield from heading("grade.written")
        for text in texts:
            for line in clean(text).split("\n"):
                yield Block(Content(line), Content.styled("│ ", "$quiet"))


def _scores(grade: Grade) -> Iterable[Block]:
    columns = [name for name in ("base_public", "public", "base_hidden", "hidden") if grade.scores.get(name)]
    if not columns:
        return
    yield from heading("grade.scores")
    head = [cell("", 18), *(cell(t(f"grade.{name}"), 14, right=True) for name in columns)]
    yield Block(Content.assemble(*head).stylize_before("$muted"))
    for metric in sorted({metric for name in columns for metric in grade.scores[name]}):
        values = [grade.scores[name].get(metric) for name in columns]
        yield Block(
            Content.assemble(
                cell(metric_name(metric), 18), *(cell(_score(value), 14, right=True) for value in values)
            )
        )


def _score(score: Score | None) -> Content:
    if score is None:
        return Content("")
    half = "" if score.interval is None else f" ±{(score.interval.high - score.interval.low) / 2:.2g}"
    return Content.assemble(scored(score), (half, "$quiet"))


def _claims(grade: Grade) -> Iterable[Block]:
    wrong = [one for one in grade.disagreements if not one.agrees]
    if wrong:
        yield from heading("grade.claims")
    for one in wrong:
        said = t(
            "grade.claim",
            metric=metric_name(one.metric),
            claimed=number(one.claimed),
            found=number(one.recomputed),
        )
        yield Block(Content.styled(said, "$warning"), Content.styled("✗ ", "$error"))


def _findings(findings: Sequence[Finding]) -> Iterable[Block]:
    if findings:
        yield from heading("grade.findings")
    w = words(language())
    for finding in findings:
        sign, style = _TONES[finding.severity]
        yield Block(Content(one_line(finding_line(finding, w).text)), Content.styled(sign, style))


def _copies(grade: Grade, copies: CopyReport | None) -> Iterable[Block]:
    pairs = [
        pair for pair in (copies.pairs if copies is not None else ())
        if grade.digest and grade.digest in (pair.first.digest, pair.second.digest)
    ]  # fmt: skip
    if pairs:
        yield from heading("grade.copies")
        yield Block(Content.styled(t("grade.copies_note"), "$muted"))
    for pair in pairs:
        yield from _pair(pair, grade)


def _pair(pair: Copy, grade: Grade) -> Iterable[Block]:
    line = pair_line(pair, words(language()))
    other = line.second if pair.first.digest == grade.digest else line.first
    yield Block(Content(one_line(other)), Content.styled("≈ ", "$warning"))
    for sign in line.signs:
        yield Block(Content.styled(one_line(sign), "$muted"), indent=2)


def _curve(evidence: Evidence | None) -> Iterable[Block]:
    losses = [point.loss for point in (evidence.steps if evidence is not None else ())]
    known = [loss for loss in losses if loss is not None]
    if len(known) < 2:
        return
    yield from heading("grade.loss")
    picked = [losses[at * len(losses) // 48] for at in range(48)] if len(losses) > 48 else losses
    low, high = min(known), max(known)
    bars = "".join(
        " " if loss is None else _BARS[int((loss - low) / ((high - low) or 1) * 7.99)] for loss in picked
    )
    yield Block(Content.assemble((bars, "$accent"), (f"  {known[0]:.3g} → {known[-1]:.3g}", "$muted")))


def _examples(unpacked: Path) -> Iterable[Block]:
    rows = examples(unpacked)
    if rows:
        yield from heading("grade.examples")
    for row in rows:
        yield Block(Content(one_line(row.prompt)), Content.styled("? ", "$muted"))
        yield Block(
            Content.styled(one_line(row.reference), "$muted"),
            Content.styled(f"  {t('grade.reference')} ", "$quiet"),
        )
        yield Block(
            Content.styled(one_line(row.base), "$muted"), Content.styled(f"  {t('grade.base')} ", "$quiet")
        )
        sign = ("✓ ", "$success") if row.right else ("", "")
        yield Block(
            Content.assemble(sign, one_line(row.tuned)), Content.styled(f"  {t('grade.tuned')} ", "$quiet")
        )
        yield BLANK
