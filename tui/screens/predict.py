"""Step 2: say what this configuration will do, before it does it."""

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from labs.errors import LabsError, SpecError
from labs.lab import PredictionQuestion
from labs.predictions import PredictionError, parse_answer, quantity_of, unanswered
from labs.row_lengths import row_lengths
from metrics.clean import clean
from tui.commands import Command
from tui.i18n import t, t_or
from tui.screens.configure_fields import Choice
from tui.screens.lab import ALONG, LabStep
from tui.screens.lab_text import number, spoken, told
from tui.screens.results_cards import habit

ON = Command("lab.to_configure", "enter", "on", priority=True)
DOWN = Command("configure.down", "down,tab", "move(1)", footer=False, palette=False, priority=True)
UP = Command("configure.up", "up,shift+tab", "move(-1)", footer=False, palette=False, priority=True)


class PredictStep(LabStep):
    """Questions about this configuration. An empty answer is an honest one, but it cannot be reconciled."""

    STEP = "predict"
    KEYS = (ON, DOWN, UP, *ALONG)
    CSS_PATH = "predict.tcss"

    _rows: int | None = None
    _asked: tuple[PredictionQuestion, ...] = ()
    """What stands on the page; the form, while one leaves it, may still take a key that asks otherwise."""

    def body(self) -> ComposeResult:
        """The configuration in a line, then question by question."""
        answers = self.session.progress.answers
        self._asked = self.session.questions()
        with VerticalScroll(classes="body", can_focus=False):
            yield Static(id="of", classes="muted", markup=False)
            for at, question in enumerate(self._asked):
                said = answers.get(question.id)
                yield Static(self._prompt(question), classes="prompt", markup=False)
                if question.kind == "choice":
                    labels = [spoken(choice) for choice in question.choices]
                    yield Choice(labels, None if said is None else int(said), id=f"q-{at}")
                else:
                    value = "" if said is None else number(said)
                    yield Input(value, id=f"q-{at}", placeholder=t("predict.guess"), compact=True)
                yield Static(id=f"w-{at}", classes="wrong", markup=False)

    def fill(self) -> None:
        """Say what is asked about, or why nothing can be, and begin at the first open question."""
        try:
            about = Content(self._configuration())
        except SpecError as error:
            fault = Content.styled(f"✗ {error.field}: {told(error)}", "$error")
            about = Content.assemble(fault, "\n", t("predict.mend_first"))
        self.query_one("#of", Static).update(about)
        open_ = unanswered(self._asked, self.session.progress.answers) or self._asked
        if open_ and not isinstance(self.focused, Input | Choice):
            self.query_one(f"#q-{self._asked.index(open_[0])}").focus()

    def _configuration(self) -> str:
        """In a line. Raises SpecError while the form holds what is no setting."""
        spec = self.session.spec()
        parts = [spec.method, f"r={spec.r}", f"lr={spec.learning_rate:g}", spec.lr_scheduler_type]
        parts += [f"batch={spec.per_device_train_batch_size}x{spec.gradient_accumulation_steps}"]
        parts += [f"max_steps={spec.max_steps}" if spec.max_steps else f"epochs={spec.num_train_epochs:g}"]
        if self._rows is not None:
            parts += [f"rows={self._rows}"]
        return t("predict.about", config=" · ".join(parts))

    def on_mount(self) -> None:
        """Count the rows: the steps of a run cannot be said without them."""
        self._count()

    @work(thread=True, exclusive=True, group="look")
    def _count(self) -> None:
        """Files are read, so not on the drawing thread."""
        try:
            rows = row_lengths(self.session.spec()).rows
        except LabsError:
            return  # the form says what is wrong with the settings or the data
        self.app.call_from_thread(self._take, rows)

    def _take(self, rows: int) -> None:
        self._rows = rows
        if self.is_whole:
            self.fill()

    def key_note(self) -> str:
        """How many are open."""
        if not self._asked:
            return ""
        left = len(unanswered(self._asked, self.session.progress.answers))
        return t("predict.open", n=left) if left else t("predict.all_said")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep it as it is typed; what is no number is marked and not kept."""
        if not event.input.is_attached:
            return  # of a field that has been made anew since
        at, question = self._question(event.input.id)
        answers = dict(self.session.progress.answers)
        answers.pop(question.id, None)
        fault = ""
        if event.value.strip():
            try:
                answers[question.id] = parse_answer(question, event.value)
            except PredictionError as error:
                fault = told(error)
        self._keep(at, answers, fault)

    def on_choice_turned(self, event: Choice.Turned) -> None:
        """Keep it."""
        if not event.choice.is_attached:
            return
        at, question = self._question(event.choice.id)
        assert event.choice.at is not None
        self._keep(at, {**self.session.progress.answers, question.id: event.choice.at}, "")

    def action_move(self, by: int) -> None:
        """To the next or the previous question."""
        self.focus_next() if by > 0 else self.focus_previous()

    async def action_on(self) -> None:
        """To the next question below, or on to the form; not past a guess that cannot be read, as it is not kept."""
        controls = list(self.query("Input, Choice"))
        at = controls.index(self.focused) if self.focused in controls else -1
        unread = next((one for one in self.query(Input) if self._is_unread(one)), None)
        if unread is not None and (unread is self.focused or at + 1 == len(controls)):
            self.set_focus(unread)
        elif at + 1 < len(controls):
            self.set_focus(controls[at + 1])  # at once: what is typed next belongs to it
        else:
            await self.action_step(1)

    def _is_unread(self, control: Input) -> bool:
        """Whether something is typed that is no answer."""
        return (
            bool(control.value.strip())
            and self._question(control.id)[1].id not in self.session.progress.answers
        )

    def _keep(self, at: int, answers: dict[str, float | int], fault: str) -> None:
        wrong = self.query_one(f"#w-{at}", Static)
        wrong.update(Content(f"✗ {fault}" if fault else ""))
        wrong.display = bool(fault)
        if answers != self.session.progress.answers:
            self.session.change(answers=answers)
            self.refresh_chrome()

    def _question(self, id_: str | None) -> tuple[int, PredictionQuestion]:
        at = int((id_ or "").removeprefix("q-"))
        return at, self._asked[at]

    def _prompt(self, question: PredictionQuestion) -> Content:
        name = question.unit and t_or(f"predict.unit_{question.unit}", clean(question.unit, one_line=True))
        unit = f"  {name}" if name and name not in spoken(question.prompt) else ""
        learner = self.tutor.learner
        so_far = (
            habit(learner).get(quantity_of(question, self.session.lab.id), "") if learner is not None else ""
        )
        return Content.assemble(spoken(question.prompt), (unit, "$muted"), (f"  {so_far}", "$quiet"))
