"""Sentences that the libraries say in English, in the language of now.

The libraries speak English and know no catalogue; what is made of numbers and names comes to us as a finished
sentence. Here each is found again by its shape, as gettext finds a text by its English.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from tui.i18n import Language, language

_FILE = Path(__file__).parent / "locale" / "library.toml"
_OURS = frozenset({"wanted", "found", "evidence", "sign", "page"})
"""Holes that hold words of the library."""
_HOLE = re.compile(r"\{(\w+)\}")


def in_words(said: str, wanted: Language | None = None) -> str:
    """``the same as line 7`` in the language of now, or another; as it is where nobody has listed it."""
    if not said or (shapes := _shapes(wanted or language())) is None:
        return said
    whole = _found(said, shapes)
    if whole is not None:
        return whole
    return "；".join(_found(part, shapes) or part for part in said.split("; "))


def located(said: str, wanted: Language | None = None) -> str:
    """A sentence of the libraries in the language of now, behind the file, line and field that it names."""
    if (shapes := _shapes(wanted or language())) is None:
        return said
    at = 0
    while (words := _found(said[at:], shapes)) is None:
        colon = said.find(": ", at)
        if colon < 0:
            return said
        at = colon + 2
    return said[:at] + words


def _found(said: str, shapes: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    for shape, text in shapes:
        if (match := shape.fullmatch(said)) is not None:
            holes = match.groupdict()
            # Only what the libraries put in themselves: a role, a label or a name is the file's own.
            return text.format(
                **{
                    name: _found(said, shapes) or said if name in _OURS else said
                    for name, said in holes.items()
                }
            )
    return None


@cache
def _shapes(wanted: str) -> tuple[tuple[re.Pattern[str], str], ...] | None:
    """English shapes with their texts, those that say most themselves first; None for English itself."""
    texts = tomllib.loads(_FILE.read_text(encoding="utf-8")).get(wanted)
    if texts is None:
        return None
    listed = sorted(texts.items(), key=lambda one: -len(_HOLE.sub("", one[0])))
    return tuple((_shape(english), text) for english, text in listed)


def _shape(english: str) -> re.Pattern[str]:
    parts = _HOLE.split(english)
    # Before a sentence that begins with a hole may stand the file and field that it is about; they are not in the hole.
    pattern = "".join(
        f"(?P<{part}>(?:(?!; {'|: ' if at == 1 and not parts[0] else ''}).)+?)" if at % 2 else re.escape(part)
        for at, part in enumerate(parts)
    )
    return re.compile(pattern, re.DOTALL)
