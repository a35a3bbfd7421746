"""Find a value in a row by a dotted name, such as ``group`` or ``meta.customer``."""

from typing import Any

from labs.data.errors import DataError
from labs.data.records import Row


def column(row: Row, name: str) -> str | None:
    """The value at ``name`` as text; None where the row has none (a missing key, or null)."""
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise DataError(
            "column.nested", f"{name} holds a {type(value).__name__}, not a single value", field=name
        )
    return str(value)
