"""Item analysis as a table for people; nothing is said where there are too few answers."""

from collections.abc import Iterator

from metrics.clean import clean
from quiz_bank.analysis import Analysis
from quiz_bank.item_statistics import MIN_ANSWERS, MIN_SITTINGS
from tui.cli.columns import table
from tui.i18n import t


def analysis_lines(found: Analysis) -> Iterator[str]:
    """Items, the test as a whole, then what an author should look at."""
    names = ("item", "n", "right", "scale", "discrimination", "seconds")
    rows = [[t(f"quiz_cli.items_{name}") for name in names]]
    for item in found.items:
        difficulty = f"{item.difficulty.value:.2f}" if item.difficulty else "-"
        discrimination = f"{item.discrimination.value:+.2f}" if item.discrimination else "-"
        seconds = f"{item.seconds:.0f}" if item.seconds is not None else "-"
        scale = f"{item.scale:.1f}" if item.scale is not None else "-"
        rows.append(
            [clean(item.item, one_line=True), str(item.n), difficulty, scale, discrimination, seconds]
        )
    yield from table(rows)
    yield ""
    whole = found.reliability
    if whole.alpha is not None and whole.standard_error is not None:
        yield t(
            "quiz_cli.items_alpha",
            name="KR-20" if whole.dichotomous else "alpha",
            alpha=f"{whole.alpha:.2f}",
            length=f"{whole.length:.1f}",
            error=f"{100 * whole.standard_error:.1f}",
            sittings=whole.sittings,
        )
    else:
        yield t("quiz_cli.items_few_sittings", sittings=whole.sittings, needed=MIN_SITTINGS)
    yield t("quiz_cli.items_minimum", answers=MIN_ANSWERS, sittings=MIN_SITTINGS)
    for suspicion in found.suspicious:
        yield clean(f"! {suspicion.item}: {suspicion.reason}: {suspicion.message}", one_line=True)
    if not found.suspicious:
        yield t("quiz_cli.items_clean")
