r"""Formulas as Unicode text: ``$\frac{\alpha}{r}BA$`` becomes ``(α/r)BA``.

A subset of LaTeX, as far as one line of a terminal goes. What is not in it is shown as its source, never guessed.
"""

import re

from tui.formula_signs import ACCENTS, LETTERS, NAMES, SIGNS, SUBSCRIPTS, SUPERSCRIPTS

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}^_&]|\s+|.", re.DOTALL)
# As Pandoc reads them: no space inside the dollars, no digit after, so "$5 and $6" is money.
_MATH = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)((?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)", re.DOTALL)
_BINARY = {"+": "+", "-": "−", "=": "=", "<": "<", ">": ">", "\\times": "×", "\\pm": "±"}
# Around these a fraction needs no brackets of its own.
_LOOSE = set(" =+-−<>≤≥≈≠,;:|()[]⌈⌉⌊⌋→∈·×≪≫∝±")
_OPENING = set("([{⌈⌊|‖=<>,;+−×·≤≥≈≠→∈")
_ENDS_IN_NAME = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(NAMES))})$")
_SMALL = set(SUBSCRIPTS.values()) | set(SUPERSCRIPTS.values())
_TEXT_COMMANDS = {"text", "mathrm", "operatorname", "mathbf", "mathit", "mathsf", "mathtt", "textbf", "texttt", "boldsymbol", "bm"}  # fmt: skip
_SIZES = {"left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "limits", "nolimits"}  # fmt: skip


class FormulaError(ValueError):
    """The formula uses LaTeX that one line cannot show; the caller shows its source."""


def plain(text: str) -> str:
    """``text`` with every ``$…$`` and ``$$…$$`` as Unicode; one that cannot be is left as it was written."""
    return _MATH.sub(lambda found: _shown(found.group(1) or found.group(2), found.group(0)), text)


def math_spans(text: str) -> list[tuple[int, int]]:
    """Where the formulas stand in ``text``: start and end of each, dollars included."""
    return [found.span() for found in _MATH.finditer(text)]


def formula(source: str) -> str:
    """One formula without its dollars as Unicode. Raises FormulaError."""
    parser = _Parser(_TOKEN.findall(source))
    shown = parser.group(until=None)
    return re.sub(r" {2,}", " ", shown).strip()


def _shown(inner: str, source: str) -> str:
    try:
        return formula(inner)
    except FormulaError:
        return source


def _spaced(sign: str, before: list[str]) -> str:
    """A sign between two things has air; one in front of a thing (−3) or in front of nothing has none."""
    so_far = "".join(before).rstrip()
    last = so_far[-1:]
    if sign in "+−±" and (last in _OPENING or so_far.rstrip("".join(_SMALL))[-1:] in ("Σ", "Π")):
        return sign
    return f" {sign} " if last else sign


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._at = 0

    def group(self, until: str | None) -> str:
        """Everything up to the piece ``until``, which is consumed; None: to the end."""
        parts: list[str] = []
        fractions: list[int] = []
        while self._at < len(self._pieces):
            piece = self._next()
            if piece == until:
                return _joined(parts, fractions)
            if piece in ("\\frac", "\\tfrac", "\\dfrac"):
                top, bottom = self._argument(), self._argument()
                fractions.append(len(parts))
                parts.append(f"{_bracketed(top)}/{_bracketed(bottom, in_denominator=True)}")
            elif piece in _BINARY:
                parts.append(_spaced(_BINARY[piece], parts))
            elif piece == "^":
                parts.append(_raised(self._argument()))
            elif piece == "_":
                parts.append(_lowered(self._argument()))
            else:
                parts.append(self._atom(piece))
        if until is not None:
            raise FormulaError(f"missing {until}")
        return _joined(parts, fractions)

    def _next(self) -> str:
        piece = self._pieces[self._at]
        self._at += 1
        return piece

    def _argument(self) -> str:
        while self._at < len(self._pieces) and self._pieces[self._at].isspace():
            self._at += 1
        if self._at >= len(self._pieces):
            raise FormulaError("an argument is missing")
        piece = self._next()
        return self.group(until="}") if piece == "{" else self._atom(piece)

    def _atom(self, piece: str) -> str:
        if piece == "{":
            if self._pieces[self._at : self._at + 2] == [",", "}"]:
                self._at += 2  # {,}: the comma of a number, without the space of a list
                return ","
            return self.group(until="}")
        if piece in ("}", "&", "^", "_"):
            raise FormulaError(f"{piece} out of place")
        if piece.isspace():
            return ""
        if piece == "-":
            return "−"
        if piece == "'":
            return "′"
        if piece == ",":
            following = self._pieces[self._at] if self._at < len(self._pieces) else " "
            return ", " if not following.isdigit() else ","
        if piece == "~":
            return " "
        if not piece.startswith("\\"):
            return piece
        return self._command(piece[1:])

    def _command(self, name: str) -> str:
        if name in SIGNS:
            return SIGNS[name]
        if name in NAMES:
            return name
        if name in _TEXT_COMMANDS:
            return self._words()
        if name in _SIZES:
            return "" if self._at >= len(self._pieces) or self._pieces[self._at] != "." else self._swallow()
        if name == "sqrt":
            inner = self._argument()
            simple = inner.isdigit() or len([letter for letter in inner if letter not in _SMALL]) == 1
            return f"√{inner}" if simple else f"√({inner})"
        if name in ACCENTS:
            inner = self._argument()
            if len(inner) != 1:
                raise FormulaError(f"\\{name} over more than a letter")
            return inner + ACCENTS[name]
        if name in ("mathbb", "mathcal"):
            inner = self._argument()
            return "".join(LETTERS[name].get(letter, letter) for letter in inner)
        raise FormulaError(f"\\{name}")

    def _words(self) -> str:
        """The argument of ``\\text``: its spaces are meant."""
        if self._at < len(self._pieces) and self._pieces[self._at] == "{":
            depth, start = 0, self._at + 1
            for end in range(self._at, len(self._pieces)):
                depth += {"{": 1, "}": -1}.get(self._pieces[end], 0)
                if depth == 0:
                    words = self._pieces[start:end]
                    if not any(
                        (word.startswith("\\") and word[1:] not in SIGNS) or word in "^&" for word in words
                    ):
                        self._at = end + 1
                        return "".join(
                            SIGNS.get(word[1:], word) if word[0] == "\\" else word for word in words
                        )
                    break
        return self._argument()

    def _swallow(self) -> str:
        self._at += 1
        return ""


def _joined(parts: list[str], fractions: list[int]) -> str:
    """The parts in one string; a fraction with a factor beside it gets brackets."""
    for index in fractions:
        before = "".join(parts[:index])[-1:] or " "
        after = "".join(parts[index + 1 :])[:1] or " "
        if before not in _LOOSE - {")"} or after not in _LOOSE - {"("}:
            parts[index] = f"({parts[index]})"
    line = ""
    for part in parts:
        # "log p" but "log(p)": a name stands off from a letter or digit that follows.
        line += f" {part}" if part[:1].isalnum() and _ENDS_IN_NAME.search(line) else part
    return line


def _bracketed(text: str, in_denominator: bool = False) -> str:
    text = text.strip()
    loose = any(sign in text for sign in "+−=/ ") or (in_denominator and any(sign in text for sign in "·×"))
    whole = text.startswith("(") and text.endswith(")") and text.count("(") == 1
    if in_denominator and not loose:
        # a/rk would read as (a/r)k
        bases = "".join(" " if letter.isdigit() else letter for letter in text if letter not in _SMALL)
        loose = len(bases.replace(" ", "")) > 1 or (bases.startswith(" ") and bool(bases.strip()))
    return f"({text})" if loose and not whole else text


def _raised(text: str) -> str:
    text = text.replace(" ", "")
    if all(letter in SUPERSCRIPTS for letter in text):
        return "".join(SUPERSCRIPTS[letter] for letter in text)
    return f"^{text}" if len(text) == 1 else f"^({text})"


def _lowered(text: str) -> str:
    text = text.replace(" ", "")
    if all(letter in SUBSCRIPTS for letter in text):
        return "".join(SUBSCRIPTS[letter] for letter in text)
    return f"_{text}" if text.isalnum() else f"_({text})"
