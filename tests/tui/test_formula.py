"""Formulas as Unicode: what the subset says, and that everything else stays as it was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_bank.bank import load_bank
from tui.formula import FormulaError, formula, math_spans, plain


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\frac{\alpha}{r}BA", "(α/r)BA"),
        (r"\frac{\alpha}{r}", "α/r"),
        (r"\frac{a+b}{rk}", "(a + b)/(rk)"),
        (r"\frac{1}{2}(x)", "(1/2)(x)"),
        (r"W_0 + \frac{\alpha}{r} B A x", "W₀ + (α/r)BAx"),
        (r"\lceil N / (b \cdot g) \rceil", "⌈N/(b·g)⌉"),
        (r"r(d_{in}+d_{out})", "r(dᵢₙ + dₒᵤₜ)"),
        (r"2^{-3} \times 10^{-4}", "2⁻³ × 10⁻⁴"),
        (r"W \in \mathbb{R}^{d \times k}", "W ∈ ℝ^(d×k)"),
        (r"\sqrt{r}, \sqrt{d_k}, \sqrt{a+b}", "√r, √dₖ, √(a + b)"),
        (r"-\log \sigma(\beta\,\Delta)", "−log σ(β Δ)"),
        (r"\log p(y_t \mid x)", "log p(yₜ | x)"),
        (r"P_{\text{LoRA}}", "P_LoRA"),
        (r"\text{exact match} \ge 50\%", "exact match ≥ 50%"),
        (r"41{,}943{,}040", "41,943,040"),
        (r"\hat{y} \ne \bar{y}", "ŷ ≠ ȳ".replace("ŷ", "y\u0302").replace("ȳ", "y\u0304")),
    ],
)
def test_formulas_read_as_people_write_them(source: str, shown: str) -> None:
    assert formula(source) == shown


@pytest.mark.parametrize(
    "source", [r"\begin{matrix} a \end{matrix}", r"\unknown{x}", r"\frac{a}", "a}", "a^", r"\hat{ab}"]
)
def test_what_is_not_in_the_subset_stays_as_source(source: str) -> None:
    with pytest.raises(FormulaError):
        formula(source)
    assert plain(f"before ${source}$ after") == f"before ${source}$ after"


def test_money_is_not_mathematics() -> None:
    assert plain("costs $5 and $6 a day") == "costs $5 and $6 a day"
    assert plain(r"\$5 for $r$") == r"\$5 for r"


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from([*r"\{}^_$ abx12+-=()", r"\frac", r"\alpha", r"\text{", r"\sqrt"]), max_size=25
    ).map("".join)
)
def test_no_text_breaks_it(text: str) -> None:
    plain(text)
    for start, end in math_spans(text):
        assert 0 <= start < end <= len(text)


def test_nearly_every_formula_of_the_bank_is_shown_as_unicode() -> None:
    bank, sources, shown = load_bank(), [], []
    for item in (*bank.questions, *bank.cards):
        texts = (item.prompt, item.explain) if hasattr(item, "prompt") else (item.front, item.back)
        for text in texts:
            for words in (text.en, text.zh):
                for start, end in math_spans(words):
                    sources.append(words[start:end])
                    shown.append(plain(words[start:end]))
    left = [source for source, result in zip(sources, shown, strict=True) if "\\" in result]
    assert len(sources) > 20
    assert len(left) <= len(sources) // 50, left
