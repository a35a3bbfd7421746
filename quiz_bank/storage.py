"""Opening SQLite files with care: nothing that is not ours, newer than us or damaged is ever written to."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from quiz_bank.lock import HomeLock
from quiz_bank.migrations import APPLICATION_ID, MIGRATIONS, migrate, schema_version
from quiz_bank.store_errors import (
    StoreCorruptError,
    StoreError,
    StoreForeignError,
    StoreFullError,
    StoreReadOnlyError,
    StoreTooNewError,
    StoreUnwritableError,
)

_MAGIC = b"SQLite format 3\x00"
_FULL = {
    "SQLITE_FULL",
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_SHMSIZE",
    "SQLITE_IOERR_TRUNCATE",
    "SQLITE_IOERR_FSYNC",
}
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


@contextmanager
def typed_errors(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    place = path or Path(":memory:")
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name in _FULL:
            raise StoreFullError(place, str(error)) from error
        if name.startswith(tuple(_DAMAGED)):
            raise StoreCorruptError(place, str(error), None) from error
        if name.startswith("SQLITE_READONLY"):
            raise StoreReadOnlyError(place) from error
        if name.startswith("SQLITE_CANTOPEN"):
            raise StoreUnwritableError(place, str(error)) from error
        raise StoreError(place, f"SQLite says {error} ({name})") from error


def lock_folder(path: Path, now: datetime) -> HomeLock:
    """Make the folder of ``path`` and take its lock."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(path, error.strerror or str(error)) from error
        raise StoreUnwritableError(path.parent, error.strerror or str(error)) from error
    return HomeLock.acquire(path.with_name(path.name + ".lock"), now)


def connect(path: Path) -> sqlite3.Connection:
    """Check, open for writing, migrate."""
    if path.exists():
        check(path)
    with typed_errors(path):
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            _settle(db)
            migrate(db)
        except BaseException:
            db.close()
            raise
    return db


def connect_in_memory() -> sqlite3.Connection:
    """An empty database in memory, of the current schema."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _settle(db)
    migrate(db)
    return db


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open what is there without writing a byte beside it, if that is possible."""
    if not path.exists():
        raise StoreUnwritableError(path, "there is no such file to read")
    check(path)
    db = _reader(path)
    if schema_version(db) < len(MIGRATIONS):
        # An older schema cannot be migrated in place here, so a migrated copy in memory is read.
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        db.backup(copy)
        db.close()
        migrate(copy)
        return copy
    return db


def check(path: Path) -> None:
    """Raise unless the file is a whole database of ours that this program knows how to read.

    Everything is looked at through a read-only connection, so that a file that is refused is left untouched.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise StoreUnwritableError(path, error.strerror or str(error)) from error
    if not header:
        if _leftovers(path):
            raise StoreCorruptError(path, "it is empty", None)
        return
    if header[:16] != _MAGIC or len(header) < 100:
        raise StoreCorruptError(path, "it does not begin as a database does", None)
    with typed_errors(path):
        db = _glance(path)
        try:
            owner = db.execute("PRAGMA application_id").fetchone()[0]
            version = schema_version(db)
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if tables and owner != APPLICATION_ID:
                raise StoreForeignError(path)
            if version > len(MIGRATIONS):
                raise StoreTooNewError(path, version, len(MIGRATIONS))
            findings = quick_check(db)
        finally:
            db.close()
    if findings:
        raise StoreCorruptError(path, findings[0], None)


def quick_check(db: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the pages; empty if nothing."""
    try:
        found = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


def _reader(path: Path) -> sqlite3.Connection:
    """A connection for as long as one likes, beside a writer too."""
    uri = path.absolute().as_uri()
    db = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # A WAL database in a folder that cannot be written: readable only as a file that does not change.
        db.close()
        return _still(path)
    return db


def _glance(path: Path) -> sqlite3.Connection:
    """A connection for one look, which leaves no -wal and -shm behind where there were none."""
    return _reader(path) if path.with_name(path.name + "-wal").exists() else _still(path)


def _still(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _settle(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA cache_size = -16000")


def _leftovers(path: Path) -> bool:
    backups = path.parent / "backups"
    return backups.is_dir() and any(backups.glob("*.db"))
