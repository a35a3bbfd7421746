"""The command palette offers every command that can be used now: the page's, then the app's, then the places."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.command import (
    CommandInput,
    CommandList,
    CommandPalette,
    DiscoveryHit,
    Hit,
    Hits,
    Provider,
    SearchIcon,
)
from textual.containers import Horizontal, Vertical
from textual.types import IgnoreReturnCallbackType
from textual.widgets import Input, LoadingIndicator

from tui.commands import EVERYWHERE, Command
from tui.i18n import t
from tui.places import HOME, PLACES
from tui.screens.page import Page
from tui.widgets.rows import Steady


class _Found(Steady, CommandList):
    """The commands that match."""


class Palette(CommandPalette):
    """Textual's, safe from keys and clicks that come faster than it draws."""

    def compose(self) -> ComposeResult:
        """As Textual's, with a list of ours."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield _Found()
                yield LoadingIndicator()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Dismiss once."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()

    @on(Input.Changed)
    def _stop_when_gone(self, event: Input.Changed) -> None:
        """A palette on its way out looks nothing up."""
        if self.app.screen is not self:
            event.prevent_default()


class CommandsOfNow(Provider):
    """Commands of the page below the palette and of the app."""

    def _usable(self) -> Iterator[tuple[Command, IgnoreReturnCallbackType]]:
        page = self.screen
        assert isinstance(page, Page)
        seen: set[str] = set()
        places = tuple(place.command() for place in (HOME, *PLACES))
        for command in (*page.all_commands(), *EVERYWHERE, *places):
            if command.palette and command.title not in seen and page.can_run(command) is True:
                seen.add(command.title)
                yield command, partial(_run, page, command)

    async def discover(self) -> Hits:
        """All of them, in the order of the key line."""
        for command, run in self._usable():
            yield DiscoveryHit(f"{command.label}  {command.shown_key}", run, help=_sentence(command))

    async def search(self, query: str) -> Hits:
        """Those whose name or sentence matches; where none does, that, in the language of now."""
        matcher, found = self.matcher(query), False
        for command, run in self._usable():
            score = max(matcher.match(command.label), matcher.match(command.help) * 0.7)
            if score > 0:
                found = True
                shown = f"{command.label}  {command.shown_key}"
                yield Hit(score, matcher.highlight(shown), run, help=_sentence(command))
        if not found:
            yield Hit(1, t("app.palette_none"), lambda: None, text=query)


async def _run(page: Page[Any], command: Command) -> None:
    """Do it, if its page is still in front."""
    if page.is_current:
        await page.run_action(command.action)


def _sentence(command: Command) -> str | None:
    """What its name does not say already."""
    return command.help if command.help != command.label else None
