"""Every key of a page, written from the page's commands and the app's: nothing here is typed a second time."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui.commands import BACK, EVERYWHERE, Command
from tui.i18n import t
from tui.places import PLACES
from tui.screens.page import Page
from tui.widgets.blocks import BLANK, Block, Blocks


class HelpPage(Page[None]):
    """Keys of the page it was asked from."""

    TITLE_KEY = "help.title"

    def __init__(self, about: Page[object]) -> None:
        super().__init__()
        self._about = about

    def body(self) -> ComposeResult:
        """One scrolling column."""
        with VerticalScroll(classes="body"):
            yield Blocks(id="keys")

    def fill(self) -> None:
        """Write the keys."""
        here = tuple(command for command in self._about.all_commands() if self._there(command))
        places = tuple(place.command() for place in PLACES)
        self.query_one("#keys", Blocks).show(
            [
                Block(Content.styled(t("help.here"), "bold $accent")),
                *_lines(here),
                BLANK,
                Block(Content.styled(t("help.everywhere"), "bold")),
                *_lines(EVERYWHERE),
                BLANK,
                Block(Content.styled(t("help.places"), "bold")),
                *_lines(places),
                BLANK,
                Block(Content.styled(t("help.mouse"), "$muted")),
            ]
        )

    def _there(self, command: Command) -> bool:
        """Everything is listed, also what cannot be done just now; only the way back is left out where there is none."""
        return command is not BACK or self._about.can_run(command) is not False


def _lines(commands: tuple[Command, ...]) -> list[Block]:
    """One line a command: key, name, and a sentence that keeps to its own column."""
    blocks = []
    for command in commands:
        keys = _padded(Content.styled(_keys(command), "bold"), 12)
        why = command.help if command.help != command.label else ""
        lead = Content.assemble("  ", keys, _padded(Content(command.label), 20))
        blocks.append(Block(Content.styled(why, "$muted"), lead, indent=34))
    return blocks


def _keys(command: Command) -> str:
    return " ".join(command.keys)


def _padded(text: Content, width: int) -> Content:
    """``text`` and as many spaces as make ``width`` cells, one at least."""
    return Content.assemble(text, " " * max(width - text.cell_length, 1))
