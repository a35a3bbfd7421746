"""``python -m labs.grading.child``: an IntakeOrder on stdin, an IntakeReport on stdout, limits in between."""

import os
import resource
import sys

import msgspec

from labs.grading.intake import IntakeOrder, take_in
from labs.grading.limits import Limits

OUT_OF_DISK = 74
"""Exit status where the instructor's disk, not the submission, is the trouble (EX_IOERR of sysexits.h)."""


def confine_oneself(limits: Limits) -> None:
    """Lower what this process may take, never to be raised again."""
    for what, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.written_bytes),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def main() -> int:
    """Do one order."""
    # What is printed by accident must not end up in the answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=IntakeOrder)
    confine_oneself(order.limits)
    try:
        report = take_in(order)
    except OSError as error:
        print(f"{error.filename or order.folder}: {error.strerror}", file=sys.stderr)
        return OUT_OF_DISK
    data = memoryview(msgspec.json.encode(report))
    while data:
        data = data[os.write(answer, data) :]
    return 0


if __name__ == "__main__":
    sys.exit(main())
