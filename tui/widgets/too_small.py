"""The notice that covers a page in a window below 80x24; it must itself survive 1x1."""

from textual.content import Content
from textual.widget import Widget

from tui.i18n import t

SMALLEST_WIDTH, SMALLEST_HEIGHT = 80, 24


class TooSmall(Widget):
    """Says what size is needed and what there is; the page below keeps its state and its focus."""

    DEFAULT_CSS = """
    TooSmall { layer: notice; display: none; width: 100%; height: 100%; background: $background;
               content-align: center middle; text-align: center; }
    """

    def render(self) -> Content:
        """The notice, in words as many as fit."""
        size = self.app.size
        if size.width < 24 or size.height < 3:
            return Content(f"{SMALLEST_WIDTH}x{SMALLEST_HEIGHT}")
        return Content(
            t("app.too_small", width=size.width, height=size.height, w=SMALLEST_WIDTH, h=SMALLEST_HEIGHT)
        )


def is_too_small(width: int, height: int) -> bool:
    """Whether a window is below the smallest that every page fits."""
    return width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT
