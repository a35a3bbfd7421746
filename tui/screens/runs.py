"""All runs: look, filter, name, star, queue, delete; mark some to compare, open one to replay or to talk to."""

from pathlib import Path

import msgspec
from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from labs.errors import LabsError
from labs.run_labels import delete_run, restore_run, write_label
from labs.runs import Run
from tui.commands import Command
from tui.i18n import t
from tui.screens.lab_text import one_line, told
from tui.screens.page import Page
from tui.screens.run_ask import Ask
from tui.screens.runs_rows import FILTERS, RunRow, RunShelf, run_line, settings_of, title_room
from tui.screens.runs_write import Write
from tui.widgets.blocks import Block, Blocks
from tui.widgets.rows import Rows

OPEN = Command("runs.open", "enter", "open", palette=False)
MARK = Command("runs.mark", "space", "mark")
COMPARE = Command("runs.compare", "c", "compare")
TRY = Command("runs.try", "t", "try")
RESUME = Command("runs.resume", "u", "resume")
FILTER = Command("runs.filter", "f", "filter", footer=False)
FIND = Command("runs.find", "slash", "find", footer=False)
NAME = Command("runs.name", "n", "name", footer=False)
NOTE = Command("runs.note", "o", "note", footer=False)
STAR = Command("runs.star", "s", "star", footer=False)
DELETE = Command("runs.delete", "x,delete", "delete", footer=False)
UNDELETE = Command("runs.undelete", "z", "undelete")

MOST_COMPARED = 6
_WIDEST = 120


class RunsPage(Page[None]):
    """The list of runs, newest first, the queue among them."""

    KEYS = (OPEN, RESUME, UNDELETE, MARK, COMPARE, TRY, FILTER, FIND, NAME, NOTE, STAR, DELETE)
    TITLE_KEY = "runs.title"
    CSS_PATH = "runs.tcss"
    AUTO_FOCUS = "#runs"

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RunRow] = []
        self._marked: list[str] = []
        self._wanted = 0
        self._words = ""
        self._at = ""
        self._seen = -1
        self._shelf: RunShelf | None = None
        self._deleted: tuple[Path, Run] | None = None
        """The run that was deleted last, and where the trash has it."""

    def body(self) -> ComposeResult:
        """Search line when asked for, the list, a few words on the highlighted run."""
        with Vertical(classes="body"):
            yield Input(self._words, id="find", placeholder=t("runs.find_hint"), compact=True)
            yield Rows(id="runs", markup=False)
            yield Blocks(id="about")

    def on_mount(self) -> None:
        """Keep an eye on the queue, and on a run that another program of this home trains."""
        self.tutor.run_monitor.reattach()
        self.every(0.5, self._follow)

    async def on_screen_resume(self) -> None:
        """Read the folders again: something may have happened."""
        self._read()

    def fill(self) -> None:
        """List what the filters let through, keeping the place."""
        find, rows = self.query_one("#find", Input), self.query_one("#runs", OptionList)
        find.display = bool(self._words) or find.has_focus
        rows.clear_options()
        shown = self._shown()
        rows.styles.height = (
            None if shown else 1
        )  # what to do instead stands at the top, not under an empty page
        rows.add_options([Option(self._line(row), id=f"run-{row.run.id}") for row in shown])
        if shown:
            ids = [row.run.id for row in shown]
            rows.highlighted = ids.index(self._at) if self._at in ids else 0
        if not find.has_focus:
            rows.focus()
        self._describe()
        self.refresh_chrome()

    def title_right(self) -> Content:
        """The filter, and how many there are."""
        name = t(f"runs.only_{FILTERS[self._wanted]}")
        return Content.styled(t("runs.count", filter=name, n=len(self._shown())), "$muted")

    def key_note(self) -> str:
        """How many are marked."""
        return t("runs.marked", n=len(self._marked)) if self._marked else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done with the highlighted run."""
        row = self._row() if self.is_whole else None
        if action == "compare":
            return True if 2 <= len(self._marked) <= MOST_COMPARED else None
        if action in ("mark", "try", "name", "note", "star", "delete", "open") and row is None:
            return None
        if action == "undelete":
            return self._deleted is not None
        if action == "try":
            return True if row is not None and row.run.adapter.is_dir() else None
        if action == "resume":
            return row is not None and row.status.state in ("queued", "interrupted", "cancelled", "failed")
        return super().check_action(action, parameters)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say more about it."""
        self._at = (event.option_id or "").removeprefix("run-")
        self._describe()
        self.refresh_chrome()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        await self.action_open()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        self._words = event.value
        self.fill()

    async def action_back(self) -> None:
        """Out of the search line first, then back."""
        find = self.query_one("#find", Input)
        if find.has_focus:
            find.value = ""
            self.query_one("#runs").focus()
            self.fill()
        else:
            await super().action_back()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list."""
        self.query_one("#runs").focus()
        self.fill()

    async def action_open(self) -> None:
        """Watch it, live or from its folder."""
        from tui.screens.run_replay import ReplayPage

        if (row := self._row()) is not None:
            await self.tutor.push_screen(ReplayPage(row.run, self.tutor.run_monitor))

    def action_mark(self) -> None:
        """Mark for comparing, or not any more."""
        if (row := self._row()) is None:
            return
        if row.run.id in self._marked:
            self._marked.remove(row.run.id)
        elif len(self._marked) == MOST_COMPARED:
            self.notify(t("runs.enough", n=MOST_COMPARED), severity="warning", markup=False)
            return
        else:
            self._marked.append(row.run.id)
        rows = self.query_one("#runs", OptionList)
        assert rows.highlighted is not None
        rows.replace_option_prompt_at_index(rows.highlighted, self._line(row))
        rows.action_cursor_down() if rows.highlighted < rows.option_count - 1 else None
        self.refresh_chrome()

    async def action_compare(self) -> None:
        """Put the marked runs side by side."""
        from tui.screens.compare import ComparePage

        by_id = {row.run.id: row for row in self._rows}
        marked = [by_id[run_id] for run_id in self._marked if run_id in by_id]
        if len(marked) >= 2:
            await self.tutor.push_screen(ComparePage(marked))

    async def action_try(self) -> None:
        """Ask base and tuned the same things."""
        from tui.screens.try_prompts import TryPage

        if (row := self._row()) is not None:
            await self.tutor.push_screen(TryPage(row.run, row.spec, self.tutor.run_monitor))

    @work(exclusive=True, group="resume")
    async def action_resume(self) -> None:
        """Go on with it, or begin it if it waits; behind the one that trains where there is one."""
        row, monitor = self._row(), self.tutor.run_monitor
        if row is None:
            return
        self.notify(t("runs.goes_on"), markup=False)  # a worker may take ten seconds to be there
        try:
            await monitor.resume(row.run.id)
        except LabsError as error:
            self.notify(told(error), severity="error", markup=False)
        self._read()

    def action_filter(self) -> None:
        """The next filter."""
        self._wanted = (self._wanted + 1) % len(FILTERS)
        self.fill()

    def action_find(self) -> None:
        """Type words to look for."""
        find = self.query_one("#find", Input)
        find.display = True
        find.focus()

    @work(exclusive=True, group="write")
    async def action_name(self) -> None:
        """Give it a name."""
        if (row := self._row()) is not None:
            said = await self.tutor.push_screen_wait(Write(t("runs.name_ask"), row.label.name))
            self._label(row, name=said)

    @work(exclusive=True, group="write")
    async def action_note(self) -> None:
        """Write a note."""
        if (row := self._row()) is not None:
            said = await self.tutor.push_screen_wait(Write(t("runs.note_ask"), row.label.note))
            self._label(row, note=said)

    def action_star(self) -> None:
        """Star it, or take the star away."""
        if (row := self._row()) is not None:
            self._label(row, starred=not row.label.starred)

    @work(exclusive=True, group="delete")
    async def action_delete(self) -> None:
        """Move it to the trash folder, after asking."""
        row = self._row()
        if row is None or not await self.tutor.push_screen_wait(
            Ask(t("runs.delete_ask", name=row.title, when=row.when), t("runs.delete_yes"))
        ):
            return
        try:
            self._deleted = delete_run(row.run), row.run
        except LabsError as error:
            self.notify(told(error), severity="error", markup=False)
            return
        self._marked = [run_id for run_id in self._marked if run_id != row.run.id]
        self._read()

    def action_undelete(self) -> None:
        """Bring the run back that was deleted last."""
        if self._deleted is None:
            return
        where, run = self._deleted
        try:
            restore_run(where, run)
        except LabsError as error:
            self.notify(told(error), severity="error", markup=False)
            return
        self._deleted, self._at = None, run.id
        self._read()

    def _label(self, row: RunRow, **changes: object) -> None:
        if None in changes.values():
            return
        try:
            write_label(row.run, msgspec.structs.replace(row.label, **changes))
        except LabsError as error:
            self.notify(told(error), severity="error", markup=False)
        self._read()

    @work(thread=True, exclusive=True, group="read")
    def _read(self) -> None:
        """Read the folders, off the drawing thread."""
        if self._shelf is None:
            self._shelf = RunShelf(self.tutor.home.runs, self.tutor.lab_catalog)
        self.app.call_from_thread(self._take, self._shelf.read())

    def _take(self, rows: list[RunRow]) -> None:
        self._rows = rows
        self.refill()

    def _shown(self) -> list[RunRow]:
        return [row for row in self._rows if row.matches(FILTERS[self._wanted], self._words)]

    def _row(self) -> RunRow | None:
        return next((row for row in self._shown() if row.run.id == self._at), None)

    def _line(self, row: RunRow) -> Content:
        live = self.tutor.run_monitor.view_of(row.run)
        return run_line(row, row.run.id in self._marked, live, self._width(), self._place)

    def _width(self) -> int:
        """Cells of a line: never so many that the eye loses the way from a title to its scores."""
        return min(self.size.width - (14 if self.size.width >= 110 else 8), _WIDEST)

    def _place(self, run: Run) -> int:
        waiting = [one.id for one in self.tutor.run_monitor.queue()]
        return waiting.index(run.id) + 1 if run.id in waiting else 0

    def _describe(self) -> None:
        row = self._row()
        about = self.query_one("#about", Blocks)
        if row is None:
            why = "none" if not self._rows else "none_found" if self._words else "none_here"
            about.show([Block(Content.styled(t(f"runs.{why}"), "$muted"))])
            return
        spec = row.spec
        facts = f"{spec.base_model} · {spec.effective_batch}/batch · {spec.lr_scheduler_type} · seed {spec.seed} · {row.run.id}"
        blocks = [Block(Content(row.title))] if cell_len(row.title) > title_room(self._width()) else []
        blocks += [Block(Content.styled(one_line(f"{settings_of(spec)} · {facts}"), "$muted"))]
        if row.label.note:
            blocks.append(Block(Content(one_line(row.label.note)), Content.styled("✎ ", "$muted")))
        about.show(blocks)

    def _follow(self) -> None:
        """Show how the run that trains comes on; read again when one begins or ends."""
        monitor = self.tutor.run_monitor
        if not self.is_current or monitor.version == self._seen:
            return
        before, self._seen = self._seen, monitor.version
        live = monitor.current
        if (
            before < 0
            or live is None
            or live.is_over
            or not any(row.run.id == live.run_id for row in self._rows)
        ):
            self._read()
            return
        rows = self.query_one("#runs", OptionList)
        for at, row in enumerate(self._shown()):
            if row.run.id == live.run_id:
                rows.replace_option_prompt_at_index(at, self._line(row))

    def on_resize(self) -> None:
        """Columns follow the width."""
        self.call_after_refresh(self.refill)
