"""Two to six runs side by side: their curves over each other, the settings that differ, the metrics, a paired test."""

import msgspec
from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from labs.events import Evaluation, Step
from labs.spec import RunSpec
from metrics.errors import MetricError
from tui.commands import Command
from tui.i18n import t
from tui.screens.configure_values import shown
from tui.screens.lab_text import cell, metric_name, one_line, scored
from tui.screens.page import Page
from tui.screens.run_curves import Curves
from tui.screens.runs_rows import HEADLINES, RunRow
from tui.widgets.blocks import BLANK, Block, Blocks
from tui.widgets.chart import Points

WHICH = Command("compare.which", "v", "which")
LETTERS = "ABCDEF"
TESTED = ("exact_match", "bleu")
"""Metrics of texts that the paired test is made for."""
# No settings that one turns; the lab stands in each run's title.
_NOT_COMPARED = frozenset({"format_version", "lab", "sample_prompts", "metrics"})


class Paired(msgspec.Struct, frozen=True):
    """One run against the first on the rows both answered."""

    letter: str
    metric: str
    text: str
    clear: bool


class ComparePage(Page[None]):
    """Letters stand for the runs, in the order they were marked; the first is what the others are tested against."""

    KEYS = (WHICH,)
    TITLE_KEY = "compare.title"
    CSS_PATH = "compare.tcss"

    def __init__(self, rows: list[RunRow]) -> None:
        super().__init__()
        self.rows = rows
        self.validation = False
        self._curves: list[tuple[Points, Points]] = []
        self._paired: list[Paired] | None = None

    def body(self) -> ComposeResult:
        """Curves above, tables below."""
        with VerticalScroll(classes="body"):
            yield Blocks(id="names")
            yield Curves(id="curves")
            yield Blocks(id="tables")

    def on_mount(self) -> None:
        """Read events and answers off the drawing thread."""
        self._read()

    def fill(self) -> None:
        """Show what is known so far."""
        self.query_one(VerticalScroll).focus()
        self.query_one("#names", Blocks).show(self._names())
        self.query_one("#tables", Blocks).show(self._tables())
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Columns and curves follow the width."""
        self.call_after_refresh(self.refill)

    async def retranslate(self) -> None:
        """Some sentences were made when the runs were read: make them again."""
        await super().retranslate()
        self._read()

    def title_right(self) -> Content:
        """Which loss is drawn."""
        return Content.styled(t("compare.validation" if self.validation else "compare.training"), "$muted")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Validation losses are not measured in every run."""
        if action == "which":
            return True if any(held for _, held in self._curves) else None
        return super().check_action(action, parameters)

    def action_which(self) -> None:
        """Training loss or validation loss."""
        self.validation = not self.validation
        self._draw()
        self.refresh_chrome()

    @work(thread=True, exclusive=True, group="read")
    def _read(self) -> None:
        curves = [curves_of(row) for row in self.rows]
        self.app.call_from_thread(self._take_curves, curves)
        self.app.call_from_thread(self._take_paired, paired(self.rows))

    def _take_curves(self, curves: list[tuple[Points, Points]]) -> None:
        self._curves = curves
        self._draw()
        if self.is_whole:
            self.refresh_chrome()

    def _take_paired(self, found: list[Paired]) -> None:
        self._paired = found
        self.refill()

    def _draw(self) -> None:
        if not self._curves or not self.is_whole:
            return
        chosen = [pair[self.validation] for pair in self._curves]
        last = max((int(points[-1][0]) for points in chosen if points), default=0)
        self.query_one(Curves).draw(chosen, [], last, LETTERS[: len(chosen)])

    def _names(self) -> list[Block]:
        return [
            Block(
                Content.assemble(one_line(row.title), (f"  {row.run.id}", "$quiet")),
                Content.styled(f"{letter} ", "bold"),
            )
            for letter, row in zip(LETTERS, self.rows, strict=False)
        ]

    def _tables(self) -> list[Block]:
        width = self.size.width - (14 if self.size.width >= 110 else 8)
        name = max(min(28, width - 12 * len(self.rows)), 16)
        each = max(min((width - name) // len(self.rows), 24), 9)
        blocks = [Block(_line("", LETTERS[: len(self.rows)], name, each).stylize_before("$muted"))]
        differing = differing_settings([row.spec for row in self.rows])
        blocks += [Block(_line(field, values, name, each)) for field, values in differing]
        if not differing:
            blocks.append(Block(Content.styled(t("compare.same_settings"), "$muted")))
        blocks.append(BLANK)
        for metric in _metrics(self.rows):
            scores = [row.scores.tuned.get(metric) for row in self.rows]
            blocks.append(
                Block(_line(metric_name(metric), [scored(one) if one else "–" for one in scores], name, each))
            )
            ranges = [
                f"{scored(one, one.interval.low)}–{scored(one, one.interval.high)}"
                if one is not None and one.interval is not None
                else ""
                for one in scores
            ]
            if any(ranges):
                blocks.append(Block(_line("", ranges, name, each).stylize_before("$quiet")))
        blocks.append(BLANK)
        if self._paired is None:
            blocks.append(Block(Content.styled(t("compare.testing"), "$muted")))
        for test in self._paired or []:
            head = Content.styled(
                f"{test.letter} – A  {metric_name(test.metric)}  ", "bold" if test.clear else "$muted"
            )
            blocks.append(Block(Content(test.text), head))
        return blocks


def _line(head: str, values: list[str] | str, name: int, each: int) -> Content:
    return Content.assemble(cell(head, name), *(cell(one_line(value), each, right=True) for value in values))


def curves_of(row: RunRow) -> tuple[Points, Points]:
    """Training and validation losses of one run, by step."""
    train: dict[int, float] = {}
    held: dict[int, float] = {}
    for event in row.run.events():
        if isinstance(event, Step | Evaluation):
            kind = train if isinstance(event, Step) else held
            kind[event.step] = float("nan") if event.loss is None else event.loss
    return sorted(train.items()), sorted(held.items())


def differing_settings(specs: list[RunSpec]) -> list[tuple[str, list[str]]]:
    """Fields in which the specs are not all equal, with each one's value."""
    found = []
    for field in RunSpec.__struct_fields__:
        values = [getattr(spec, field) for spec in specs]
        if field not in _NOT_COMPARED and any(value != values[0] for value in values):
            found.append((field, [shown(value) or "–" for value in values]))
    return found


def _metrics(rows: list[RunRow]) -> list[str]:
    names = dict.fromkeys(name for row in rows for name in row.scores.tuned)
    return sorted(names, key=lambda name: HEADLINES.index(name) if name in HEADLINES else len(HEADLINES))


def paired(rows: list[RunRow], resamples: int = 2000) -> list[Paired]:
    """Each run against the first, over the rows that both answered."""
    answers = [{one.id: one for one in row.run.predictions() if one.tuned} for row in rows]
    found: list[Paired] = []
    for letter, mine in zip(LETTERS[1:], answers[1:], strict=False):
        shared = [
            key for key in answers[0] if key in mine and mine[key].reference == answers[0][key].reference
        ]
        if len(shared) < 2:
            found.append(Paired(letter, "", t("compare.no_shared_rows"), False))
            continue
        references = [mine[key].reference for key in shared]
        first, other = ([one[key].tuned for key in shared] for one in (answers[0], mine))
        for metric in TESTED:
            if all(metric in row.scores.tuned for row in rows):
                text, clear = difference(metric, first, other, references, resamples)
                found.append(Paired(letter, metric, text, clear))
    return found


def difference(
    metric: str, a: list[str], b: list[str], references: list[str], resamples: int = 2000
) -> tuple[str, bool]:
    """B - A with its interval and p (approximate randomisation) in a sentence, and whether it is more than chance."""
    from metrics import compare_systems

    try:
        test = compare_systems(metric, a, b, references, resamples=resamples)
    except MetricError as error:
        return one_line(str(error)), False
    clear = test.verdict != "unclear"
    text = t(
        "compare.test", difference=f"{test.difference:+.3g}", low=f"{test.interval.low:.3g}",
        high=f"{test.interval.high:.3g}", p=f"{test.p_value:.2g}", n=test.n,
        verdict=t("compare.clear" if clear else "compare.unclear"),
    )  # fmt: skip
    return text, clear
