"""One submission: its evidence, its points, and the keys that change them."""

from functools import partial
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from labs.errors import LabsError
from labs.grading.grade import Grade
from labs.grading.marks import Marks
from tui.commands import Command
from tui.i18n import language, t
from tui.screens.grade_mark import Keep, MarkDialog, told
from tui.screens.grade_memory import Draft, MemoryFile
from tui.screens.grade_session import GradingSession, key_of
from tui.screens.grade_views import submission_blocks
from tui.screens.lab_text import number, one_line, spoken
from tui.screens.page import Page
from tui.widgets.blocks import Block, Blocks

ITEMS = tuple(
    Command("grade.item", str(digit), f"item({digit})", footer=digit == 1, palette=False)
    for digit in range(1, 10)
)
NEXT = Command("grade.next", "n", "next")
COMMENT = Command("grade.comment", "c", "comment")
OVERRIDE = Command("grade.override", "o", "override")


class SubmissionPage(Page[None]):
    """Shows one submission; digits mark its rubric items."""

    KEYS = (*ITEMS, NEXT, COMMENT, OVERRIDE)
    TITLE_KEY = "grade.submission"
    CSS_PATH = "grade.tcss"
    AUTO_FOCUS = "#evidence"

    def __init__(self, session: GradingSession, key: str, memory: MemoryFile) -> None:
        super().__init__()
        self._session, self._key, self._memory = session, key, memory

    @property
    def grade(self) -> Grade | None:
        """The grade as it stands; None where a regrade took the submission out."""
        return self._session.grade_of(self._key)

    def body(self) -> ComposeResult:
        """Evidence, to scroll through."""
        with VerticalScroll(id="evidence", classes="body", can_focus=True):
            yield Blocks(id="text")

    def fill(self) -> None:
        """Show everything that is known."""
        grade = self.grade
        if grade is None:
            self.query_one("#text", Blocks).show([Block(Content.styled(t("grade.gone"), "$muted"))])
            return
        session = self._session
        evidence = session.evidence(grade)
        unpacked = session.store.unpacked(grade.digest) if evidence and evidence.refused is None else None
        try:
            marks = session.marks(grade)
        except LabsError as error:
            marks = Marks()
            self.notify(told(error), severity="error", markup=False)
        blocks = submission_blocks(grade, session.assignment, evidence, marks, session.copies, unpacked)
        self.query_one("#text", Blocks).show(blocks)

    def title_left(self) -> Content:
        """Who it is."""
        grade = self.grade
        if grade is None:
            return super().title_left()
        who = one_line(f"{grade.student or '?'} {grade.name}".strip())
        return Content.assemble(
            (who, "bold $foreground"), (f" · {spoken(self._session.assignment.title)}", "$muted")
        )

    def title_right(self) -> Content:
        """How many wait for a person."""
        return Content.styled(t("grade.n_waiting", n=len(list(self._session.waiting()))), "$muted")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Digits as far as there are items; nothing where nothing was handed in."""
        grade = self.grade
        if action == "item":
            digit = parameters[0] if parameters else 1
            return grade is not None and isinstance(digit, int) and digit <= len(grade.items)
        if action in ("comment", "override"):
            return grade is not None and bool(grade.digest)
        if action == "next":
            return True if any(key_of(one) != self._key for one in self._session.waiting()) else None
        return super().check_action(action, parameters)

    @work(exclusive=True, group="dialog")
    async def action_item(self, digit: int) -> None:
        """Mark a rubric item."""
        grade = self.grade
        if grade is None or digit > len(grade.items):
            return
        graded = grade.items[digit - 1]
        item = self._session.item(graded.id)
        if item is None:
            return
        mark = self._session.marks(grade).items.get(item.id)
        now = (
            Draft()
            if mark is None
            else Draft(points=number(mark.points), comment=mark.comment, reason=mark.reason)
        )
        written = item.kind == "written"
        await self._ask(
            f"{key_of(grade)}/{item.id}",
            t("grade.item_title", title=spoken(item.title), points=number(item.points)),
            now,
            lambda said: self._session.mark(grade, item, said.points, said.comment, said.reason),
            fields=("points", "comment") if written else ("points", "reason", "comment"),
            comments=tuple(self._session.comments(item, language())),
            take_back=None if mark is None else partial(self._session.unmark, grade, item),
        )

    @work(exclusive=True, group="dialog")
    async def action_override(self) -> None:
        """Set the total, with a reason."""
        grade = self.grade
        if grade is None or not grade.digest:
            return
        marks = self._session.marks(grade)
        now = Draft() if marks.total is None else Draft(points=number(marks.total), reason=marks.reason)
        await self._ask(
            f"{key_of(grade)}/",
            t("grade.total_title", points=number(grade.out_of)),
            now,
            lambda said: self._session.override(grade, said.points, said.reason),
            fields=("points", "reason"),
            take_back=None if marks.total is None else partial(self._session.release, grade),
        )

    @work(exclusive=True, group="dialog")
    async def action_comment(self) -> None:
        """A comment on the whole."""
        grade = self.grade
        if grade is None or not grade.digest:
            return
        await self._ask(
            f"{key_of(grade)}//",
            t("grade.comment_title"),
            Draft(comment=self._session.marks(grade).comment),
            lambda said: self._session.comment(grade, said.comment),
            fields=("comment",),
        )

    def action_next(self) -> None:
        """The next submission that waits for a person."""
        keys = [key_of(grade) for grade in self._session.waiting()]
        after = [key for key in keys if key != self._key]
        if self._key in keys:
            at = keys.index(self._key)
            after = [*keys[at + 1 :], *keys[:at]]
        if after:
            self._memory.memory.at = after[0]
            self._memory.save()
            self.tutor.replace_page(SubmissionPage(self._session, after[0], self._memory))

    async def _ask(self, key: str, title: str, now: Draft, keep: Keep, **options: Any) -> None:
        """Open a dialog over what was typed before, and forget the draft once it is kept."""
        dialog = MarkDialog(
            title, self._memory.draft(key) or now, keep, partial(self._memory.keep_draft, key), **options
        )
        if await self.tutor.push_screen_wait(dialog):
            self._memory.keep_draft(key, None)
            self.refill()
