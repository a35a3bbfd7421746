"""The shape of a task row, and the files they freeze into."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One example: what is asked, the reference answer, and where it belongs.

    `group` is the unit that a fair split keeps together, or that a report breaks down by; `meta` holds what the
    task's metric needs (a schema, the expected fields, style markers).
    """

    id: str
    lang: str
    group: str
    prompt: str
    answer: str
    system: str = ""
    meta: dict[str, object] = {}

    def encoded(self) -> str:
        """The row as one JSON line in the chat form that trainers read."""
        messages = [{"role": "system", "content": self.system}] if self.system else []
        messages += [{"role": "user", "content": self.prompt}, {"role": "assistant", "content": self.answer}]
        row = {"id": self.id, "lang": self.lang, "group": self.group, "messages": messages, "meta": self.meta}
        return json.dumps(row, ensure_ascii=False)


Splits = Mapping[str, Sequence[Row]]
"""Rows by split name."""


def freeze(splits: Splits, folder: Path) -> None:
    """Write `train.jsonl`, `validation.jsonl` and `test.jsonl` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, rows in splits.items():
        (folder / f"{split}.jsonl").write_text(lines(rows), encoding="utf-8")


def lines(rows: Iterable[Row]) -> str:
    """The rows as the text of a JSONL file."""
    return "".join(row.encoded() + "\n" for row in rows)
