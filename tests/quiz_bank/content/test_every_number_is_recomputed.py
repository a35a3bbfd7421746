"""Every number in the bank is computed a second time, by the libraries or by counting, never by the item's formula.

A file ``truths_<topic>.py`` beside this one holds ``TRUTHS``: item id -> function of the variant's names
(``v.rank``, ``v.h`` ...) that gives the right number in the item's unit. An item without a truth fails here.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.questions import Numeric
from quiz_bank.variants import present

Truth = Callable[[SimpleNamespace], float]
SEEDS = range(10)


def _truths() -> dict[str, Truth]:
    found: dict[str, Truth] = {}
    for path in sorted(Path(__file__).parent.glob("truths_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        twice = set(found) & set(module.TRUTHS)
        assert not twice, f"{path.name} recomputes {twice} again"
        found |= module.TRUTHS
    return found


TRUTHS = _truths()


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([CONTENT])


def test_every_numeric_item_has_an_independent_truth(bank: Bank) -> None:
    numeric = {item.id for item in bank.questions if isinstance(item, Numeric)}
    assert numeric == set(TRUTHS)


@pytest.mark.parametrize("item_id", sorted(TRUTHS))
def test_the_key_is_the_recomputed_number(bank: Bank, item_id: str) -> None:
    item = bank.question(item_id)
    assert isinstance(item, Numeric)
    for seed in SEEDS:
        variant = present(item, seed, bank)
        truth = TRUTHS[item_id](SimpleNamespace(**variant.names))
        assert variant.number is not None
        # Twice as near as the item asks learners to be, and never looser than one percent.
        if item.tolerance.absolute is not None:
            slack = item.tolerance.absolute / 2
        else:
            slack = abs(truth) * min((item.tolerance.relative or 0.002) / 2, 0.01)
        assert abs(variant.number - truth) <= slack + 1e-9 * abs(truth), (
            f"{item_id} {variant.values}: {variant.number} is not {truth}"
        )
