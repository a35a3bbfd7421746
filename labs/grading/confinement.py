"""Run a program that reads hostile bytes: limits, a deadline for everything it started, no network where that works."""

import contextlib
import functools
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from labs.grading.limits import Limits

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 65536
_NAMESPACES = (
    # Its own user, network and process ids: nothing it starts outlives it, even after setsid.
    (
        "limits+user+net+pid",
        ("--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child=SIGKILL"),
    ),
    ("limits+user+net", ("--user", "--map-root-user", "--net")),
)


class Confined(msgspec.Struct, frozen=True, kw_only=True):
    """How a confined program ended."""

    code: int
    """Exit status; negative: killed by that signal."""
    output: bytes
    errors: bytes
    """The end of what it said on stderr."""
    timed_out: bool = False
    flooded: bool = False
    """It said more than it may; the rest was dropped and it was killed."""
    isolation: str = "limits"


@functools.cache
def isolation() -> tuple[str, tuple[str, ...]]:
    """The strongest tier that works here, by trying it: its name and the command that goes before the program's."""
    unshare = shutil.which("unshare")
    if unshare is not None and sys.platform == "linux":
        for name, options in _NAMESPACES:
            command = (unshare, *options, "--")
            try:
                tried = subprocess.run([*command, "true"], capture_output=True, timeout=10, check=False)
            except (OSError, subprocess.TimeoutExpired):
                continue
            if tried.returncode == 0:
                return name, command
    return "limits", ()


def run_confined(argv: Sequence[str], given: bytes, limits: Limits, *, cwd: Path) -> Confined:
    """Run ``argv`` with ``given`` on stdin until it ends, says too much, or its time is over.

    The program lowers its own resource limits first (``labs.grading.child``); here is what it cannot do for itself.
    """
    tier, prefix = isolation()
    process = subprocess.Popen(
        [*prefix, *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=_environment(),
        start_new_session=True,
        close_fds=True,
    )
    try:
        output, errors, timed_out, flooded = _talk(process, given, limits)
    finally:
        _kill_group(process)
    return Confined(
        code=process.returncode, output=output, errors=errors[-4000:], timed_out=timed_out, flooded=flooded,
        isolation=tier,
    )  # fmt: skip


def _talk(
    process: "subprocess.Popen[bytes]", given: bytes, limits: Limits
) -> tuple[bytes, bytes, bool, bool]:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    deadline = time.monotonic() + limits.seconds
    stdin, stdout, stderr = process.stdin.fileno(), process.stdout.fileno(), process.stderr.fileno()
    said = {stdout: bytearray(), stderr: bytearray()}
    rest = memoryview(given)
    os.set_blocking(stdin, False)
    with selectors.DefaultSelector() as selector:
        for descriptor in said:
            selector.register(descriptor, selectors.EVENT_READ)
        selector.register(stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(said[stdout]), bytes(said[stderr]), True, False
            for key, _ in selector.select(left):
                if key.fd == stdin:
                    try:
                        rest = rest[os.write(key.fd, rest[:_CHUNK]) :] if rest else rest
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        rest = memoryview(b"")
                    if not rest:
                        selector.unregister(key.fd)
                        process.stdin.close()
                    continue
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fd)
                elif key.fd == stdout:
                    said[key.fd] += chunk
                    if len(said[key.fd]) > limits.answer_bytes:
                        return bytes(said[key.fd][: limits.answer_bytes]), b"", False, True
                else:
                    said[key.fd] = (said[key.fd] + chunk)[-_CHUNK:]
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return bytes(said[stdout]), bytes(said[stderr]), True, False
    return bytes(said[stdout]), bytes(said[stderr]), False, False


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Everything in the session that was started for it; the session's id is its first process's."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            pipe.close()


def _environment() -> dict[str, str]:
    """Almost nothing: our own package, wherever it lies, and no module from the folder it runs in."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(_ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
    }
