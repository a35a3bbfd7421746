"""A list to choose from: name on the left, a quiet word on the right, one line each, moved over by keys or mouse."""

from dataclasses import dataclass

from textual.content import Content
from textual.visual import VisualType
from textual.widgets.option_list import Option

from tui.widgets.rows import Rows


@dataclass(frozen=True)
class Entry:
    """One line of a menu."""

    id: str
    name: Content
    why: Content = Content("")  # noqa: RUF009 (immutable)
    enabled: bool = True


class Menu(Rows):
    """Entries with their names in one column; keeps its place when the entries are shown anew."""

    DEFAULT_CSS = "Menu { height: auto; max-height: 100%; text-wrap: nowrap; text-overflow: ellipsis; } Menu > .option-list--option { padding: 0 1; } Menu > .option-list--option-disabled { color: $quiet; }"

    def show(self, entries: list[Entry]) -> None:
        """Show these entries."""
        place = self.highlighted
        column = max((entry.name.cell_length for entry in entries if entry.why.plain), default=0) + 3
        options: list[Option | VisualType] = [
            Option(_line(entry, column), id=entry.id, disabled=not entry.enabled) for entry in entries
        ]
        self.clear_options()
        self.add_options(options)
        if place is not None and place < len(entries) and entries[place].enabled:
            self.highlighted = place
        else:
            self.highlighted = next((at for at, entry in enumerate(entries) if entry.enabled), None)


def _line(entry: Entry, column: int) -> Content:
    """The name, and the quiet word in its column; a name alone may have the whole line."""
    if not entry.why.plain:
        return entry.name
    padded = entry.name.pad_right(column - entry.name.cell_length)
    return Content.assemble(padded, entry.why.stylize_before("$muted"))
