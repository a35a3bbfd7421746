"""The top line of a page: what this is on the left, what time or state it is in on the right."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class TitleBar(Widget):
    """One line; the left part gives way when both do not fit."""

    DEFAULT_CSS = "TitleBar { height: 1; padding: 0 1; color: $muted; }"

    left: reactive[Content] = reactive(Content(""))
    right: reactive[Content] = reactive(Content(""))

    def render(self) -> Content:
        """Left, spaces, right, in exactly the width there is."""
        width = max(self.size.width - 2, 0)
        room = max(width - self.right.cell_length - 1, 0)
        left = self.left.truncate(room, ellipsis=True) if self.left.cell_length > room else self.left
        gap = " " * max(width - left.cell_length - self.right.cell_length, 0)
        return Content.assemble(left, gap, self.right).truncate(width)
