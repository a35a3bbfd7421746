"""Ask a run's base and tuned model the same things, side by side, as fast as they can answer."""

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from labs.chat import ChatEnded, ChatHandle
from labs.errors import LabsError
from labs.run_labels import read_label
from labs.runs import Run
from labs.spec import RunSpec
from metrics.clean import clean
from tui.commands import Command
from tui.i18n import t
from tui.lab_titles import run_title
from tui.screens.lab_text import lines, one_line, told
from tui.screens.page import Page
from tui.screens.run_monitor import RunMonitor

NEXT = Command("try.next_prompt", "down", "turn(1)", footer=False, priority=True)
PREVIOUS = Command("try.previous_prompt", "up", "turn(-1)", footer=False, priority=True)
ASK = Command("try.ask", "enter", "ask")

SYSTEMS = ("base", "tuned")


class TryPage(Page[None]):
    """A line to ask in; the run's own test prompts are at hand with ↑ and ↓."""

    KEYS = (ASK, PREVIOUS, NEXT)
    CSS_PATH = "try_prompts.tcss"

    def __init__(self, run: Run, spec: RunSpec, monitor: RunMonitor) -> None:
        super().__init__()
        self.run = run
        self._spec = spec
        self._label = read_label(run)
        self.monitor = monitor
        self._prompts = [one_line(row.prompt) for row in run.predictions()]
        self._at = -1
        self._asked = ""
        self._said = dict.fromkeys(SYSTEMS, "")
        self._state = ""
        self._handle: ChatHandle | None = None
        self._answering = self._answered = False

    def body(self) -> ComposeResult:
        """Question, and the two answers beside each other."""
        with Vertical(classes="body"):
            yield Input(placeholder=t("try.hint"), id="prompt", compact=True)
            yield Static(id="asked", markup=False)
            with Horizontal(id="answers"):
                for system in SYSTEMS:
                    with VerticalScroll(classes="answer", can_focus=False):
                        yield Static(Content.styled(t(f"run.{system}"), "$muted"), markup=False)
                        yield Static(id=f"says-{system}", markup=False)

    def on_mount(self) -> None:
        """Have the models loaded while the first question is typed."""
        self._open()

    async def on_unmount(self) -> None:
        """Let the worker go."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            await handle.close()

    def title_left(self) -> Content:
        """The run."""
        called = run_title(self.run, self._spec, self._label, self.tutor.lab_catalog)
        return Content.styled(t("try.title", run=called), "bold $foreground")

    def title_right(self) -> Content:
        """Loading, answering, or what went wrong."""
        return Content.styled(self._state, "$accent" if self._answering else "$muted")

    def fill(self) -> None:
        """Put the texts in their places."""
        self.query_one(Input).focus()
        self._show()

    def action_turn(self, by: int) -> None:
        """One of the run's own prompts into the line."""
        if self._prompts:
            self._at = (self._at + by) % len(self._prompts)
            line = self.query_one(Input)
            line.value = self._prompts[self._at]
            line.cursor_position = len(line.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask."""
        self.action_ask()

    def action_ask(self) -> None:
        """Ask both, unless they are still answering."""
        prompt = self.query_one(Input).value.strip()
        if prompt and not self._answering:
            self._ask(prompt)

    @work(exclusive=True, group="open")
    async def _open(self) -> None:
        self._say(t("try.loading"))
        try:
            self._handle = await self.monitor.chat(self.run)
        except LabsError as error:
            self._say(told(error))
            return
        self._say(t("try.ready"))

    @work(exclusive=True, group="ask")
    async def _ask(self, prompt: str) -> None:
        if self._handle is None:
            return
        self._asked, self._said, self._answering = prompt, dict.fromkeys(SYSTEMS, ""), True
        self.query_one(Input).value = ""
        # Before the first answer of all, most of the waiting is for the models to be loaded.
        self._say(t("try.answering") if self._answered else t("try.loading"))
        self._show()
        try:
            async for piece in self._handle.ask(prompt):
                if isinstance(piece, ChatEnded):
                    self._handle = None
                    self._say(t("try.ended", why=one_line(f"{piece.message} {piece.hint}")))
                    return
                if not self._answered:
                    self._answered = True
                    self._say(t("try.answering"))
                self._said[piece.system] += clean(piece.text)
                self._show()
            self._say(t("try.ready"))
        finally:
            self._answering = False

    def _say(self, state: str) -> None:
        self._state = state
        if self.is_whole:
            self.refresh_chrome()

    def _show(self) -> None:
        if not self.is_whole:
            return
        self.query_one("#asked", Static).update(
            Content.styled(f"“{clean(self._asked)}”" if self._asked else "", "bold")
        )
        for system in SYSTEMS:
            self.query_one(f"#says-{system}", Static).update(lines(self._said[system].split("\n")))
