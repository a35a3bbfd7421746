"""Is that process still the one that was started? A pid alone is reused; a pid with its start time is not."""

import os
from pathlib import Path


def identity_of(pid: int) -> str:
    """A string that no other process of this machine, before or after, shares; empty where there is none.

    On Linux the boot id and the start time in clock ticks, which no change of the clock moves; elsewhere
    psutil's creation time. A zombie counts as gone: it has ended and only waits to be collected.
    """
    stat = Path(f"/proc/{pid}/stat")
    boot = Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return ""
        if fields[0] in "ZX":
            return ""
        return f"{boot.read_text(encoding='ascii').strip()}/{fields[19]}"
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""


def is_running(pid: int, identity: str) -> bool:
    """Whether the process that had ``identity`` is alive."""
    return pid > 0 and bool(identity) and identity_of(pid) == identity


def own_identity() -> str:
    """This process's identity."""
    return identity_of(os.getpid())
