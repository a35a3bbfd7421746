"""A command is defined once; its key, footer entry, palette entry and line in the help all come from here.

A page lists its commands in ``KEYS``; the app's own (back, help, language, palette, quit) are in ``EVERYWHERE``.
Titles are locale keys, so a change of language changes all four places.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui.i18n import t, t_or

_KEY_NAMES = {
    "enter": "⏎", "escape": "esc", "question_mark": "?", "exclamation_mark": "!", "full_stop": ".", "comma": ",",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "slash": "/", "plus": "+", "minus": "-", "tab": "tab",
    "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]", "pageup": "pgup", "pagedown": "pgdn",
    "asterisk": "*",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One thing a person can do on a page."""

    title: str
    """Locale key of the name, like ``study.undo``; ``study.undo_help`` is its sentence in the help, if it has one."""
    key: str
    """Textual key names, several divided by commas; the first is the one shown."""
    action: str
    """Textual action on the page (or ``app.…``), like ``undo`` or ``rate(3)``."""
    footer: bool = True
    """Whether the bottom line shows it: only what matters now belongs there."""
    palette: bool = True
    """Whether the command palette offers it."""
    priority: bool = False
    """Whether the key works even while a text field has the focus."""
    typing: str = ""
    """A second key for while a text field has the focus, where ``key`` would only be typed into it."""

    @property
    def label(self) -> str:
        """Its name in the language of now."""
        return t(self.title)

    @property
    def help(self) -> str:
        """Its sentence in the help; the name where it needs no more."""
        return t_or(f"{self.title}_help", self.label)

    @property
    def shown_key(self) -> str:
        """The first key as people write it: ``^p``, ``⏎``, ``?``."""
        return shown_key(self.key.split(",")[0])

    @property
    def keys(self) -> tuple[str, ...]:
        """All its keys as people write them."""
        return tuple(shown_key(key) for key in (*self.key.split(","), *filter(None, (self.typing,))))

    def key_while_typing(self) -> str | None:
        """The key to show while a text field has the focus; None where there is none that works then."""
        if self.typing:
            return shown_key(self.typing)
        first = self.key.split(",")[0]
        works = self.priority or first in ("enter", "escape", "f1", "pagedown", "pageup")
        return shown_key(first) if works else None

    def bindings(self) -> list[Binding]:
        """Its Textual bindings; the description is never shown, footer and help ask ``label``."""
        made = [Binding(self.key, self.action, self.title, show=False, priority=self.priority)]
        if self.typing:
            made.append(Binding(self.typing, self.action, self.title, show=False, priority=True))
        return made


def shown_key(key: str) -> str:
    """A Textual key name as people write it."""
    key = key.strip()
    if key.startswith("ctrl+"):
        return "^" + shown_key(key.removeprefix("ctrl+"))
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _KEY_NAMES.get(key, key)


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    """Bindings of all commands, for a class's ``BINDINGS``."""
    return [binding for command in commands for binding in command.bindings()]


HELP = Command("app.help", "question_mark", "app.help", typing="f1")
PALETTE = Command("app.palette", "ctrl+p", "app.command_palette", palette=False, priority=True)
LANGUAGE = Command("app.switch_language", "f2", "app.switch_language", footer=False, priority=True)
THEME = Command("app.next_theme", "f3", "app.next_theme", footer=False, priority=True)
QUIT = Command("app.quit", "ctrl+q", "app.quit", footer=False, priority=True)
BACK = Command("app.back", "escape", "back", palette=False)

EVERYWHERE = (HELP, PALETTE, LANGUAGE, THEME, QUIT)
