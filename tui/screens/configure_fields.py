"""Fields of a form: a name, a value to type or to choose, and what is wrong with it right below."""

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.commands import Command, bindings
from tui.i18n import t
from tui.screens.lab_text import cell, one_line

LEFT = Command("configure.previous_choice", "left", "turn(-1)", footer=False, palette=False)
RIGHT = Command("configure.next_choice", "right,space", "turn(1)", footer=False, palette=False)


class Choice(Widget, can_focus=True):
    """One of a few values, turned by ← and →."""

    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; background: $panel; }
    """
    BINDINGS = bindings((LEFT, RIGHT))
    at: reactive[int | None] = reactive(None)

    class Turned(Message):
        """Another value was chosen."""

        def __init__(self, choice: "Choice") -> None:
            self.choice = choice
            super().__init__()

        @property
        def control(self) -> "Choice":
            """The widget."""
            return self.choice

    def __init__(self, labels: Sequence[str], at: int | None, id: str | None = None) -> None:
        super().__init__(id=id)
        self.labels = tuple(one_line(label) for label in labels)
        self.values: tuple[Any, ...] = ()
        """What the labels stand for, where that is not their place."""
        self.set_reactive(Choice.at, at)

    def render(self) -> Content:
        """``‹value›``; the marks are bright where ← and → work."""
        mark = "bold $accent" if self.has_focus else "$quiet"
        unsaid = Content.styled(t("configure.choose"), "$quiet")
        label = unsaid if self.at is None else Content(self.labels[self.at])
        room = max(self.size.width - 2, 1)
        return Content.assemble(("‹", mark), label.truncate(room, ellipsis=True), ("›", mark))

    @property
    def cut(self) -> str:
        """What is chosen, where the field is too narrow to say it; else nothing."""
        label = "" if self.at is None else self.labels[self.at]
        return label if cell_len(label) > max(self.size.width - 2, 1) else ""

    def action_turn(self, by: int) -> None:
        """The next value, and round again."""
        count = len(self.labels)
        self.at = (0 if by > 0 else count - 1) if self.at is None else (self.at + by) % count
        self.post_message(self.Turned(self))

    def on_focus(self) -> None:
        """Show that ← and → work."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that they do not."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click turns on, at the left end it turns back."""
        self.focus()
        self.action_turn(-1 if event.x < 3 else 1)


class Field(Vertical):
    """A named value. Posts nothing itself: ``Input.Changed`` and ``Choice.Turned`` bubble with the widget's id."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field > Horizontal { height: 1; }
    Field .name { width: 28; }
    Field .wrong { height: auto; color: $error; display: none; padding-left: 2; }
    Field.-wrong .wrong { display: block; }
    """

    def __init__(self, name: str, label: str, control: Input | Choice) -> None:
        super().__init__()
        self.field = name
        self._label = label
        self.control = control

    def compose(self) -> ComposeResult:
        """Name and value on one line, the fault below."""
        with Horizontal():
            yield Static(cell(self._label, 27), classes="name", markup=False)
            yield self.control
        yield Static(classes="wrong", markup=False)

    def show_fault(self, fault: str | None) -> None:
        """Mark what is wrong, or that nothing is."""
        self.set_class(fault is not None, "-wrong")
        self.query_one(".wrong", Static).update(Content(f"✗ {fault}" if fault else ""))
