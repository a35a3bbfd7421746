"""The platform's fee and split, followed row by row and token by token."""

from fractions import Fraction
from types import SimpleNamespace as V

from quiz_bank.bank import CONTENT, load_bank

PRICE = Fraction(str(load_bank([CONTENT]).facts["bailian_train_qwen3_14b"].value))


def validation_rows(v: V) -> float:
    rows = [index for index in range(v.n) if index >= v.n * 8 // 10]
    return len(rows[:1000])


def fee(v: V) -> float:
    return float(sum(v.m * 1000 * PRICE for _ in range(v.epochs)))


TRUTHS = {"bailian.validation-rows": validation_rows, "bailian.fee": fee}
