"""Copies of ``progress.db``: made only of a database that passes its check, the oldest thinned out."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quiz_bank.storage import check, quick_check, typed_errors
from quiz_bank.store_errors import StoreCorruptError, StoreError, StoreFullError

_STAMP = "%Y%m%dT%H%M%SZ"
_SPARE_BYTES = 1 << 20


def make_backup(path: Path, folder: Path, now: datetime) -> Path:
    """Check the database, copy it, check the copy, then thin the folder.

    The copy is written under another name, flushed and renamed, so that a crash or a full disk leaves the
    older backups as they were.

    Returns:
        The new backup.

    Raises:
        StoreCorruptError: the database is damaged; a damaged one is never backed up.
        StoreFullError: not enough room; nothing was changed.
    """
    target = folder / f"progress-{now.astimezone(UTC).strftime(_STAMP)}.db"
    partial = folder / f".{target.name}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        needed = sum(part.stat().st_size for part in _family(path)) + _SPARE_BYTES
        if shutil.disk_usage(folder).free < needed:
            raise StoreFullError(folder, f"a backup needs {needed >> 20} MiB")
        partial.unlink(missing_ok=True)
        with typed_errors(path):
            _copy(path, partial)
        _flush(partial)
        partial.replace(target)
        _flush(folder)
    except OSError as error:
        raise StoreFullError(folder, error.strerror or str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    for old in thinned(backups(folder), now):
        old.unlink(missing_ok=True)
    return target


def backups(folder: Path) -> list[Path]:
    """Backups in a folder, newest first. Other files are left alone."""
    return sorted((path for path in folder.glob("progress-*.db") if _made_at(path)), reverse=True)


def backup_due(folder: Path, now: datetime, every: timedelta = timedelta(hours=20)) -> bool:
    """Whether the newest backup is old enough for another."""
    found = backups(folder)
    made = _made_at(found[0]) if found else None
    return made is None or now - made >= every


def newest_good(folder: Path) -> Path | None:
    """The newest backup that passes its check; None if none does."""
    for path in backups(folder):
        try:
            check(path)
        except StoreError:
            continue
        if path.stat().st_size:
            return path
    return None


def set_aside(path: Path, now: datetime) -> Path:
    """Move a damaged database and its companions out of the way, under a name of their own.

    Returns:
        Where the database is now. Nothing is ever overwritten.
    """
    stamp = now.astimezone(UTC).strftime(_STAMP)
    number = 0
    while (
        aside := path.with_name(f"{path.name}.damaged-{stamp}" + (f"-{number}" if number else ""))
    ).exists():
        number += 1
    for part in _family(path):
        part.rename(aside.with_name(aside.name + part.name.removeprefix(path.name)))
    _flush(path.parent)
    return aside


def restore(path: Path, backup: Path, now: datetime) -> Path | None:
    """Put a backup in the database's place; what is there now is set aside first. Hold the home's lock.

    Returns:
        Where the old database went; None if there was none.

    Raises:
        StoreCorruptError: the backup itself is damaged; nothing was changed.
    """
    check(backup)
    partial = path.with_name(f".{path.name}.restoring")
    shutil.copyfile(backup, partial)
    _flush(partial)
    aside = set_aside(path, now) if path.exists() else None
    partial.replace(path)
    _flush(path.parent)
    return aside


def thinned(found: Sequence[Path], now: datetime) -> list[Path]:
    """Backups to drop: all of the last two days stay, then one a day for two weeks, one a week for two
    months, one a month after that.
    """
    kept: set[tuple[str, object]] = set()
    dropped = []
    for path in sorted(found, reverse=True):
        made = _made_at(path)
        assert made is not None
        age = now - made
        if age <= timedelta(days=2):
            continue
        if age <= timedelta(days=14):
            slot: tuple[str, object] = ("day", made.date())
        elif age <= timedelta(days=60):
            slot = ("week", made.isocalendar()[:2])
        else:
            slot = ("month", (made.year, made.month))
        if slot in kept:
            dropped.append(path)
        kept.add(slot)
    return dropped


def _copy(source: Path, target: Path) -> None:
    reader = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    try:
        if findings := quick_check(reader):
            raise StoreCorruptError(source, findings[0], None)
        writer = sqlite3.connect(target)
        try:
            reader.backup(writer)
            writer.execute(
                "PRAGMA journal_mode = DELETE"
            )  # one file, readable in a folder without write access
            if findings := quick_check(writer):
                raise StoreCorruptError(target, findings[0], None)
        finally:
            writer.close()
    finally:
        reader.close()


def _family(path: Path) -> list[Path]:
    return [
        part for end in ("", "-wal", "-shm", "-journal") if (part := path.with_name(path.name + end)).exists()
    ]


def _made_at(path: Path) -> datetime | None:
    try:
        stamp = path.stem.removeprefix("progress-")
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _flush(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
