"""Opening a learner's progress whatever state the home is in, and saying what was done about it.

A home that cannot be written gives a store in memory, one that is in use a read-only store; each comes with a
notice. Only what needs a decision raises: a damaged file (restore or start afresh) and one that is not ours or
of a newer schema.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal

import msgspec

from quiz_bank import backups
from quiz_bank.records import ItemRef
from quiz_bank.storage import connect_read_only, lock_folder
from quiz_bank.store import Store
from quiz_bank.store_errors import (
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreUnwritableError,
)

NoticeCode = Literal["memory", "read-only", "no-backup", "backup-made"]


class Notice(msgspec.Struct, frozen=True):
    """Something the learner should know; ``code`` is stable for translation, ``values`` fill the sentence."""

    code: NoticeCode
    message: str
    values: dict[str, str] = {}


class Opened(msgspec.Struct, frozen=True):
    """A store that can be used, and what there is to say about it."""

    store: Store
    notices: tuple[Notice, ...] = ()


def open_progress(
    path: Path,
    folder: Path,
    items: Iterable[ItemRef] = (),
    *,
    now: datetime,
    zone: tzinfo | None = None,
    read_only: bool = False,
) -> Opened:
    """Open ``progress.db``, make the bank's items known, make a backup if one is due.

    Args:
        path: the database.
        folder: where backups are kept.
        items: the bank's (``records.refs``).

    Raises:
        StoreCorruptError: damaged. ``backup`` names the newest good copy: ask, then ``recover``.
        StoreTooNewError: of a newer schema.
        StoreForeignError: another program's file.
    """
    notices: list[Notice] = []
    try:
        store = Store.open(path, now=now, zone=zone, read_only=read_only)
    except StoreLockedError as error:
        notices.append(
            Notice(
                "read-only", f"{error}: opened read-only", {"pid": str(error.pid), "since": str(error.since)}
            )
        )
        store = Store.open(path, now=now, zone=zone, read_only=True)
    except StoreCorruptError as error:
        raise StoreCorruptError(path, error.reason, backups.newest_good(folder)) from error
    except (StoreUnwritableError, StoreFullError) as error:
        notices.append(
            Notice(
                "memory",
                f"{error}: progress is kept in memory and is lost when the program ends",
                {"path": str(path), "reason": error.message},
            )
        )
        store = _in_memory(path, zone)
    if not store.read_only:
        store.register(items, now)
        notices += _backup(store, folder, now)
    return Opened(store, tuple(notices))


def recover(path: Path, backup: Path | None, *, now: datetime) -> Path | None:
    """Set the damaged database aside and put ``backup`` in its place; None starts afresh.

    Returns:
        Where the damaged file is now.

    Raises:
        StoreLockedError: another program has the home open.
    """
    lock = lock_folder(path, now)
    try:
        if backup is not None:
            return backups.restore(path, backup, now)
        return backups.set_aside(path, now) if path.exists() else None
    finally:
        lock.release()


def _in_memory(path: Path, zone: tzinfo | None) -> Store:
    """A store in memory, with what can be read of the one on the disk."""
    store = Store.in_memory(zone=zone)
    try:
        if path.exists():
            old = connect_read_only(path)
            with store.whole() as db:
                old.backup(db)
            old.close()
    except (StoreError, sqlite3.Error):
        pass  # Unreadable as well: an empty store is what is left, and the notice has been given.
    return store


def _backup(store: Store, folder: Path, now: datetime) -> list[Notice]:
    if store.path is None or not backups.backup_due(folder, now):
        return []
    if not store.rows("SELECT 1 FROM review LIMIT 1"):
        return []  # nothing to lose yet
    try:
        made = backups.make_backup(store.path, folder, now)
    except StoreFullError as error:
        return [Notice("no-backup", f"no backup was made: {error}", {"reason": error.message})]
    return [Notice("backup-made", f"backup {made.name}", {"name": made.name})]
