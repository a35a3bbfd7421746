r"""Our light markup (``$...$``, backticks, ``**``) to HTML and back; HTML from elsewhere to plain text.

Formulas become ``\(...\)``, which Anki and Moodle hand to MathJax.
"""

import html
import re
from decimal import Decimal
from html.parser import HTMLParser

from quiz_bank.exchange.sheet import Block
from quiz_bank.text import harmless

_MATH = re.compile(r"(?<!\\)\$(?!\s)((?:\\.|[^$\\])+?)(?<!\s)\$")
_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BLOCKS = {"p", "div", "li", "tr", "pre", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "hr"}
_SKIPPED = {"script", "style", "head", "title", "noscript"}


def decimal(value: float) -> str:
    """``value`` exactly, without an exponent: not every reader of numbers knows those."""
    return format(Decimal(repr(value)), "f")


def to_html(text: str) -> str:
    """One piece of prose as HTML, everything escaped."""
    kept: list[str] = []

    def keep(shown: str) -> str:
        kept.append(shown)
        return f"\x00{len(kept) - 1}\x00"

    text = text.replace("\x00", "")
    text = _CODE.sub(lambda found: keep(f"<code>{html.escape(found.group(1))}</code>"), text)
    text = _MATH.sub(lambda found: keep(f"\\({html.escape(found.group(1))}\\)"), text)
    text = html.escape(text.replace("\\$", "$"))
    text = _BOLD.sub(r"<b>\1</b>", text).replace("\n", "<br>")
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found.group(1))], text)


def blocks_to_html(blocks: tuple[Block, ...]) -> str:
    """A stem as HTML."""
    return "".join(
        f"<p>{to_html(block.text)}</p>" if block.kind == "prose" else f"<pre>{html.escape(block.text)}</pre>"
        for block in blocks
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.lost: list[str] = []
        self.skipping = 0
        self.fixed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self.skipping += 1
        elif tag in ("img", "audio", "video", "object", "embed", "iframe", "svg"):
            self.lost.append(tag)
        elif tag == "br":
            self.out.append("\n")
        elif tag in _BLOCKS:
            self.out.append("\n- " if tag == "li" else "\n")
            self.fixed += tag == "pre"
        elif tag in ("b", "strong"):
            self.out.append("**")
        elif tag in ("code", "tt", "kbd"):
            self.out.append("`")
        elif tag == "td":
            self.out.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self.skipping = max(0, self.skipping - 1)
        elif tag in _BLOCKS:
            self.out.append("\n")
            self.fixed = max(0, self.fixed - (tag == "pre"))
        elif tag in ("b", "strong"):
            self.out.append("**")
        elif tag in ("code", "tt", "kbd"):
            self.out.append("`")

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.out.append(data if self.fixed else re.sub(r"[ \t\r\n]+", " ", data))


def from_html(source: str) -> tuple[str, list[str]]:
    """Plain text with our markup, and what was lost on the way (``img``, ``audio`` ...).

    A dollar sign of the source is money and is escaped; MathJax's brackets become dollars.
    """
    reader = _Reader()
    reader.feed(source.replace("$", "\\$"))
    reader.close()
    text = harmless("".join(reader.out).replace("\xa0", " "))
    if "[sound:" in text:
        reader.lost.append("sound")
        text = re.sub(r"\[sound:[^\]]*\]", "", text)
    text = re.sub(r"\\\(\s*(.*?)\s*\\\)", r"$\1$", text, flags=re.DOTALL)
    text = re.sub(r"\\\[\s*(.*?)\s*\\\]", r"$\1$", text, flags=re.DOTALL)
    text = re.sub(r"\[\\?\$\](.*?)\[/\\?\$\]", r"$\1$", text, flags=re.DOTALL)
    lines = [line.rstrip() for line in text.split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return text, reader.lost
