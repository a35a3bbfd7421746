"""One blueprint before the clock starts: sections, time, pass mark, and which of these are officially confirmed."""

from random import SystemRandom

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from quiz_bank.analysis import measured_difficulty
from quiz_bank.blueprints import Blueprint
from quiz_bank.exams import ExamRunningError, ExamSession, assemble, recent_digests
from quiz_bank.store_errors import StoreError
from tui.commands import Command
from tui.homepage.drawing import bar
from tui.i18n import t, t_or
from tui.learner import Learner
from tui.prose import prose
from tui.screens.page import Page
from tui.widgets.blocks import BLANK, Block, Blocks

START = Command("exam.start", "enter", "start")
_FIGURES = ("items", "minutes", "pass_mark", "shares", "scoring", "kinds")


class BlueprintPage(Page[None]):
    """What one is about to take; Enter starts the clock."""

    KEYS = (START,)
    TITLE_KEY = "exam.title"

    def __init__(self, learner: Learner, blueprint: Blueprint) -> None:
        super().__init__()
        self._learner, self._blueprint = learner, blueprint

    def body(self) -> ComposeResult:
        """One column."""
        with VerticalScroll(classes="body", can_focus=False):
            yield Blocks(id="about")

    def fill(self) -> None:
        """Describe it."""
        print_ = self._blueprint
        whole = sum(section.share for section in print_.sections)
        blocks = [Block(prose(print_.title, "bold $accent")), Block(prose(print_.summary)), BLANK]
        facts = t(
            "exam.blueprint_facts", n=print_.items, minutes=print_.minutes, mark=f"{print_.pass_mark:.0%}"
        )
        blocks += [Block(Content(facts)), Block(Content(t(f"exam.scoring_{print_.scoring}"))), BLANK]
        for section in print_.sections:
            share = section.share / whole
            blocks.append(Block(Content.assemble(bar(share, 10), f" {share:4.0%}  ", prose(section.title))))
        unsure = [t(f"exam.figure_{name}") for name in _FIGURES if not getattr(print_.verified, name)]
        if unsure:
            blocks += [
                BLANK,
                Block(Content.styled(t("exam.unverified", names=t("exam.comma").join(unsure)), "$warning")),
            ]
        if print_.note is not None:
            blocks += [Block(prose(print_.note, "$muted"))]
        blocks += [BLANK, Block(Content.styled(t("exam.rules"), "$muted"))]
        self.query_one("#about", Blocks).show(blocks)

    async def action_start(self) -> None:
        """Draw the sheet and start the clock."""
        from tui.exam.sitting import Sitting
        from tui.screens.sitting import SittingPage

        learner, now = self._learner, self.tutor.clock()
        if learner.store.read_only:
            self.notify(t("study.not_kept"), severity="warning", markup=False)
            return
        sheet = assemble(
            self._blueprint,
            learner.bank,
            SystemRandom().randrange(1 << 31),
            recent=recent_digests(learner.store),
            difficulty=measured_difficulty(learner.store),
        )
        try:
            session = ExamSession.start(learner.store, sheet, now)
        except ExamRunningError:
            self.notify(t("exam.running"), severity="warning", markup=False)
            return
        except ValueError:
            self.notify(t("exam.empty"), severity="warning", markup=False)
            return
        except StoreError as error:
            self.notify(t_or(f"errors.{error.code}", str(error)), severity="error", markup=False)
            return
        self.tutor.replace_page(SittingPage(learner, Sitting(session, learner.bank, now)))
