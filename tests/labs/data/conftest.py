"""Files and rows that the data tests share."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def lines_file(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as JSON lines and return the path."""

    def write(rows: Sequence[Any], name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def chat() -> Callable[..., dict[str, Any]]:
    """One exchange as ``messages``."""

    def row(question: str, answer: str, **columns: Any) -> dict[str, Any]:
        turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        return {**columns, "messages": turns}

    return row
