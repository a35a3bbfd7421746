"""The learner's choices; arrows change them, everything is kept at once."""

from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from tui.commands import Command
from tui.i18n import LANGUAGES, Language, language, t
from tui.prose import said
from tui.screens.page import Page
from tui.themes import THEME_NAMES
from tui.widgets.menu import Entry, Menu

if TYPE_CHECKING:
    from quiz_bank.blueprints import Blueprint

MORE = Command("settings.more", "right", "change(1)", footer=False)
LESS = Command("settings.less", "left", "change(-1)", footer=False)
CHANGE = Command("settings.change", "enter", "change_here", palette=False)

T = TypeVar("T")
_MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120)
_NEW_CARDS = (0, 5, 10, 15, 20, 30, 50)
_LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
_ROWS = ("language", "theme", "exam_date", "blueprint", "minutes_a_day", "new_cards_a_day", "exam_notes")


class SettingsPage(Page[None]):
    """One row a setting."""

    KEYS = (CHANGE, MORE, LESS)
    TITLE_KEY = "settings.title"

    def body(self) -> ComposeResult:
        """Rows, and where they are kept."""
        with Vertical(classes="body"):
            yield Menu(id="rows")
            yield Static("", classes="gap")
            yield Static(id="why", classes="muted", markup=False)
            yield Static("", classes="gap")
            yield Static(id="place", classes="quiet", markup=False)

    def fill(self) -> None:
        """Write the rows."""
        entries = []
        for name in _ROWS:
            value = Content.styled(self._value(name), "$foreground")
            shown = (
                value if name == "exam_date" else Content.assemble(("‹ ", "$quiet"), value, (" ›", "$quiet"))
            )
            entries.append(Entry(name, Content(t(f"settings.{name}")), shown))
        menu = self.query_one("#rows", Menu)
        menu.show(entries)
        self.set_focus(menu)
        self.query_one("#place", Static).update(t("settings.kept_in", path=str(self.tutor.home.settings)))
        self._explain()

    def _value(self, name: str) -> str:
        settings = self.tutor.settings
        match name:
            case "language":
                return _LANGUAGE_NAMES[language()]
            case "theme":
                return (
                    t(f"settings.theme_{self.tutor.theme}")
                    if self.tutor.theme in THEME_NAMES
                    else self.tutor.theme
                )
            case "exam_date":
                return settings.exam_date.isoformat() if settings.exam_date else t("settings.no_date")
            case "blueprint":
                return said(chosen.title) if (chosen := self._blueprint()) is not None else "–"
            case "exam_notes":
                return t("settings.yes") if settings.exam_notes else t("settings.no")
            case _:
                return str(getattr(settings, name))

    def _blueprint(self) -> "Blueprint | None":
        from tui.homepage.overview import blueprint_of

        return blueprint_of(self.tutor.learner) if self.tutor.learner is not None else None

    def _explain(self) -> None:
        name = _ROWS[self.query_one("#rows", Menu).highlighted or 0]
        self.query_one("#why", Static).update(t(f"settings.{name}_why"))

    def on_option_list_option_highlighted(self) -> None:
        """Say what the row is about."""
        self._explain()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click turns the row, or opens the date."""
        event.stop()
        await self.action_change(1)

    async def action_change_here(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        await self.action_change(1)

    async def action_change(self, step: int) -> None:
        """Turn the row under the cursor."""
        tutor, name = self.tutor, _ROWS[self.query_one("#rows", Menu).highlighted or 0]
        settings = tutor.settings
        changes: dict[str, Any] = {}
        match name:
            case "language":
                await tutor.set_language(_turned(LANGUAGES, language(), step))
                return
            case "theme":
                tutor.theme = _turned(THEME_NAMES, tutor.theme, step)
                changes = {"theme": tutor.theme}
            case "exam_date":
                from tui.screens.date_dialog import DateDialog

                await tutor.push_screen(DateDialog(settings.exam_date), callback=lambda _: self.refill())
                return
            case "blueprint":
                chosen = self._blueprint()
                if chosen is None or tutor.learner is None:
                    return
                changes = {name: _turned(tuple(tutor.learner.bank.blueprints), chosen.id, step)}
            case "minutes_a_day":
                changes = {name: _turned(_MINUTES, settings.minutes_a_day, step)}
            case "new_cards_a_day":
                changes = {name: _turned(_NEW_CARDS, settings.new_cards_a_day, step)}
            case "exam_notes":
                changes = {name: not settings.exam_notes}
        tutor.change_settings(**changes)
        self.fill()


def _turned(choices: tuple[T, ...], now: T, step: int) -> T:
    """The choice ``step`` places on, round at the ends; a value of the file's own counts as just before the first."""
    at = choices.index(now) if now in choices else -1
    return choices[(at + step) % len(choices)]
