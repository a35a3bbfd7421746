"""Mock exams, the front door: draw a sheet, sit it, hand it in, look back.

``assemble`` -> ``ExamSession.start`` -> ``answer``, ``flag``, ``leave`` -> ``finish`` -> ``ExamReport``.
"""

from quiz_bank.exam_assembly import assemble, largest_remainder
from quiz_bank.exam_records import (
    ExamReport,
    ExamSummary,
    Given,
    Part,
    Result,
    Sheet,
    SheetItem,
    Shortfall,
    StudyNext,
    Trend,
)
from quiz_bank.exam_report import finish, history, like_the_last, recent_digests, report, trend
from quiz_bank.exam_session import ExamOverError, ExamRunningError, ExamSession

__all__ = [
    "ExamOverError",
    "ExamReport",
    "ExamRunningError",
    "ExamSession",
    "ExamSummary",
    "Given",
    "Part",
    "Result",
    "Sheet",
    "SheetItem",
    "Shortfall",
    "StudyNext",
    "Trend",
    "assemble",
    "finish",
    "history",
    "largest_remainder",
    "like_the_last",
    "recent_digests",
    "report",
    "trend",
]
