"""What the grading page remembers when it is closed: which class it was, where one stood, words half written."""

from pathlib import Path

import msgspec

from labs.runs import write_atomically


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into a dialog and not kept yet."""

    points: str = ""
    comment: str = ""
    reason: str = ""


class GradeMemory(msgspec.Struct, kw_only=True):
    """``grading.json`` of the home."""

    folder: str = ""
    """Of the bundles."""
    assignment: str = ""
    out: str = ""
    roster: str = ""
    sort: int = 0
    wanted: int = 0
    at: str = ""
    """Digest of the submission (or the student's id) one stood on."""
    drafts: dict[str, Draft] = {}
    """By ``<digest>/<item>``; ``<digest>/`` for the total, ``<digest>//`` for the comment on the whole."""


class MemoryFile:
    """Reads and writes it; a home that cannot be written keeps it for this session only."""

    def __init__(self, home: Path) -> None:
        self._path = home / "grading.json"
        self.memory = GradeMemory()
        try:
            self.memory = msgspec.json.decode(self._path.read_bytes(), type=GradeMemory)
        except (OSError, msgspec.DecodeError):
            return  # nothing remembered is how one begins

    def save(self) -> bool:
        """Write it; False where it cannot be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, msgspec.json.encode(self.memory))
        except OSError:
            return False
        return True

    def draft(self, key: str) -> Draft | None:
        """What was typed there."""
        return self.memory.drafts.get(key)

    def keep_draft(self, key: str, draft: Draft | None) -> None:
        """Remember it, or forget it once it is kept for good."""
        if draft is None:
            self.memory.drafts.pop(key, None)
        else:
            self.memory.drafts[key] = draft
        self.save()
