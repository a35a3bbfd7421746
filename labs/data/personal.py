"""Personal data that must not end up in weights: phone numbers, Chinese ID card numbers, e-mail addresses."""

import datetime
import re
from collections.abc import Iterator

import msgspec

_PHONE = re.compile(
    r"(?<![\d.])(?:(?:\+|00)86[- ]?)?1[3-9]\d([- ]?)\d{4}\1\d{4}(?![\d])|(?<!\d)\+[1-9]\d{0,2}[- ]?\d{2,4}(?:[- ]?\d{2,4}){1,3}(?!\d)",
    re.ASCII,
)
_ID_CARD = re.compile(r"(?<!\d)[1-8]\d{5}(?:18|19|20)\d{9}[\dXx](?![\dA-Za-z])", re.ASCII)
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_DIGITS = re.compile(r"\d{3}", re.ASCII)
_EXAMPLES = ("example.com", "example.org", "example.net", ".example", ".test", ".invalid")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Personal(msgspec.Struct, frozen=True):
    """One find. ``kind`` is ``phone``, ``id-card`` or ``email``; ``start`` and ``end`` are character positions."""

    kind: str
    start: int
    end: int

    def masked(self, text: str) -> str:
        """The find with its middle hidden: enough to look it up, not enough to leak it in a report."""
        found = text[self.start : self.end]
        if self.kind == "email":
            name, _, domain = found.partition("@")
            return f"{name[0]}***@{domain}"
        return f"{found[:3]}{'*' * max(1, len(found) - 5)}{found[-2:]}"


def find_personal(text: str) -> Iterator[Personal]:
    """Yield personal data in ``text``. Addresses in the domains reserved for examples (RFC 2606) are not personal."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            if not match.group().lower().endswith(_EXAMPLES):
                yield Personal("email", match.start(), match.end())
    if _DIGITS.search(text) is None:
        return
    cards = []
    for match in _ID_CARD.finditer(text):
        if is_id_card(match.group()):
            cards.append(match.span())
            yield Personal("id-card", match.start(), match.end())
    for match in _PHONE.finditer(text):
        # Nine digits is the shortest subscriber number with its country: "+100-200" is arithmetic.
        enough = sum(char.isdigit() for char in match.group()) >= 9
        if enough and not any(start <= match.start() < end for start, end in cards):
            yield Personal("phone", match.start(), match.end())


def is_id_card(number: str) -> bool:
    """Whether ``number`` is a possible resident ID: 18 characters, a real date, the ISO 7064 MOD 11-2 check digit.

    GB 11643-1999: the weighted sum of the first 17 digits modulo 11 picks the last of ``10X98765432``.
    """
    if len(number) != 18 or not number[:17].isdigit():
        return False
    try:
        datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()


def mask_personal(text: str) -> tuple[str, int]:
    """Replace every find by ``[PHONE]``, ``[ID]`` or ``[EMAIL]``; also return how many there were."""
    names = {"phone": "[PHONE]", "id-card": "[ID]", "email": "[EMAIL]"}
    finds = sorted(find_personal(text), key=lambda find: find.start, reverse=True)
    for find in finds:
        text = text[: find.start] + names[find.kind] + text[find.end :]
    return text, len(finds)
