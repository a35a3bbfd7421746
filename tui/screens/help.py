"""Every key of a page, written from the page's commands and the app's: nothing here is typed a second time."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.commands import BACK, EVERYWHERE, Command
from tui.i18n import t
from tui.places import PLACES
from tui.screens.page import Page


class HelpPage(Page[None]):
    """Keys of the page it was asked from."""

    TITLE_KEY = "help.title"

    def __init__(self, about: Page[object]) -> None:
        super().__init__()
        self._about = about

    def body(self) -> ComposeResult:
        """One scrolling column."""
        with VerticalScroll(classes="body"):
            yield Static(id="keys", markup=False)

    def fill(self) -> None:
        """Write the keys."""
        parts = [
            Content.styled(t("help.here"), "bold $accent"),
            *_lines(tuple(command for command in self._about.all_commands() if self._there(command))),
        ]
        parts += ["", Content.styled(t("help.everywhere"), "bold"), *_lines(EVERYWHERE)]
        places = tuple(place.command() for place in PLACES)
        parts += ["", Content.styled(t("help.places"), "bold"), *_lines(places)]
        parts += ["", Content.styled(t("help.mouse"), "$muted")]
        self.query_one("#keys", Static).update(
            Content("\n").join(Content(p) if isinstance(p, str) else p for p in parts)
        )

    def _there(self, command: Command) -> bool:
        """Everything is listed, also what cannot be done just now; only the way back is left out where there is none."""
        return command is not BACK or self._about.can_run(command) is not False


def _lines(commands: tuple[Command, ...]) -> list[Content | str]:
    """One line a command: key, name, sentence."""
    lines: list[Content | str] = []
    for command in commands:
        keys = Content.styled(_keys(command), "bold")
        name = Content(command.label)
        why = command.help if command.help != command.label else ""
        lines.append(Content.assemble("  ", _padded(keys, 12), _padded(name, 20), (why, "$muted")))
    return lines


def _keys(command: Command) -> str:
    return " ".join(command.keys)


def _padded(text: Content, width: int) -> Content:
    """``text`` and as many spaces as make ``width`` cells, one at least."""
    return Content.assemble(text, " " * max(width - text.cell_length, 1))
