"""What is said under an answered question: the verdict, the reasoning, exam note, where to try it, the source."""

from textual.content import Content

from quiz_bank.answers import Verdict
from quiz_bank.questions import Numeric, Question
from quiz_bank.variants import Variant
from tui.i18n import t
from tui.library_words import in_words
from tui.prose import label, prose, said
from tui.settings import Settings
from tui.widgets.blocks import BLANK, Block


def verdict_line(variant: Variant, verdict: Verdict) -> Block:
    """Right, partly right or not, by sign and word; with the answer where the parts above do not show it."""
    if verdict.correct:
        parts = [Content.styled(f"✓ {t('study.right')}", "bold $success")]
    elif 0 < verdict.score < 1:
        parts = [Content.styled(f"◐ {t('study.partly')}", "bold $warning")]
    else:
        parts = [Content.styled(f"✗ {t('study.wrong_verdict')}", "bold $error")]
    if verdict.read_as is not None:
        parts.append(Content.styled(f"  {t('study.read_as', value=said(verdict.read_as))}", "$muted"))
    if not verdict.correct and isinstance(variant.question, Numeric):
        parts += [Content(f"   {label('study.answer_is')}"), prose(verdict.answer, "bold")]
    return Block(Content.assemble(*parts))


def missed_line() -> Block:
    """A wrong try that is not the last one."""
    return Block(Content.styled(f"✗ {t('study.wrong_verdict')}", "bold $error"))


def after_answer(question: Question, verdict: Verdict, settings: Settings, lab: str | None) -> list[Block]:
    """Explanation, exam note, lab (its title) and source, each only where there is one."""
    blocks = [Block(part) for part in prose(verdict.explain).split("\n\n")]
    if verdict.exam_note is not None and settings.exam_notes:
        note = Content.assemble((label("study.exam_note"), "bold $warning"), prose(verdict.exam_note))
        blocks += [BLANK, Block(note)]
    lines = []
    if lab is not None:
        step = question.lab_step
        text = t("study.try_it_step", lab=lab, step=step) if step else t("study.try_it", lab=lab)
        lines.append(Block(Content.styled(text, "$primary"), click="screen.lab"))
    source = said_source(question.source)
    lines.append(Block(Content.styled(label("study.source") + source, "$quiet")))
    return [*blocks, BLANK, *lines]


def said_source(source: str) -> str:
    """Where it can be read up, cleaned; what is no name is said in the language of now."""
    from metrics.clean import clean

    return clean(in_words(source), one_line=True)


def hints_shown(count: int, variant: Variant) -> list[Block]:
    """The first ``count`` hints."""
    return [
        Block(prose(hint, "$warning"), Content.styled(label("study.hint_at", n=number), "bold $warning"))
        for number, hint in enumerate(variant.hints[:count], 1)
    ]
