"""The whole class on a Dask cluster, one worker killed in mid-task: the gradebook of one machine, byte for byte."""

import datetime
import threading
from pathlib import Path
from typing import Any

import pytest

from labs.grading.batch import grade_folder
from labs.grading.cluster import DaskExecutor
from labs.grading.executor import Executor, LocalExecutor
from labs.grading.outputs import write_outputs
from labs.grading.roster import read_roster
from labs.grading.store import GradeStore
from tests.labs.grading.dask_cluster import kill_in_mid_task

pytest.importorskip("distributed")
pytestmark = pytest.mark.trains


def _grade(room: Any, out: Path, executor: Executor) -> GradeStore:
    store = GradeStore(out)
    roster = read_roster(room.root / "roster.csv")
    book = grade_folder(
        room.assignment, room.submissions, store, executor, roster=roster,
        now=lambda: datetime.datetime.now(datetime.UTC),
    )  # fmt: skip
    write_outputs(store, room.assignment, book)
    return store


def _files(store: GradeStore) -> dict[str, bytes]:
    """All that a grading leaves, but for the clock and the libraries' own words."""
    return {
        str(path.relative_to(store.folder)): path.read_bytes()
        for path in sorted(store.folder.rglob("*"))
        if path.is_file() and path.name not in ("audit.jsonl", "worker.log")
    }


def test_the_gradebook_of_a_cluster_that_loses_a_worker_is_that_of_one_machine(
    classroom: Any, cluster: Any, tmp_path: Path
) -> None:
    killed: list[str] = []
    killer = threading.Thread(target=kill_in_mid_task, args=(cluster, "w0", killed))
    killer.start()
    far = _grade(
        classroom, tmp_path / "far", DaskExecutor(cluster.address, LocalExecutor(log=tmp_path / "a.log"))
    )
    killer.join()
    assert killed, "the worker was never seen at work"

    here = _grade(classroom, tmp_path / "here", LocalExecutor(log=tmp_path / "b.log"))
    assert here.gradebook_file.read_bytes() == far.gradebook_file.read_bytes()
    assert _files(here) == _files(far)
    book = here.gradebook()
    assert book is not None and sum(grade.status == "waiting" for grade in book.grades) == 9
    audit = (far.folder / "audit.jsonl").read_bytes()
    assert audit.count(b'"recompute"') == 9  # each once, whoever died
