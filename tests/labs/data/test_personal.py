"""Personal data: found where it is, not where digits only look like it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.personal import find_personal, is_id_card, mask_personal


def _id_card(seed: int) -> str:
    """A number that obeys GB 11643-1999, made for the test: no person's."""
    rng = random.Random(seed)
    body = f"{rng.choice([11, 31, 44, 50])}0101{rng.randint(1950, 2009)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    weights = [
        2 ** (17 - at) % 11 for at in range(17)
    ]  # the standard's definition; the code holds them as a table
    total = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True))
    return body + "0123456789X"[(12 - total) % 11]


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_makes_an_id_card_invalid(seed: int, at: int, shift: int) -> None:
    number = _id_card(seed)
    assert is_id_card(number)
    if number[at].isdigit():
        wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
        assert not is_id_card(wrong)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("请拨打13812345678。", ["phone"]),
        ("+86 138 1234 5678", ["phone"]),
        ("138-1234-5678", ["phone"]),
        ("call +44 20 7946 0958 now", ["phone"]),
        ("mail zhang.san@corp.com.cn", ["email"]),
        ("user@example.com is an example", []),
        ("order 138123456789, version 1.3812345678", []),
        ("2026-11-22 10:30:00, 100,000,000 rows, 1+100-200", []),
        (f"身份证{_id_card(7)}，电话13900001111", ["id-card", "phone"]),
        ("110105194902310021", []),
    ],
)
def test_what_counts_as_personal(text: str, kinds: list[str]) -> None:
    assert [find.kind for find in find_personal(text)] == kinds


def test_masking_leaves_nothing_to_find() -> None:
    text = f"张三 {_id_card(3)} 13912345678 zs@corp.cn"
    masked, finds = mask_personal(text)
    assert finds == 3
    assert masked == "张三 [ID] [PHONE] [EMAIL]"
    assert list(find_personal(masked)) == []


def test_a_report_never_shows_the_whole_number() -> None:
    (find,) = find_personal("13812345678")
    assert find.masked("13812345678") == "138******78"
