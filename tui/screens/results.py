"""Step 5: what one said, what the formula gives, what the run showed; then before and after, and the words themselves."""

from collections.abc import Mapping

import msgspec
from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from labs.errors import LabsError
from labs.estimate import Estimate
from labs.events import Plan
from labs.lab_checks import measure_lab
from labs.models import shape_of
from labs.predictions import predictions_for
from labs.reconcile import Reconciled, reconcile
from labs.row_lengths import RowLengths, row_lengths
from labs.runs import Prediction, Run, Scores, list_runs
from quiz_bank.store_errors import StoreError
from tui.commands import Command
from tui.i18n import t
from tui.screens.compare import TESTED, difference
from tui.screens.configure_figures import Machine, figures_of
from tui.screens.lab import ALONG, LabStep
from tui.screens.lab_session import LabSession
from tui.screens.lab_text import metric_name, one_line, told
from tui.screens.results_cards import Brought, keep_lines
from tui.screens.results_tables import reconcile_blocks, sample_blocks, score_blocks
from tui.screens.run_outcome import outcome_lines
from tui.screens.run_view import RunView, read_view
from tui.widgets.blocks import BLANK, Block, Blocks

ON = Command("results.to_reflect", "enter", "step(1)")
READ_ON = Command("notes.read_on", "space", "read_on", palette=False)
AGAIN = Command("results.again", "a", "again")
SAMPLES_SHOWN = 40


class Outcome(msgspec.Struct, frozen=True):
    """Everything the page shows, read once."""

    view: RunView
    lines: tuple[Reconciled, ...]
    scores: Scores
    rows: tuple[Prediction, ...]
    tests: tuple[tuple[str, str, bool], ...]
    """Metric, the paired test of tuned against base in a sentence, and whether it shows more than chance."""


class ResultsStep(LabStep):
    """Reads the newest run's folder; shows whatever it holds, also of a run that stopped early."""

    STEP = "results"
    KEYS = (ON, READ_ON, AGAIN, *ALONG)
    CSS_PATH = "results.tcss"

    outcome: Outcome | None = None
    trouble: LabsError | None = None
    brought: Mapping[str, Brought] = {}

    def body(self) -> ComposeResult:
        """One scrolling column."""
        with VerticalScroll(classes="body"):
            yield Blocks(id="tables")

    def on_mount(self) -> None:
        """Read the run, off the drawing thread."""
        if self.session.run is not None:
            self._read()

    def fill(self) -> None:
        """Show it."""
        self.query_one(VerticalScroll).focus()
        self.query_one(Blocks).show(self._blocks())

    def on_resize(self) -> None:
        """Columns follow the width."""
        self.call_after_refresh(self.refill)

    async def retranslate(self) -> None:
        """Some sentences were made when the run was read: make them again."""
        await super().retranslate()
        if self.session.run is not None:
            self._read()

    def learner_opened(self) -> None:
        """Cards can be made now."""
        self._keep()
        super().learner_opened()

    def _keep(self) -> None:
        """Misses become cards, once the run is over and the learner's progress is open."""
        learner, outcome = self.tutor.learner, self.outcome
        if learner is None or outcome is None or not outcome.view.is_over:
            return
        view = outcome.view
        try:
            self.brought = keep_lines(
                learner, self.session.lab.id, view.run_id, view.spec, outcome.lines, self.tutor.clock()
            )
        except StoreError as error:
            self.notify(one_line(str(error)), severity="error", markup=False)

    def _blocks(self) -> list[Block]:
        if self.session.run is None:
            return [Block(Content.styled(t("results.no_run"), "$muted"))]
        if self.trouble is not None:
            return [Block(Content.styled("✗ " + told(self.trouble), "$error"))]
        if self.outcome is None:
            return [Block(Content.styled(t("results.reading"), "$muted"))]
        width = self.size.width - (14 if self.size.width >= 110 else 8)
        blocks = [Block(outcome_lines(self.outcome.view, keys=False)), BLANK]
        blocks += reconcile_blocks(self.outcome.lines, self.brought, width)
        if scored := list(score_blocks(self.outcome.scores, width)):
            blocks += [BLANK, *scored]
        for metric, text, clear in self.outcome.tests:
            head = Content.styled(f"{metric_name(metric)}  ", "bold" if clear else "$muted")
            blocks.append(Block(Content.styled(text, "" if clear else "$muted"), head))
        if self.outcome.rows:
            blocks += [BLANK, Block(Content.styled(t("results.words"), "bold")), BLANK]
            blocks += sample_blocks(self.outcome.rows, SAMPLES_SHOWN)
        return blocks

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Another run needs a first one."""
        if action == "again":
            return self.session.run is not None
        return super().check_action(action, parameters)

    def action_read_on(self) -> None:
        """A page further down."""
        self.query_one(VerticalScroll).scroll_page_down(animate=False)

    async def action_again(self) -> None:
        """To the form, for another run."""
        await self.go_to("configure")

    @work(thread=True, exclusive=True, group="read")
    def _read(self) -> None:
        run = self.session.run
        assert run is not None
        try:
            outcome: Outcome | LabsError = read_outcome(self.session, run)
        except LabsError as error:
            outcome = error
        self.app.call_from_thread(self._take, outcome)

    def _take(self, outcome: Outcome | LabsError) -> None:
        if isinstance(outcome, LabsError):
            self.trouble = outcome
        else:
            self.outcome = outcome
            self._keep()
            if outcome.view.state == "completed" and self.session.progress.answers:
                # They have been shown the truth: the next run asks afresh.
                self.session.change(answers={}, tried=True)
        self.refill()


def read_outcome(session: LabSession, run: Run) -> Outcome:
    """Reconcile a run of this lab.

    Raises:
        LabsError: the run, its data or its model cannot be read.
    """
    view = read_view(run)
    spec, shape = view.spec, shape_of(view.spec.base_model)
    scores = run.scores()
    measured = measure_lab(session.lab, run, list_runs(session.runs_dir))
    lines = reconcile(
        predictions_for(session.lab, spec), run.answers(), spec, _figures(view), shape, measured, view.finished,
        {name: score.interval for name, score in scores.tuned.items() if score.interval is not None},
    )  # fmt: skip
    rows = tuple(run.predictions())
    return Outcome(view, lines, scores, rows, _tests(scores, rows))


def _tests(scores: Scores, rows: tuple[Prediction, ...]) -> tuple[tuple[str, str, bool], ...]:
    if len(rows) < 2 or not scores.tuned:
        return ()
    base, tuned, references = (
        [getattr(row, name) for row in rows] for name in ("base", "tuned", "reference")
    )
    metrics = [metric for metric in TESTED if metric in scores.tuned and metric in scores.base]
    return tuple((metric, *difference(metric, base, tuned, references)) for metric in metrics)


def _figures(view: RunView) -> Estimate:
    """The estimate for the rows the run really had; for those of the file where it never came to a plan."""
    plan: Plan | None = view.plan
    if plan is None:
        lengths = row_lengths(view.spec)
    else:
        lengths = RowLengths(plan.train_rows, plan.train_tokens / max(plan.train_rows, 1), exact=True)
    cuda = plan is not None and plan.device != "cpu"
    return figures_of(
        view.spec, shape_of(view.spec.base_model), lengths, Machine(0.0, "cuda" if cuda else "cpu")
    )
