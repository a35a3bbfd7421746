"""What a question looks like as blocks: stem, options with the draft's marks, and after the answer the verdict on each part."""

from textual.content import Content

from metrics.clean import clean
from quiz_bank.answers import Feedback, Verdict
from quiz_bank.questions import Cloze, Match, Multi, Numeric, Order, Spot
from quiz_bank.variants import Choice, Variant
from tui.answering.drafts import ChoiceDraft, Draft, FillDraft, MatchDraft, OrderDraft, SpotDraft
from tui.i18n import t
from tui.prose import label, prose, said
from tui.widgets.blocks import BLANK, Block

_LEAD = 6
_COLUMN = 28
_RIGHT, _WRONG = Content.styled("✓", "bold $success"), Content.styled("✗", "bold $error")
_MISSED = Content.styled("→", "bold $accent")


def stem(variant: Variant) -> list[Block]:
    """The prompt, with numbered gaps where a cloze has them."""
    blocks = []
    for paragraph in _with_gaps(variant, prose(variant.prompt)).split("\n\n"):
        blocks += [Block(paragraph), BLANK]
    return blocks[:-1]


def code_lines(variant: Variant, draft: Draft | None, verdict: Verdict | None) -> list[Block]:
    """The item's code; for ``spot`` its lines are numbered, marked and judged."""
    if variant.code is None:
        return []
    lines = said(variant.code).split("\n")
    if not isinstance(variant.question, Spot):
        text = _with_gaps(variant, Content("\n".join(lines)))
        return [BLANK, Block(text.stylize_before("$primary"), indent=2, code=True)]
    judged = {item.key: item for item in verdict.feedback} if verdict else {}
    blocks = [BLANK]
    for number, line in enumerate(lines, 1):
        at_cursor = isinstance(draft, SpotDraft) and verdict is None and draft.cursor == number
        marked = isinstance(draft, SpotDraft) and number in draft.marked
        mark = (
            _mark(judged.get(str(number)), sum(line.wrong for line in variant.question.lines) > 1)
            if verdict
            else Content("●" if marked else "›" if at_cursor else " ")
        )
        style = "bold $accent" if at_cursor or (marked and not verdict) else "$primary"
        lead = Content.assemble(" ", mark, (f"{number:>3} ", "$quiet"))
        click = f"screen.mark_line({number})" if verdict is None else None
        blocks.append(Block(Content.styled(line or " ", style), lead, _LEAD, click, code=True))
        if (item := judged.get(str(number))) is not None:
            blocks.append(Block(prose(item.why, "$muted"), indent=_LEAD + 2))
    return blocks


def options(variant: Variant, draft: Draft) -> list[Block]:
    """What can be chosen, with what has been."""
    if isinstance(draft, ChoiceDraft):
        return [_option(number, choice, draft) for number, choice in enumerate(variant.choices, 1)]
    if isinstance(draft, OrderDraft):
        return _ordering(variant, draft)
    if isinstance(draft, MatchDraft):
        return _matching(variant, draft)
    return []


def _option(number: int, choice: Choice, draft: ChoiceDraft) -> Block:
    chosen = choice.key in draft.chosen
    at_cursor = draft.cursor == number - 1
    box = ("☑" if chosen else "☐") if draft.several else ("›" if chosen or at_cursor else " ")
    style = "bold $accent" if chosen else "bold" if at_cursor else ""
    lead = Content.assemble(" ", (box, style), " ", (str(number), style or "bold $muted"), "  ")
    return Block(prose(choice.text, style), lead, _LEAD, f"screen.press_key('{number}')")


def _ordering(variant: Variant, draft: OrderDraft) -> list[Block]:
    blocks = []
    for number, choice in enumerate(variant.choices, 1):
        place = draft.placed.index(choice.key) + 1 if choice.key in draft.placed else None
        style = "$quiet" if place else ""
        lead = Content.assemble("   ", (str(number), "bold $muted"), "  ")
        blocks.append(Block(prose(choice.text, style), lead, _LEAD, f"screen.press_key('{number}')"))
    blocks += [BLANK, Block(Content.styled(t("study.your_order"), "$muted"))]
    texts = {choice.key: choice.text for choice in variant.choices}
    for place, key in enumerate(draft.placed, 1):
        blocks.append(
            Block(prose(texts[key], "$accent"), Content.styled(f"  {place}. ", "bold $accent"), _LEAD)
        )
    return blocks


def _matching(variant: Variant, draft: MatchDraft) -> list[Block]:
    numbers = {choice.key: number for number, choice in enumerate(variant.choices, 1)}
    texts = {choice.key: choice.text for choice in variant.choices}
    blocks = []
    # Right sides stand in one column, unless a left side is too long for that.
    column = max((prose(left.text).cell_length for left in variant.lefts), default=0)
    for index, left in enumerate(variant.lefts):
        at_cursor = index == draft.cursor
        style = "bold $accent" if at_cursor else ""
        right = draft.pairs.get(left.key)
        joined = prose(texts[right], "$accent") if right else Content.styled("?", "$quiet")
        digit = str(numbers[right]) if right else " "
        name = prose(left.text, style)
        name = name.pad_right(column - name.cell_length) if column <= _COLUMN else name
        text = Content.assemble(name, ("  →  ", "$muted"), (f"{digit} ", "bold $accent"), joined)
        lead = Content.styled(" › " if at_cursor else "   ", style)
        blocks.append(Block(text, lead, _LEAD, f"screen.match_row({index})"))
    blocks.append(BLANK)
    for number, choice in enumerate(variant.choices, 1):
        style = "$quiet" if choice.key in draft.pairs.values() else ""
        lead = Content.assemble("   ", (str(number), "bold $muted"), "  ")
        blocks.append(Block(prose(choice.text, style), lead, _LEAD, f"screen.press_key('{number}')"))
    return blocks


def judged(variant: Variant, draft: Draft, verdict: Verdict) -> list[Block]:
    """Every part with its verdict and its why; the right ones are marked by sign as well as by colour.

    Where the parts are not the ones that were chosen from, a missed one also says what stood in its place.
    """
    if isinstance(variant.question, Spot):
        return []
    parts = {item.key: item for item in verdict.feedback}
    blocks: list[Block] = []
    if variant.choices and not isinstance(variant.question, Match | Order):
        # Of several right options, those that were chosen and those that were not look alike without a word.
        several = isinstance(variant.question, Multi) and any(item.chosen for item in verdict.feedback)
        for number, choice in enumerate(variant.choices, 1):
            item = parts.get(choice.key)
            style = "bold" if item is not None and (item.right or item.chosen) else ""
            sign = _mark(item, isinstance(variant.question, Multi))
            lead = Content.assemble(" ", sign, " ", (str(number), "bold $muted"), "  ")
            text = prose(choice.text, style)
            if several and item is not None and item.right and not item.chosen:
                text = Content.assemble(text, (f"  {t('study.left_out')}", "$warning"))
            blocks.append(Block(text, lead, _LEAD))
            if item is not None and item.why != verdict.explain:
                blocks.append(Block(prose(item.why, "$muted"), indent=_LEAD + 2))
        return blocks
    for item in verdict.feedback:
        if isinstance(variant.question, Numeric) and not item.chosen and item.why == verdict.explain:
            continue  # the verdict names the number, the explanation follows
        # A right part that was missed is pointed out, not crossed out.
        sign = _WRONG if not item.right else _RIGHT if item.chosen else _MISSED
        lead = Content.assemble(" ", sign, "  ")
        instead = Content("") if sign is not _MISSED else _instead(variant, draft, item.key)
        blocks.append(Block(Content.assemble(prose(item.text, "bold"), instead), lead, _LEAD))
        blocks.append(Block(prose(item.why, "$muted"), indent=_LEAD + 2))
    return blocks


def _instead(variant: Variant, draft: Draft, key: str) -> Content:
    """What was answered in the place of a part that was missed."""
    texts = {choice.key: choice.text for choice in variant.choices}
    match draft:
        case MatchDraft() if draft.pairs.get(key) in texts:
            said_there = prose(texts[draft.pairs[key]])
        case OrderDraft() if key in draft.placed:
            placed = t("study.you_placed", place=draft.placed.index(key) + 1)
            return Content.assemble("   ", (placed.replace(" ", "\u00a0"), "$warning"))
        case FillDraft() if draft.blanks.get(key, "").strip():
            said_there = Content(clean(draft.blanks[key].strip(), one_line=True))
        case _:
            return Content("")
    lead = label("study.you_said").replace(
        " ", "\u00a0"
    )  # in one piece, and with the first word of what was said
    return Content.assemble("   ", (lead, "$muted"), (said_there.plain, "$warning"))


def _mark(item: Feedback | None, several: bool = False) -> Content:
    """Where several are asked for, one of the right ones that was missed is pointed out, as it is below."""
    if item is None:
        return Content(" ")
    if item.right:
        return _MISSED if several and not item.chosen else _RIGHT
    return _WRONG if item.chosen else Content(" ")


def _with_gaps(variant: Variant, text: Content) -> Content:
    """``[[name]]`` as ``[1 ____]``: the numbers stand at the input fields too."""
    if not isinstance(variant.question, Cloze):
        return text
    for number, blank in enumerate(variant.question.blanks, 1):
        start = text.plain.find(f"[[{blank.name}]]")
        if start >= 0:
            gap = Content.styled(f"[{number} ____]", "bold $accent")
            text = Content.assemble(text[:start], gap, text[start + len(blank.name) + 4 :])
    return text


def fields(draft: Draft) -> tuple[str, ...]:
    """Names of the input fields the draft needs: gaps in their order, or one for a number."""
    if isinstance(draft, FillDraft):
        return tuple(draft.blanks)
    return ("number",) if draft.how == "study.how_number" else ()
