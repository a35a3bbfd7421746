"""The decision tree, walked one question at a time; every turn says why it was asked, and one may step back."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList

from quiz_bank.tree import DecisionTree, Node, Verdict
from tui.commands import Command
from tui.i18n import t
from tui.prose import label, prose
from tui.screens.page import Page
from tui.widgets.blocks import BLANK, Block, Blocks
from tui.widgets.menu import Entry, Menu

CHOOSE = Command("tree.choose", "enter", "choose")
STEP_BACK = Command("tree.step_back", "backspace,z", "step_back")
AGAIN = Command("tree.again", "r", "again")


class TreePage(Page[None]):
    """Path so far, the question of now, its branches; or the verdict at the end."""

    KEYS = (CHOOSE, STEP_BACK, AGAIN)
    TITLE_KEY = "study.tree"
    CSS_PATH = "tree.tcss"

    def __init__(self, tree: DecisionTree, path: list[tuple[Node, int]]) -> None:
        super().__init__()
        self._tree = tree
        self.path = path
        """Questions answered, each with the number of the branch taken; whoever opened the page keeps it."""

    @property
    def at(self) -> Node | Verdict:
        """Where the walk stands."""
        if not self.path:
            return self._tree.node(self._tree.start)
        node, branch = self.path[-1]
        return self._tree.node(node.branches[branch].to)

    def body(self) -> ComposeResult:
        """Text over choices."""
        with Vertical(classes="body"):
            with VerticalScroll(id="words", can_focus=False):
                yield Blocks(id="path")
                yield Blocks(id="now")
            yield Menu(id="branches")

    def fill(self) -> None:
        """Say where we are."""
        at, menu = self.at, self.query_one("#branches", Menu)
        self.query_one("#path", Blocks).show(self._walked())
        menu.display = isinstance(at, Node)
        if isinstance(at, Node):
            self.query_one("#now", Blocks).show(
                [Block(prose(at.question, "bold $accent")), Block(prose(at.why, "$muted"))]
            )
            menu.show([Entry(str(index), prose(branch.text)) for index, branch in enumerate(at.branches)])
            self.set_focus(menu)
        else:
            self.query_one("#now", Blocks).show(_verdict(at))
        self.query_one("#words").scroll_end(animate=False)

    def _walked(self) -> list[Block]:
        if not self.path:
            return [Block(prose(self._tree.intro, "$muted")), BLANK]
        blocks = []
        for node, branch in self.path:
            taken = node.branches[branch]
            line = Content.assemble(prose(node.question, "$muted"), "  ", prose(taken.text, "bold"))
            blocks += [Block(line), Block(prose(taken.why, "$quiet"), indent=2)]
        return [*blocks, BLANK]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Choosing needs a question, stepping back a path."""
        if action == "choose":
            return isinstance(self.at, Node)
        return bool(self.path) if action in ("step_back", "again") else True

    def action_choose(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        self.query_one("#branches", Menu).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take a branch."""
        event.stop()
        at = self.at
        if not isinstance(at, Node) or event.option not in event.option_list.options:
            return  # Enter was pressed twice: the question that it was for has been answered
        self.path.append((at, int(event.option.id or 0)))
        self.query_one("#branches", Menu).highlighted = None
        self._moved()

    def action_step_back(self) -> None:
        """Take back the last branch."""
        self.path.pop()
        self._moved()

    def action_again(self) -> None:
        """Walk from the start."""
        self.path.clear()
        self._moved()

    def _moved(self) -> None:
        self.fill()
        self.refresh_chrome()


def _verdict(verdict: Verdict) -> list[Block]:
    blocks = [Block(prose(verdict.title, "bold $accent")), BLANK, Block(prose(verdict.advice)), BLANK]
    blocks.append(Block(prose(verdict.costs), Content.styled(f"{t('tree.costs')}  ", "$muted")))
    blocks.append(Block(prose(verdict.check), Content.styled(f"{t('tree.check')}  ", "$muted")))
    if verdict.source:
        blocks += [
            BLANK,
            Block(Content.assemble((label("study.source"), "$quiet"), prose(verdict.source, "$quiet"))),
        ]
    return blocks
