"""What the instructor gets to read about the whole class. It names students: not for handing on."""

from collections.abc import Mapping

import msgspec

from labs.grading.copies import MEASURES, BaseRate, Copy, CopyReport, Side
from labs.grading.grade import Grade, Gradebook
from labs.grading.leakage import Gap, LeakageReport
from labs.grading.outputs.cells import number_cell
from labs.grading.outputs.class_facts import class_facts, failures, item_facts, states, totals
from labs.grading.outputs.figures import histogram
from labs.grading.outputs.page import render
from labs.grading.outputs.student_page import finding_line, metric_name
from labs.grading.outputs.words import Words, words
from labs.submission.assignment import Assignment
from labs.text import Language

_NAMED = 8


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the item statistics."""

    title: str
    out_of: float
    n: int
    mean: float
    facility: float
    discrimination: float | None
    waiting: int


class FailureLine(msgspec.Struct, frozen=True):
    """A row of the common failures."""

    count: int
    text: str
    tone: str
    students: str


class RateLine(msgspec.Struct, frozen=True):
    """A row of the base rates."""

    name: str
    rate: BaseRate


class PairLine(msgspec.Struct, frozen=True):
    """A pair with what is alike in it."""

    first: str
    second: str
    signs: tuple[str, ...]


class StudentLine(msgspec.Struct, frozen=True):
    """A row of the list of students."""

    id: str
    name: str
    state: str
    points: str
    report: str


def class_page(
    book: Gradebook, assignment: Assignment, copies: CopyReport, leakage: LeakageReport, reports: Mapping[str, str],
    language: Language,
) -> bytes:  # fmt: skip
    """The class's page. ``reports``: file of a student's report by student id."""
    w = words(language)
    titles = {item.id: item.title.within(language) for item in assignment.rubric}
    out_of = book.out_of or 1.0
    every = (*book.grades, *book.unreadable)
    return render(
        "class.html",
        language,
        title=assignment.title.within(language),
        book=book,
        facts=class_facts(book.grades),
        bars=histogram([total / out_of for total in totals(book.grades)]),
        states=states(every),
        items=[
            ItemLine(title=titles[item.id], **{name: getattr(item, name) for name in ItemLine.__struct_fields__[1:]})
            for item in item_facts(book.grades, assignment)
        ],
        failures=[
            FailureLine(len(one.students), line.text, line.tone, _names(one.students))
            for one in failures((*every, *book.others))
            for line in (finding_line(one.finding, w),)
        ],
        copies=copies,
        rates=[RateLine(w(f"measure_{name}"), copies.base_rates[name]) for name in MEASURES if name in copies.base_rates],
        pairs=[pair_line(pair, w) for pair in copies.pairs],
        leaks=[
            w("leak_file", file=one.file, rows=one.rows, hidden=one.hidden_rows, counts=_counts(one.counts, w))
            for one in leakage.files
        ],
        gaps=[_gap(gap, w) for gap in leakage.suspicious],
        students=[_student(grade, reports, w) for grade in every],
        strangers=[
            w("stranger", student=one.student or "?", file=one.file, near=", ".join(one.near) or w("nobody"))
            for one in book.unmatched
        ],
    )  # fmt: skip


def pair_line(pair: Copy, w: Words) -> PairLine:
    """What is alike, each with how many pairs of the class are as much so."""
    signs = [w("same_archive")] if pair.same_archive else []
    signs += [w("same_weights")] if pair.same_weights else []
    for name in pair.signs:
        rarity = f"{100 * pair.rarity[name]:.1f}"
        signs.append(
            w("sign", measure=w(f"measure_{name}"), value=f"{pair.measures[name]:.3f}", rarity=rarity)
        )
    signs += [w("same_seed")] if pair.same_seed else []
    return PairLine(_side(pair.first, w), _side(pair.second, w), tuple(signs))


def _side(side: Side, w: Words) -> str:
    term = f" ({w('past_term', term=side.term)})" if side.term else ""
    return f"{side.student or '?'} · {side.file}{term}"


def _gap(gap: Gap, w: Words) -> str:
    apart = w("apart") if gap.apart else ""
    values = {"public": f"{gap.public:.4g}", "hidden": f"{gap.hidden:.4g}", "median": f"{gap.median:.3g}"}
    text = w(f"gap_{gap.kind}", student=gap.student, metric=metric_name(gap.metric, w), **values)
    return f"{text} {apart}".strip()


def _counts(counts: dict[str, int], w: Words) -> str:
    return w("and").join(f"{w.of('leaks', kind, kind)} {count}" for kind, count in counts.items()) or w(
        "none"
    )


def _student(grade: Grade, reports: Mapping[str, str], w: Words) -> StudentLine:
    state = w(f"is_{grade.status}_short")
    if grade.days_late:
        state += f" · {w('days_late', days=grade.days_late)}"
    points = "–" if grade.status in ("missing", "refused") else number_cell(grade.total)
    return StudentLine(grade.student or grade.file, grade.name, state, points, reports.get(grade.student, ""))


def _names(students: tuple[str, ...]) -> str:
    shown = ", ".join(students[:_NAMED])
    return f"{shown} …" if len(students) > _NAMED else shown
