"""What an exam showed: score with its interval, sections, topics, time, and what to study next."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from quiz_bank.exams import ExamReport, Part
from tui.commands import Command
from tui.homepage.drawing import bar
from tui.i18n import t
from tui.learner import Learner
from tui.prose import prose
from tui.screens.page import Page
from tui.times import clock
from tui.widgets.blocks import BLANK, Block, Blocks

REVIEW = Command("exam.review", "enter", "review(False)")
WRONG = Command("exam.review_wrong", "w", "review(True)")
STUDY = Command("exam.study_next", "p", "study_next")
PAGE_DOWN = Command("study.page_down", "space,pagedown", "page_down", footer=False, palette=False)
_NEXT = 3


class ExamReportPage(Page[None]):
    """The report of one exam."""

    KEYS = (REVIEW, WRONG, STUDY, PAGE_DOWN)
    TITLE_KEY = "exam.report"

    def __init__(self, learner: Learner, report: ExamReport) -> None:
        super().__init__()
        self._learner, self._report = learner, report

    def body(self) -> ComposeResult:
        """One column."""
        with VerticalScroll(classes="body", id="scroll", can_focus=False):
            yield Blocks(id="report")

    def fill(self) -> None:
        """Write it."""
        self.query_one("#report", Blocks).show(self._blocks())

    def _blocks(self) -> list[Block]:
        report = self._report
        passed = t("exam.passed") if report.passed else t("exam.failed")
        sign, style = ("✓", "bold $success") if report.passed else ("✗", "bold $error")
        score = t(
            "exam.score",
            score=f"{100 * report.score.value:.0f}",
            spread=f"{100 * report.score.half_width:.0f}",
        )
        head = Content.assemble((f"{sign} {passed}", style), "   ", (score, "bold"))
        mark = t("exam.mark", mark=f"{report.pass_mark:.0%}")
        sure = "" if report.sure else t("exam.unsure")
        used = t(
            "exam.used",
            answered=report.answered,
            of=len(report.results),
            used=clock(report.seconds),
            minutes=report.minutes,
        )
        blocks = [
            Block(head),
            Block(Content.styled(f"{mark}{sure}", "$muted")),
            Block(Content.styled(used, "$muted")),
            BLANK,
        ]
        blueprint = self._learner.bank.blueprints.get(report.blueprint)
        if blueprint is not None:
            blocks.append(Block(Content.styled(t("exam.by_section"), "$muted")))
            for part in report.sections:
                blocks.append(_part_block(prose(blueprint.sections[int(part.key)].title), part))
            blocks.append(BLANK)
        if report.study_next:
            blocks.append(Block(Content.styled(t("exam.next_topics"), "$muted")))
            names = [self._topic(entry.topic) for entry in report.study_next[:_NEXT]]
            column = max(name.cell_length for name in names) + 2
            for name, entry in zip(names, report.study_next, strict=False):
                gain = t("exam.gain", gain=f"{100 * entry.gain:.0f}", n=len(entry.wrong))
                blocks.append(
                    Block(Content.assemble("  ", name.pad_right(column - name.cell_length), (gain, "$muted")))
                )
            blocks.append(BLANK)
        for missing in report.shortfalls:
            text = t(
                "exam.shortfall", section=missing.section + 1, found=missing.found, wanted=missing.wanted
            )
            blocks.append(Block(Content.styled(text, "$warning")))
        slow = sorted(report.results, key=lambda result: -result.given.seconds)[:3]
        places = t("exam.comma").join(
            t("exam.slow_place", place=one.item.place + 1, time=clock(one.given.seconds)) for one in slow
        )
        blocks.append(Block(Content.styled(t("exam.slowest", places=places), "$muted")))
        return blocks

    def _topic(self, topic: str) -> Content:
        known = self._learner.bank.topics.get(topic)
        return prose(known.short if known else topic, "bold")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Wrong ones and topics need something wrong."""
        wrong = any(not result.correct for result in self._report.results)
        if action == "study_next":
            return bool(self._report.study_next)
        return wrong if action == "review" and parameters == (True,) else True

    async def action_review(self, only_wrong: bool) -> None:
        """Walk through the answers with their verdicts."""
        from tui.screens.exam_review import ExamReviewPage

        results = [result for result in self._report.results if not (only_wrong and result.correct)]
        await self.tutor.push_screen(ExamReviewPage(self._learner, results, len(self._report.results)))

    async def action_study_next(self) -> None:
        """Practise the questions that went wrong, the topic that would gain most first."""
        from tui.screens.session import SessionPage
        from tui.sessions.session import Session
        from tui.sessions.sources import Listed

        items = [item for entry in self._report.study_next for item in entry.wrong]
        await self.tutor.push_screen(SessionPage(Session(self._learner, Listed(items))))

    def action_page_down(self) -> None:
        """Scroll on."""
        self.query_one("#scroll").scroll_page_down(animate=False)


def _part_block(title: Content, part: Part) -> Block:
    value = part.points / part.items
    line = Content.assemble(
        bar(value, 12),
        f" {100 * value:4.0f}  ",
        (f"{part.points:g}/{part.items}  ", "$muted"),
        title,
    )
    return Block(line, Content("  "))
