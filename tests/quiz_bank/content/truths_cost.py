"""Bills added up token by token, hour by hour, in exact fractions."""

from fractions import Fraction
from types import SimpleNamespace as V

from quiz_bank.bank import CONTENT, load_bank

PRICE = Fraction(str(load_bank([CONTENT]).facts["bailian_train_qwen3_8b"].value))


def training_fee(v: V) -> float:
    thousands = (v.own + v.mix) * 1000
    return float(sum(thousands * PRICE for _ in range(v.epochs)))


def break_even(v: V) -> float:
    """Bisect for the traffic at which both bills are equal."""
    low, high = 0.0, 1e7
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * v.call < v.host else (low, middle)
    return low


def gpu_bill(v: V) -> float:
    seconds = sum(Fraction(v.tokens * 10**6, v.speed) for _ in range(v.epochs))
    return float(seconds / 3600 * v.price)


def training_days(v: V) -> float:
    per_day = sum(v.speed * 3600 for _ in range(24))
    return v.billions * 10**9 / per_day


def saved_share(v: V) -> float:
    api = sum(Fraction(v.calls * v.tokens * 3, 100_000) for _ in range(30))
    return float((api - v.host) / api * 100)


def idle_month(v: V) -> float:
    return float(sum(Fraction(str(v.price)) for _ in range(30) for _ in range(24)))


TRUTHS = {
    "cost.training-fee": training_fee,
    "cost.breakeven-calls": break_even,
    "cost.gpu-hours": gpu_bill,
    "cost.training-days": training_days,
    "cost.payback-negative": saved_share,
    "cost.idle-gpu": idle_month,
}
