"""The dialogs of grading by hand: points with a comment, a total with its reason, a comment on the whole.

Every letter is kept as a draft at once, so that closing the dialog, the page or the app loses nothing.
"""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from labs.errors import LabsError
from tui.commands import Command
from tui.i18n import t, t_or
from tui.library_words import in_words, located
from tui.screens.grade_memory import Draft
from tui.screens.lab_text import one_line
from tui.screens.page import Dialog
from tui.widgets.rows import Rows

KEEP = Command("grade.keep", "ctrl+s", "keep", palette=False, priority=True)
TAKE_BACK = Command("grade.take_back", "ctrl+t", "take_back", palette=False, priority=True)

Keep = Callable[[Draft], None]
"""Keeps what was typed for good; raises LabsError where it cannot be."""


class MarkDialog(Dialog[bool]):
    """Gives True when something was kept, and None when left by Escape."""

    KEYS = (KEEP, TAKE_BACK)
    CSS_PATH = "grade.tcss"

    def __init__(
        self,
        title: str,
        draft: Draft,
        keep: Keep,
        remember: Callable[[Draft], None],
        *,
        fields: Sequence[str],
        comments: Sequence[str] = (),
        take_back: Callable[[], None] | None = None,
    ) -> None:
        """``fields`` of the draft that are asked for, in order; ``comments`` to choose from."""
        super().__init__()
        self._title, self._draft, self._keep, self._remember = title, draft, keep, remember
        self._fields, self._comments, self._take_back = tuple(fields), tuple(comments), take_back
        self._trouble = ""

    def body(self) -> ComposeResult:
        """Title, one line a field, comments to choose, what is wrong."""
        with Vertical(classes="body"):
            yield Static(Content.styled(self._title, "bold"), markup=False)
            for field in self._fields:
                yield Static(Content.styled(t(f"grade.ask_{field}"), "$muted"), markup=False)
                limit = 12 if field == "points" else 2000
                yield Input(getattr(self._draft, field), id=f"mark-{field}", max_length=limit, compact=True)
            if self._comments:
                yield Static(Content.styled(t("grade.comments"), "$muted"), markup=False)
                yield Rows(
                    *(Option(one_line(text), id=f"comment-{at}") for at, text in enumerate(self._comments)),
                    id="comments",
                    markup=False,
                )
            yield Static(id="trouble", markup=False)
            keys = [(KEEP, t("grade.keep"))]
            keys += [(TAKE_BACK, t("grade.take_back"))] if self._take_back is not None else []
            shown = [Content.assemble((key.shown_key, "bold $accent"), f" {name}") for key, name in keys]
            yield Static(Content("    ").join(shown), markup=False)

    def fill(self) -> None:
        """Begin in the first line that has nothing yet."""
        empty = [field for field in self._fields if not getattr(self._draft, field)]
        self.set_focus(self.query_one(f"#mark-{(empty or self._fields)[0]}"))
        self._say()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There may be nothing to take back."""
        if action == "take_back" and self._take_back is None:
            return False
        return super().check_action(action, parameters)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep every letter."""
        field = (event.input.id or "").removeprefix("mark-")
        values = {name: getattr(self._draft, name) for name in Draft.__struct_fields__}
        changed = Draft(**{**values, field: event.value})
        if changed != self._draft:
            self._draft = changed
            self._remember(changed)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next line; from the last one, keep."""
        field = (event.input.id or "").removeprefix("mark-")
        rest = self._fields[self._fields.index(field) + 1 :]
        if rest:
            self.set_focus(self.query_one(f"#mark-{rest[0]}"))
        else:
            self.action_keep()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Put a comment into its line, after what stands there."""
        line = self.query_one("#mark-comment", Input)
        chosen = self._comments[event.option_index]
        line.value = f"{line.value} {chosen}".strip() if line.value else chosen
        self.set_focus(line)

    def action_keep(self) -> None:
        """Keep it, or say why not."""
        try:
            self._keep(self._draft)
        except (LabsError, OSError) as error:
            self._trouble = told(error)
            self._say()
        else:
            self.dismiss(True)

    def action_take_back(self) -> None:
        """The computed points hold again."""
        if self._take_back is not None:
            self._take_back()
            self.dismiss(True)

    def _say(self) -> None:
        self.query_one("#trouble", Static).update(Content.styled(self._trouble, "$error"))


def told(error: LabsError | OSError) -> str:
    """An error in the language of now, by its code where the catalogue has it."""
    if isinstance(error, OSError):
        return t("grade.cannot_write", why=one_line(in_words(error.strerror or type(error).__name__)))
    said = [one_line(located(part)) for part in (error.message, error.hint) if part]
    return t_or("grade.error_" + error.code.replace(".", "_").replace("-", "_"), " ".join(said), why=said[0])
