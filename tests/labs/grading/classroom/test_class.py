"""Twelve students, from real runs to a gradebook: each gets what is deserved, also when the grader is killed."""

import contextlib
import datetime
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.grading.batch import GradingStoppedError, grade_folder
from labs.grading.copies import CopyReport
from labs.grading.executor import LocalExecutor
from labs.grading.grade import Grade, Gradebook
from labs.grading.gradebook import regrade
from labs.grading.marks_csv import read_marks, waiting_csv
from labs.grading.roster import read_roster
from labs.grading.store import GradeStore
from labs.submission.assignment_file import load_assignment

pytestmark = pytest.mark.trains


def clock() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Graded:
    """A class that was graded, with how it went."""

    def __init__(self, room: Any, store: GradeStore, book: Gradebook) -> None:
        self.room = room
        self.store = store
        self.book = book

    def of(self, student: str) -> Grade:
        return next(grade for grade in self.book.grades if grade.student.startswith(student))


def grade(room: Any, out: Path, progress: Any = None) -> Gradebook:
    store = GradeStore(out)
    out.mkdir(exist_ok=True)
    executor = LocalExecutor(log=out / "worker.log")
    roster = read_roster(room.root / "roster.csv")
    options = {} if progress is None else {"progress": progress}
    return grade_folder(
        room.assignment, room.submissions, store, executor, now=clock, roster=roster, **options
    )


@pytest.fixture(scope="session")
def graded(classroom: Any, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Stopped in the middle by its user, and graded on."""
    out = tmp_path_factory.mktemp("graded") / "out"
    with pytest.raises(GradingStoppedError):
        grade(classroom, out, lambda told: not (told.stage == "intake" and told.done >= 5))
    book = grade(classroom, out)
    return Graded(classroom, GradeStore(out), book)


def points(grade: Grade) -> dict[str, float]:
    return {item.id: item.points for item in grade.items}


def codes(grade: Grade) -> set[str]:
    return {finding.code for finding in grade.findings if finding.severity in ("wrong", "refused", "warning")}


def test_everybody_is_in_the_gradebook(graded: Graded) -> None:
    status = {grade.student: grade.status for grade in graded.book.grades}
    assert status == {
        "s01-good": "waiting", "s02-weak": "waiting", "s03-late": "waiting", "s04-forged": "waiting", "s05-copy": "waiting",
        "s06-disguised": "waiting", "s07-leak": "waiting", "s08-other-base": "waiting", "S08-other-base": "missing",
        "s09-unfinished": "waiting", "s13-missing": "missing",
    }  # fmt: skip
    near = {one.student: one.near for one in graded.book.unmatched}
    assert near["s08-other-base"] == ("S08-other-base",)


def test_a_good_run_earns_more_than_a_weak_one(graded: Graded) -> None:
    good, weak = graded.of("s01"), graded.of("s02")
    assert codes(good) == codes(weak) == set()
    assert points(good)["adds-up"] == points(weak)["adds-up"] == 20
    assert points(good)["honest"] == points(weak)["honest"] == 10
    assert points(good)["result"] > points(weak)["result"] + 10
    assert all(one.agrees for one in (*good.disagreements, *weak.disagreements))
    assert {one.source for one in good.disagreements} == {"predictions", "public"}


def test_lateness_costs_what_the_file_says(graded: Graded) -> None:
    late = graded.of("s03")
    assert (late.days_late, late.late_percent) == (2, 20.0)
    assert late.total == pytest.approx(round(late.earned * 0.8, 2))


def test_a_forged_score_earns_nothing_and_is_shown(graded: Graded) -> None:
    forged, weak = graded.of("s04"), graded.of("s02")
    assert {"manifest.changed", "scores.changed"} <= codes(forged)
    assert points(forged)["result"] == points(weak)["result"] and points(forged)["adds-up"] == 0
    shown = [one for one in forged.disagreements if one.metric == "exact_match"]
    assert [(one.claimed, one.agrees) for one in shown] == [(0.97, False)] * 2


def test_copies_are_graded_as_they_are_and_their_weights_can_be_compared(graded: Graded) -> None:
    good, copy, disguised = graded.of("s01"), graded.of("s05"), graded.of("s06")
    digests = [graded.store.evidence(one.digest) for one in (good, copy, disguised)]
    adapters = [one.adapter.sha256 for one in digests if one is not None and one.adapter is not None]
    assert adapters[0] == adapters[1] != adapters[2]
    # B R and R^-1 A are the same product: recomputed, the disguised copy scores as the original does.
    assert disguised.scores["hidden"]["perplexity"].value == pytest.approx(
        good.scores["hidden"]["perplexity"].value, rel=1e-3
    )
    assert "manifest.changed" in codes(disguised)


def test_other_rows_and_another_base_are_found_and_capped(graded: Graded) -> None:
    assert "data.other" in codes(graded.of("s07"))
    based = graded.of("s08")
    assert "base.other" in codes(based)
    assert (based.capped_by, based.total) == (("other-base",), 50.0) or based.total <= 50.0


def test_an_unfinished_run_is_graded_on_what_it_has(graded: Graded) -> None:
    unfinished = graded.of("s09")
    assert {"run.unfinished", "manifest.missing"} <= codes(unfinished)
    assert points(unfinished)["adds-up"] == 0 and points(unfinished)["honest"] == 0
    assert "hidden" in unfinished.scores


def test_hostile_files_are_named_and_touch_nothing(graded: Graded) -> None:
    found = {one.file: {finding.code for finding in one.findings} for one in graded.book.unreadable}
    assert found == {
        "s10_slip.zip": {"entry.path"}, "s11_pickle.zip": {"archive.not_zip"}, "s12_link.zip": {"archive.not_regular"},
    }  # fmt: skip
    assert not Path("/tmp/evil.json").exists()


def test_grading_again_does_nothing_and_changes_no_byte(graded: Graded) -> None:
    before = (graded.store.folder / "gradebook.json").read_bytes()
    audit = (graded.store.folder / "audit.jsonl").read_bytes().count(b"\n")
    grade(graded.room, graded.store.folder)
    assert (graded.store.folder / "gradebook.json").read_bytes() == before
    lines = (graded.store.folder / "audit.jsonl").read_bytes().splitlines()[audit:]
    assert {msgspec.json.decode(line)["action"] for line in lines} == {"begin", "gradebook"}


def _recorded(out: Path, action: str) -> int:
    audit = out / "audit.jsonl"
    return audit.read_bytes().count(f'"{action}"'.encode()) if audit.exists() else 0


def test_killed_at_any_moment_the_same_gradebook_comes_out(graded: Graded, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        sys.executable, "-c", "from tui.cli.main import main; main()", "grade", str(graded.room.submissions), "--assignment", str(graded.room.root / "hw1.toml"),
        "--out", str(out), "--workers", "1", "--roster", str(graded.room.root / "roster.csv"),
    ]  # fmt: skip
    for action, times in (("intake", 1), ("intake", 7), ("recompute", 2)):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while _recorded(out, action) < times and process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
        assert process.poll() is None, "it was to be killed in the middle"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    grade(graded.room, out)
    assert (out / "gradebook.json").read_bytes() == (graded.store.folder / "gradebook.json").read_bytes()
    assert _recorded(out, "recompute") == _recorded(
        graded.store.folder, "recompute"
    )  # nothing was done twice
    assert (out / "gradebook.csv").read_bytes() == (graded.store.folder / "gradebook.csv").read_bytes()


def test_a_persons_marks_come_by_csv_and_a_changed_rubric_shows_before_and_after(
    graded: Graded, tmp_path: Path
) -> None:
    assignment, store = graded.room.assignment, graded.store
    sheet = waiting_csv(assignment, graded.book, store.all_evidence()).decode("utf-8-sig")
    digest = graded.of("s01").digest
    filled = "\r\n".join(
        line.replace(",20.0,,,", ",20.0,17,Well seen,", 1) if line.startswith(digest) else line
        for line in sheet.split("\r\n")
    )
    (tmp_path / "marks.csv").write_text(filled, encoding="utf-8")
    assert read_marks(tmp_path / "marks.csv", assignment, store, now=clock()) == 1
    roster = read_roster(graded.room.root / "roster.csv")
    digests = [one.digest for one in store.all_evidence()]
    book, changes = regrade(assignment, store, digests=digests, roster=roster)
    marked = next(one for one in book.grades if one.student == "s01-good")
    assert marked.status == "graded" and points(marked)["why"] == 17
    assert [(one.student, one.items) for one in changes] == [("s01-good", {"why": (0.0, 17.0)})]
    text = (graded.room.root / "hw1.toml").read_text(encoding="utf-8").replace("high = 1.5", "high = 9.0")
    (graded.room.root / "hw2.toml").write_text(text, encoding="utf-8")
    changed, moved = regrade(
        load_assignment(graded.room.root / "hw2.toml"), store, digests=digests, roster=roster
    )
    assert {name for one in moved for name in one.items} == {"result"}
    assert all(one.after < one.before for one in moved) and moved
    assert b"result" in (store.folder / "changes.csv").read_bytes()
    assert changed.assignment_digest != book.assignment_digest


def test_copies_stand_out_and_everything_that_is_handed_out_is_written_twice_the_same(
    graded: Graded,
) -> None:
    from labs.grading.outputs import write_outputs

    files = write_outputs(graded.store, graded.room.assignment, graded.book)
    before = {path: path.read_bytes() for path in files}
    assert {
        path: path.read_bytes() for path in write_outputs(graded.store, graded.room.assignment, graded.book)
    } == before

    report = msgspec.json.decode((graded.store.folder / "copies.json").read_bytes(), type=CopyReport)
    pairs = {frozenset((one.first.student[:3], one.second.student[:3])): one for one in report.pairs}
    # Three runs were handed in by nine students: every pair from one run is shown, and no other.
    groups = ({"s01", "s05", "s06", "s08"}, {"s02", "s04", "s09"}, {"s03", "s07"})
    same = {frozenset(two) for group in groups for two in itertools.combinations(sorted(group), 2)}
    assert pairs.keys() == same
    disguised = pairs[frozenset(("s01", "s06"))]
    assert not disguised.same_weights and "update" in disguised.signs and disguised.measures["tensors"] == 0
    # A copied adapter takes no point away.
    assert graded.of("s05").total == graded.of("s01").total
    page = (graded.store.folder / "reports" / "s04-forged.en.html").read_text(encoding="utf-8")
    assert "does not agree" in page and "0.97" in page and "Copies" not in page
