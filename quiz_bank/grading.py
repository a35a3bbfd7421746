"""The verdict on an answer: right or wrong, how much of it, and what to say about every part."""

import itertools
import math
import unicodedata
from typing import TypeVar

import msgspec

from quiz_bank.answers import (
    Answer,
    Chosen,
    Feedback,
    Filled,
    Matched,
    Ordered,
    Scoring,
    Spotted,
    Typed,
    Verdict,
)
from quiz_bank.errors import AnswerError
from quiz_bank.formulas import number
from quiz_bank.numbers import Quantity, read_number
from quiz_bank.placeholders import fill, fill_text
from quiz_bank.questions import Blank, Cloze, Match, Multi, Numeric, Order, Spot, Suspect, Tolerance
from quiz_bank.text import Text
from quiz_bank.units import canonical
from quiz_bank.variants import Choice, Variant, number_text

_NO_COMMENT = Text("", "")
A = TypeVar("A", Chosen, Typed, Ordered, Matched, Filled, Spotted)


def grade(variant: Variant, answer: Answer, scoring: Scoring = "all-or-nothing") -> Verdict:
    """Grade one answer.

    Args:
        variant: What the learner saw.
        answer: Of the type that the question's kind takes; parts may be missing (they count as wrong).
        scoring: ``partial`` gives part of the score: for ``multi`` and ``spot`` (right - wrong) / all right ones, not
            below 0; for ``order`` the share of neighbours in right order; for ``match`` and ``cloze`` the share of
            right parts. Other kinds have no parts.

    Raises:
        AnswerError: the answer cannot be read, or is of another kind; nothing is graded then.
    """
    question = variant.question
    if isinstance(question, Numeric) and not variant.choices:
        return _grade_number(variant, question, _as(answer, Typed))
    if isinstance(question, Order):
        return _grade_order(variant, _as(answer, Ordered), scoring)
    if isinstance(question, Match):
        return _grade_match(variant, _as(answer, Matched), scoring)
    if isinstance(question, Cloze):
        return _grade_cloze(variant, question, _as(answer, Filled), scoring)
    if isinstance(question, Spot):
        return _grade_spot(variant, question, _as(answer, Spotted), scoring)
    return _grade_choice(variant, _as(answer, Chosen), scoring)


def right_answer(variant: Variant) -> Answer:
    """The answer that ``grade`` calls right; authors see it, exports write it, tests hold the two together."""
    question = variant.question
    if isinstance(question, Numeric) and not variant.choices:
        return Typed(repr(variant.number) + _unit_for_typing(variant))
    if isinstance(question, Order):
        return Ordered(tuple(choice.key for choice in variant.solution))
    if isinstance(question, Match):
        return Matched({left.key: left.key for left in variant.lefts})
    if isinstance(question, Cloze):
        return Filled({blank.name: fill_text(blank.answer, variant.names).en for blank in question.blanks})
    if isinstance(question, Spot):
        suspects = _suspects(variant, question)
        return Spotted(tuple(sorted(line for line, suspect in suspects.items() if suspect.wrong)))
    return Chosen(tuple(choice.key for choice in variant.choices if choice.correct))


def _unit_for_typing(variant: Variant) -> str:
    return "%" if variant.unit is not None and canonical(variant.unit.en) == "%" else ""


def near(value: float, key: float, tolerance: Tolerance) -> bool:
    """Whether ``value`` is ``key`` within ``tolerance`` (and within rounding of doubles)."""
    return abs(value - key) <= _width(key, tolerance) + 1e-9 * abs(key)


def _width(key: float, tolerance: Tolerance) -> float:
    if tolerance.relative is not None:
        return tolerance.relative * abs(key)
    if tolerance.significant is not None:
        return 0.5 * 10.0 ** (math.floor(math.log10(abs(key))) - tolerance.significant + 1) if key else 0.0
    return tolerance.absolute or 0.0


def number_width(variant: Variant) -> float:
    """How far from the key of a numeric item an answer may be; 0.0 for other kinds."""
    if not isinstance(variant.question, Numeric) or variant.number is None:
        return 0.0
    return _width(variant.number, variant.question.tolerance)


def accepted_fillings(blank: Blank, variant: Variant) -> list[str]:
    """Everything that counts as right in a gap, as the author wrote it."""
    shown = fill_text(blank.answer, variant.names)
    return [shown.en, shown.zh, *(fill(other, variant.names) for other in blank.accept)]


def filling(text: str) -> str:
    """What a filled-in blank is compared by: width, case, and spaces do not count, nor quotes around it."""
    folded = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    for opening, closing in (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"), ("‘", "’"), ("「", "」")):
        if len(folded) > 2 and folded.startswith(opening) and folded.endswith(closing):
            folded = folded[1:-1]
    return folded.replace("−", "-").replace("–", "-")


def _as(answer: Answer, kind: type[A]) -> A:
    if not isinstance(answer, kind):
        raise AnswerError(
            "wrong-kind", f"this question takes a {kind.__name__} answer, not {type(answer).__name__}"
        )
    return answer


def _verdict(
    variant: Variant, share: float, scoring: Scoring, feedback: list[Feedback], answer: Text
) -> Verdict:
    correct = share == 1.0
    return Verdict(
        correct=correct,
        score=share if scoring == "partial" else float(correct),
        feedback=tuple(feedback),
        answer=answer,
        explain=variant.explain,
        exam_note=variant.exam_note,
    )


def _joined(texts: list[Text]) -> Text:
    return Text("; ".join(text.en for text in texts), "；".join(text.zh for text in texts))


def _known(keys: tuple[str, ...], choices: tuple[Choice, ...]) -> None:
    unknown = [key for key in keys if all(key != choice.key for choice in choices)]
    if unknown or len(set(keys)) != len(keys):
        known = ", ".join(choice.key for choice in choices)
        raise AnswerError(
            "unknown-choice",
            f"{', '.join(keys)}: choose among {known}, each once.",
            known=known,
            count=str(len(choices)),
        )


def _grade_choice(variant: Variant, answer: Chosen, scoring: Scoring) -> Verdict:
    _known(answer.keys, variant.choices)
    several = isinstance(variant.question, Multi)
    if len(answer.keys) > 1 and not several:
        raise AnswerError("one-only", "Choose one.")
    feedback = [
        Feedback(choice.key, choice.text, choice.why, choice.correct, choice.key in answer.keys)
        for choice in variant.choices
    ]
    right = [choice for choice in variant.choices if choice.correct]
    hits = sum(choice.key in answer.keys for choice in right)
    share = _share_of(hits, len(answer.keys) - hits, len(right))
    verdict = _verdict(variant, share, scoring, feedback, _joined([choice.text for choice in right]))
    if isinstance(variant.question, Numeric) and not verdict.correct and answer.keys:
        return msgspec.structs.replace(verdict, mistake=answer.keys[0])
    return verdict


def _share_of(hits: int, misses: int, wanted: int) -> float:
    """(right - wrong) / wanted, not below 0; exactly 1.0 only where all is right and nothing is wrong."""
    return max(0.0, (hits - misses) / wanted)


def _grade_number(variant: Variant, question: Numeric, answer: Typed) -> Verdict:
    assert variant.number is not None
    assert variant.shown_number is not None
    typed = read_number(answer.text, variant.unit)
    correct = near(typed.value, variant.number, question.tolerance)
    if not correct:
        _refuse_doubtful(typed, variant, question.tolerance, answer.text)
    why = variant.explain if question.why is None else fill_text(question.why, variant.names)
    feedback = [Feedback("answer", variant.shown_number, why, True, correct)]
    mistake = None
    for known in question.mistakes:
        value = float(number(known.value, variant.names))
        if mistake is None and not correct and near(typed.value, value, question.tolerance):
            mistake = known.name
            shown = number_text(question, value, variant.names)
            feedback.append(Feedback(known.name, shown, fill_text(known.why, variant.names), False, True))
    verdict = _verdict(variant, float(correct), "all-or-nothing", feedback, variant.shown_number)
    return msgspec.structs.replace(
        verdict, read_as=number_text(question, typed.value, variant.names), mistake=mistake
    )


def _refuse_doubtful(typed: Quantity, variant: Variant, tolerance: Tolerance, text: str) -> None:
    """Ask again where the number may be the right one, written too short or as a fraction instead of a percentage."""
    assert variant.number is not None
    shown = text.strip()
    if typed.half_digit and abs(typed.value - variant.number) <= typed.half_digit:
        raise AnswerError("more-digits", f"{shown} is too short to tell: write more digits.", typed=shown)
    unit = None if variant.unit is None else canonical(variant.unit.en)
    if unit == "%" and not typed.said_unit and near(100 * typed.value, variant.number, tolerance):
        percent = f"{100 * typed.value:g}%"
        message = (
            f"The answer is asked in percent: {shown} means {shown} %. If you mean {percent}, write that."
        )
        raise AnswerError("percent-or-fraction", message, typed=shown, percent=percent)


def _grade_order(variant: Variant, answer: Ordered, scoring: Scoring) -> Verdict:
    _known(answer.keys, variant.choices)
    order = [choice.key for choice in variant.solution]
    place = {key: i for i, key in enumerate(order)}
    given = [place[key] for key in answer.keys]
    neighbours = sum(b == a + 1 for a, b in itertools.pairwise(given))
    share = 1.0 if given == list(range(len(order))) else min(neighbours / max(1, len(order) - 1), 0.999)
    by_key = {choice.key: choice for choice in variant.choices}
    feedback = [
        Feedback(key, by_key[key].text, by_key[key].why, True, i < len(answer.keys) and answer.keys[i] == key)
        for i, key in enumerate(order)
    ]
    return _verdict(variant, share, scoring, feedback, _joined([by_key[key].text for key in order]))


def _grade_match(variant: Variant, answer: Matched, scoring: Scoring) -> Verdict:
    _known(tuple(answer.pairs), variant.lefts)
    rights = {choice.key: choice for choice in variant.choices}
    _known(tuple(dict.fromkeys(answer.pairs.values())), variant.choices)
    feedback = []
    for left in variant.lefts:
        chosen = answer.pairs.get(left.key)
        right = rights[left.key].text
        text = Text(f"{left.text.en} - {right.en}", f"{left.text.zh} - {right.zh}")
        feedback.append(Feedback(left.key, text, left.why, True, chosen == left.key))
        # An extra that was chosen has its own explanation; a right side of another pair is explained there.
        if chosen is not None and not rights[chosen].correct:
            feedback.append(Feedback(chosen, rights[chosen].text, rights[chosen].why, False, True))
    share = sum(answer.pairs.get(left.key) == left.key for left in variant.lefts) / len(variant.lefts)
    key = [entry.text for entry in feedback if entry.right]
    return _verdict(variant, share, scoring, feedback, _joined(key))


def _grade_cloze(variant: Variant, question: Cloze, answer: Filled, scoring: Scoring) -> Verdict:
    known = {blank.name for blank in question.blanks}
    unknown = sorted(set(answer.blanks) - known)
    if unknown:
        message = f"no blank {', '.join(unknown)}; blanks: {', '.join(sorted(known))}"
        raise AnswerError("unknown-blank", message, known=", ".join(sorted(known)))
    feedback = []
    hits = 0
    for blank in question.blanks:
        shown = fill_text(blank.answer, variant.names)
        accepted = {filling(one) for one in accepted_fillings(blank, variant)}
        given = filling(answer.blanks.get(blank.name, ""))
        right = given in accepted
        hits += right
        feedback.append(Feedback(blank.name, shown, fill_text(blank.why, variant.names), True, right))
        for mistake in blank.mistakes:
            if not right and given == filling(mistake.text):
                why = fill_text(mistake.why, variant.names)
                feedback.append(Feedback(blank.name, Text.same(mistake.text), why, False, True))
    key = [entry.text for entry in feedback if entry.right]
    return _verdict(variant, hits / len(question.blanks), scoring, feedback, _joined(key))


def _grade_spot(variant: Variant, question: Spot, answer: Spotted, scoring: Scoring) -> Verdict:
    assert variant.code is not None
    lines = variant.code.en.split("\n"), variant.code.zh.split("\n")
    outside = [line for line in answer.lines if not 1 <= line <= len(lines[0])]
    if outside:
        last = str(len(lines[0]))
        raise AnswerError("no-such-line", f"Lines go from 1 to {last}.", last=last)
    suspects = _suspects(variant, question)
    wrong = {i for i, suspect in suspects.items() if suspect.wrong}
    feedback = []
    for i in sorted(suspects.keys() | set(answer.lines)):
        if i in suspects:
            why = fill_text(suspects[i].why, variant.names)
        else:
            why = _NO_COMMENT if question.why_other is None else fill_text(question.why_other, variant.names)
        text = Text(lines[0][i - 1].strip(), lines[1][i - 1].strip())
        feedback.append(Feedback(str(i), text, why, i in wrong, i in answer.lines))
    hits = len(wrong & set(answer.lines))
    share = _share_of(hits, len(set(answer.lines)) - hits, len(wrong))
    key = [Text(f"{i}: {lines[0][i - 1].strip()}", f"{i}: {lines[1][i - 1].strip()}") for i in sorted(wrong)]
    return _verdict(variant, share, scoring, feedback, _joined(key))


def _suspects(variant: Variant, question: Spot) -> dict[int, Suspect]:
    """The entries of a spot item by their line, from 1."""
    assert variant.code is not None
    suspects = {}
    for suspect in question.lines:
        contained = fill(suspect.contains, variant.names)
        for i, line in enumerate(variant.code.en.split("\n"), start=1):
            if contained in line:
                suspects[i] = suspect
    return suspects
