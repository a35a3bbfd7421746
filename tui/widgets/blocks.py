"""Paragraphs with hanging indents, wrapped for English and Chinese: questions, options and feedback are made of these."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from tui.wrapping import wrap

EMPTY = Content("")


@dataclass(frozen=True)
class Block:
    """A paragraph: ``lead`` stands at its start, the lines hang ``indent`` cells in (at least the width of ``lead``)."""

    text: Content
    lead: Content = EMPTY
    indent: int = 0
    click: str | None = None
    """Textual action of a click on any of its lines, such as ``screen.press('1')``."""
    code: bool = False
    """Every character of a line stays, also where it goes on below: program text."""

    def lines(self, width: int) -> list[Content]:
        """The block in lines of at most ``width`` cells."""
        indent = max(self.indent, self.lead.cell_length)
        room = max(width - indent, 2)
        texts = _cut(self.text, room) if self.code else wrap(self.text, room)
        first = Content.assemble(self.lead, " " * (indent - self.lead.cell_length))
        lines = [
            Content.assemble(first if index == 0 else " " * indent, text) for index, text in enumerate(texts)
        ]
        if self.click is None:
            return lines
        meta = Style.from_meta({"@click": self.click})
        return [line.pad_right(max(width - line.cell_length, 0)).stylize(meta) for line in lines]


BLANK = Block(Content(""))


class Blocks(Widget):
    """Shows blocks one under the other; as high as they need."""

    DEFAULT_CSS = "Blocks { width: 1fr; height: auto; }"

    def __init__(
        self, blocks: Iterable[Block] = (), id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.auto_links = False  # a line that can be clicked keeps its own colours
        self._blocks = tuple(blocks)
        self._wrapped: tuple[int, tuple[Content, ...]] | None = None

    def show(self, blocks: Iterable[Block]) -> None:
        """Show other blocks."""
        self._blocks = tuple(blocks)
        self._wrapped = None
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        """What is shown, without styles and line breaks of ours: for tests and the clipboard."""
        return "\n".join(f"{block.lead.plain}{block.text.plain}" for block in self._blocks)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines at this width."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The lines at the width there is."""
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> tuple[Content, ...]:
        if self._wrapped is None or self._wrapped[0] != width:
            lines = tuple(line for block in self._blocks for line in block.lines(width))
            self._wrapped = (width, lines)
        return self._wrapped[1]


def _cut(text: Content, width: int) -> list[Content]:
    lines: list[Content] = []
    for line in text.split("\n", allow_blank=True) or [Content("")]:
        while line.cell_length > width:
            seam = _seam(line.fold(width)[0].plain)
            lines.append(line[:seam])
            line = line[seam:]
        lines.append(line)
    return lines


def _seam(piece: str) -> int:
    """Where a line of code goes on below: behind a space or a sign near the end of the piece that fits, else at its end."""
    near = len(piece) * 2 // 3
    return max(piece.rfind(sign, near) + 1 for sign in " ,.([{") or len(piece)
