"""Find what was handed in: every file of a folder that is not the instructor's own list, links and devices included."""

import datetime
import hashlib
import os
import stat
from pathlib import Path
from typing import Literal

import msgspec

from labs.errors import LabsError
from labs.grading.limits import Limits

_NOT_SUBMISSIONS = (".csv", ".toml", ".md", ".txt", ".html")


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was handed in."""

    path: Path
    name: str
    """Relative to the folder."""
    digest: str
    """SHA-256 of its bytes; of its name, where it has none that may be read."""
    bytes: int
    received: datetime.datetime
    received_from: Literal["receipts", "file"]


def find_archives(
    folder: Path,
    limits: Limits,
    receipts: dict[str, datetime.datetime] | None = None,
    *,
    leave_out: Path | None = None,
) -> list[Archive]:
    """All of a folder and its subfolders (as learning platforms export them), by name; no link is followed.

    Args:
        leave_out: the folder that grading writes, which may lie among the bundles.

    Raises:
        LabsError: ``grading.no_folder``, ``grading.same_folder``.
    """
    if not folder.is_dir():
        raise LabsError(
            "grading.no_folder", f"{folder} is no folder.", "Name the folder that the bundles lie in."
        )
    own = leave_out.resolve() if leave_out is not None else None
    if own == folder.resolve():
        raise LabsError(
            "grading.same_folder", f"{folder} holds the bundles and would hold the grades too.",
            "Choose another --out.",
        )  # fmt: skip
    found: dict[str, Archive] = {}
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if (Path(parent) / name).resolve() != own)
        linked = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*names, *linked]):
            path = Path(parent) / name
            if name.startswith(".") or name.lower().endswith(_NOT_SUBMISSIONS):
                continue
            archive = _archive(path, str(path.relative_to(folder)), limits, receipts or {})
            found.setdefault(archive.digest, archive)
    return list(found.values())


def _archive(path: Path, name: str, limits: Limits, receipts: dict[str, datetime.datetime]) -> Archive:
    status = path.lstat()
    if stat.S_ISREG(status.st_mode) and status.st_size <= limits.archive_bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    else:
        # Not to be read: a link, a device, or too large. It still must be told apart from the others.
        digest = hashlib.sha256(f"{name}\n{status.st_size}".encode("utf-8", "surrogateescape")).hexdigest()
    moment = receipts.get(name) or receipts.get(path.name)
    modified = datetime.datetime.fromtimestamp(int(status.st_mtime), datetime.UTC)
    return Archive(
        path=path, name=name, digest=digest, bytes=status.st_size, received=moment or modified,
        received_from="receipts" if moment else "file",
    )  # fmt: skip
