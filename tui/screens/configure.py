"""Step 3: the settings, with what they mean in parameters, steps and memory shown as one types."""

from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from labs.errors import LabsError
from labs.row_lengths import RowLengths
from tui.commands import Command
from tui.i18n import t, t_or
from tui.screens.configure_fields import Choice, Field
from tui.screens.configure_figures import Machine, figure_lines, figures_of, lengths_of, this_machine
from tui.screens.configure_values import Offer, offers, read, shown
from tui.screens.lab import ALONG, LabStep
from tui.screens.lab_text import lines, spoken, told
from tui.screens.predict import DOWN, UP
from tui.screens.run_ask import Ask
from tui.wrapping import wrap

RUN = Command("configure.run", "enter", "run", priority=True)
ALL = Command("configure.all", "ctrl+a", "all", priority=True)
PATH = Command("configure.path", "ctrl+o", "path", priority=True)
DEFAULTS = Command("configure.defaults", "ctrl+d", "defaults", priority=True)

FIGURES_WIDTH = 24


class ConfigureStep(LabStep):
    """A form, the figures beside it, and a sentence on the field one is in."""

    STEP = "configure"
    KEYS = (RUN, ALL, PATH, DEFAULTS, DOWN, UP, *ALONG)
    CSS_PATH = "configure.tcss"

    everything = False
    typed_path = False
    _trouble = ""
    """Why the last try to run failed; stands below the form until something changes."""
    _machine: Machine | None = None
    _lengths: RowLengths | LabsError | None = None

    def body(self) -> ComposeResult:
        """Form, figures, sentence."""
        with Vertical(classes="body"):
            with Horizontal(id="form"):
                with VerticalScroll(id="fields", can_focus=False):
                    if self.session.lab.variants:
                        yield Field("variant", t("configure.variant"), self._variants())
                    for offer in self._offers():
                        yield Field(offer.name, offer.name, self._control(offer))
                yield Static(id="figures", markup=False)
            yield Static(id="note", markup=False)

    def on_mount(self) -> None:
        """Find out what this machine has, and have a worker get ready."""
        self.run_worker(self.monitor.warm(), group="warm")
        self._look_around()

    def fill(self) -> None:
        """Show faults and figures; begin at the first field."""
        if not isinstance(self.focused, Input | Choice):
            self.set_focus(next(iter(self.query(Field))).control)
        self._show()

    def _offers(self) -> tuple[Offer, ...]:
        return offers(self.session.lab, self.session.base_spec, self.everything)

    def _control(self, offer: Offer) -> Input | Choice:
        value = self.session.progress.overrides.get(offer.name, getattr(self.session.base_spec, offer.name))
        value = tuple(value) if isinstance(value, list) else value
        if offer.choices and not (offer.name == "base_model" and self.typed_path):
            choices = offer.choices if value in offer.choices else (value, *offer.choices)
            control = Choice(
                [shown(choice) for choice in choices], choices.index(value), id=f"f-{offer.name}"
            )
            control.values = choices
            return control
        return Input(shown(value), id=f"f-{offer.name}", compact=True, select_on_focus=False)

    def _variants(self) -> Choice:
        variants = self.session.lab.variants
        ids = ["", *(one.id for one in variants)]
        labels = [t("configure.as_it_is"), *(spoken(one.title) for one in variants)]
        control = Choice(labels, ids.index(self.session.progress.variant), id="f-variant")
        control.values = tuple(ids)
        return control

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what was typed."""
        name = (event.input.id or "").removeprefix("f-")
        self._set(name, read(name, event.value))

    async def on_choice_turned(self, event: Choice.Turned) -> None:
        """Take what was chosen."""
        name = (event.choice.id or "").removeprefix("f-")
        assert event.choice.at is not None
        value = event.choice.values[event.choice.at]
        if name == "variant":
            self.session.change(variant=value, overrides={})
            self._look_around()
            await self.retranslate()
            return
        self._set(name, value)

    def on_descendant_focus(self) -> None:
        """Say what the field is for."""
        self._note()

    def action_move(self, by: int) -> None:
        """To the next or the previous field."""
        self.focus_next() if by > 0 else self.focus_previous()

    async def action_all(self) -> None:
        """All fields, or the main ones."""
        self.everything = not self.everything
        await self.in_turn(self.retranslate)

    async def action_path(self) -> None:
        """Type the base model: a folder on this machine, or a hub id."""
        self.typed_path = not self.typed_path
        await self.in_turn(self.retranslate)
        self.query_one("#f-base_model").focus()

    async def action_defaults(self) -> None:
        """The lab's own settings again."""
        self.session.change(overrides={})
        self._look_around()
        await self.in_turn(self.retranslate)

    def action_run(self) -> None:
        """Run it, or go to what keeps it from running."""
        if all(worker.is_finished for worker in self.workers if worker.group == "run"):
            self._run()

    @work(group="run")
    async def _run(self) -> None:
        problems = self.session.problems()
        if problems:
            for field in self.query(Field):
                if field.field == problems[0].field:
                    self.set_focus(field.control)
            self.notify(told(problems[0]), severity="error", markup=False)
            return
        left = len(self.session.open_questions())
        if left and not await self.tutor.push_screen_wait(
            Ask(t("configure.not_said", n=left), t("configure.run_anyway"), t("configure.predict_first"))
        ):
            await self.go_to("predict")
            return
        await self._start()

    async def _start(self) -> None:
        waits = self.monitor.is_busy
        try:
            await self.monitor.submit(
                self.session.spec(),
                dict(self.session.progress.answers),
                made=lambda run: self.session.change(run_id=run.id),
            )
        except LabsError as error:
            self._trouble = told(error)
            self._note()
            return
        if waits:
            self.notify(t("configure.queued"), markup=False)
        await self.go_to("run")

    def _set(self, name: str, value: Any) -> None:
        self._trouble = ""
        overrides = {key: old for key, old in self.session.progress.overrides.items() if key != name}
        if value != getattr(self.session.base_spec, name):
            overrides[name] = value
        if overrides != self.session.progress.overrides:
            self.session.change(overrides=overrides)
            self._look_around()
        self._show()

    @work(thread=True, exclusive=True, group="look")
    def _look_around(self) -> None:
        """Rows, their tokens and this machine's memory: files and a driver, so not on the drawing thread."""
        try:
            spec = self.session.spec()
        except LabsError:
            return
        lengths, machine = lengths_of(spec), self._machine or this_machine()
        self.app.call_from_thread(self._take, lengths, machine)

    def _take(self, lengths: RowLengths | LabsError, machine: Machine) -> None:
        self._lengths, self._machine = lengths, machine
        if self.is_whole:
            self._show()

    def _show(self) -> None:
        """Faults at their fields, figures at the side."""
        faults = {problem.field: told(problem) for problem in reversed(self.session.problems())}
        for field in self.query(Field):
            field.show_fault(faults.get(field.field))
        self.query_one("#figures", Static).update(lines(self._figures(bool(faults))))
        self._note()

    def _figures(self, faulty: bool) -> list[Content]:
        shape = self.session.shape()
        if faulty:
            return [Content.styled(t("configure.no_figures"), "$muted")]
        if shape is None:
            return [Content.styled("✗ " + t("configure.unknown_model"), "$error")]
        if self._lengths is None or self._machine is None:
            return [Content.styled(t("configure.counting"), "$muted")]
        if isinstance(self._lengths, LabsError):
            return [Content.styled("✗ " + told(self._lengths), "$error")]
        spec = self.session.spec()
        figures = figures_of(spec, shape, self._lengths, self._machine)
        return figure_lines(spec, figures, self._lengths, self._machine, FIGURES_WIDTH)

    def _note(self) -> None:
        """The lab's sentence on the field, else ours; its range behind it."""
        if self._trouble:
            self.query_one("#note", Static).update(Content.styled(f"✗ {self._trouble}", "$error"))
            return
        name = (self.focused.id or "").removeprefix("f-") if self.focused is not None else ""
        offer = next((one for one in self._offers() if one.name == name), None)
        text, span = t_or(f"configure.field_{name}", ""), ""
        if offer is not None and offer.turned is not None:
            text = spoken(offer.turned.note)
            if offer.turned.low is not None and offer.turned.high is not None:
                low, high = shown(offer.turned.low), shown(offer.turned.high)
                # In one piece: half a range at the end of a line says nothing.
                span = "  " + t("configure.usual", low=low, high=high).replace(" ", "\u00a0")
        whole = f"{self.focused.cut}  " if isinstance(self.focused, Choice) and self.focused.cut else ""
        note = self.query_one("#note", Static)
        said = Content.assemble((whole, "bold"), text, (span, "$quiet"))
        note.update(lines(wrap(said, note.size.width or self.size.width)))
