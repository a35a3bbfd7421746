"""A list of lines to choose from; the base of every list in the app."""

from typing import TYPE_CHECKING, Any, Literal

from textual import events
from textual.widgets import OptionList

_Base: Any = OptionList if TYPE_CHECKING else object


class Steady(_Base):  # beside a list of Textual's, whose style sheets follow the first base
    """What Textual's lists fall over: a key that turns the page before there are pages, a click on a line that has gone since."""

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        if self.size:
            super()._move_page(direction)

    async def _on_click(self, event: events.Click) -> None:
        # Textual calls the handlers of all classes in turn, this one first.
        if event.style.meta.get("option", -1) >= self.option_count:
            event.prevent_default()


class Rows(Steady, OptionList):
    """The list of the app."""
