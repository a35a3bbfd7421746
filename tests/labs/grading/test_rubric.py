"""Points from recomputed values alone; lateness; who is who; which submission counts."""

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.grading.evidence import Evidence, Finding, TierResult
from labs.grading.grade import Grade
from labs.grading.gradebook import build_gradebook, choose, grade_of
from labs.grading.late import days_late, late_percent
from labs.grading.marks import Mark, Marks
from labs.grading.roster import RosterError, near_ids, read_receipts, read_roster
from labs.lab import Lab, PredictionQuestion
from labs.submission.assignment import Assignment, Band, Cap, Deadline, RubricItem
from labs.text import Text
from metrics.score import Score

TITLE = Text("x", "某项")
DUE = datetime.datetime(2026, 12, 1, 23, 59, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


def score(name: str, value: float) -> Score:
    return Score(
        name=name, value=value, scale="perplexity" if name == "perplexity" else "0-1", n=50, signature=name
    )


def evidence(student: str = "s1", **changes: Any) -> Evidence:
    tiers: dict[Any, TierResult] = {
        "intake": TierResult(key="k", state="passed"),
        "arithmetic": TierResult(key="k", state="passed"),
        "predictions": TierResult(key="k", state="passed", scores={"exact_match": score("exact_match", 0.9)}),
        "public": TierResult(
            key="k", state="passed", scores={"exact_match": score("exact_match", 0.6), "perplexity": score("perplexity", 5.0)},
            base_scores={"exact_match": score("exact_match", 0.0), "perplexity": score("perplexity", 50.0)},
        ),
        "hidden": TierResult(key="k", state="passed", scores={"exact_match": score("exact_match", 0.4)}),
    }  # fmt: skip
    fields: dict[str, Any] = {
        "digest": "0" * 64, "file": f"{student}.zip", "bytes": 1, "received": DUE.astimezone(datetime.UTC), "student": student,
        "tiers": tiers, "claimed": {"exact_match": score("exact_match", 0.99)}, "reflections": ("text",),
    }  # fmt: skip
    return Evidence(**{**fields, **changes})


def lab(**changes: Any) -> Lab:
    fields: dict[str, Any] = {
        "format_version": 1, "id": "x", "order": 1, "title": TITLE, "summary": TITLE, "minutes": 1, "difficulty": 1,
        "objectives": (), "spec": {},
    }  # fmt: skip
    return Lab(**{**fields, **changes})


def assignment(*items: RubricItem, **changes: Any) -> Assignment:
    return Assignment(
        **{
            "format_version": 1,
            "id": "hw",
            "title": TITLE,
            "lab": "x",
            "secret": "s" * 16,
            "rubric": items,
            **changes,
        }
    )


def one(item: RubricItem, found: Evidence | None = None, marks: Marks = Marks()) -> Any:
    return grade_of(assignment(item), lab(), found or evidence(), marks).items[0]


def item(kind: Any, expression: str = "", **changes: Any) -> RubricItem:
    return RubricItem(
        **{"id": "i", "title": TITLE, "points": 10.0, "kind": kind, "expression": expression, **changes}
    )


@pytest.mark.parametrize(
    ("expression", "points"),
    [
        ("hidden.exact_match >= 0.4", 10.0),
        ("hidden.exact_match > 0.4", 0.0),
        ("public.exact_match > 0.95", 0.0),  # claimed 0.99, recomputed 0.6
        ("drop_public.perplexity == 10", 10.0),
        ("abs(gap.exact_match - 0.2) < 1e-9", 10.0),
        ("tier.arithmetic and found.manifest_changed == 0", 10.0),
        ("tier.replay", 0.0),
    ],
)
def test_checks_speak_of_recomputed_values(expression: str, points: float) -> None:
    assert one(item("check", expression)).points == points


@pytest.mark.parametrize(
    "expression",
    [
        "claimed.exact_match > 0",
        "public.bleu > 1",
        "__import__('os')",
        "open('/etc/passwd')",
        "public.exact_match.__class__",
        "9**9**9 > 0",
    ],
)
def test_what_is_not_measured_or_not_allowed_earns_nothing(expression: str) -> None:
    graded = one(item("check", expression))
    assert (graded.points, graded.state) == (0.0, "unmeasured")


def test_bands_and_lines_give_partial_credit_with_its_reason() -> None:
    bands = (Band(at_least=0.3, points=4.0), Band(at_least=0.5, points=7.0), Band(at_least=0.9, points=10.0))
    graded = one(item("bands", "public.exact_match", bands=bands))
    assert graded.points == 7.0 and graded.values["at_least"] == 0.5
    assert one(item("bands", "hidden.exact_match - 0.3", bands=bands)).code == "band_none"
    assert one(item("linear", "public.exact_match", low=0.2, high=1.0)).points == pytest.approx(5.0)
    assert one(item("linear", "public.perplexity", low=20.0, high=4.0)).points == pytest.approx(10 * 15 / 16)


@given(value=st.floats(0, 1), low=st.floats(0, 1), high=st.floats(0, 1))
def test_lines_stay_within_their_points(value: float, low: float, high: float) -> None:
    if abs(low - high) < 1e-6:
        return
    found = evidence()
    tiers = {**found.tiers, "hidden": TierResult(key="k", state="passed", scores={"m": score("m", value)})}
    graded = one(item("linear", "hidden.m", low=low, high=high), msgspec.structs.replace(found, tiers=tiers))
    assert 0.0 <= graded.points <= 10.0


def test_a_written_answer_waits_for_a_person_and_an_empty_one_does_not() -> None:
    assert one(item("written")).state == "waiting"
    assert one(item("written", reflection=3)).code == "not_written"
    marked = one(item("written"), marks=Marks(items={"i": Mark(points=99, comment="good")}))
    assert (marked.points, marked.state, marked.comment, marked.overridden) == (10.0, "marked", "good", False)
    assert one(item("check", "1 > 2"), marks=Marks(items={"i": Mark(points=5, reason="seen")})).overridden


def test_quiz_items_ask_the_marker_for_the_students_own_variant() -> None:
    asked: list[tuple[str, int]] = []

    class Marker:
        def mark(self, question: str, answer: str | tuple[str, ...], seed: int) -> float:
            asked.append((question, seed))
            return 1.0 if answer == "a" else 0.0

    wanted = assignment(item("quiz", questions=("q1", "q2", "q3")))
    graded = grade_of(wanted, lab(), evidence(quiz={"q1": "a", "q2": "b"}), Marks(), Marker()).items[0]
    assert graded.points == pytest.approx(10 / 3, abs=1e-4)
    assert asked == [("q1", wanted.seed_of("s1")), ("q2", wanted.seed_of("s1"))]
    assert wanted.seed_of("s1") != wanted.seed_of("s2")


def test_calibration_counts_predictions_that_came_true() -> None:
    questions = tuple(
        PredictionQuestion(id=name, prompt=TITLE, measured=measured, explain=TITLE, tolerance=0.05)
        for name, measured in (("p", "plan.total_steps"), ("e", "tuned.exact_match"), ("z", "plan.nothing"))
    )
    from labs.spec import RunSpec

    found = evidence(
        spec=RunSpec(task="t"), answers={"p": 101, "e": 0.2}, measured={"plan": {"total_steps": 100}}
    )
    graded = grade_of(assignment(item("calibration")), lab(predictions=questions), found, Marks()).items[0]
    assert (graded.points, graded.values) == (5.0, {"right": 1, "asked": 2})
    none = msgspec.structs.replace(found, answers={})
    graded = grade_of(assignment(item("calibration")), lab(predictions=questions), none, Marks()).items[0]
    assert (graded.points, graded.code) == (0.0, "not_predicted"), (
        "none made is not the same as none that came true"
    )


def test_claims_beside_recomputed_values_never_score() -> None:
    graded = grade_of(assignment(item("check", "1 > 2")), lab(), evidence(), Marks())
    shown = {one.source: one for one in graded.disagreements}
    assert not shown["public"].agrees and shown["public"].recomputed == 0.6
    assert not shown["predictions"].agrees and shown["predictions"].tolerance == 0.02


def test_caps_lateness_and_overrides_come_in_this_order() -> None:
    cap = Cap(id="c", expression="found.base_other > 0", percent=50, reason=TITLE)
    late = Deadline(at=DUE - datetime.timedelta(hours=30), percent_per_day=10, grace_minutes=30)
    wanted = assignment(item("check", "1 < 2"), caps=(cap,), deadline=late)
    found = evidence()
    finding = Finding(code="base.other", severity="wrong", message="m")
    tiers = {**found.tiers, "arithmetic": TierResult(key="k", state="failed", findings=(finding,))}
    graded = grade_of(wanted, lab(), msgspec.structs.replace(found, tiers=tiers), Marks())
    assert (graded.earned, graded.capped_by, graded.days_late, graded.total) == (10.0, ("c",), 2, 4.0)
    overridden = grade_of(wanted, lab(), found, Marks(total=9.5, reason="illness"))
    assert (overridden.total, overridden.overridden_reason) == (9.5, "illness")


@pytest.mark.parametrize(
    ("minutes", "days", "percent"),
    [
        (-1, 0, 0.0),
        (0, 0, 0.0),
        (15, 0, 0.0),
        (16, 1, 10.0),
        (15 + 1440, 1, 10.0),
        (16 + 1440, 2, 20.0),
        (99 * 1440, 99, 60.0),
    ],
)
def test_lateness_counts_days_begun_after_the_grace_down_to_the_floor(
    minutes: int, days: int, percent: float
) -> None:
    deadline = Deadline(
        at=DUE,
        grace_minutes=15,
        percent_per_day=10,
        floor_percent=40,
        extensions={"s9": DUE + datetime.timedelta(days=500)},
    )
    received = (DUE + datetime.timedelta(minutes=minutes)).astimezone(datetime.UTC)
    assert days_late(deadline, "s1", received) == days
    assert late_percent(deadline, days) == percent
    assert days_late(deadline, "s9", received) == 0


def test_best_last_or_first_submission_counts_and_a_refused_one_only_alone() -> None:
    def handed(total: float, hour: int, status: Any = "graded") -> Grade:
        return Grade(
            student="s1",
            status=status,
            total=total,
            digest=str(hour) * 64,
            received=DUE + datetime.timedelta(hours=hour),
        )

    grades = [handed(5, 1), handed(9, 2), handed(3, 3), handed(0, 4, "refused")]
    assert [choose(grades, keep).total for keep in ("best", "last", "first")] == [9, 3, 5]
    assert choose(grades[3:], "best").status == "refused"


def test_the_gradebook_names_who_is_missing_and_who_may_be_meant(tmp_path: Any) -> None:
    (tmp_path / "roster.csv").write_text(
        "\ufeffStudent_ID,Name\nS1001,Ann\nS1002,=cmd|' /C calc'!A0\n", encoding="utf-8"
    )
    roster = read_roster(tmp_path / "roster.csv")
    found = [evidence("s1O01"), msgspec.structs.replace(evidence("S1002"), digest="1" * 64)]
    book = build_gradebook(
        assignment(item("check", "1 < 2")), lab(), found, lambda digest: Marks(), roster=roster
    )
    assert {one.student: one.status for one in book.grades} == {
        "S1001": "missing",
        "S1002": "graded",
        "s1O01": "graded",
    }
    assert [(one.student, one.near) for one in book.unmatched] == [("s1O01", ("S1001",))]
    again = build_gradebook(
        assignment(item("check", "1 < 2"), aliases={"s1O01": "S1001"}),
        lab(),
        found,
        lambda digest: Marks(),
        roster=roster,
    )
    assert {one.student: one.status for one in again.grades} == {"S1001": "graded", "S1002": "graded"}


def test_near_ids_see_through_case_spaces_and_look_alikes() -> None:
    assert near_ids("s 10-o1", ["S1001", "S2001"])[0] == "S1001"
    assert near_ids("20231234", ["20231243", "19990000"]) == ("20231243",)
    assert near_ids("entirely else", ["S1001"]) == ()


def test_lists_that_cannot_be_used_say_where(tmp_path: Any) -> None:
    path = tmp_path / "x.csv"
    for text, code in (
        ("a,b\n1,2\n", "roster.column"),
        ("id\ns1\ns1\n", "roster.duplicate"),
        ("id\n", "roster.empty"),
    ):
        path.write_text(text)
        with pytest.raises(RosterError) as caught:
            read_roster(path)
        assert caught.value.code == code
    path.write_text("file,received\na.zip,2026-12-01T10:00:00\n")
    with pytest.raises(RosterError) as caught:
        read_receipts(path)
    assert caught.value.code == "receipts.time"
