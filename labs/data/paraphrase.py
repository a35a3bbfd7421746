"""Ways to say a question differently without a service: templates, synonyms, and the shifts a back-translation makes.

Only questions are reworded, never answers: the label must stay true. Numbers, quotations, code, addresses and
template tokens are protected, since a changed figure would make another question.
"""

import random
import re
from collections.abc import Callable

from labs.data.normalise import language_of

Rule = Callable[[str, random.Random], str | None]
"""Text and randomness in, another wording out; None where the rule does not apply."""

_PROTECTED = re.compile(
    r"""```.*?```|`[^`]+`|https?://\S+|\S+@\S+|<[^>\s][^>]*>|\d[\d.,:%/-]*"""
    r"""|"[^"\n]*"|“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》""",
    re.S,
)

_TEMPLATES = {
    "en": (
        "Could you help me with this: {q}",
        "I have a question. {q}",
        "Please answer the following. {q}",
        "Here is what I would like to know: {q}",
    ),
    "zh": ("请问，{q}", "我想咨询一下：{q}", "麻烦解答：{q}", "有个问题请教：{q}"),
}

_SYNONYMS = {
    "en": (
        ("how do i", "what is the way to"), ("what is", "what's"), ("explain", "describe"), ("big", "large"),
        ("begin", "start"), ("buy", "purchase"), ("error", "mistake"), ("quick", "fast"), ("choose", "select"),
        ("reply", "respond"), ("often", "frequently"), ("fix", "repair"), ("method", "approach"),
        ("important", "essential"), ("quickly", "fast"), ("company", "firm"), ("staff", "employees"),
    ),
    "zh": (
        ("怎么(?!样|办)", "如何"), ("怎样", "如何"), ("为什么", "为何"), ("什么时候", "何时"), ("多少钱", "什么价格"), ("帮助", "协助"),
        ("解释", "说明"), ("公司", "企业"), ("员工", "职工"), ("方法", "办法"), ("立即", "马上"), ("告诉", "告知"),
        ("错误", "差错"), ("必须", "务必"), ("大约", "大概"), ("应该", "应当"), ("目前", "眼下"),
    ),
}  # fmt: skip
"""Pairs that can be exchanged in a question without changing what is asked; checked by reading, not by frequency."""

_ENGLISH_SHIFTS = (
    (r"\bdo not\b", "don't"), (r"\bcannot\b", "can't"), (r"\bit is\b", "it's"), (r"\bI am\b", "I'm"),
    (r"\bdon't\b", "do not"), (r"\bcan't\b", "cannot"), (r"\bit's\b", "it is"), (r"\bI'm\b", "I am"),
    (r"\bCan you\b", "Could you"), (r"\bHow can I\b", "How could one"), (r"\bIs it possible to\b", "Can one"),
    (r"^(?:If|When) ([^,?.]{3,80}), ([^?.]{3,120})([?.]?)$", r"\2 if \1\3"),
)  # fmt: skip
_CHINESE_SHIFTS = (
    (r"^如果([^，。？]{2,40})，([^，。？]{2,60})([。？]?)$", r"\2，如果\1的话\3"),
    (r"因为([^，。？]{2,40})，所以([^，。？]{2,40})", r"\2，是因为\1"),
    (r"可不可以", "能否"), (r"能不能", "能否"),
    (r"是不是", "是否"), (r"有没有", "是否有"), (r"多长时间", "多久"), (r"是什么(?=[？?。]|$)", "指的是什么"),
)  # fmt: skip


def template(text: str, random: random.Random) -> str | None:
    """Put the question into another frame; texts with several lines are left alone."""
    language = language_of(text)
    frames = _TEMPLATES.get(language)
    if frames is None or "\n" in text.strip():
        return None
    return random.choice(frames).format(q=text.strip())


def synonym(text: str, random: random.Random) -> str | None:
    """Replace up to two words by synonyms; word borders count in English."""
    language = language_of(text)
    pairs = list(_SYNONYMS.get(language, ()))
    random.shuffle(pairs)
    changed = 0
    for old, new in pairs:
        pattern = rf"\b{old}\b" if language == "en" else old
        replaced = _substitute(text, re.compile(pattern, re.I), _cased(new))
        if replaced != text:
            text = replaced
            changed += 1
            if changed == 2:
                break
    return text if changed else None


def _cased(new: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        return new[0].upper() + new[1:] if match.group()[:1].isupper() else new

    return replace


def back_translation(text: str, random: random.Random) -> str | None:
    """Change clause order and contractions as a translation there and back does; nothing is translated."""
    language = language_of(text)
    shifts = list(_ENGLISH_SHIFTS if language == "en" else _CHINESE_SHIFTS if language == "zh" else ())
    random.shuffle(shifts)
    for pattern, new in shifts:
        replaced = _substitute(text, re.compile(pattern), new)
        if replaced != text:
            return replaced[:1].upper() + replaced[1:]
    return None


def _substitute(text: str, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> str:
    """Replace the first match in each part of ``text`` that is not protected."""
    out, at = [], 0
    for match in _PROTECTED.finditer(text):
        out += [pattern.sub(new, text[at : match.start()], count=1), match.group()]
        at = match.end()
    out.append(pattern.sub(new, text[at:], count=1))
    return "".join(out)


RULES: dict[str, Rule] = {"template": template, "synonym": synonym, "back-translation": back_translation}
"""The rules by the names that provenance and the command line use."""
