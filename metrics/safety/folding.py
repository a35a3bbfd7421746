"""Fold a text to the letters a reader sees, and remember where each came from and what was disguised.

Word filters are dodged with full-width forms, zero-width characters, capitals, look-alike letters of other
alphabets, and separators between letters. Folding undoes the first four a character at a time; separators
are left out of the stream but counted, because "b o m b" is a disguise and "as set" is not.
"""

import unicodedata
from functools import lru_cache

import msgspec

_LOOKS_LIKE = str.maketrans(
    # Cyrillic, Greek, Armenian and Latin letters outside ASCII that are drawn like ASCII ones, lower case.
    "аеорсухкмтнвіїјѕԁһӏգьґαορνκιτυχεηωβγσɑɡıłøđħŧʀᴀʙᴄᴅᴇꜰɢʜᴊᴋʟᴍɴᴏᴘꜱᴛᴜᴠᴡʏᴢ",
    "aeopcyxkmthbiijsdhlqbgaopvkituxenwbyoagilodhtrabcdefghjklmnopstuvwyz",
)
_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")
"""Greek capitals are drawn like other Latin letters than their small forms."""
SENTENCE_END = frozenset("。！？!?\n")
_ZERO_WIDTH = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")

FULL_WIDTH, HOMOGLYPH, CASE = 1, 2, 4


class Folded(msgspec.Struct, frozen=True):
    """The letters and digits of a text, with bookkeeping for each.

    Args:
        text: folded letters and digits only.
        start: index in the original of the character each came from.
        gap: how many separators stand before each (0 for the first: nothing precedes it).
        broken: whether a sentence ended among those separators.
        hidden: how many invisible characters stand before each.
        changed: flags of what folding changed in each.
    """

    text: str
    start: list[int]
    gap: list[int]
    broken: list[bool]
    hidden: list[int]
    changed: list[int]


def fold(text: str) -> Folded:
    """Fold ``text``; see the module's docstring for what counts as a disguise."""
    letters: list[str] = []
    start: list[int] = []
    gap: list[int] = []
    broken: list[bool] = []
    hidden: list[int] = []
    changed: list[int] = []
    separators = invisible = 0
    ended = False
    for i, character in enumerate(text):
        folded, flags, unseen = _fold_character(character)
        if unseen:
            invisible += 1
            continue
        if not folded:
            separators += 1
            ended = ended or character in SENTENCE_END
            continue
        for letter in folded:
            letters.append(letter)
            start.append(i)
            gap.append(separators)
            broken.append(ended)
            hidden.append(invisible)
            changed.append(flags)
            separators = invisible = 0
            ended = False
    return Folded("".join(letters), start, gap, broken, hidden, changed)


@lru_cache(maxsize=20_000)
def _fold_character(character: str) -> tuple[str, int, bool]:
    """(folded letters, what changed, whether it is invisible); no letters and visible: a separator."""
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me"} or character in _ZERO_WIDTH:
        return "", 0, True
    plain = unicodedata.normalize("NFKC", character)
    flags = FULL_WIDTH if plain != character else 0
    latin = plain.translate(_CAPITALS)
    if latin != plain:
        flags |= HOMOGLYPH
    lowered = latin.casefold()
    if lowered != latin:
        flags |= CASE
    bare = "".join(c for c in unicodedata.normalize("NFKD", lowered) if unicodedata.category(c) != "Mn")
    ascii_like = bare.translate(_LOOKS_LIKE)
    if ascii_like != lowered:
        flags |= HOMOGLYPH
    return "".join(c for c in ascii_like if c.isalnum()), flags, False
