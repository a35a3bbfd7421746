"""Money, days and rates by walking through them call by call, day by day, case by case."""

from fractions import Fraction
from types import SimpleNamespace as V


def daily_saving(v: V) -> float:
    per_token = Fraction(str(v.price)) / 1000
    sent_before = sum(v.long for _ in range(v.calls))
    sent_after = sum(v.short for _ in range(v.calls))
    return float((sent_before - sent_after) * per_token)


def right_share(v: V) -> float:
    """Out of 10,000 questions, those answered right."""
    found = 10_000 * v.hit // 100
    return (found * v.use + (10_000 - found) * v.guess) / 10_000


def gain_of_perfect_retrieval(v: V) -> float:
    now = sum(v.use for _ in range(v.hit)) / 100
    return v.use - now


def days_to_pay_back(v: V) -> float:
    balance, day = Fraction(-v.train), 0
    while balance + (v.save - v.host) < 0:
        balance += v.save - v.host
        day += 1
    return day + float(-balance / (v.save - v.host))


TRUTHS = {
    "tune.long-prompt-volume": daily_saving,
    "tune.rag-chain-rate": right_share,
    "tune.better-half": gain_of_perfect_retrieval,
    "tune.breakeven-days": days_to_pay_back,
}
