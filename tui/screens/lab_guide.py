"""Step 1: the guide, Markdown in the language of now, its contents beside it where there is room."""

from textual.app import ComposeResult
from textual.containers import Horizontal

from metrics.clean import clean
from tui.commands import Command
from tui.i18n import language, t
from tui.screens.lab import ALONG, LabStep
from tui.widgets.reading import ReadingViewer

ON = Command("lab.to_predict", "enter", "step(1)")
CONTENTS = Command("lab.contents", "c", "contents")
READ_ON = Command("notes.read_on", "space", "read_on", palette=False)


class GuideStep(LabStep):
    """Reads like a page of a book; Enter goes on."""

    STEP = "guide"
    KEYS = (ON, READ_ON, CONTENTS, *ALONG)
    CSS_PATH = "lab_guide.tcss"

    def body(self) -> ComposeResult:
        """The guide."""
        with Horizontal(classes="body"):
            yield ReadingViewer(
                self._text(), show_table_of_contents=self.app.size.width >= 110, open_links=False
            )

    def fill(self) -> None:
        """Keys scroll it at once."""
        self.query_one(ReadingViewer).focus()

    def action_read_on(self) -> None:
        """A page further down."""
        self.query_one(ReadingViewer).scroll_page_down(animate=False)

    def action_contents(self) -> None:
        """Show or hide the contents."""
        viewer = self.query_one(ReadingViewer)
        viewer.show_table_of_contents = not viewer.show_table_of_contents

    def on_mount(self) -> None:
        """The worker's imports take as long as reading does."""
        self.run_worker(self.monitor.warm(), group="warm")

    def _text(self) -> str:
        try:
            return clean(self.session.lab.guide(language()))
        except OSError as error:
            return t("lab.no_guide", why=clean(str(error)))
