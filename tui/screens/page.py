"""What every page shares: title line, body, key line, too-small notice, Escape that goes back, texts that follow the language.

A page lists its ``KEYS``, yields its widgets in ``body()`` and puts its state into them in ``fill()``, which runs
after every (re)composition. State lives on the page, not in the widgets, so a change of language loses nothing.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import OptionList

from tui.commands import BACK, HELP, PALETTE, Command, bindings
from tui.compositor import WholeCharacters
from tui.widgets.key_bar import KeyBar
from tui.widgets.title_bar import TitleBar
from tui.widgets.too_small import TooSmall, is_too_small

if TYPE_CHECKING:
    from tui.app import FineTutorApp

Result = TypeVar("Result")


class Page(Screen[Result], Generic[Result]):
    """A whole screen. Subclasses give ``KEYS``, ``body()``, ``fill()``, ``title_left()`` and ``title_right()``."""

    KEYS: ClassVar[tuple[Command, ...]] = ()
    TITLE_KEY: ClassVar[str] = "app.name"

    DEFAULT_CSS = """
    Page { layers: base notice; background: $background; color: $foreground; }
    Page > .body { height: 1fr; padding: 1 3 0 3; }
    Page.-too-small TooSmall { display: block; }
    Page.-wide > .body { padding: 1 6 0 6; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 (Textual's own name)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012

    def __init_subclass__(cls, **options: Any) -> None:
        own = cls.__dict__.get("KEYS", ())
        if own:
            cls.BINDINGS = bindings(own)
        super().__init_subclass__(**options)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._compositor = WholeCharacters()

    BINDINGS = bindings((BACK,))
    _stale_language = False
    _is_whole = False
    """Whether all widgets of the body are there: not before the first fill, nor while texts are put anew."""

    @property
    def tutor(self) -> "FineTutorApp":
        """The app, with its own type."""
        return cast("FineTutorApp", self.app)

    # What a page gives

    def body(self) -> ComposeResult:
        """The widgets between the title and the key line."""
        yield from ()

    def fill(self) -> None:
        """Put the page's state into its widgets; runs after the first composition and after each later one."""

    def learner_opened(self) -> None:
        """The learner's progress is open now; pages that show it fill themselves again."""
        self.refill()

    def title_left(self) -> Content:
        """The left of the title line."""
        from tui.i18n import t

        return Content.styled(t(self.TITLE_KEY), "bold $foreground")

    def title_right(self) -> Content:
        """The right of the title line."""
        return Content("")

    def key_note(self) -> str:
        """A few words at the right end of the key line."""
        return ""

    # What a page has

    def compose(self) -> ComposeResult:
        """Title, body, keys, notice."""
        yield TitleBar()
        yield from self.body()
        yield KeyBar()
        yield TooSmall()

    async def on_event(self, event: events.Event) -> None:
        """As Textual's; but a page that was being opened when the app ended got no widgets, and nothing to mount."""
        if self.is_attached or not isinstance(event, events.Mount):
            await super().on_event(event)

    # Decorated, so that pages may have handlers of the usual names and these still run.

    @on(events.Mount)
    def _fill_first(self) -> None:
        """Fill the first time."""
        self._is_whole = True
        self.refill()

    @property
    def is_whole(self) -> bool:
        """Whether all widgets are there: what threads and timers, which come at any moment, must ask first."""
        return self._is_whole and self.display  # a page that is going away is not displayed any more

    def refill(self) -> None:
        """Fill again, if the widgets are there."""
        if self.is_whole:
            self.fill()
            self.refresh_chrome()

    def refresh_title(self) -> None:
        """Bring the title line up to date, for clocks."""
        for bar in self.query(TitleBar):
            bar.left, bar.right = self.title_left(), self.title_right()

    def refresh_chrome(self) -> None:
        """Bring title line and key line up to date; call it when what they say has changed."""
        self.refresh_title()
        for keys in self.query(KeyBar):
            keys.commands = self.shown_commands()
            keys.note = self.key_note()
            keys.typing = self.is_typing

    @property
    def is_typing(self) -> bool:
        """Whether a text field has the focus."""
        return self.focused is not None and self.focused.check_consume_key("a", "a")

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        """Other keys work in a text field."""
        for keys in self.query(KeyBar):
            keys.typing = self.is_typing
            if self.is_whole:
                keys.commands = self.shown_commands()

    def all_commands(self) -> tuple[Command, ...]:
        """This page's commands, then the way back."""
        return (*type(self).KEYS, BACK)

    def shown_commands(self) -> tuple[tuple[Command, bool], ...]:
        """Commands for the key line with whether each can be used; those that ``check_action`` hides are left out."""
        shown = []
        for command in (*self.all_commands(), HELP, PALETTE):
            usable = self.can_run(command)
            if command.footer and usable is not False:
                shown.append((command, usable is True))
        return tuple(shown)

    def can_run(self, command: Command) -> bool | None:
        """True, False (not here) or None (here, but not now), as ``check_action`` says."""
        from textual.actions import parse

        _, name, parameters = parse(command.action)
        return self.check_action(name, parameters)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Everything can be used; pages refine this."""
        return True

    async def action_back(self) -> None:
        """Leave this page as it is and go back to where we came from."""
        await self.tutor.go_back()

    async def retranslate(self) -> None:
        """Say everything again in the language of now, keeping the focus and the place in every list."""
        focused = self.focused.id if self.focused is not None else None
        places = {listed.id: listed.highlighted for listed in self.query(OptionList)}
        self._is_whole = False
        await self.recompose()
        self._is_whole = True
        # Before fill(), which may put the focus where this step of the page needs it.
        for widget in self.query(f"#{focused}") if focused is not None else ():
            self.set_focus(widget, scroll_visible=False)
        self.refill()
        for listed in self.query(OptionList):
            place = places.get(listed.id)
            if place is not None and place < listed.option_count:
                listed.highlighted = place

    def mark_stale(self) -> None:
        """The language changed while another page was in front; catch up when this one is shown."""
        self._stale_language = True

    @on(events.ScreenResume)
    async def _catch_up(self) -> None:
        """Catch up with the language."""
        if self._stale_language:
            self._stale_language = False
            await self.retranslate()

    @on(events.Resize)
    def _judge_size(self, event: events.Resize) -> None:
        """Cover a window that is too small."""
        self.set_class(is_too_small(event.size.width, event.size.height), "-too-small")

    @on(KeyBar.Pressed)
    def _press(self, event: KeyBar.Pressed) -> None:
        """A click on the key line does what the key does."""
        event.stop()
        self.run_command(event.command)

    def run_command(self, command: Command) -> None:
        """Do a command of this page as if its key were pressed, if it can be used now."""
        if self.can_run(command) is True:
            self.call_later(self.run_action, command.action)


class Dialog(ModalScreen[Result], Page[Result], Generic[Result]):
    """A small page over another one: a question, a note to write. Escape dismisses it with nothing done."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 70%; }
    Dialog > .body { width: 64; height: auto; max-height: 22; padding: 1 3; background: $panel; }
    """

    def compose(self) -> ComposeResult:
        """The body alone: the page below keeps its title and keys in sight."""
        yield from self.body()
        yield TooSmall()

    async def action_back(self) -> None:
        """Dismiss with nothing."""
        self.dismiss(None)
