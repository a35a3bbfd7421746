"""Facts that move, and tables that items share: each with its date and source, in one place."""

from datetime import date

import msgspec

from quiz_bank.questions import Key, Name, Value
from quiz_bank.text import Text


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A price, quota, default or weight that may change; items say ``<<facts.NAME>>`` and formulas ``facts.NAME``."""

    name: Name
    value: Value
    unit: str = ""
    as_of: date
    source: str
    verified: bool = True
    note: Text | None = None


class FactTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Records that items draw from (``table = "models"``); every row has a ``name`` and the same columns."""

    id: Key
    as_of: date
    source: str
    rows: tuple[dict[Name, Value], ...] = msgspec.field(name="row")
