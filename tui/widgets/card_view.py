"""A flashcard: its front, and once turned its back, its source and the four ratings with the interval each would give."""

from collections.abc import Mapping
from datetime import timedelta

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from quiz_bank.scheduling import Rating
from tui.answering.after import said_source
from tui.i18n import t
from tui.prose import label, prose
from tui.sessions.asked import AskedCard
from tui.times import interval
from tui.widgets.blocks import BLANK, Block, Blocks

_NAMES = {
    Rating.AGAIN: "study.rate_again",
    Rating.HARD: "study.rate_hard",
    Rating.GOOD: "study.rate_good",
    Rating.EASY: "study.rate_easy",
}


class CardView(VerticalScroll):
    """Shows the card it is given; a click on a rating presses its key."""

    can_focus = False
    DEFAULT_CSS = """
    CardView { height: 1fr; scrollbar-size-vertical: 1; }
    CardView #side { margin: 1 0; }
    """

    def compose(self) -> ComposeResult:
        """One text and the ratings."""
        yield Blocks(id="side")
        yield Blocks(id="ratings")

    def show(self, asked: AskedCard, preview: Mapping[Rating, timedelta] | None) -> None:
        """The front; with ``preview`` (what each rating would give) the back too."""
        blocks = [Block(part) for part in prose(asked.front, "bold").split("\n\n")]
        if preview is not None:
            blocks += [BLANK, Block(Content.styled("─" * 24, "$quiet")), BLANK]
            blocks += [Block(part) for part in prose(asked.back).split("\n\n")]
            if asked.card.exam_note is not None:
                note = Content.assemble(
                    (label("study.exam_note"), "bold $warning"), prose(asked.card.exam_note)
                )
                blocks += [BLANK, Block(note)]
            blocks += [
                BLANK,
                Block(Content.styled(label("study.source") + said_source(asked.card.source), "$quiet")),
            ]
        self.query_one("#side", Blocks).show(blocks)
        self.query_one("#ratings", Blocks).show(_ratings(preview) if preview is not None else ())


def _ratings(preview: Mapping[Rating, timedelta]) -> list[Block]:
    """One line a rating; Good, which Enter gives, is the bright one."""
    blocks = []
    for rating, length in preview.items():
        style = "bold $accent" if rating is Rating.GOOD else ""
        name = Content.styled(t(_NAMES[rating]), style)
        enter = ("  ⏎", "bold $accent") if rating is Rating.GOOD else ""
        text = Content.assemble(
            name, " " * max(10 - name.cell_length, 1), (interval(length), "$muted"), enter
        )
        lead = Content.assemble("  ", (str(int(rating)), style or "bold $muted"), "  ")
        blocks.append(Block(text, lead, click=f"screen.rate({int(rating)})"))
    return blocks
