"""Which class is graded: its assignment, its bundles, where results go, its roster; four paths, typed once and remembered."""

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from labs.typed_path import typed_path
from tui.i18n import t
from tui.screens.data import PathSuggester
from tui.screens.grade_memory import GradeMemory
from tui.screens.grade_session import GradingSession

PATHS = ("assignment", "folder", "out", "roster")


class ClassPaths(Vertical):
    """The four fields. Enter goes to the next one, and behind the last posts ``Named``."""

    DEFAULT_CSS = """
    ClassPaths { height: auto; }
    ClassPaths Input { margin-bottom: 1; }
    """

    class Named(Message):
        """All paths have been gone through."""

    def __init__(self, memory: GradeMemory) -> None:
        super().__init__(id="setup")
        self._memory = memory

    def compose(self) -> ComposeResult:
        """A name above each field."""
        for name in PATHS:
            yield Static(Content.styled(t(f"grade.path_{name}"), "$muted"), markup=False)
            remembered = getattr(self._memory, name)
            yield Input(remembered, id=f"path-{name}", suggester=PathSuggester(), compact=True)

    def begin(self) -> None:
        """Put the cursor into the first field."""
        self.query(Input).first().focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Remember it."""
        event.stop()
        setattr(self._memory, _name(event), event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next one, or done."""
        event.stop()
        rest = PATHS[PATHS.index(_name(event)) + 1 :]
        if rest:
            self.query_one(f"#path-{rest[0]}").focus()
        else:
            self.post_message(self.Named())


def open_class(memory: GradeMemory, clock: Callable[[], datetime]) -> GradingSession:
    """The class that the paths name.

    Raises:
        LabsError: a path leads nowhere, or to what cannot be read.
    """
    folder = typed_path(memory.folder.strip() or ".")
    out = typed_path(memory.out) if memory.out.strip() else folder / "grades"
    roster = typed_path(memory.roster) if memory.roster.strip() else None
    return GradingSession(typed_path(memory.assignment), folder, out, roster, clock)


def _name(event: Input.Changed | Input.Submitted) -> str:
    return (event.input.id or "").removeprefix("path-")
