"""Markdown whose paragraphs break lines as print does in both languages: between Chinese characters, not only at spaces."""

import re
from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Markdown, MarkdownViewer
from textual.widgets._markdown import MarkdownBlock, MarkdownParagraph, MarkdownTable
from textual.widgets.markdown import MarkdownTableOfContents

from tui.wrapping import wrap

# A line break of the source between two Chinese characters is no space.
_WIDE = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef“”‘’]"
_APART = re.compile(rf"\s+|{_WIDE}")
_BREAK = re.compile(f"(?<={_WIDE}) (?={_WIDE})")


class _Paragraph(MarkdownParagraph):
    """A paragraph wrapped by ``tui.wrapping``."""

    def set_content(self, content: Content) -> None:
        """Take the text, without the spaces that line breaks of a Chinese source leave."""
        places = [found.start() for found in _BREAK.finditer(content.plain)]
        parts, start = [], 0
        for place in places:
            parts.append(content[start:place])
            start = place + 1
        super().set_content(Content.assemble(*parts, content[start:]))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines at this width."""
        return len(wrap(self._content, width))

    def render(self) -> Content:
        """The lines at the width there is."""
        return Content("\n").join(wrap(self._content, self.content_size.width))


class _TableLines(Widget):
    """Rows of cells in columns, every cell wrapped by ``tui.wrapping``: nothing is cut, and no boxes are drawn."""

    DEFAULT_CSS = "_TableLines { width: 1fr; height: auto; }"
    GAP = 2

    def __init__(self, headers: Sequence[Content], rows: Sequence[Sequence[Content]]) -> None:
        super().__init__()
        self._rows = [[header.stylize("bold") for header in headers], *map(list, rows)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Lines at this width."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The lines at the width there is."""
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        columns = self._columns(width)
        tables = [
            [wrap(cell, room) for cell, room in zip(row, columns, strict=False)] for row in self._rows if row
        ]
        apart = any(len(cell) > 1 for row in tables for cell in row)
        lines: list[Content] = []
        for row in tables:
            for at in range(max(map(len, row))):
                line = Content("")
                for cell, room in zip(row, columns, strict=False):
                    text = cell[at] if at < len(cell) else Content("")
                    line = Content.assemble(line, text.pad_right(room - text.cell_length + self.GAP))
                lines.append(line.rstrip(" "))
            if apart:
                lines.append(Content(""))
        return lines

    def _columns(self, width: int) -> list[int]:
        """Each column as wide as its widest cell; where that is too much, the wide ones share what is left.

        A share that would break a word takes from the column that has most room beyond its own words.
        """
        count = max(map(len, self._rows))
        wanted = [
            max((row[at].cell_length for row in self._rows if at < len(row)), default=0)
            for at in range(count)
        ]
        left = max(width - self.GAP * (count - 1), 4 * count)
        columns = list(wanted)
        for done, at in enumerate(sorted(range(count), key=lambda at: wanted[at])):
            columns[at] = min(wanted[at], left // (count - done))
            left -= columns[at]
        words = [self._longest_word(at) for at in range(count)]
        for at in range(count):
            while columns[at] < words[at]:
                giver = max(range(count), key=lambda other: columns[other] - words[other])
                if columns[giver] <= words[giver]:
                    break
                columns[giver] -= 1
                columns[at] += 1
        return columns

    def _longest_word(self, at: int) -> int:
        cells = [row[at] for row in self._rows if at < len(row)]
        return max((cell_len(word) for cell in cells for word in _APART.split(cell.plain)), default=0)


class _Table(MarkdownTable):
    """A table that shows all of its words."""

    def compose(self) -> ComposeResult:
        """The lines."""
        headers, rows = self._get_headers_and_rows()
        yield _TableLines(headers, rows)


class Reading(Markdown):
    """A page to read: headings at the left in the colour of links, none underlined, none in the middle."""

    DEFAULT_CSS = """
    Reading { background: transparent; }
    Reading MarkdownH1, Reading MarkdownH2, Reading MarkdownH3 {
        background: transparent; color: $primary; text-style: bold; content-align: left middle;
        padding: 0; margin: 1 0 0 0; border: none; width: 1fr;
    }
    Reading MarkdownH1 { color: $foreground; margin: 0 0 1 0; }
    """

    BLOCKS: dict[str, type[MarkdownBlock]] = {  # noqa: RUF012
        **Markdown.BLOCKS,
        "paragraph_open": _Paragraph,
        "table_open": _Table,
    }


class ReadingViewer(MarkdownViewer):
    """A page to read, with its contents."""

    def compose(self) -> ComposeResult:
        """The page, and its table of contents."""
        page = Reading(parser_factory=self._parser_factory, open_links=self._open_links)
        page.can_focus = True
        yield page
        yield MarkdownTableOfContents(page)
