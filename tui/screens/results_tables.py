"""The two tables of the results: what was said against what was measured, and before against after."""

from collections.abc import Iterable, Mapping, Sequence

from textual.content import Content

from labs.reconcile import Reason, Reconciled
from labs.runs import Prediction, Scores
from metrics.score import Score
from tui.i18n import language, t, t_or
from tui.prose import prose
from tui.screens.configure_figures import PARTS
from tui.screens.lab_text import cell, metric_name, number, one_line, scored, spoken
from tui.screens.results_cards import Brought
from tui.widgets.blocks import BLANK, Block

_SIGN = {
    "right": ("✓", "$success"),
    "missed": ("✗", "bold $error"),
    "unanswered": ("·", "$quiet"),
    "unmeasured": ("·", "$quiet"),
}
_LOWER_IS_BETTER = frozenset({"perplexity", "probe_perplexity", "ter"})


def reconcile_blocks(
    lines: Sequence[Reconciled], brought: Mapping[str, Brought], width: int
) -> Iterable[Block]:
    """Question by question; under each line the formula, the reasons, and what its miss has ``brought``."""
    name = max(min(width - 52, 40), 20)
    header = [
        cell("", name + 2),
        *(cell(t(f"results.{one}"), 12, right=True) for one in ("said", "formula", "measured")),
    ]
    yield Block(Content.assemble(*header).stylize_before("$muted"))
    for line in lines:
        short = short_name(line)
        if short is None:
            yield Block(Content(spoken(line.question.prompt)), indent=2)
        yield Block(_reconcile_line(line, short or "", name))
        under = []
        if line.formula_text:
            under.append(Content.styled(formula_said(line.formula_text), "$muted"))
        under += [Content.styled(reason_text(reason), "$muted") for reason in line.reasons]
        if line.verdict == "missed" and not line.reasons:
            under.append(Content.styled(spoken(line.question.explain), "$muted"))
        for text in under:
            yield Block(text, indent=4)
        if (card := brought.get(line.question.id)) is not None:
            yield from _card_blocks(card)


def _card_blocks(card: Brought) -> Iterable[Block]:
    """The card that was made of a miss, and the bank's own that comes back with it, by name."""
    when = ("today", "tomorrow")[max(card.days, 0)] if card.days <= 1 else "later"
    made = t(f"results.card_{when}", topic=card.topic, n=card.days)
    yield Block(Content.styled(made, "$primary"), Content.styled("    → ", "$primary"))
    if card.front is not None:
        head = t("results.bank_new" if card.is_new else "results.bank_back")
        yield Block(Content.assemble((head, "$primary"), "“", prose(card.front), "”"), indent=6)


def short_name(line: Reconciled) -> str | None:
    """Two words for what is asked in many labs; None for a question of the lab's own."""
    key = line.question.measured.replace(".", "_")
    name = t_or(f"results.q_{key}", "") or t_or(f"results.q_{line.question.id}", "")
    return name or None


def _reconcile_line(line: Reconciled, label: str, name: int) -> Content:
    sign, style = _SIGN[line.verdict]
    after = ""
    if line.verdict == "missed" and line.error is not None:
        after = (
            t("app.percent", n=f"{100 * line.error:+.0f}")
            if abs(line.error) < 10
            else f"×{line.error + 1:,.0f}"
        )
    elif line.verdict in ("unanswered", "unmeasured"):
        after = t(f"results.{line.verdict}")
    return Content.assemble(
        (sign, style), " ", cell(label, name),
        cell(_value(line, line.said), 12, right=True),
        cell(number(round(line.formula)) if line.formula is not None else "", 12, right=True).stylize_before("$muted"),
        cell(Content.styled(_value(line, line.measured), "bold"), 12, right=True),
        "  ", (after, style if line.verdict == "missed" else "$quiet"),
    )  # fmt: skip


def _value(line: Reconciled, value: float | int | None) -> str:
    """A number with its unit; a choice by its words, short."""
    if value is None:
        return "–"
    question = line.question
    if question.kind == "choice" and 0 <= int(value) < len(question.choices):
        return spoken(question.choices[int(value)]).partition("  ")[
            0
        ]  # the picture, where it begins with one
    if question.unit == "%":
        return t("app.percent", n=number(value, 3))
    if question.unit == "min":
        return t("times.minutes", n=number(value, 3))
    unit = f" {question.unit}" if question.unit in ("MiB", "s") else ""
    return number(value, 3) + unit


def formula_said(text: str) -> str:
    """A formula with the parts of memory named in the language of now, and a sign for times."""
    for part in PARTS:
        text = text.replace(f"{part} ", f"{t(f'configure.{part}').strip()} ")
    return text.replace(" * ", " × ")


def reason_text(reason: Reason) -> str:
    """A reason in the language of now."""
    return t(f"results.why_{reason.code}", **reason.values)


def score_blocks(scores: Scores, width: int) -> Iterable[Block]:
    """Every metric before and after, with the difference and the tuned system's interval."""
    both = [name for name in scores.tuned if name in scores.base] or list(scores.base)
    if not both:
        return
    n = max((scores.tuned.get(name) or scores.base[name]).n for name in both)
    name = max(min(width - 52, 40), 18)
    heads = ("base", "tuned", "change", "interval")
    header = [
        cell("", name + 2),
        *(cell(t(f"results.{one}"), 10 if at < 3 else 18, right=True) for at, one in enumerate(heads)),
    ]
    yield Block(Content.assemble(*header).stylize_before("$muted"))
    for metric in both:
        yield Block(_score_line(metric, scores.base[metric], scores.tuned.get(metric), name))
    yield Block(Content.styled(t("results.n", n=n), "$quiet"))


def _score_line(metric: str, base: Score, tuned: Score | None, name: int) -> Content:
    change, style, sign, interval = "", "", " ", ""
    if tuned is not None:
        better = tuned.value < base.value if metric in _LOWER_IS_BETTER else tuned.value > base.value
        style, sign = (
            ("$success", "✓")
            if better
            else ("$warning", "!")
            if tuned.value != base.value
            else ("$muted", "=")
        )
        change = (
            f"{tuned.value - base.value:+.2f}" if tuned.scale == "0-1" else f"{tuned.value - base.value:+.1f}"
        )
        if tuned.interval is not None:
            digits = 2 if tuned.scale == "0-1" or tuned.interval.high < 10 else 1
            interval = f"[{tuned.interval.low:.{digits}f}, {tuned.interval.high:.{digits}f}]"
    return Content.assemble(
        (sign, style), " ", cell(metric_name(metric), name), cell(scored(base), 10, right=True),
        cell(Content.styled(scored(tuned) if tuned else "–", "bold"), 10, right=True),
        cell(Content.styled(change, style), 10, right=True), cell(Content.styled(interval, "$muted"), 18, right=True),
    )  # fmt: skip


def sample_blocks(rows: Sequence[Prediction], most: int) -> Iterable[Block]:
    """The same prompts, the reference, and both systems' answers."""
    for row in rows[:most]:
        yield Block(Content.styled(one_line(row.prompt), "bold"))
        for label, text, style in (
            ("reference", row.reference, "$muted"), ("base", row.base, "$muted"), ("tuned", row.tuned, ""),
        ):  # fmt: skip
            hit = label == "tuned" and one_line(text) == one_line(row.reference)
            said = Content.assemble((one_line(text) or "–", style), ("  ✓", "$success") if hit else "")
            yield Block(
                said, Content.styled(f"  {t('results.' + label)}", "$quiet"), 9 if language() == "zh" else 13
            )
        yield BLANK
