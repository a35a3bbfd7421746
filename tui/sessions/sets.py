"""A question that belongs to a diagnosis set is shown under the set's story, settings and curves."""

from dataclasses import dataclass

from textual.content import Content

from quiz_bank.bank import Bank
from quiz_bank.errors import FormulaError
from quiz_bank.figures import Figure
from quiz_bank.questions import Question
from quiz_bank.variants import set_figures
from tui.i18n import t
from tui.prose import prose, said
from tui.widgets.blocks import BLANK, Block


@dataclass(frozen=True)
class Framed:
    """What stands above a question."""

    blocks: tuple[Block, ...] = ()
    figures: tuple[Figure, ...] = ()


def frame_of(question: Question, bank: Bank) -> Framed:
    """The set's part; nothing for a question that stands alone."""
    if question.set is None:
        return Framed()
    try:
        whole = bank.question_set(question.set)
        figures = set_figures(whole)
    except (KeyError, FormulaError):
        # Lint reports both; the question itself can still be asked.
        return Framed()
    members = [member.id for member in bank.in_set(question.set)]
    place = (
        t("study.set_place", at=members.index(question.id) + 1, of=len(members))
        if question.id in members
        else ""
    )
    title = Content.assemble(prose(whole.title, "bold"), (f"  {place}", "$muted"))
    blocks = [Block(title), Block(prose(whole.intro))]
    if whole.code is not None:
        blocks += [
            BLANK,
            Block(Content.styled(said(whole.code).strip("\n"), "$primary"), indent=2, code=True),
        ]
    return Framed((*blocks, BLANK), figures)
