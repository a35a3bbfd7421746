"""Numbers as people type them: ``1.2e-4``, ``41,943,040``, ``41.9M``, ``5.17 GiB``, ``６３``, ``50%``, ``4194.3万``.

What can be read in two ways is refused with the reason, never guessed.
"""

import math
import re
import unicodedata

import msgspec

from quiz_bank.errors import AnswerError
from quiz_bank.text import Text
from quiz_bank.units import MAGNITUDES, canonical, convert, family

_MAX_LENGTH = 80
_SUPERSCRIPT = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_ABOUT = re.compile(r"^(?:≈|~|=|about|approx\.?|约|大约|约为|等于)\s*", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<digits>\d[\d,._' ]*\d|\d|\.\d+)\s*\.?"
    r"(?P<power>[eE]\s*[+-]?\d+|\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*[+-]?\d+)?"
)
_BARE_POWER = re.compile(r"(?P<base>10|2)\s*(?:\^|\*\*)\s*(?P<power>[+-]?\d{1,3})\Z")
_FRACTION = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\Z")
_CHINESE = re.compile(r"([+-]?)(?:(\d+)亿)?(?:(\d{1,4})万)?(\d{1,4})?(?=\D|\Z)(?!\.)")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([,_' ])\d{3})(?:\1\d{3})*(?:\.\d+)?\Z")
_PLAIN = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)\Z")
_CURRENCY = {"¥": ("yuan", "cny", "rmb", "元"), "$": ("dollar", "usd", "美元"), "€": ("euro", "eur", "欧元")}


class Quantity(msgspec.Struct, frozen=True):
    """A typed number, in the unit that was asked for."""

    value: float
    half_digit: float
    """Half a unit of the last digit typed, where the number was shortened by a word (41.9M: 50,000); otherwise 0."""
    said_unit: bool
    """Whether a unit was typed with it."""


def read_number(typed: str, unit: Text | None = None) -> Quantity:
    """The number that ``typed`` stands for.

    Args:
        typed: What the learner wrote.
        unit: The unit asked for: one that converts, or a plain word.

    Raises:
        AnswerError: it is not a number, has another unit, or can be read in two ways. Codes: ``empty``, ``too-long``,
            ``not-a-number``, ``comma``, ``dots``, ``unit``, ``unit-unknown``, ``binary-or-decimal``, ``bits-or-bytes``,
            ``minutes-or-millions``, ``currency``, ``not-finite``.
    """
    text = _normal(typed)
    if not text:
        raise AnswerError("empty", "Type a number.")
    if len(text) > _MAX_LENGTH:
        raise AnswerError("too-long", "That is too long for a number.")
    text = _without_currency(text, unit)
    value, half_digit, rest = _number(text, typed)
    factor, said_unit = _suffix(rest, unit, typed)
    if not math.isfinite(value * factor[0]):
        raise AnswerError("not-finite", f"{typed.strip()} is too large.", typed=typed.strip())
    return Quantity(value * factor[0], half_digit * factor[0] if factor[1] else 0.0, said_unit)


def _normal(typed: str) -> str:
    def caret(match: re.Match[str]) -> str:
        return "^" + unicodedata.normalize("NFKC", match.group()).replace("\u2212", "-")

    text = unicodedata.normalize("NFKC", _SUPERSCRIPT.sub(caret, typed)).strip().rstrip("。")
    text = re.sub("[\u2212\u2010-\u2015]", "-", text)
    text = re.sub(r"\s+", " ", text)
    text = _ABOUT.sub("", text)
    percent = re.match(r"百分之\s*(.+)", text)
    return f"{percent.group(1)}%" if percent else text


def _without_currency(text: str, unit: Text | None) -> str:
    sign = text[0]
    if sign not in _CURRENCY:
        return text
    words = "" if unit is None else f"{unit.en} {unit.zh}".casefold()
    if words and not any(name in words for name in _CURRENCY[sign]) and sign not in words:
        raise AnswerError(
            "currency", f"The answer is asked in {unit.en if unit else ''}, not in {sign}.", sign=sign
        )
    return text[1:].lstrip()


def _number(text: str, typed: str) -> tuple[float, float, str]:
    """Value, half a unit of its last digit, and what follows it."""
    fraction = _FRACTION.match(text)
    if fraction:
        if float(fraction.group(2)) == 0:
            raise AnswerError("not-a-number", "A fraction cannot have 0 below the line.")
        return float(fraction.group(1)) / float(fraction.group(2)), 0.0, ""
    bare = _BARE_POWER.match(text)
    if bare:
        return float(bare.group("base")) ** int(bare.group("power")), 0.0, ""
    chinese = _CHINESE.match(text)
    if chinese and sum(part is not None for part in chinese.groups()[1:]) > 1:
        parts = [int(part or 0) for part in chinese.groups()[1:]]
        sign = -1.0 if chinese.group(1) == "-" else 1.0
        return sign * (parts[0] * 1e8 + parts[1] * 1e4 + parts[2]), 0.0, text[chinese.end() :].strip()
    match = _NUMBER.match(text)
    if match is None:
        raise AnswerError("not-a-number", f"{typed.strip()!r} is not a number.", typed=typed.strip())
    digits = match.group("digits").strip()
    plain = _ungrouped(digits)
    power = match.group("power")
    exponent = int(re.split(r"[eE]|\^|\*\*", power)[-1].replace(" ", "")) if power else 0
    if abs(exponent) > 400:
        raise AnswerError("not-finite", f"{typed.strip()} is out of range.", typed=typed.strip())
    decimals = len(plain.partition(".")[2])
    sign = -1.0 if match.group("sign") == "-" else 1.0
    return (
        sign * float(f"{plain}e{exponent}"),
        0.5 * 10.0 ** (exponent - decimals),
        text[match.end() :].strip(),
    )


def _ungrouped(digits: str) -> str:
    if _PLAIN.match(digits):
        return digits
    if _GROUPED.match(digits):
        return re.sub(r"[,_' ]", "", digits)
    if digits.count(".") > 1:
        raise AnswerError(
            "dots", f"{digits} has more than one point: write 1234567.8 or 1,234,567.8.", typed=digits
        )
    if digits.count(",") == 1 and "." not in digits:
        whole, _, rest = digits.partition(",")
        message = f"{digits} can be read in two ways: write {whole}.{rest} or {whole}{rest}."
        raise AnswerError("comma", message, typed=digits, decimal=f"{whole}.{rest}", whole=f"{whole}{rest}")
    raise AnswerError("comma", f"{digits}: group digits by threes (41,943,040) or not at all.", typed=digits)


def _suffix(rest: str, unit: Text | None, typed: str) -> tuple[tuple[float, bool], bool]:
    """What the words after the number multiply it by, whether they shorten it, and whether they name a unit."""
    asked = None if unit is None else canonical(unit.en) or canonical(unit.zh)
    if not rest:
        return (1.0, False), False
    _refuse_ambiguous(rest, asked, typed)
    scale = _unit_scale(rest, unit, asked)
    if scale is not None:
        return (scale, False), True
    for word in sorted(MAGNITUDES, key=len, reverse=True):
        if rest.casefold().startswith(word):
            after = rest[len(word) :]
            # "m" must not swallow the beginning of "matrices": a Latin word ends where it ends.
            if after and after[0].isalpha() and after[0].isascii() and word[-1].isascii():
                continue
            scale = 1.0 if not after.strip() else _unit_scale(after.strip(), unit, asked)
            if scale is not None:
                return (MAGNITUDES[word] * scale, True), bool(after.strip())
    if unit is None:
        raise AnswerError("unit-unknown", f"Cannot read {rest!r} after the number.", rest=rest)
    raise AnswerError(
        "unit", f"The answer is asked in {unit.en}; {rest!r} is something else.", rest=rest, unit=unit.en
    )


def _refuse_ambiguous(rest: str, asked: str | None, typed: str) -> None:
    shown = typed.strip()
    if asked is None:
        return
    if family(asked) == "bytes":
        if re.fullmatch(r"[KMGTPkmgtp]", rest):
            letter = rest.upper()
            message = f"{shown}: {letter}B (powers of 1000) or {letter}iB (powers of 1024)?"
            raise AnswerError(
                "binary-or-decimal", message, typed=shown, decimal=f"{letter}B", binary=f"{letter}iB"
            )
        if re.fullmatch(r"[KMGTP]i?b", rest):
            raise AnswerError(
                "bits-or-bytes", f"{shown}: a small b means bits; bytes are a capital B.", typed=shown
            )
    if family(asked) == "time" and rest in ("m", "M"):
        raise AnswerError("minutes-or-millions", f"{shown}: write min for minutes.", typed=shown)


def _unit_scale(word: str, unit: Text | None, asked: str | None) -> float | None:
    said = canonical(word)
    if asked is not None:
        return None if said is None else convert(1.0, said, asked)
    if said == "%" and unit is None:
        return 0.01
    if unit is None:
        return None
    # "63 steps", "63 step", "63步", "4.127 bits" where "bits per parameter" was asked.
    folded = word.casefold().rstrip(".")
    for name in (unit.en, unit.zh, unit.zh.removeprefix("个"), unit.zh.removeprefix("条")):
        name = unicodedata.normalize("NFKC", name).casefold()
        if name and (name.startswith(folded) or folded.rstrip("s") == name.rstrip("s")):
            enough = len(folded) > 2 or not folded.isascii() or folded == name
            return 1.0 if enough else None
    return None
