"""Formulas: arithmetic and nothing else, quickly or not at all."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_bank.errors import FormulaError
from quiz_bank.formulas import evaluate, names_in
from quiz_bank.placeholders import fill, show_number


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("r * (d_in + d_out)", 16 * (4096 + 1024)),
        ("ceil(0.1 * 189)", 19),
        ("4 + 8 / 64 + 32 / (64 * 256)", 4.126953125),
        ("exp(0.1 * 1.0 + 0.9 * 2.0)", math.exp(1.9)),
        ("2 ** 10 % 1000 // 5", 4),
        ("1 if name == 'b' else 0", 1),
        ("max(r, 3) - min(r, 3) + abs(-2)", 15),
        ("facts.price * r", 0.096),
    ],
)
def test_arithmetic(formula: str, value: float) -> None:
    names = {"r": 16, "d_in": 4096, "d_out": 1024, "name": "b", "facts.price": 0.006}
    assert evaluate(formula, names) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "facts.__class__",
        "facts.a.b",
        "().__class__",
        "[x for x in (1,)]",
        "lambda: 1",
        "r.real",
        "'a' * 10 ** 9",
        "'%999999999d' % 1",
        "9 ** 9 ** 9",
        "(-8) ** 0.5",
        "round(1, -999999999)",
        "1 / 0",
        "exp(1000)",
        "log(0)",
        "unknown + 1",
        "open('x')",
        "rand()",
        "b'x'",
        "1j",
        "None",
        "r =",
        "",
        "(" * 300 + ")" * 300,
        "1+" * 300 + "1",
        "x := 3",
        "f'{r}'",
    ],
)
def test_anything_else_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError):
        evaluate(formula, {"r": 16})


@given(text=st.text(max_size=60))
def test_no_text_raises_anything_but_a_formula_error(text: str) -> None:
    with contextlib.suppress(FormulaError):
        evaluate(text, {"r": 16})


def test_an_error_names_what_is_missing_and_what_there_is() -> None:
    with pytest.raises(FormulaError, match=r"unknown name q; known names: r"):
        evaluate("q + r", {"r": 1})


def test_names_of_facts_carry_their_prefix() -> None:
    assert names_in("facts.price * n + pi") == {"facts.price", "n"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        (
            r"$\frac{\alpha}{r}$ and {{ bos_token }} and [[gap]]",
            r"$\frac{\alpha}{r}$ and {{ bos_token }} and [[gap]]",
        ),
        ("<<n>> rows, <<n:d>>, <<n:,>>", "12,000 rows, 12000, 12,000"),
        ("<<n / 7>> and <<n / 7:.2f>> and <<lr:.1e>>", "1714 and 1714.29 and 2.0e-04"),
        (r"\<<SYS>> stays", "<<SYS>> stays"),
        ("<<<n>>> is no placeholder", "<<<n>>> is no placeholder"),
        ("<<name>>", "Qwen"),
    ],
)
def test_placeholders(text: str, filled: str) -> None:
    assert fill(text, {"n": 12_000, "lr": 2e-4, "name": "Qwen"}) == filled


@pytest.mark.parametrize("spec", ["999999999", "s", "{n}", "c", ".999f", "!r"])
def test_formats_that_are_not_for_numbers_are_refused(spec: str) -> None:
    with pytest.raises(FormulaError):
        show_number(1.5, spec)
