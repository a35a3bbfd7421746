"""Numbers as people type them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_bank.errors import AnswerError
from quiz_bank.numbers import read_number
from quiz_bank.text import Text

COUNT = Text("parameters", "个参数")


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("1.2e-4", None, 1.2e-4),
        ("1.2×10^-4", None, 1.2e-4),
        ("1.2×10⁻⁴", None, 1.2e-4),
        ("41,943,040", COUNT, 41_943_040),
        ("41 943 040", COUNT, 41_943_040),
        ("41_943_040", COUNT, 41_943_040),
        ("41.9M", COUNT, 41_900_000),
        ("41.9m", COUNT, 41_900_000),
        ("41.9 million parameters", COUNT, 41_900_000),
        ("4194.3万", COUNT, 41_943_000),
        ("4194万3040", COUNT, 41_943_040),
        ("1亿2000万", COUNT, 120_000_000),
        ("3.2亿个参数", COUNT, 320_000_000),
        ("7B", COUNT, 7e9),
        ("63 steps", Text("steps", "步"), 63),
        ("63步", Text("steps", "步"), 63),
        ("６３", None, 63),
        ("－６３．５", None, -63.5),
        ("5.17 GiB", Text.same("GiB"), 5.17),
        ("5294 MiB", Text.same("GiB"), 5294 / 1024),
        ("5.55GB", Text.same("GiB"), 5.55e9 / 2**30),
        ("50%", None, 0.5),
        ("５０％", Text.same("%"), 50),
        ("百分之五十".replace("五十", "50"), Text.same("%"), 50),
        ("0.39%", Text.same("%"), 0.39),
        ("90 s", Text("min", "分钟"), 1.5),
        ("1.5 小时", Text.same("min"), 90),
        ("4.127 bits", Text("bits per weight", "比特/权重"), 4.127),
        ("¥36", Text("yuan", "元"), 36),
        ("36元", Text("yuan", "元"), 36),
        ("2/7", None, 2 / 7),
        ("2^20", None, 1_048_576),
        ("≈ 12", None, 12),
        ("约12", None, 12),
        (".5", None, 0.5),
        ("1,234", None, 1234),
    ],
)
def test_what_is_meant_is_read(typed: str, unit: Text | None, value: float) -> None:
    assert read_number(typed, unit).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("typed", "unit", "code"),
    [
        ("", None, "empty"),
        ("   ", None, "empty"),
        ("many", None, "not-a-number"),
        ("nan", None, "not-a-number"),
        ("1,5", None, "comma"),
        ("0,391", None, "comma"),
        ("1,0000", None, "comma"),
        ("1.234.567", None, "dots"),
        ("5.17G", Text.same("GiB"), "binary-or-decimal"),
        ("5.17 Gb", Text.same("GiB"), "bits-or-bytes"),
        ("5 m", Text.same("s"), "minutes-or-millions"),
        ("5.17 GiB", COUNT, "unit"),
        ("50%", COUNT, "unit"),
        ("5 kg", Text.same("GiB"), "unit"),
        ("5 apples", None, "unit-unknown"),
        ("$36", Text("yuan", "元"), "currency"),
        ("1e999", None, "not-finite"),
        ("1/0", None, "not-a-number"),
        ("9" * 90, None, "too-long"),
    ],
)
def test_what_is_ambiguous_or_no_number_is_refused_with_a_reason(
    typed: str, unit: Text | None, code: str
) -> None:
    with pytest.raises(AnswerError) as raised:
        read_number(typed, unit)
    assert raised.value.code == code
    assert str(raised.value)


@given(
    typed=st.text(max_size=100),
    unit=st.sampled_from([None, COUNT, Text.same("GiB"), Text.same("%"), Text.same("s")]),
)
def test_no_text_raises_anything_but_an_answer_error(typed: str, unit: Text | None) -> None:
    with contextlib.suppress(AnswerError):
        read_number(typed, unit)


@given(value=st.integers(-(10**12), 10**12))
def test_every_way_to_write_a_whole_number_reads_the_same(value: int) -> None:
    for typed in (str(value), f"{value:,}", f"{value:_}", f"{value} ", f" {value:,}".replace("-", "−")):
        assert read_number(typed).value == value


@given(value=st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200))
def test_what_python_writes_is_read_back_exactly(value: float) -> None:
    assert read_number(repr(value)).value == value
