"""The command palette offers every command that can be used now: the page's, then the app's, then the places."""

from collections.abc import Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from tui.commands import EVERYWHERE, Command
from tui.i18n import t
from tui.places import HOME, PLACES
from tui.screens.page import Page


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
                yield command, lambda action=command.action: page.run_action(action)

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


def _sentence(command: Command) -> str | None:
    """What its name does not say already."""
    return command.help if command.help != command.label else None
