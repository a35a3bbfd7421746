"""Grading a class: which one, its progress, its table; Enter opens a submission. Everything is kept as it is done."""

import time
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from labs.errors import LabsError
from labs.grading.grade import Grade
from tui.commands import Command
from tui.i18n import t
from tui.screens.grade_mark import told
from tui.screens.grade_memory import MemoryFile
from tui.screens.grade_paths import ClassPaths, open_class
from tui.screens.grade_rows import FILTERS, SORTS, copied_by, row_line, shown
from tui.screens.grade_session import GradingSession, key_of
from tui.screens.lab_text import one_line, spoken
from tui.screens.page import Page
from tui.times import clock
from tui.widgets.blocks import Block, Blocks
from tui.widgets.rows import Rows

if TYPE_CHECKING:
    from labs.grading.batch import Progress

OPEN = Command("grade.open", "enter", "open", palette=False)
RUN = Command("grade.run", "g", "run")
STOP = Command("grade.stop", "t", "stop")
NEXT = Command("grade.next", "n", "next")
EXPORT = Command("grade.export", "e", "export")
SORT = Command("grade.sort", "o", "sort", footer=False)
FILTER = Command("grade.filter", "f", "filter", footer=False)
FIND = Command("grade.find", "slash", "find", footer=False)
SETUP = Command("grade.setup", "p", "setup", footer=False)

_LOOK_EVERY = 3.0


class GradePage(Page[None]):
    """The class of now."""

    KEYS = (OPEN, RUN, STOP, NEXT, EXPORT, SORT, FILTER, FIND, SETUP)
    TITLE_KEY = "grade.title"
    CSS_PATH = "grade.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.session: GradingSession | None = None
        self._memory: MemoryFile | None = None
        self._setting_up = False
        self._words = ""
        self._progress = ""
        self._note = ""
        self._grading: Worker[None] | None = None
        self._looked = 0.0

    @property
    def memory(self) -> MemoryFile:
        """What was remembered; read when first asked for."""
        if self._memory is None:
            self._memory = MemoryFile(self.tutor.home.root)
        return self._memory

    @property
    def is_grading(self) -> bool:
        """Whether submissions are being graded now."""
        return self._grading is not None and not self._grading.is_finished

    def body(self) -> ComposeResult:
        """The paths, the line to find by, the table, a few words on the highlighted row."""
        with Vertical(classes="body"):
            yield ClassPaths(self.memory.memory)
            yield Input(self._words, id="find", placeholder=t("grade.find_hint"), compact=True)
            yield Rows(id="grades", markup=False)
            yield Blocks(id="about")

    def on_mount(self) -> None:
        """Go on with the class of last time."""
        self.tutor.before_leaving(self._farewell)
        if self.memory.memory.assignment:
            self._open_class()
        else:
            self._set_up(True)

    def on_screen_resume(self) -> None:
        """A submission may have been marked."""
        self.refill()

    def fill(self) -> None:
        """Show the paths or the table."""
        setup, rows = self.query_one("#setup"), self.query_one("#grades", OptionList)
        find = self.query_one("#find", Input)
        setup.display = self._setting_up
        rows.display = not self._setting_up
        find.display = not self._setting_up and (bool(self._words) or find.has_focus)
        grades = self._shown()
        at = self.memory.memory.at
        copies = copied_by(self.session.copies if self.session else None)
        width = self.size.width - (14 if self.size.width >= 110 else 8)
        rows.clear_options()
        rows.add_options(
            [Option(row_line(grade, width, copies), id=f"g-{number}") for number, grade in enumerate(grades)]
        )
        if grades:
            keys = [key_of(grade) for grade in grades]
            rows.highlighted = keys.index(at) if at in keys else 0
        if not self._setting_up and not find.has_focus:
            self.set_focus(rows)
        self._describe()
        self.refresh_chrome()

    def title_left(self) -> Content:
        """The assignment."""
        if self.session is None:
            return super().title_left()
        name = spoken(self.session.assignment.title)
        return Content.assemble((t("grade.title"), "bold $foreground"), (f" · {one_line(name)}", "$muted"))

    def title_right(self) -> Content:
        """How far grading is, else how many there are of what."""
        if self._progress:
            return Content.styled(self._progress, "$accent")
        if self.session is None or self.session.book is None:
            return Content("")
        memory = self.memory.memory
        said = t(f"grade.only_{FILTERS[memory.wanted]}")
        waiting = len(list(self.session.waiting()))
        return Content.styled(t("grade.count", filter=said, n=len(self._shown()), waiting=waiting), "$muted")

    def key_note(self) -> str:
        """What the table is sorted by."""
        return "" if self._setting_up else t(f"grade.by_{SORTS[self.memory.memory.sort]}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done now."""
        if action == "stop":
            return self.is_grading
        if action == "run":
            return False if self.is_grading else (True if self.session is not None else None)
        if action in ("sort", "filter", "find"):
            return None if self._setting_up else True
        if action == "open":
            return True if self._setting_up or (self.is_mounted and self._row() is not None) else None
        if action == "export":
            return (
                True
                if self.session is not None and self.session.book is not None and not self.is_grading
                else None
            )
        if action == "next":
            return True if self.session is not None and any(self.session.waiting()) else None
        return super().check_action(action, parameters)

    # The class

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the search line back to the table."""
        self.set_focus(self.query_one("#grades"))
        self.fill()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter by words."""
        self._words = event.value
        self.refill()

    def action_setup(self) -> None:
        """Another class."""
        self._set_up(True)

    def _set_up(self, wanted: bool) -> None:
        self._setting_up = wanted
        self.fill()
        if wanted:
            self.query_one(ClassPaths).begin()

    @on(ClassPaths.Named)
    def _open_class(self) -> None:
        try:
            self.session = open_class(self.memory.memory, self.tutor.clock)
        except LabsError as error:
            self._note = told(error)
            self._set_up(True)
            return
        self._note = "" if self.memory.save() else t("grade.not_remembered")
        self._set_up(False)

    # Grading

    def action_run(self) -> None:
        """Grade, or go on where it was stopped."""
        if self.session is not None and not self.is_grading:
            self._progress = t("grade.starting")
            self._grading = self._grade(self.session)
            self.refresh_chrome()

    def action_stop(self) -> None:
        """Stop after the submission of now; what is done is kept."""
        if self.session is not None:
            self.session.stop.set()
            self._progress = t("grade.stopping")
            self.refresh_chrome()

    @work(thread=True, exclusive=True, group="grade")
    def _grade(self, session: GradingSession) -> None:
        try:
            session.run(lambda now: self._follow(session, now))
        except LabsError as error:
            self.app.call_from_thread(self._ended, told(error))
        except OSError as error:
            self.app.call_from_thread(self._ended, told(error))
        else:
            self.app.call_from_thread(self._ended, "")

    def _follow(self, session: GradingSession, now: "Progress") -> None:
        """In the thread that grades: say how far it is, and now and then look at what there is already."""
        book = None
        if now.stage in ("intake", "recompute") and time.monotonic() - self._looked > _LOOK_EVERY:
            book = session.look()
            self._looked = time.monotonic()
        self.app.call_from_thread(self._told, now, book)

    def _told(self, now: "Progress", book: object) -> None:
        left = "" if now.seconds_left is None else t("grade.left", time=clock(now.seconds_left))
        said = t(f"grade.stage_{now.stage}", done=now.done, total=now.total)
        stopping = self.session is not None and self.session.stop.is_set()
        self._progress = t("grade.stopping") if stopping else f"{said} {left}".strip()
        if book is not None and self.session is not None:
            self.session.book = book  # type: ignore[assignment]
            self.refill()
        else:
            self.refresh_chrome()

    def _ended(self, why: str) -> None:
        self._progress, self._note = "", why
        self._grading = None
        if self.session is not None and not why:
            self._note = t("grade.done", n=len(self.session.grades()))
        self.refill()

    async def _farewell(self) -> None:
        """Let the submission of now end; the next start goes on after it."""
        if self.session is not None and self._grading is not None:
            self.session.stop.set()
            try:
                await self._grading.wait()
            except (WorkerCancelled, WorkerFailed):
                return  # it is over, which is all that is waited for

    # The table

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say more about it, and remember the place."""
        grades = self._shown()
        if event.option_index < len(grades):
            self.memory.memory.at = key_of(grades[event.option_index])
        self._describe()
        self.refresh_chrome()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        await self.action_open()

    async def action_open(self) -> None:
        """The highlighted submission."""
        if (grade := self._row()) is not None:
            await self._open_submission(key_of(grade))

    async def action_next(self) -> None:
        """The first submission that waits for a person, from the highlighted one on."""
        if self.session is None:
            return
        waiting = {key_of(grade) for grade in self.session.waiting()}
        grades = [key_of(grade) for grade in self._shown()]
        at = grades.index(self.memory.memory.at) if self.memory.memory.at in grades else 0
        order = [key for key in [*grades[at:], *grades[:at]] if key in waiting]
        await self._open_submission((order or sorted(waiting))[0])

    async def _open_submission(self, key: str) -> None:
        from tui.screens.grade_submission import SubmissionPage

        assert self.session is not None  # there is a row
        self.memory.memory.at = key
        self.memory.save()
        await self.tutor.push_screen(SubmissionPage(self.session, key, self.memory))

    def action_sort(self) -> None:
        """By the next column."""
        self.memory.memory.sort = (self.memory.memory.sort + 1) % len(SORTS)
        self.memory.save()
        self.fill()

    def action_filter(self) -> None:
        """The next filter."""
        self.memory.memory.wanted = (self.memory.memory.wanted + 1) % len(FILTERS)
        self.memory.save()
        self.fill()

    def action_find(self) -> None:
        """Type words to look for."""
        find = self.query_one("#find", Input)
        find.display = True
        self.set_focus(find)

    async def action_back(self) -> None:
        """Out of the search line, out of the paths, then back."""
        find = self.query_one("#find", Input)
        if find.has_focus or self._words:
            self._words = find.value = ""
            self.set_focus(self.query_one("#grades"))
            self.fill()
        elif self._setting_up and self.session is not None:
            self._set_up(False)
        else:
            await super().action_back()

    @work(thread=True, exclusive=True, group="export")
    def action_export(self) -> None:
        """Write everything that is handed out."""
        session = self.session
        if session is None:
            return
        try:
            files = session.export()
        except (LabsError, OSError) as error:
            note = told(error)
        else:
            note = t("grade.exported", n=len(files), folder=str(session.store.folder))
        self.app.call_from_thread(self._ended_export, note)

    def _ended_export(self, note: str) -> None:
        self._note = note
        self.refill()

    def _shown(self) -> list[Grade]:
        if self.session is None:
            return []
        memory = self.memory.memory
        copies = copied_by(self.session.copies)
        sort, wanted = SORTS[memory.sort % len(SORTS)], FILTERS[memory.wanted % len(FILTERS)]
        return shown(self.session.grades(), sort, wanted, self._words, copies)

    def _row(self) -> Grade | None:
        at = self.query_one("#grades", OptionList).highlighted
        grades = self._shown()
        return grades[at] if at is not None and at < len(grades) else None

    def _describe(self) -> None:
        about = self.query_one("#about", Blocks)
        lines = [Block(Content.styled(one_line(self._note), "$accent"))] if self._note else []
        if self._setting_up:
            lines.append(Block(Content.styled(t("grade.setup_hint"), "$muted")))
        elif self.session is not None and self.session.book is None and not self.is_grading:
            lines.append(Block(Content.styled(t("grade.not_yet"), "$muted")))
        elif (grade := self._row()) is not None:
            from labs.grading.outputs.student_page import finding_line
            from labs.grading.outputs.words import words
            from tui.i18n import language

            found = [one for one in grade.findings if one.severity != "note"]
            lines += [
                Block(Content.styled(one_line(finding_line(one, words(language())).text), "$muted"))
                for one in found[:2]
            ]
        else:
            lines.append(Block(Content.styled(t("grade.none_here"), "$muted")))
        about.show(lines)

    def on_resize(self) -> None:
        """Columns follow the width."""
        self.call_after_refresh(self.refill)
