"""Scores, comparisons and explanations as plain lines for a terminal or a pipe."""

from collections.abc import Iterator, Mapping, Sequence

from metrics.clean import clean
from metrics.comparing.paired import Comparison
from metrics.laboratory.definitions import Definition
from metrics.laboratory.disagreements import Disagreement
from metrics.score import Score
from tui.i18n import Catalogue
from tui.library_words import in_words

_SHOWN = 160


def score_lines(scores: Mapping[str, Score], words: Catalogue) -> Iterator[str]:
    """A line a metric: value, interval, scale, n; signatures and warnings below."""
    for name, score in scores.items():
        ends = f"[{score.interval.low:.4g}, {score.interval.high:.4g}]" if score.interval else ""
        yield f"{name:<14}{score.value:>10.4f}  {ends:<22}{score.scale:<12}n={score.n}"
    yield ""
    yield words.text("score.signatures")
    for score in scores.values():
        yield f"  {score.signature}"
    warnings = dict.fromkeys(text for score in scores.values() for text in score.warnings)
    if warnings:
        yield ""
        yield words.text("score.warnings")
        for text in warnings:
            yield f"  {clean(in_words(text, words.language), one_line=True)}"


def comparison_lines(comparisons: Sequence[Comparison], words: Catalogue) -> Iterator[str]:
    """Effect, interval, p-value and verdict a metric."""
    for found in comparisons:
        verdict = words.text(f"score.{found.verdict}")
        yield (
            f"{found.metric:<14}{found.a:>9.4g} → {found.b:<9.4g} {found.difference:>+9.4f} "
            f"[{found.interval.low:+.4g}, {found.interval.high:+.4g}]  p={found.p_value:.4f}  {verdict}"
        )
    yield ""
    yield words.text("score.compared", test=comparisons[0].test, n=comparisons[0].n)
    for text in dict.fromkeys(text for found in comparisons for text in found.warnings):
        yield f"  {clean(in_words(text, words.language), one_line=True)}"


def explanation_lines(
    definitions: Sequence[Definition], worst: Sequence[Disagreement], words: Catalogue
) -> Iterator[str]:
    """Every definition with its distance to the default and the reason; then the rows to read."""
    family = ""
    for definition in definitions:
        if definition.family != family:
            family = definition.family
            yield ""
            yield family
        why = words.text(f"score.why-{definition.why}")
        yield f"  {definition.name:<20}{definition.value:>10.4f} {definition.change:>+10.4f}  {why}"
    yield ""
    yield words.text("score.disagreements")
    for row in worst:
        values = "  ".join(f"{name} {value:.2f}" for name, value in row.values.items())
        colon = "：" if words.language == "zh" else ": "
        yield f"  {words.text('score.row', row=row.row + 1)}{colon}{words.text(f'score.hint-{row.hint}')}"
        yield f"    {clean(row.hypothesis, one_line=True)[:_SHOWN]}"
        yield f"    {clean(row.reference, one_line=True)[:_SHOWN]}"
        yield f"    {values}"
