"""What the tests of the bundled model share."""

import json
from pathlib import Path
from typing import Any

import pytest

from labs.pocket import MODEL_DIR


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(MODEL_DIR)


@pytest.fixture(scope="session")
def tasks() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Every task's rows by split, as they lie in the package."""
    from labs.data.tasks import SPLITS, TASKS_DIR

    def rows(path: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    folders = sorted(path.parent for path in TASKS_DIR.glob("*/train.jsonl"))
    return {folder.name: {split: rows(folder / f"{split}.jsonl") for split in SPLITS} for folder in folders}
