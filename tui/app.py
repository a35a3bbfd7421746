"""The app: places as modes, language, theme, settings, and the ways out. Pages do the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual import events
from textual._context import active_message_pump
from textual.actions import ActionParseResult
from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.errors import NoWidget
from textual.filter import Monochrome, NoColor
from textual.screen import Screen

from metrics.clean import clean
from tui import i18n
from tui.commands import EVERYWHERE, QUIT, bindings
from tui.driver import outliving_its_terminal
from tui.home import Home
from tui.i18n import Language, t
from tui.places import HOME, PLACES
from tui.screens.page import Page
from tui.settings import Settings, SettingsError, load_settings, save_settings
from tui.signals import leave_on_signals
from tui.themes import DARK, THEME_NAMES, THEMES

if TYPE_CHECKING:
    from textual.command import Provider

    from quiz_bank.store_errors import StoreCorruptError
    from tui.learner import Learner
    from tui.screens.run_monitor import RunMonitor
    from tui.screens.run_view import RunView

Clock = Callable[[], datetime]
Farewell = Callable[[], Awaitable[None]]


def utc_now() -> datetime:
    """The time that everything in the app is told, UTC and aware."""
    return datetime.now(UTC)


def _commands_of_now() -> "type[Provider]":
    """What the palette offers, imported when it is opened."""
    from tui.palette import CommandsOfNow

    return CommandsOfNow


class FineTutorApp(App[int]):
    """One learner's app over one home folder."""

    TITLE = "FineTutor"
    BINDINGS = bindings(EVERYWHERE)
    COMMANDS = {_commands_of_now}  # noqa: RUF012 (Textual's own name)
    MODES: ClassVar = {place.name: place.opener() for place in PLACES}
    DEFAULT_MODE = HOME.name
    ENABLE_COMMAND_PALETTE = True
    # Home's own sheet comes with the app's: a sheet loaded with its page has all sheets parsed again.
    CSS_PATH: ClassVar = ["app.tcss", "screens/home.tcss"]

    def __init__(self, home: Home, lang: Language | None = None, clock: Clock = utc_now) -> None:
        self.home = home
        self.clock = clock
        self.settings_problem: SettingsError | None = None
        try:
            self.settings = load_settings(home.settings)
        except SettingsError as problem:
            self.settings, self.settings_problem = Settings(), problem
        i18n.speak(lang or self.settings.language or i18n.locale_language())
        self._farewells: list[Farewell] = []
        self.learner: Learner | None = None
        """Progress, bank and schedule; None until they have been opened, which the first page does not wait for."""
        self._learner_opened = asyncio.Event()
        self.worker_command: Sequence[str] | None = None
        """What trains; None: our own worker."""
        self.content: tuple[Path, ...] | None = None
        """Folders of questions and cards; None: the bank that ships with the program."""
        self.lab_catalog: Path | None = None
        """Folder of the labs; None: those that come with the program."""
        self._run_monitor: RunMonitor | None = None
        self._is_leaving = False
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        # Before anything is parsed, so without the watcher, which has everything parsed a second time.
        self.set_reactive(FineTutorApp.theme, self.settings.theme)
        self.stylesheet.set_variables(self.get_css_variables())
        self.add_class(f"-theme-{self.theme}", "-dark-mode" if self.current_theme.dark else "-light-mode")
        self.remove_class("-dark-mode" if not self.current_theme.dark else "-light-mode")
        # What the watcher would have done: the terminal's own colours go out as they are, or as none at all.
        self._refresh_truecolor_filter(self.ansi_theme)
        if self.no_color:
            self._filters = [NoColor() if isinstance(one, Monochrome) else one for one in self._filters]
        self.watch_theme()

    def watch_theme(self) -> None:
        """Without grounds of our own, lines tell dialogs and fields from the page."""
        self.set_class(self.no_color or self.current_theme.ansi, "-lines")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our two quieter text colours, for themes of others."""
        return {"muted": DARK.variables["muted"], "quiet": DARK.variables["quiet"]}

    def get_driver_class(self) -> type[Driver]:
        """Textual's, made to outlive its terminal."""
        return outliving_its_terminal(super().get_driver_class())

    def get_default_screen(self) -> Screen[Any]:
        """Home: the app opens on it without a blank screen before."""
        return HOME.opener()()

    async def on_mount(self) -> None:
        """Home is open; open the learner's progress behind it."""
        if not self.is_headless:
            leave_on_signals(self.leave)
        self.add_mode(HOME.name, HOME.opener())
        if not self.settings.started:
            from tui.screens.first_start import FirstStartPage

            await self.push_screen(FirstStartPage())
        if self.settings_problem is not None:
            self.notify(
                t("app.settings_unreadable", why=str(self.settings_problem)),
                severity="warning",
                markup=False,
                timeout=12,
            )
        self.call_after_refresh(self._open_learner)

    # The learner

    def _open_learner(self) -> None:
        """Opening reads files and imports the schedule, so it runs in a thread, after the first paint."""
        self.run_worker(self._read_learner, thread=True, exclusive=True, group="learner")

    def _read_learner(self) -> None:
        from quiz_bank.store_errors import StoreCorruptError
        from tui.learner import Learner

        try:
            learner = Learner.open(self.home, self.settings, self.clock(), self.content)
        except StoreCorruptError as error:
            self.call_from_thread(self._ask_to_recover, error)
        else:
            self.call_from_thread(self._take_learner, learner)

    def _take_learner(self, learner: "Learner") -> None:
        self.learner = learner
        learner.take(self.settings)
        self._learner_opened.set()
        for notice in learner.notices:
            if notice.code != "backup-made":
                text = t(f"notices.{notice.code}", **notice.values)
                self.notify(clean(text), severity="warning", markup=False, timeout=12)
        if learner.bank.problems:
            text = t("notices.problems", n=len(learner.bank.problems), first=str(learner.bank.problems[0]))
            self.notify(clean(text), severity="warning", markup=False, timeout=12)
        for stack in self._screen_stacks.values():
            for page in stack:
                if isinstance(page, Page):
                    page.learner_opened()

    def _ask_to_recover(self, error: "StoreCorruptError") -> None:
        """A damaged file: the learner chooses between the newest good backup and a fresh start; or leaves."""
        from tui.screens.recover import RecoverDialog

        def chosen(done: bool | None) -> None:
            if done:
                self._open_learner()

        self.push_screen(RecoverDialog(self.home.progress_db, error), callback=chosen)

    async def learner_ready(self) -> "Learner":
        """The learner, as soon as it has been opened."""
        await self._learner_opened.wait()
        assert self.learner is not None
        return self.learner

    @property
    def run_monitor(self) -> "RunMonitor":
        """The runs of this app; made when first asked for, told to save when the app ends."""
        if self._run_monitor is None:
            from tui.screens.run_monitor import RunMonitor

            self._run_monitor = RunMonitor(self.home.runs, self.clock, self.worker_command)
            self.before_leaving(self._run_monitor.farewell)
        return self._run_monitor

    @property
    def running_lab(self) -> "RunView | None":
        """The run that trains now or did last; asking starts nothing."""
        return self._run_monitor.current if self._run_monitor is not None else None

    # Going and coming back

    async def action_go(self, place: str) -> None:
        """Go to a place by its name; Escape there comes back to Home."""
        await self.switch_mode(place)

    async def go_back(self) -> None:
        """One page back: the page below, or Home, where Escape does nothing."""
        if len(self.screen_stack) > 1:
            # Not awaited: the page that is going away is the one whose key brought us here.
            self.pop_screen()
        elif self.current_mode != HOME.name:
            await self.switch_mode(HOME.name)

    def pages_of(self, place: str) -> tuple[Screen[Any], ...]:
        """The pages that are open in a place, the one in front last; none where nobody has been."""
        return tuple(self._screen_stacks.get(place, ()))

    def replace_page(self, page: Page[Any]) -> None:
        """Put ``page`` in the place of the one in front, once that one has finished what it is doing; unless it has been left by then."""
        before = self.screen

        async def replace() -> None:
            if self.screen is before and len(self.screen_stack) > 1:
                await self.switch_screen(page)

        self.call_later(replace)

    async def push_screen_wait(self, screen: Any, *, mode: str | None = None) -> Any:
        """As Textual's, but a change of page that is under way stays the app's own work.

        Textual's does it within the worker that asks; that ends with its page, and the app's own loop with it.
        """
        return await asyncio.shield(self.push_screen(screen, wait_for_dismiss=True, mode=mode))

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """As Textual's; but a key that was typed ahead waits until the page it is for stands."""
        if isinstance(self.screen, Page) and active_message_pump.get() is self:
            await self.screen.whole()
            if default_namespace is not None and not default_namespace.is_attached:
                return False  # the widget that had the focus when it was typed has been made anew
        return await super().run_action(action, default_namespace, namespaces)

    async def action_help(self) -> None:
        """Show the keys of the page in front."""
        from tui.screens.help import HelpPage

        if isinstance(self.screen, Page) and not isinstance(self.screen, HelpPage):
            await self.push_screen(HelpPage(self.screen))

    def action_command_palette(self) -> None:
        """Open the palette over a page of ours."""
        from tui.palette import Palette

        if isinstance(self.screen, Page):
            self.push_screen(Palette(placeholder=t("app.palette_hint")))

    # Language, theme, settings

    async def action_switch_language(self) -> None:
        """The other language, at once, on every page."""
        await self.set_language("en" if i18n.language() == "zh" else "zh")

    async def set_language(self, language: Language) -> None:
        """Speak ``language`` from now on and remember it."""
        i18n.speak(language)
        self.change_settings(language=language)
        for stack in self._screen_stacks.values():
            for page in stack:
                if isinstance(page, Page) and page is not self.screen:
                    page.mark_stale()
        if isinstance(self.screen, Page):
            await self.screen.in_turn(self.screen.retranslate)

    def action_next_theme(self) -> None:
        """Dark, light, the terminal's own colours, and round again."""
        names = THEME_NAMES
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self.change_settings(theme=self.theme)

    def change_settings(self, **changes: object) -> None:
        """Take new values and keep them; where the disk refuses they hold for this session, and the next change tries again."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        if self.learner is not None:
            self.learner.take(self.settings)
        if self.settings_problem is not None and self.settings_problem.code == "unreadable":
            return
        try:
            save_settings(self.home.settings, self.settings)
        except SettingsError as problem:
            self.settings_problem = problem
            text = t("app.settings_unwritable", path=str(problem.path), why=problem.why)
            self.notify(clean(text), severity="warning", markup=False)
        else:
            self.settings_problem = None

    def notify(self, message: str, **options: Any) -> None:
        """As Textual's, but what is being said already is not said a second time, and what went wrong stays longer."""
        if options.get("severity") == "error":
            options.setdefault("timeout", 10)
        if all(note.message != message for note in self._notifications):
            super().notify(message, **options)

    # Leaving

    async def on_event(self, event: events.Event) -> None:
        """As Textual's; but keys and clicks that come ahead of the page they are for wait for it, and behind the key that ends the app they mean nothing."""
        if isinstance(event, events.InputEvent):
            if self._is_leaving:
                return
            if isinstance(self.screen, Page):
                await self.screen.whole()
            if isinstance(event, events.MouseEvent) and self._is_on_the_past(event):
                return
        await super().on_event(event)

    def _is_on_the_past(self, event: events.MouseEvent) -> bool:
        """Whether what is seen there has been taken away and is only not yet painted over; Textual falls over a click on it."""
        try:
            widget, _ = self.screen.get_widget_at(event.screen_x, event.screen_y)
        except NoWidget:
            return False
        return widget is not self.screen and widget.parent is None

    def before_leaving(self, farewell: Farewell) -> None:
        """Have ``farewell`` awaited (at most two seconds in all) before the app ends, by key or by signal."""
        self._farewells.append(farewell)

    async def leave(self, code: int = 0) -> None:
        """Tell children, flush, and end."""
        self._is_leaving = True
        farewells, self._farewells = self._farewells, []
        if farewells:
            await asyncio.wait([asyncio.ensure_future(farewell()) for farewell in farewells], timeout=2)
        self.exit(code, return_code=code)

    def on_unmount(self) -> None:
        """Let go of the learner's progress, once no page reads it any more."""
        if self.learner is not None:
            self.learner.close()

    def action_help_quit(self) -> None:
        """Ctrl+C, which copies in a text field, ends nothing: say what does."""
        self.notify(t("app.how_to_quit", quit=QUIT.shown_key), markup=False)

    async def action_quit(self) -> None:
        """End the app."""
        await self.leave()
