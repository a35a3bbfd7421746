"""The labs' tasks: frozen rows in JSONL, the generators that wrote them, and where they lie."""

from pathlib import Path

TASKS_DIR: Path = Path(__file__).resolve().parent
"""Holds `<task>/{train,validation,test}.jsonl`."""

SPLITS = ("train", "validation", "test")
"""A task's files; test rows are built so that no training row repeats their phrasing or their entities."""
