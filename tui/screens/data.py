"""A training file: open it, and look at it from six sides. Every side is worked out when it is first turned to."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static

from labs.data.errors import DataError
from labs.errors import LabsError
from labs.models import POCKET, local_folder
from labs.row_lengths import TASKS
from labs.typed_path import typed_path
from tui.commands import Command
from tui.i18n import t
from tui.screens import data_views
from tui.screens.lab_text import one_line, told
from tui.screens.page import Page
from tui.widgets.blocks import Block, Blocks

SIDES = ("findings", "lengths", "mask", "repeats", "leaks", "convert")
READ = Command("data.read_file", "enter", "read", palette=False)
FILL_IN = Command("data.fill_in", "enter", "fill_in")
OPEN = Command("data.open", "o", "open")
NEXT = Command("data.next_side", "right,tab", "turn(1)")
PREVIOUS = Command("data.previous_side", "left,shift+tab", "turn(-1)", footer=False)

Progress = Callable[[int, int | None], None]
MAX_LENGTH = 512


class PathSuggester(Suggester):
    """Completes a path as a shell does, to the first entry that fits."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The whole path, or None."""
        return await asyncio.to_thread(completed, value) if value.strip() else None


def _tasks() -> list[str]:
    return sorted(path.parent.name for path in TASKS.glob("*/train.jsonl"))


def completed(value: str) -> str | None:
    """``value`` completed to the first entry of its folder that begins so, or None."""
    path = typed_path(value)
    folder, start = (path, "") if value.endswith("/") else (path.parent, path.name)
    try:
        names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in folder.iterdir())
    except OSError:
        return None
    hidden = start.startswith(".")
    name = next((name for name in names if name.startswith(start) and name.startswith(".") == hidden), None)
    return None if name is None else value.removesuffix(start) + name


class DataPage(Page[None]):
    """One file at a time; a second one only to look for leaks into it, or to write."""

    KEYS = (READ, FILL_IN, OPEN, PREVIOUS, NEXT)
    TITLE_KEY = "data.title"
    CSS_PATH = "data.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        self.side = 0
        self._typed = {"path": "", "leaks": "", "convert": ""}
        self._found: dict[str, list[Block]] = {}
        self._progress = ""

    def body(self) -> ComposeResult:
        """Path, sides, a second line where a side needs one, and the text."""
        with VerticalScroll(classes="body", can_focus=False):
            yield Input(
                self._typed["path"],
                id="path",
                placeholder=t("data.path_hint"),
                suggester=PathSuggester(),
                compact=True,
            )
            yield Static(id="sides", markup=False)
            yield Input(id="second", suggester=PathSuggester(), compact=True)
            with VerticalScroll(id="page", can_focus=True):
                yield Blocks(id="text")

    def fill(self) -> None:
        """Show the side of now."""
        side = SIDES[self.side]
        tabs = [(t(f"data.side_{one}"), "bold $accent" if one == side else "$muted") for one in SIDES]
        self.query_one("#sides", Static).update(Content("   ").join(Content.styled(*tab) for tab in tabs))
        second = self.query_one("#second", Input)
        second.display = side in ("leaks", "convert") and self.path is not None
        if side in self._typed:
            second.placeholder = t(f"data.second_{side}")
            second.value = self._typed[side]
        self.query_one("#text", Blocks).show(self._blocks(side))
        if self.path is None:
            self.query_one("#path").focus()
        self.refresh_chrome()

    async def retranslate(self) -> None:
        """Sides are texts once they are worked out: work out the one of now again, the others when turned to.

        A conversion is not done twice: its report stays as it was said.
        """
        self._found = {side: blocks for side, blocks in self._found.items() if side == "convert"}
        await super().retranslate()
        if SIDES[self.side] not in self._found:
            self._work_out()

    def title_right(self) -> Content:
        """How far the work is."""
        return Content.styled(self._progress, "$accent")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Sides belong to a file; reading begins from a field."""
        if action == "read":
            return isinstance(self.focused, Input)
        if action == "fill_in":
            return not isinstance(self.focused, Input) and self.query_one("#second").display
        if action == "turn" and self.path is None:
            return None
        return super().check_action(action, parameters)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Remember it over a change of language."""
        name = "path" if event.input.id == "path" else SIDES[self.side]
        if name in self._typed:
            self._typed[name] = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open the file, or do what the side needs the second one for; an empty field asks for nothing."""
        if not event.value.strip():
            return
        if event.input.id == "path":
            self._found = {}
            self.path = self._path(event.value)
            self.query_one("#page").focus()
            self.fill()
            self._work_out()
        else:
            self._found.pop(SIDES[self.side], None)
            self._work_out()
            self.query_one("#page").focus()

    async def action_read(self) -> None:
        """Enter is the field's own; this names it in the key line."""
        if isinstance(self.focused, Input):
            await self.focused.action_submit()

    def action_fill_in(self) -> None:
        """Into the second line; turning to a side does not go there, as arrows would then stay in it."""
        self.query_one("#second").focus()

    def action_open(self) -> None:
        """Another file."""
        self.query_one("#path").focus()

    def action_turn(self, by: int) -> None:
        """The next side."""
        self.side = (self.side + by) % len(SIDES)
        self.fill()
        self.query_one("#page").focus()
        if SIDES[self.side] not in self._found:
            self._work_out()

    def _path(self, typed: str) -> Path:
        """A path; the name of a bundled task stands for its training rows."""
        name = typed.strip()
        return TASKS / name / "train.jsonl" if name in _tasks() else typed_path(name)

    def _blocks(self, side: str) -> list[Block]:
        if self.path is None:
            return [Block(Content.styled(t("data.nothing", tasks=", ".join(_tasks())), "$muted"))]
        if side not in self._found:
            hint = t(f"data.ask_{side}") if side in self._typed else t("data.working")
            return [Block(Content.styled(hint, "$muted"))]
        return self._found[side]

    def _work_out(self) -> None:
        """Start the work of the side of now."""
        side, path = SIDES[self.side], self.path
        if path is None or (side in self._typed and not self._typed[side].strip()):
            return
        width = self.size.width - (14 if self.size.width >= 110 else 8)
        second = self._path(self._typed.get(side, ""))
        self._look(side, path, partial(look, side, path, second, width))

    @work(thread=True, exclusive=True, group="look")
    def _look(self, side: str, path: Path, do: Callable[[Progress], Iterable[Block]]) -> None:
        def progress(done: int, total: int | None) -> None:
            text = t("data.rows_done", n=f"{done:,}") if total is None else f"{done:,}/{total:,}"
            self.app.call_from_thread(self._say, text)

        try:
            blocks = list(do(progress))
        except LabsError as error:
            blocks = [Block(Content.styled("✗ " + error_text(error), "$error"))]
        self.app.call_from_thread(self._take, side, path, blocks)

    def _take(self, side: str, path: Path, blocks: list[Block]) -> None:
        if path == self.path:
            self._found[side] = blocks
            self._say("")
            self.refill()

    def _say(self, text: str) -> None:
        self._progress = text
        if self.is_whole:
            self.refresh_chrome()


def error_text(error: LabsError) -> str:
    """A data error with its file and line."""
    if isinstance(error, DataError) and error.path is not None:
        line = f":{error.line}" if error.line is not None else ""
        return one_line(f"{error.path.name}{line}: {told(error)}")
    return told(error)


def look(side: str, path: Path, second: Path, width: int, progress: Progress) -> Iterable[Block]:
    """Work out one side of a file; seconds to minutes, so off the drawing thread.

    Raises:
        DataError: the file or the second one cannot be read or written.
    """
    from labs.data.tokens import RowTokenizer

    if side == "leaks":
        from labs.data.leakage import find_leaks

        return data_views.leak_blocks(
            find_leaks(
                {path.name: path, second.name + "′" * (second.name == path.name): second}, progress=progress
            )
        )
    if side == "convert":
        from labs.data.convert import convert
        from labs.data.formats import Format

        name, _, target = str(second).partition(" ")
        if name not in {one.value for one in Format} or not target:
            raise DataError(
                "convert.usage", t("data.convert_usage", formats=", ".join(one.value for one in Format))
            )
        where = typed_path(target)
        return data_views.converted_blocks(convert(path, where, Format(name), progress=progress), str(where))
    folder = local_folder(POCKET)
    tokenizer = RowTokenizer(folder) if folder is not None else None
    if side in ("findings", "repeats"):
        from labs.data.check import CheckOptions, check

        report = check(
            path,
            CheckOptions(max_length=MAX_LENGTH if tokenizer else None),
            tokenizer=tokenizer,
            progress=progress,
        )
        return data_views.finding_blocks(report) if side == "findings" else data_views.repeat_blocks(report)
    if tokenizer is None:
        raise DataError("tokens.no-tokenizer", t("data.no_tokenizer"))
    if side == "lengths":
        from labs.data.lengths import measure

        return data_views.length_blocks(
            measure(path, tokenizer, max_length=MAX_LENGTH, progress=progress), width
        )
    from labs.data.masks import first_masks

    return data_views.mask_blocks(first_masks(path, tokenizer, rows=5, max_length=MAX_LENGTH))
