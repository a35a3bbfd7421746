"""Marking an exam and saying what it showed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from math import sqrt

import msgspec

from quiz_bank.answers import Scoring
from quiz_bank.bank import Bank
from quiz_bank.clock import to_microseconds
from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.exam_records import (
    ExamReport,
    ExamSummary,
    Given,
    Part,
    Result,
    SheetItem,
    StudyNext,
    Trend,
)
from quiz_bank.exam_session import ExamOverError, ExamSession
from quiz_bank.grading import grade
from quiz_bank.intervals import wilson
from quiz_bank.records import Attempt
from quiz_bank.reviewing import add_attempt
from quiz_bank.scheduling import Rating, Scheduler
from quiz_bank.store import Store
from quiz_bank.variants import present

# A topic's score is taken as if this many further items had gone as the whole exam did, before it is
# recommended: two items wrong out of two say less than six out of eight.
_SHRINK = 4.0
_report_decoder = msgspec.json.Decoder(ExamReport)


def finish(
    session: ExamSession,
    bank: Bank,
    now: datetime,
    *,
    scheduler: Scheduler | None = None,
) -> ExamReport:
    """Hand in: mark every item, keep the report, and let the answers count for the schedule.

    Everything is one transaction: an exam is handed in whole or still open.

    Args:
        scheduler: None leaves the schedule as it is; otherwise a wrong answer is Again and a right one Good.

    Raises:
        ExamOverError: it has been handed in before.
    """
    store = session.store
    finished_at = min(now, session.ends_at)
    with store.transaction() as db:
        if db.execute("SELECT finished_at FROM exam WHERE id = ?", (session.exam,)).fetchone()[0] is not None:
            raise ExamOverError("this exam has been handed in")
        results = []
        for item, given in zip(session.sheet.items, session.given(), strict=True):
            result, attempt = mark(item, given, bank, session.sheet.blueprint.scoring)
            results.append(result)
            row = db.execute("SELECT id, topic FROM item WHERE item = ?", (item.question,)).fetchone()
            if attempt is None or row is None:
                continue
            if scheduler is None:
                add_attempt(db, row[0], row[1], attempt, finished_at, exam=session.exam)
            else:
                store.review(
                    item.question,
                    Rating.GOOD if result.correct else Rating.AGAIN,
                    finished_at,
                    scheduler,
                    seconds=given.seconds or None,
                    attempt=attempt,
                    exam=session.exam,
                )
        report = report_of(session, tuple(results), finished_at)
        db.execute(
            "UPDATE exam SET finished_at = ?, report = ? WHERE id = ?",
            (to_microseconds(finished_at), msgspec.json.encode(report).decode(), session.exam),
        )
    return report


def mark(item: SheetItem, given: Given, bank: Bank, scoring: Scoring) -> tuple[Result, Attempt | None]:
    """One item marked, and the attempt to keep; no attempt where nothing was answered."""
    if given.answer is None:
        return Result(item=item, given=given, correct=False, score=0.0), None
    try:
        question = bank.question(item.question)
    except KeyError:
        return Result(item=item, given=given, correct=False, score=0.0, problem="exam.question_gone"), None
    try:
        verdict = grade(present(question, item.seed, bank), given.answer, scoring)
    except (AnswerError, FormulaError) as error:
        return Result(item=item, given=given, correct=False, score=0.0, problem=error.code), None
    attempt = Attempt(
        mode="exam",
        seed=item.seed,
        digest=item.digest,
        answer=msgspec.json.encode(given.answer).decode(),
        chosen=tuple(feedback.key for feedback in verdict.feedback if feedback.chosen),
        correct=verdict.correct,
        score=verdict.score,
        seconds=given.seconds or None,
    )
    return Result(item=item, given=given, correct=verdict.correct, score=verdict.score), attempt


def report_of(session: ExamSession, results: tuple[Result, ...], finished_at: datetime) -> ExamReport:
    """What the marked items show together."""
    blueprint = session.sheet.blueprint
    points = sum(result.score for result in results)
    score = wilson(points, len(results))
    return ExamReport(
        exam=session.exam,
        blueprint=blueprint.id,
        started_at=session.started_at,
        finished_at=finished_at,
        minutes=blueprint.minutes,
        seconds=(finished_at - session.started_at).total_seconds(),
        points=points,
        score=score,
        pass_mark=blueprint.pass_mark,
        # A score of 0.8 from 8 x 0.1 must not fail for the last bit of a float.
        passed=points / len(results) >= blueprint.pass_mark - 1e-9,
        answered=sum(result.given.answer is not None for result in results),
        sections=_parts(results, lambda result: str(result.item.section)),
        topics=_parts(results, lambda result: result.item.topic),
        kinds=_parts(results, lambda result: result.item.kind),
        results=results,
        study_next=_study_next(results, points / len(results)),
        shortfalls=session.sheet.shortfalls,
    )


def history(store: Store) -> list[ExamSummary]:
    """Exams handed in, oldest first."""
    return [
        ExamSummary(
            exam=report.exam,
            blueprint=report.blueprint,
            finished_at=report.finished_at,
            items=len(report.results),
            score=report.score,
            pass_mark=report.pass_mark,
            passed=report.passed,
            seconds=report.seconds,
        )
        for report in _reports(store)
    ]


def report(store: Store, exam: int) -> ExamReport | None:
    """The report of an exam that was handed in; None if it is still open or unknown."""
    rows = store.rows("SELECT report FROM exam WHERE id = ? AND report IS NOT NULL", (exam,))
    return _report_decoder.decode(str(rows[0][0])) if rows else None


def recent_digests(store: Store, exams: int = 2) -> frozenset[str]:
    """Variants on the sheets of the last exams, to be kept off the next one."""
    rows = store.rows("SELECT id FROM exam ORDER BY id DESC LIMIT ?", (exams,))
    sheets = [ExamSession.of(store, int(str(row[0]))).sheet for row in rows]
    return frozenset(item.digest for sheet in sheets for item in sheet.items)


def like_the_last(summaries: Sequence[ExamSummary]) -> list[ExamSummary]:
    """Exams of the last one's blueprint: a harder one in between says nothing about progress."""
    return [one for one in summaries if one.blueprint == summaries[-1].blueprint]


def trend(summaries: Sequence[ExamSummary]) -> Trend | None:
    """Slope of the scores over the exams like the last one, least squares weighted by items; None below three of them."""
    exams = like_the_last(summaries)
    if len(exams) < 3:
        return None
    weights = [summary.items for summary in exams]
    total = sum(weights)
    mean_x = sum(w * x for x, w in enumerate(weights)) / total
    mean_y = sum(w * summary.score.value for summary, w in zip(exams, weights, strict=True)) / total
    spread_x = sum(w * (x - mean_x) ** 2 for x, w in enumerate(weights))
    slope = sum(w * (x - mean_x) * (exams[x].score.value - mean_y) for x, w in enumerate(weights)) / spread_x
    # Scores are proportions, so their sampling error is known: p (1 - p) / items.
    p = min(max(mean_y, 0.05), 0.95)
    error = 1.96 * sqrt(p * (1 - p) / spread_x)
    return Trend(len(exams), slope, slope - error, slope + error)


def _reports(store: Store) -> list[ExamReport]:
    rows = store.rows("SELECT report FROM exam WHERE report IS NOT NULL ORDER BY id")
    return [_report_decoder.decode(str(row[0])) for row in rows]


def _parts(results: Iterable[Result], key: Callable[[Result], str]) -> tuple[Part, ...]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return tuple(
        Part(
            name,
            len(group),
            sum(result.score for result in group),
            wilson(sum(result.score for result in group), len(group)),
            sum(result.given.seconds for result in group),
        )
        for name, group in groups.items()
    )


def _study_next(results: tuple[Result, ...], mean: float) -> tuple[StudyNext, ...]:
    found = []
    for part in _parts(results, lambda result: result.item.topic):
        shrunk = (part.points + _SHRINK * mean) / (part.items + _SHRINK)
        wrong = tuple(
            result.item.question for result in results if result.item.topic == part.key and not result.correct
        )
        if wrong:
            found.append(StudyNext(part.key, (1.0 - shrunk) * part.items / len(results), wrong))
    return tuple(sorted(found, key=lambda topic: (-topic.gain, topic.topic)))
