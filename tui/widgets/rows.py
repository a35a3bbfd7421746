"""A list of lines to choose from; the base of every list in the app."""

from typing import Literal

from textual.widgets import OptionList


class Rows(OptionList):
    """Textual's, which falls over a key that turns the page before the list has been laid out."""

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        if self.size:
            super()._move_page(direction)
