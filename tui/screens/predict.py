"""Step 2: say what this configuration will do, before it does it."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from labs.lab import PredictionQuestion
from labs.predictions import PredictionError, parse_answer, quantity_of
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

    def body(self) -> ComposeResult:
        """The configuration in a line, then question by question."""
        answers = self.session.progress.answers
        with VerticalScroll(classes="body", can_focus=False):
            yield Static(id="of", classes="muted", markup=False)
            for at, question in enumerate(self.session.questions()):
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
        """Say what is asked about, and begin at the first open question."""
        spec = self.session.spec()
        parts = [spec.method, f"r={spec.r}", f"lr={spec.learning_rate:g}", spec.lr_scheduler_type]
        parts += [f"batch={spec.per_device_train_batch_size}x{spec.gradient_accumulation_steps}"]
        parts += [f"max_steps={spec.max_steps}" if spec.max_steps else f"epochs={spec.num_train_epochs:g}"]
        self.query_one("#of", Static).update(Content(t("predict.about", config=" · ".join(parts))))
        open_ = self.session.open_questions() or self.session.questions()
        if open_ and not isinstance(self.focused, Input | Choice):
            self.query_one(f"#q-{self.session.questions().index(open_[0])}").focus()

    def key_note(self) -> str:
        """How many are open."""
        left = len(self.session.open_questions())
        return t("predict.open", n=left) if left else t("predict.all_said")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep it as it is typed; what is no number is marked and not kept."""
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
        at, question = self._question(event.choice.id)
        assert event.choice.at is not None
        self._keep(at, {**self.session.progress.answers, question.id: event.choice.at}, "")

    def action_move(self, by: int) -> None:
        """To the next or the previous question."""
        self.focus_next() if by > 0 else self.focus_previous()

    async def action_on(self) -> None:
        """To the next open question below, or on to the form."""
        controls = list(self.query("Input, Choice"))
        at = controls.index(self.focused) if self.focused in controls else -1
        if at + 1 < len(controls):
            self.set_focus(controls[at + 1])  # at once: what is typed next belongs to it
        else:
            await self.action_step(1)

    def _keep(self, at: int, answers: dict[str, float | int], fault: str) -> None:
        wrong = self.query_one(f"#w-{at}", Static)
        wrong.update(Content(f"✗ {fault}" if fault else ""))
        wrong.display = bool(fault)
        if answers != self.session.progress.answers:
            self.session.change(answers=answers)
            self.refresh_chrome()

    def _question(self, id_: str | None) -> tuple[int, PredictionQuestion]:
        at = int((id_ or "").removeprefix("q-"))
        return at, self.session.questions()[at]

    def _prompt(self, question: PredictionQuestion) -> Content:
        name = question.unit and t_or(f"predict.unit_{question.unit}", clean(question.unit, one_line=True))
        unit = f"  {name}" if name and name not in spoken(question.prompt) else ""
        learner = self.tutor.learner
        so_far = (
            habit(learner).get(quantity_of(question, self.session.lab.id), "") if learner is not None else ""
        )
        return Content.assemble(spoken(question.prompt), (unit, "$muted"), (f"  {so_far}", "$quiet"))
