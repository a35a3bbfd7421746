"""What a child may do to its parent: nothing. It is stopped with all it started, whatever it says or does."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.errors import LabsError
from labs.grading.confinement import isolation, run_confined
from labs.grading.executor import take_in_confined
from labs.grading.intake import IntakeOrder
from labs.grading.limits import Limits

FORKS = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        for number in range(int(time.time()) + 3600):
            open(sys.argv[1], "a").write(".")
            time.sleep(0.02)
print("started", flush=True)
time.sleep(3600)
"""


def script(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "child.py"
    path.write_text(text)
    return [sys.executable, str(path), str(tmp_path / "heartbeat")]


def order(tmp_path: Path, data: bytes, expected: Any, limits: Limits) -> IntakeOrder:
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(data)
    return IntakeOrder(
        archive=str(archive), digest=hashlib.sha256(data).hexdigest(), folder=str(tmp_path / "unpacked"), expected=expected,
        limits=limits,
    )  # fmt: skip


def test_a_child_that_hangs_and_forks_is_stopped_with_everything_it_started(tmp_path: Path) -> None:
    ended = run_confined(script(tmp_path, FORKS), b"", Limits(seconds=5), cwd=tmp_path)
    assert ended.timed_out and ended.output == b"started\n"
    if "pid" not in isolation()[0]:
        pytest.skip("without pid namespaces what leaves the session is not reached")
    beats = (tmp_path / "heartbeat").stat().st_size
    for _ in range(3):  # each takes longer than a heart's beat
        run_confined([sys.executable, "-c", "pass"], b"", Limits(), cwd=tmp_path)
    assert (tmp_path / "heartbeat").stat().st_size == beats


def test_a_child_that_floods_its_output_is_cut_off(tmp_path: Path) -> None:
    flood = script(tmp_path, "import os\nwhile True: os.write(1, b'x' * 65536)\n")
    ended = run_confined(flood, b"", Limits(answer_bytes=10**6), cwd=tmp_path)
    assert ended.flooded and len(ended.output) == 10**6


def test_a_child_that_floods_its_errors_keeps_the_last_of_them(tmp_path: Path) -> None:
    flood = script(
        tmp_path, "import os\nfor n in range(300): os.write(2, b'x' * 65536)\nos.write(2, b'last')\n"
    )
    ended = run_confined(flood, b"", Limits(), cwd=tmp_path)
    assert (ended.code, ended.errors[-4:], len(ended.errors)) == (0, b"last", 4000)


def test_a_child_that_never_reads_is_given_up(tmp_path: Path) -> None:
    deaf = script(tmp_path, "import time\ntime.sleep(3600)\n")
    assert run_confined(deaf, bytes(2**22), Limits(seconds=0.5), cwd=tmp_path).timed_out


def test_the_network_is_cut_where_the_system_allows(tmp_path: Path) -> None:
    if "net" not in isolation()[0]:
        pytest.skip("no network namespaces here")
    connects = script(
        tmp_path,
        "import socket\nprint([name for _, name in socket.if_nameindex()])\ns = socket.socket()\ns.settimeout(1)\nprint(s.connect_ex(('127.0.0.1', 9)))\n",
    )
    said = run_confined(connects, b"", Limits(), cwd=tmp_path).output.decode().splitlines()
    assert said[0] == "['lo']" and said[1] != "0"  # a loopback that is down, and nothing else


def test_a_good_bundle_goes_through_the_child_as_it_does_in_process(
    tmp_path: Path, kit: Any, expected: Any
) -> None:
    report = take_in_confined(order(tmp_path, kit.bundle(), expected, kit.limits))
    assert (report.intake, report.arithmetic, report.student) == ((), (), "s1")
    assert (tmp_path / "unpacked" / "adapter.safetensors").is_file()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("import os; os.kill(os.getpid(), 11)", "intake.crashed"),
        ("import os; os.kill(os.getpid(), 7)", "intake.crashed"),
        ("raise SystemExit(3)", "intake.crashed"),
        ("print('{')", "intake.crashed"),
        ("pass", "intake.crashed"),
        ("import time; time.sleep(3600)", "intake.timeout"),
        ("import resource as r; r.setrlimit(r.RLIMIT_AS, (2**28, 2**28)); bytearray(2**30)", "intake.crashed"),
    ],
)  # fmt: skip
def test_a_child_that_ends_badly_is_a_named_refusal(
    tmp_path: Path, kit: Any, expected: Any, text: str, code: str
) -> None:
    limits = msgspec.structs.replace(kit.limits, seconds=1.0 if "sleep" in text else 20.0)
    report = take_in_confined(order(tmp_path, kit.bundle(), expected, limits), script(tmp_path, text))
    assert [finding.code for finding in report.intake] == [code]


def test_limits_hold_inside_the_child(tmp_path: Path) -> None:
    tries = """
import resource, sys, os
from labs.grading.child import confine_oneself
from labs.grading.limits import Limits
confine_oneself(Limits(memory_bytes=2**29, written_bytes=1000, cpu_seconds=1))
try: bytearray(2**30); print("memory: no limit")
except MemoryError: print("memory")
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
print("file" if os.write(file, bytes(5000)) == 1000 else "file: no limit")
try: resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40)); print("root raises what it likes")
except (ValueError, PermissionError): print("kept")
sys.stdout.flush()
while True: pass
"""
    ended = run_confined(script(tmp_path, tries), b"", Limits(seconds=60), cwd=tmp_path)
    assert ended.output.split()[:2] == [b"memory", b"file"]
    assert not ended.timed_out and ended.code != 0  # the processor's time ran out


def test_a_full_disk_is_the_instructors_and_not_the_students(tmp_path: Path, kit: Any, expected: Any) -> None:
    full = "import sys; sys.stderr.write('No space left on device'); sys.exit(74)"
    with pytest.raises(LabsError) as caught:
        take_in_confined(order(tmp_path, kit.bundle(), expected, kit.limits), script(tmp_path, full))
    assert caught.value.code == "grading.disk"


def test_a_bundle_that_changes_while_it_is_graded_is_refused(tmp_path: Path, kit: Any, expected: Any) -> None:
    wanted = order(tmp_path, kit.bundle(), expected, kit.limits)
    Path(wanted.archive).write_bytes(kit.bundle(student="another"))
    assert [finding.code for finding in take_in_confined(wanted).intake] == ["archive.changing"]


def test_a_link_planted_where_a_bundle_is_unpacked_is_not_followed(
    tmp_path: Path, kit: Any, expected: Any
) -> None:
    wanted = order(tmp_path, kit.bundle(), expected, kit.limits)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "spec.json").write_text("mine")
    Path(wanted.folder).symlink_to(tmp_path / "precious")
    assert not take_in_confined(wanted).refused
    assert (tmp_path / "precious" / "spec.json").read_text() == "mine"
    assert not Path(wanted.folder).is_symlink()
