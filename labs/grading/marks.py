"""What a person decides: points for written work, comments, an override with its reason."""

from typing import Literal

import msgspec


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's decision on one rubric item."""

    points: float
    comment: str = ""
    reason: str = ""
    """Required where it replaces automatic points."""


class Marks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``marks/<digest>.json``: all decisions on one submission."""

    format_version: Literal[1] = 1
    items: dict[str, Mark] = {}
    total: float | None = None
    """Replaces the computed total."""
    reason: str = ""
    """Why the total was replaced; required with it."""
    comment: str = ""
    """To the student, on the whole."""
