"""The end of a session: what it changed."""

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from quiz_bank.plan import Plan
from quiz_bank.queue import waiting
from tui.commands import Command
from tui.i18n import t
from tui.prose import said
from tui.screens.page import Page
from tui.sessions.day_plan import plan_line, plan_of
from tui.sessions.outcome import Outcome, outcome_of
from tui.sessions.session import Session
from tui.times import clock
from tui.widgets.blocks import BLANK, Block, Blocks

UNDO = Command("study.undo", "z", "undo")
HOME = Command("study.to_home", "enter", "home")


class SummaryPage(Page[None]):
    """Numbers of one session, and the way on."""

    KEYS = (HOME, UNDO)
    TITLE_KEY = "study.summary_title"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def body(self) -> ComposeResult:
        """One column."""
        with VerticalScroll(classes="body", can_focus=False):
            yield Blocks(id="outcome")

    def fill(self) -> None:
        """Write the numbers."""
        outcome = outcome_of(self.session.done)
        self.query_one("#outcome", Blocks).show(self._blocks(outcome))

    def on_mount(self) -> None:
        """What the answers of this session leave of the plan."""
        self.run_worker(self._plan, thread=True, exclusive=True, group="behind")

    def _plan(self) -> None:
        learner, now = self.session.learner, self.tutor.clock()
        found = plan_of(learner, now)
        self.tutor.call_from_thread(self._take_plan, found, now)

    def _take_plan(self, found: Plan | None, now: datetime) -> None:
        self.session.learner.follow(found, now)
        self.refill()

    def _blocks(self, outcome: Outcome) -> list[Block]:
        learner = self.session.learner
        if outcome.answers == 0:
            counts = waiting(learner.store, self.tutor.clock())
            lines = [t("study.summary_none"), t("study.review_done", n=counts.tomorrow)]
            return [Block(Content(line)) for line in lines]
        head = t("study.summary_line", n=outcome.answers, right=outcome.right, time=clock(outcome.seconds))
        blocks = [Block(Content.styled(head, "bold $accent")), BLANK]
        if outcome.learnt:
            blocks.append(Block(Content(t("study.summary_learnt", n=outcome.learnt))))
        if outcome.steadier:
            days = f"{outcome.days_gained:.1f}"
            blocks.append(Block(Content(t("study.summary_stable", n=outcome.steadier, days=days))))
        if outcome.forgotten:
            blocks.append(Block(Content(t("study.summary_forgotten", n=outcome.forgotten))))
        tomorrow = waiting(learner.store, self.tutor.clock()).tomorrow
        blocks.append(Block(Content(t("study.summary_tomorrow", n=tomorrow))))
        if learner.plan is not None:
            blocks.append(Block(Content(plan_line(learner.plan))))
        blocks.append(BLANK)
        blocks.append(Block(Content.styled(t("study.summary_topics"), "$muted")))
        for topic in outcome.topics:
            known = learner.bank.topics.get(topic.topic)
            name = Content(said(known.short) if known else topic.topic)
            marks = "●" * topic.right + "○" * (topic.answers - topic.right)
            shown = (marks[:40], "$muted")
            count = f"{topic.right}/{topic.answers}"
            blocks.append(
                Block(
                    Content.assemble(
                        "  ", name.pad_right(max(18 - name.cell_length, 1)), f"{count:>7}  ", shown
                    )
                )
            )
        if self.session.missing:
            blocks += [
                BLANK,
                Block(Content.styled(t("study.summary_missing", n=len(self.session.missing)), "$warning")),
            ]
        return blocks

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to take back in an empty session."""
        return action != "undo" or bool(self.session.done)

    async def action_home(self) -> None:
        """To the next step."""
        await self.action_back()
        await self.tutor.action_go("home")

    async def action_undo(self) -> None:
        """Take back the last answer and go on with the session."""
        from tui.screens.session import SessionPage

        if self.session.undo(self.tutor.clock()):
            self.tutor.replace_page(SessionPage(self.session, resumed=True))
