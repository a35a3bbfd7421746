"""The folder that grading writes: it may lie among the bundles, and one grading at a time works in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from labs.errors import LabsError
from labs.grading.archives import find_archives
from labs.grading.limits import Limits
from labs.grading.store import GradeStore, StoreError
from labs.runs import write_atomically


def test_what_grading_wrote_among_the_bundles_is_not_handed_in(tmp_path: Path) -> None:
    store = GradeStore(tmp_path / "grades")
    store.prepare()
    (store.folder / "gradebook.json").write_text("{}", encoding="utf-8")
    (store.folder / "evidence" / "one.json").write_text("{}", encoding="utf-8")
    (tmp_path / "late" / "grades").mkdir(parents=True)
    (tmp_path / "late" / "grades" / "s1.zip").write_bytes(b"PK")
    found = find_archives(tmp_path, Limits(), leave_out=store.folder)
    assert [archive.name for archive in found] == ["late/grades/s1.zip"], "only the very folder is left out"


def test_grades_do_not_go_into_the_folder_of_bundles_itself(tmp_path: Path) -> None:
    with pytest.raises(LabsError, match="Choose another --out"):
        find_archives(tmp_path, Limits(), leave_out=tmp_path)


def test_a_second_grading_of_the_same_folder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    hold = (
        "import sys\nfrom pathlib import Path\nfrom labs.grading.store import GradeStore\n"
        "with GradeStore(Path(sys.argv[1])).held():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", hold, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        with pytest.raises(StoreError) as caught, GradeStore(tmp_path).held():
            pass
        first.kill()
    assert caught.value.code == "grading.busy" and str(tmp_path) in caught.value.message
    with GradeStore(tmp_path).held():
        pass


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "gradebook.csv"
    target.mkdir()  # a folder stands where the file should go
    with pytest.raises(OSError) as caught:
        write_atomically(target, b"x")
    assert caught.value.filename == str(target)
    assert list(tmp_path.iterdir()) == [target]
