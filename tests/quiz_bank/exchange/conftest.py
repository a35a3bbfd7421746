"""Exports of the documented examples, made once a format."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quiz_bank.bank import Bank
from quiz_bank.exchange.exporting import Exported, export


@pytest.fixture
def exported(example_bank: Bank, tmp_path: Path) -> Callable[..., Exported]:
    """Exports all examples into a file of the given name."""

    def make(name: str, lang: str = "en") -> Exported:
        return export(tmp_path / name, example_bank.questions, example_bank.cards, example_bank, lang)  # type: ignore[arg-type]

    return make
