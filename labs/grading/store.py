"""The folder that grading writes: one JSON file of evidence a submission, replaced whole, and an append-only audit log.

```
OUT/evidence/<digest>.json   Evidence
OUT/marks/<digest>.json      Marks, a person's
OUT/unpacked/<digest>/       the parsed files of a bundle: adapter.safetensors, predictions.jsonl, ...
OUT/gradebook.json, .csv     made from the above, never read back but for "before and after"
OUT/audit.jsonl              who did what when; the only file with the clock in it
OUT/.grading.lock            held while a grading is at work
```
"""

import datetime
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from labs.errors import LabsError
from labs.grading.evidence import Evidence
from labs.grading.grade import Gradebook
from labs.grading.marks import Marks
from labs.runs import write_atomically

T = TypeVar("T")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class StoreError(LabsError):
    """The folder of a grading cannot be read or written."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``audit.jsonl``."""

    at: datetime.datetime
    action: str
    """``begin``, ``intake``, ``recompute``, ``mark``, ``override``, ``gradebook``, ``end``."""
    digest: str = ""
    detail: dict[str, Any] = {}


class GradeStore:
    """Evidence, marks and audit log in one folder. Keeps nothing in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def gradebook_file(self) -> Path:
        """``gradebook.json``."""
        return self.folder / "gradebook.json"

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            StoreError: ``grading.unwritable``.
        """
        try:
            for name in ("evidence", "marks", "unpacked"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "grading.unwritable", f"{self.folder}: {error.strerror}.", "Choose another --out."
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other gradings out while the body runs; the lock ends with its holder, however that ends.

        A person's marks need no lock: each is one file, replaced whole, and read again when the grades are made.

        Raises:
            StoreError: ``grading.busy``, ``grading.unwritable``.
        """
        self.prepare()
        with (self.folder / ".grading.lock").open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    "grading.busy", f"{self.folder}: another grading is at work in this folder.",
                    "Wait until it has ended, or choose another --out.",
                ) from error  # fmt: skip
            yield

    def evidence(self, digest: str) -> Evidence | None:
        """What is known about a submission; None before it was looked at (or where a damaged file must be redone)."""
        return _read(self._file("evidence", digest), Evidence)

    def save_evidence(self, evidence: Evidence) -> None:
        """Replace a submission's evidence."""
        write_atomically(self._file("evidence", evidence.digest), encode_pretty(evidence))

    def all_evidence(self) -> Iterator[Evidence]:
        """Every submission's, by digest."""
        for path in sorted((self.folder / "evidence").glob("*.json")):
            found = _read(path, Evidence)
            if found is not None:
                yield found

    def marks(self, digest: str) -> Marks:
        """A person's decisions; none yet is empty.

        Raises:
            StoreError: ``grading.bad_marks``: a damaged file, which nothing but its author can make good.
        """
        path = self._file("marks", digest)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Marks)
        except FileNotFoundError:
            return Marks()
        except msgspec.DecodeError as error:
            raise StoreError(
                "grading.bad_marks", f"{path}: {error}.", "Mend it, or take it away and mark again."
            ) from error

    def save_marks(self, digest: str, marks: Marks, *, now: datetime.datetime, action: str = "mark") -> None:
        """Replace a submission's marks and put it on record."""
        write_atomically(self._file("marks", digest), encode_pretty(marks))
        self.record(action, now=now, digest=digest, detail=msgspec.to_builtins(marks))

    def unpacked(self, digest: str) -> Path:
        """Folder of a bundle's parsed files; complete where evidence of its intake exists."""
        return self.folder / "unpacked" / _checked(digest)

    def gradebook(self) -> Gradebook | None:
        """The gradebook as last written."""
        return _read(self.gradebook_file, Gradebook)

    def record(
        self, action: str, *, now: datetime.datetime, digest: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Append one line to the audit log."""
        line = msgspec.json.encode(AuditEntry(at=now, action=action, digest=digest, detail=detail or {}))
        descriptor = os.open(self.folder / "audit.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, line + b"\n")
        finally:
            os.close(descriptor)

    def _file(self, kind: str, digest: str) -> Path:
        return self.folder / kind / f"{_checked(digest)}.json"


def encode_pretty(value: Any) -> bytes:
    """Indented JSON with sorted keys: the same value gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n"


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise StoreError("grading.bad_digest", f"{digest!r} is no SHA-256.")
    return digest


def _read(path: Path, kind: type[T]) -> T | None:
    """A damaged file counts as none: what it held is found out again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
