"""The pages that have a key of their own: each is a Textual mode with its own stack, imported when first gone to.

A page registers by one line here; from then on Home shows its key, the palette offers it, and ``app.go("labs")`` opens it.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.commands import Command

if TYPE_CHECKING:
    from tui.screens.page import Page


@dataclass(frozen=True)
class Place:
    """A page that one goes to by a key."""

    name: str
    """Mode name, and locale entry ``app.go_<name>``."""
    key: str
    """Its key on Home."""
    module: str
    screen: str
    """Class in ``module``; made without arguments."""
    footer: bool = True

    def command(self) -> Command:
        """Go there."""
        return Command(f"app.go_{self.name}", self.key, f"app.go('{self.name}')", footer=self.footer)

    def opener(self) -> Callable[[], "Page[Any]"]:
        """Makes the page; imports its module only then."""

        def make() -> "Page[Any]":
            page: Page[Any] = getattr(importlib.import_module(self.module), self.screen)()
            return page

        return make


HOME = Place("home", "h", "tui.screens.home", "HomePage", footer=False)
PLACES: tuple[Place, ...] = (
    Place("study", "s", "tui.screens.study", "StudyPage"),
    Place("exam", "x", "tui.screens.exam", "ExamPage"),
    Place("labs", "l", "tui.screens.labs", "LabsPage"),
    Place("runs", "r", "tui.screens.runs", "RunsPage"),
    Place("data", "d", "tui.screens.data", "DataPage", footer=False),
    Place("grade", "g", "tui.screens.grade", "GradePage", footer=False),
    Place("settings", "comma", "tui.screens.settings", "SettingsPage", footer=False),
)
