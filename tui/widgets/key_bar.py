"""The bottom line: the keys that matter now, and at its right end a word about the state. A click presses a key."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.commands import Command


class KeyBar(Widget):
    """Shows commands as ``⏎ Next   z Undo``; what does not fit is left to the help, from the right."""

    DEFAULT_CSS = "KeyBar { height: 1; padding: 0 1; color: $muted; }"

    commands: reactive[tuple[tuple[Command, bool], ...]] = reactive(())
    """Each command with whether it can be used now; the others are dimmed."""
    note: reactive[str] = reactive("")
    typing: reactive[bool] = reactive(False)
    """Whether a text field has the focus: then letters are typed, and only keys that still work are shown."""

    class Pressed(Message):
        """A command was clicked."""

        def __init__(self, command: Command) -> None:
            self.command = command
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[tuple[int, int, Command]] = []

    def render(self) -> Content:
        """One line in the width there is; remembers where each command stands for clicks."""
        width = max(self.size.width - 2, 0)
        note = Content.styled(self.note, "$muted") if self.note else Content("")
        room = width - (note.cell_length + 2 if self.note else 0)
        line, self._spans = Content(""), []
        for command, usable in self.commands:
            key_style, label_style = ("bold $foreground", "$muted") if usable else ("$quiet", "$quiet")
            key = command.key_while_typing() if self.typing else command.shown_key
            if key is None:
                continue
            entry = Content.assemble((key, key_style), " ", (command.label, label_style))
            start = line.cell_length + (3 if self._spans else 0)
            if start + entry.cell_length > room:
                break
            line = Content.assemble(line, "   " if self._spans else "", entry)
            self._spans.append((start, start + entry.cell_length, command))
        gap = " " * max(width - line.cell_length - note.cell_length, 0)
        return Content.assemble(line, gap, note).truncate(width)

    def on_click(self, event: events.Click) -> None:
        """Press the command under the pointer."""
        at = event.x - 1
        for start, end, command in self._spans:
            if start <= at < end:
                self.post_message(self.Pressed(command))
