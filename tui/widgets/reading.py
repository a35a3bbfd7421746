"""Markdown whose paragraphs break lines as print does in both languages: between Chinese characters, not only at spaces."""

import re

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Markdown, MarkdownViewer
from textual.widgets._markdown import MarkdownBlock, MarkdownParagraph
from textual.widgets.markdown import MarkdownTableOfContents

from tui.wrapping import wrap

# A line break of the source between two Chinese characters is no space.
_WIDE = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef“”‘’]"
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


class Reading(Markdown):
    """A page to read."""

    BLOCKS: dict[str, type[MarkdownBlock]] = {**Markdown.BLOCKS, "paragraph_open": _Paragraph}  # noqa: RUF012


class ReadingViewer(MarkdownViewer):
    """A page to read, with its contents."""

    def compose(self) -> ComposeResult:
        """The page, and its table of contents."""
        page = Reading(parser_factory=self._parser_factory, open_links=self._open_links)
        page.can_focus = True
        yield page
        yield MarkdownTableOfContents(page)
