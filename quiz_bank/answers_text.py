"""An answer written as one line, for the command line: ``b``, ``a,c``, ``true``, ``41.9M``, ``c a b``, ``a=b``, ``4``."""

import re

from quiz_bank.answers import Answer, Chosen, Filled, Matched, Ordered, Spotted, Typed
from quiz_bank.errors import AnswerError
from quiz_bank.questions import Cloze, Match, Numeric, Order, Spot
from quiz_bank.variants import Choice, Variant

_TRUE = {"true", "t", "yes", "y", "right", "对", "正确", "是", "真"}
_FALSE = {"false", "f", "no", "n", "wrong", "错", "错误", "否", "假"}


def parse_answer(variant: Variant, text: str) -> Answer:
    """The answer that ``text`` stands for.

    Choices are named by key, or by the place at which they are shown (1, 2 ...); several are separated by commas or
    spaces. A match is ``left=right`` pairs, a cloze ``name=filling`` pairs separated by ``;`` (or the bare filling
    where there is one gap), a spot item line numbers, a numeric item a number.

    Raises:
        AnswerError: it does not fit the question.
    """
    question = variant.question
    if isinstance(question, Numeric) and not variant.choices:
        return Typed(text)
    if isinstance(question, Cloze):
        names = [blank.name for blank in question.blanks]
        if len(names) == 1 and not re.match(rf"\s*{names[0]}\s*=", text):
            return Filled({names[0]: text.strip()})
        return Filled(dict(_pairs(text, ";；")))
    if isinstance(question, Match):
        pairs = _pairs(text, ",;，；")
        return Matched({_key(left, variant.lefts): _key(right, variant.choices) for left, right in pairs})
    words = [word for word in re.split(r"[\s,;，、；]+", text.strip()) if word]
    if isinstance(question, Spot):
        if not all(word.isascii() and word.isdigit() for word in words):
            raise AnswerError("line-numbers", "Give line numbers, such as 4 or 2,7.")
        return Spotted(tuple(int(word) for word in words))
    keys = tuple(_key(word, variant.choices) for word in words)
    return Ordered(keys) if isinstance(question, Order) else Chosen(keys)


def _key(word: str, choices: tuple[Choice, ...]) -> str:
    folded = word.strip().casefold()
    keys = [choice.key for choice in choices]
    if keys == ["true", "false"]:
        folded = "true" if folded in _TRUE else "false" if folded in _FALSE else folded
    for key in keys:
        if folded == key.casefold():
            return key
    if folded.isascii() and folded.isdigit() and 1 <= int(folded) <= len(keys):
        return keys[int(folded) - 1]
    if keys == ["true", "false"]:
        raise AnswerError("true-or-false", f"{word!r}: answer true or false.")
    known, count = ", ".join(keys), str(len(keys))
    raise AnswerError(
        "unknown-choice", f"{word!r}: choose among {known}, or 1 to {count}.", known=known, count=count
    )


def _pairs(text: str, separators: str) -> list[tuple[str, str]]:
    pairs = []
    for part in re.split(f"[{separators}]", text):
        if part.strip():
            left, equals, right = part.partition("=")
            if not equals:
                raise AnswerError(
                    "pairs", f"{part.strip()!r}: write pairs with =, such as a=b.", part=part.strip()
                )
            pairs.append((left.strip(), right.strip()))
    return pairs
