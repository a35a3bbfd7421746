"""One writer a home: a lock file that names its holder by process id and start time.

The kernel drops the lock when its holder dies, however it dies, so a crash never leaves a home locked; the
text in the file is for people.
"""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from quiz_bank.store_errors import StoreLockedError, StoreUnwritableError


class Holder(msgspec.Struct, frozen=True):
    """Who has the home open."""

    pid: int
    since: datetime


class HomeLock:
    """A held lock. ``acquire`` makes one; ``release`` gives it back."""

    def __init__(self, file: int, path: Path) -> None:
        self._file: int | None = file
        self.path = path

    @classmethod
    def acquire(cls, path: Path, now: datetime) -> "HomeLock":
        """Take the lock at ``path``, or say who has it.

        Raises:
            StoreLockedError: another process has it.
            StoreUnwritableError: the lock file cannot be made.
        """
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnwritableError(path.parent, error.strerror or str(error)) from error
        if not _lock(file):
            holder = _read(file)
            os.close(file)
            raise StoreLockedError(path, holder.pid if holder else 0, holder.since if holder else None)
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, msgspec.json.encode(Holder(os.getpid(), now.astimezone(UTC))), 0)
        except OSError:
            pass  # A full disk must not keep the learner out: the lock itself is held.
        return cls(file, path)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two programs hold two files."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _read(file: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(file, 4096, 0), type=Holder)
    except (msgspec.DecodeError, OSError):
        return None


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
