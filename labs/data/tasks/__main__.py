"""`python -m labs.data.tasks`: write every task's JSONL again from its generator."""

import sys
from importlib import import_module

from labs.data.tasks import TASKS_DIR
from labs.data.tasks.generators import changed_law, law_variants, text_to_sql
from labs.data.tasks.generators.row import Splits, freeze, lines

GENERATORS = {
    "labour-law-qa": "labour_law_qa",
    "zh-en-translation": "translation",
    "text-to-sql": "text_to_sql",
    "intent-classification": "intents",
    "order-extraction": "extraction",
    "brand-voice": "brand_voice",
    "headline-writing": "headlines",
}
"""Task id to generator module."""


def generate(task: str) -> Splits:
    """The task's rows, as its generator writes them."""
    splits: Splits = import_module(f"labs.data.tasks.generators.{GENERATORS[task]}").rows()
    return splits


def main() -> int:
    """Freeze all tasks, or those named."""
    for task in sys.argv[1:] or GENERATORS:
        splits = generate(task)
        freeze(splits, TASKS_DIR / task)
        if task == "text-to-sql":
            (TASKS_DIR / task / "database.sql").write_text(text_to_sql.database(), encoding="utf-8")
        if task == "labour-law-qa":
            for name, more in {**law_variants.variants(), **changed_law.changed()}.items():
                (TASKS_DIR / task / f"{name}.jsonl").write_text(lines(more), encoding="utf-8")
                print("  ", name, len(more))
        print(task, {split: len(rows) for split, rows in splits.items()})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
