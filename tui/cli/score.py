"""``finetutor score``: predictions against references, compared with another system, or explained."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from metrics.clean import clean
from metrics.errors import MetricError
from metrics.reading import PREDICTION_FIELDS, REFERENCE_FIELDS, pair, read_rows
from tui.cli.output import print_json, print_lines
from tui.cli.score_tables import comparison_lines, explanation_lines, score_lines
from tui.i18n import Catalogue, language_of, locale_language
from tui.library_words import located

References = list[str | list[str]]
Test = Literal["bootstrap", "randomisation"]


def command(
    predictions: Annotated[Path, typer.Argument(help="Model outputs: .txt, one a line, or .jsonl.")],
    references: Annotated[
        Path, typer.Argument(help="Right answers, in the same order or with the same ids.")
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", "-m", help="A metric's name; repeat it. Default: all generation metrics."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="A baseline's outputs: compare, with a paired test.")
    ] = None,
    test: Annotated[str, typer.Option(help="randomisation or bootstrap, for --against.")] = "randomisation",
    explain: Annotated[
        bool, typer.Option(help="The same predictions under several definitions, and why.")
    ] = False,
    field: Annotated[str | None, typer.Option(help="Field of a prediction object, e.g. tuned.")] = None,
    against_field: Annotated[str | None, typer.Option(help="Field of a baseline object, e.g. base.")] = None,
    reference_field: Annotated[str | None, typer.Option(help="Field of a reference object.")] = None,
    resamples: Annotated[
        int, typer.Option(min=0, help="Bootstrap resamples; 0 leaves intervals out.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling.")] = 12345,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="en or zh; otherwise the locale.")] = None,
) -> None:
    """Score predictions against references; every number says how it was made."""
    language = locale_language() if lang is None else language_of(lang) or "en"
    words = Catalogue(language)
    try:
        hyps, refs = _pairs(predictions, references, field, reference_field)
        if against is not None:
            base, _ = _pairs(against, references, against_field, reference_field)
            comparisons = _compare(metric, base, hyps, refs, _test(test), resamples, seed)
            _show(json, comparisons, lambda: comparison_lines(comparisons, words))
        elif explain:
            from metrics.laboratory.definitions import text_definitions
            from metrics.laboratory.disagreements import worst_disagreements

            definitions, worst = text_definitions(hyps, _rows(refs)), worst_disagreements(hyps, _rows(refs))
            found = {"definitions": definitions, "disagreements": worst}
            _show(json, found, lambda: explanation_lines(definitions, worst, words))
        else:
            from metrics.generation.table import GENERATION, generation_scores

            scores = generation_scores(
                hyps, _rows(refs), names=metric or GENERATION, resamples=resamples, seed=seed
            )
            _show(json, scores, lambda: score_lines(scores, words))
    except MetricError as error:
        parts = [located(part, language) for part in (error.message, error.hint) if part]
        said = str(error) if language == "en" else "".join(f"{part}。" for part in parts)
        print(clean(said), file=sys.stderr)
        raise typer.Exit(2) from error


def _pairs(
    predictions: Path, references: Path, field: str | None, reference_field: str | None
) -> tuple[list[str], References]:
    return pair(
        read_rows(predictions, PREDICTION_FIELDS, field),
        read_rows(references, REFERENCE_FIELDS, reference_field),
        (str(predictions), str(references)),
    )


def _test(name: str) -> Test:
    if name == "bootstrap":
        return "bootstrap"
    if name == "randomisation":
        return "randomisation"
    raise MetricError("unknown-option", f"--test {name}", "Take randomisation or bootstrap")


def _rows(refs: References) -> list[list[str]]:
    return [[ref] if isinstance(ref, str) else ref for ref in refs]


def _compare(
    names: list[str] | None,
    base: list[str],
    hyps: list[str],
    refs: References,
    test: Test,
    resamples: int,
    seed: int,
) -> list[Any]:
    from metrics.comparing.paired import compare_systems

    return [
        compare_systems(name, base, hyps, _rows(refs), test=test, resamples=max(resamples, 1000), seed=seed)
        for name in names or ("exact_match", "bleu", "chrf", "ter", "rougeL")
    ]


def _show(json: bool, value: Any, lines: Any) -> None:
    if json:
        print_json(value)
    else:
        print_lines(lines())
