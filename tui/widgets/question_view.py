"""A question on the page: stem, picture, code, options or fields, verdict. Given a variant and a draft it shows them."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Input

from quiz_bank.answers import Verdict
from quiz_bank.figures import Figure
from quiz_bank.variants import Variant
from tui.answering.drafts import ChoiceDraft, Draft, FillDraft, MatchDraft, OrderDraft, SpotDraft, TextDraft
from tui.answering.shown import code_lines, fields, judged, options, stem
from tui.widgets.blocks import Block, Blocks


class QuestionView(VerticalScroll):
    """Scrolls by itself; posts ``Typed`` while fields are filled and ``Entered`` on Enter in the last one."""

    can_focus = False
    DEFAULT_CSS = """
    QuestionView { height: 1fr; scrollbar-size-vertical: 1; }
    QuestionView #figures { height: auto; }
    QuestionView .figure, QuestionView FigurePlot { margin: 1 0 0 0; }
    QuestionView #fields { height: auto; margin: 1 0 0 0; }
    QuestionView #hints, QuestionView #options, QuestionView #verdict { margin: 1 0 0 0; }
    QuestionView Input { width: 50; margin: 0 0 0 3; }
    """

    class Typed(Message):
        """A field changed; the draft has the text already."""

    class Entered(Message):
        """Enter in the last field."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draft: Draft | None = None
        self._read: tuple[Block, ...] = ()
        """What stood above the last question, without its first line, which counts the questions."""

    def compose(self) -> ComposeResult:
        """The parts, empty."""
        yield Blocks(id="before")
        yield Blocks(id="stem")
        yield Blocks(id="hints")
        yield Vertical(id="figures")
        yield Blocks(id="code")
        yield Vertical(id="fields")
        yield Blocks(id="options")
        yield Blocks(id="verdict")

    async def ask(
        self, variant: Variant, draft: Draft, figures: tuple[Figure, ...] = (), before: Iterable[Block] = ()
    ) -> None:
        """Show a question that has not been answered yet; ``before`` and its figures come from the item's set."""
        self._draft = draft
        before = tuple(before)
        self._part("before").show(before)
        self._part("stem").show(stem(variant))
        self.show_hints(())
        await self._show_figures((*figures, *variant.figures))
        await self._show_fields(draft)
        self._show_verdict(())
        self._show_draft(variant, draft)
        self.scroll_home(animate=False)
        if before and before[1:] == self._read:
            # The next question on the same case: its own words are what is new.
            self.call_after_refresh(
                self.scroll_to_widget, self._part("stem"), top=True, animate=False, force=True
            )
        self._read = before[1:]

    def update(self, variant: Variant, draft: Draft) -> None:
        """The draft changed; the place of its cursor comes into sight."""
        code, choices = self._show_draft(variant, draft)
        if isinstance(draft, SpotDraft):
            self.call_after_refresh(self._follow, "code", code[: draft.cursor + 1])
        elif isinstance(draft, ChoiceDraft | MatchDraft) and draft.cursor is not None:
            self.call_after_refresh(self._follow, "options", choices[: draft.cursor + 1])
        elif isinstance(draft, OrderDraft):
            self.call_after_refresh(self._follow, "options", choices)

    def _show_draft(self, variant: Variant, draft: Draft) -> tuple[list[Block], list[Block]]:
        code, choices = code_lines(variant, draft, None), options(variant, draft)
        self._part("code").show(code)
        self._part("options").display = bool(choices)
        self._part("options").show(choices)
        return code, choices

    def _follow(self, name: str, blocks: list[Block]) -> None:
        """Scroll to the last of the blocks that a part begins with, if it is still there to scroll to."""
        for part in self.query(f"#{name}").results(Blocks):
            heights = [len(block.lines(part.content_size.width)) for block in blocks]
            if not heights:
                continue
            top = part.virtual_region.y + sum(heights[:-1])
            place = Region(0, top, part.content_size.width, heights[-1])
            self.scroll_to_region(place, animate=False, force=True)

    async def judge(
        self, variant: Variant, draft: Draft, verdict: Verdict, line: Block, after: Iterable[Block]
    ) -> None:
        """Show the verdict: in one ``line``, on every part, then ``after``: explanation, source, note, lab."""
        await self.query_one("#fields").remove_children()
        self._part("code").show(code_lines(variant, draft, verdict))
        self._part("options").display = True
        self._part("options").show((line, *judged(variant, draft, verdict)))
        self._show_verdict(after)

    def show_hints(self, blocks: Iterable[Block]) -> None:
        """Hints unlocked so far, under the stem."""
        blocks = tuple(blocks)
        self._part("hints").display = bool(blocks)
        self._part("hints").show(blocks)

    def show_missed(self, line: Block | None) -> None:
        """Under the options: that this try was wrong; None takes the line away for the next try."""
        self._show_verdict(() if line is None else (line,))

    def _show_verdict(self, blocks: Iterable[Block]) -> None:
        """Without a verdict there is not even its margin: nothing to scroll to."""
        blocks = tuple(blocks)
        self._part("verdict").display = bool(blocks)
        self._part("verdict").show(blocks)

    @property
    def has_more(self) -> bool:
        """Whether something lies below what is in sight."""
        return self.scroll_offset.y < self.max_scroll_y

    def focus_field(self) -> bool:
        """Put the cursor into the first field, if there is one."""
        for field in self.query(Input):
            self.screen.set_focus(field, scroll_visible=False)
            return True
        return False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is typed in the draft at once, so that nothing is lost by Escape or a change of language."""
        event.stop()
        if isinstance(self._draft, TextDraft):
            self._draft.text = event.value
        elif isinstance(self._draft, FillDraft) and event.input.name is not None:
            self._draft.blanks[event.input.name] = event.value
        self.post_message(self.Typed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """On to the next field, or done."""
        event.stop()
        inputs = list(self.query(Input))
        at = inputs.index(event.input)
        if at + 1 < len(inputs):
            self.screen.set_focus(inputs[at + 1])
        else:
            self.post_message(self.Entered())

    async def _show_figures(self, figures: tuple[Figure, ...]) -> None:
        host = self.query_one("#figures")
        await host.remove_children()
        if figures:
            from tui.widgets.figure import figure_widget

            await host.mount_all([figure_widget(figure) for figure in figures])

    async def _show_fields(self, draft: Draft) -> None:
        host = self.query_one("#fields")
        await host.remove_children()
        names = fields(draft)
        host.display = bool(names)
        for number, name in enumerate(names, 1):
            value = draft.text if isinstance(draft, TextDraft) else ""
            if isinstance(draft, FillDraft):
                value = draft.blanks[name]
            lead = f"{number}" if len(names) > 1 or isinstance(draft, FillDraft) else "="
            await host.mount(Input(value, name=name, id=f"field-{number}", placeholder=lead))

    def _part(self, name: str) -> Blocks:
        return self.query_one(f"#{name}", Blocks)
