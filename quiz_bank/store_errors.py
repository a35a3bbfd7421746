"""What can go wrong with the learner's progress, each with a stable code and the next step."""

from datetime import datetime
from pathlib import Path


class StoreError(Exception):
    """Something about ``progress.db``; ``code`` is stable, the message is English and says what to do."""

    code = "store.failed"

    def __init__(self, path: Path | str, message: str, hint: str = "") -> None:
        super().__init__(f"{path}: {message}" + (f"; {hint}" if hint else ""))
        self.path = path
        self.message = message
        self.hint = hint


class StoreLockedError(StoreError):
    """Another running program holds this home."""

    code = "store.locked"

    def __init__(self, path: Path, pid: int, since: datetime | None) -> None:
        when = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
        super().__init__(
            path, f"in use by process {pid}{when}", "close that one, open read-only, or choose another --home"
        )
        self.pid = pid
        self.since = since


class StoreCorruptError(StoreError):
    """The file is damaged. It has been left as it is; ``backup`` is the newest good copy, if there is one."""

    code = "store.corrupt"

    def __init__(self, path: Path, reason: str, backup: Path | None) -> None:
        hint = f"restore the backup {backup.name}" if backup else "there is no good backup: start afresh"
        super().__init__(path, f"damaged ({reason})", hint + "; the damaged file is set aside, never deleted")
        self.reason = reason
        self.backup = backup


class StoreTooNewError(StoreError):
    """Written by a newer FineTutor; refused and left untouched."""

    code = "store.newer"

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            path,
            f"has schema {found}, this program knows up to {known}",
            "update FineTutor; nothing was changed",
        )
        self.found = found
        self.known = known


class StoreForeignError(StoreError):
    """A SQLite file, but another program's."""

    code = "store.foreign"

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, "is a database of another program", "choose another --home; nothing was changed"
        )


class StoreUnwritableError(StoreError):
    """The folder cannot be made or written."""

    code = "store.unwritable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"cannot be written ({reason})", "choose another folder with --home")


class StoreFullError(StoreError):
    """The disk is full; the change was rolled back and what was there before is intact."""

    code = "store.full"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"no room ({reason})", "free some space and repeat; nothing was lost")


class StoreReadOnlyError(StoreError):
    """A change was asked of a store that was opened read-only."""

    code = "store.read_only"

    def __init__(self, path: Path | str) -> None:
        super().__init__(path, "was opened read-only", "close the other program and open it again")


class UnknownItemError(StoreError):
    """An item id that the store has never been told about."""

    code = "store.unknown_item"

    def __init__(self, path: Path | str, item: str) -> None:
        super().__init__(path, f"no item {item!r}", "register the bank's items first")
        self.item = item
