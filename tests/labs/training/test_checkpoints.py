"""Checkpoints through kills, full disks and every kind of damage (trap 7; faults 2, 3 and 6)."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labs.errors import RunError
from labs.training.checkpoints import (
    KEPT,
    find_checkpoint,
    refuse_without_space,
    replace_folder,
    whole_files_only,
    write_checkpoint,
)

FILES = ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json")


def fill(folder: Path) -> None:
    """As much as a checkpoint holds, in small."""
    for name in FILES:
        (folder / name).write_bytes(f"{folder.name} {name} ".encode() * 50)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with checkpoints of steps 10 and 20."""
    for step in (10, 20):
        write_checkpoint(tmp_path / "checkpoints", step, fill)
    return tmp_path / "checkpoints"


def test_the_newest_whole_checkpoint_is_found(two: Path) -> None:
    found = find_checkpoint(two)
    assert found is not None
    assert (found.step, found.rejected, found.missing_state) == (20, (), ())


def test_the_newest_two_are_kept(two: Path) -> None:
    write_checkpoint(two, 30, fill)
    assert [path.name for path in sorted(two.iterdir())] == ["step-000020", "step-000030"]
    assert KEPT == 2


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "weights gone": lambda folder: (folder / FILES[0]).unlink(),
    "weights truncated": lambda folder: (folder / FILES[0]).write_bytes(
        (folder / FILES[0]).read_bytes()[:100]
    ),
    "weights with one bit flipped": lambda folder: flip(folder / FILES[0]),
    "optimizer empty": lambda folder: (folder / "optimizer.pt").write_bytes(b""),
    "RNG state with one bit flipped": lambda folder: flip(folder / "rng_state.pth"),
    "trainer state gone": lambda folder: (folder / "trainer_state.json").unlink(),
    "manifest gone": lambda folder: (folder / "manifest.json").unlink(),
    "manifest truncated": lambda folder: (folder / "manifest.json").write_bytes(b'{"step": 20, "files": {'),
    "an empty folder": lambda folder: [path.unlink() for path in folder.iterdir()] and None,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_checkpoint_is_passed_over_and_named(two: Path, kind: str) -> None:
    DAMAGE[kind](two / "step-000020")
    found = find_checkpoint(two)
    assert found is not None
    assert found.step == 10
    assert len(found.rejected) == 1 and found.rejected[0].startswith("step-000020: ")


def test_nothing_whole_means_a_new_start_with_the_reasons(two: Path) -> None:
    for step in ("step-000010", "step-000020"):
        flip(two / step / FILES[0])
    found = find_checkpoint(two)
    assert found is not None
    assert (found.step, len(found.rejected)) == (0, 2)
    assert find_checkpoint(two / "nothing") is None


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_fault_3_lost_state_is_refused_unless_asked_for(tmp_path: Path, name: str) -> None:
    only = write_checkpoint(tmp_path / "checkpoints", 10, fill)
    flip(only / name)
    with pytest.raises(RunError) as caught:
        find_checkpoint(tmp_path / "checkpoints")
    assert caught.value.code == "resume.inexact" and name in str(caught.value)
    found = find_checkpoint(tmp_path / "checkpoints", allow_inexact=True)
    assert found is not None and found.missing_state == (name,)
    usable = whole_files_only(found, tmp_path / "usable")
    assert {path.name for path in usable.iterdir()} == {*FILES, "manifest.json"} - {name}


def test_fault_2_a_kill_while_writing_leaves_the_older_checkpoint(two: Path) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from labs.training.checkpoints import write_checkpoint\n"
        "def write(folder):\n"
        "    (folder / 'adapter_model.safetensors').write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_checkpoint(Path(sys.argv[1]), 30, write)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(two)], check=False)
    assert killed.returncode == -signal.SIGKILL
    found = find_checkpoint(two)
    assert found is not None and found.step == 20
    write_checkpoint(two, 30, fill)
    assert not list(two.glob(".staged*")), "the next one clears what was left"


@contextmanager
def full_disk(byte_limit: int) -> Iterator[None]:
    """No file may grow beyond ``byte_limit``: writes fail as on a full disk, with EFBIG for ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (byte_limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_fault_6_a_full_disk_leaves_the_older_checkpoint_and_no_litter(two: Path) -> None:
    from labs.training.failures import is_disk_full

    with full_disk(500), pytest.raises(OSError, match="File too large") as caught:
        write_checkpoint(two, 30, fill)
    assert is_disk_full(caught.value)
    found = find_checkpoint(two)
    assert found is not None and found.step == 20
    assert sorted(path.name for path in two.iterdir()) == ["step-000010", "step-000020"]


def test_fault_6_space_is_asked_for_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        refuse_without_space(tmp_path, 1e12)
    assert caught.value.code == "disk_full"
    assert "MiB free" in str(caught.value)


def test_the_adapter_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    replace_folder(tmp_path / "adapter", fill)
    before = {path.name: path.read_bytes() for path in (tmp_path / "adapter").iterdir()}
    with full_disk(500), pytest.raises(OSError, match="File too large"):
        replace_folder(tmp_path / "adapter", fill)
    assert {path.name: path.read_bytes() for path in (tmp_path / "adapter").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]
