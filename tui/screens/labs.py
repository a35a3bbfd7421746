"""The catalogue of labs: what each takes, where one stands in it, and the way in."""

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from labs.errors import LabsError
from labs.lab import CATALOG, Lab, load_lab
from labs.lab_checks import check_run, measure_lab, total_points
from labs.lab_progress import reset_progress
from labs.runs import list_runs
from tui.commands import Command
from tui.i18n import t
from tui.screens.lab_session import LabSession
from tui.screens.lab_text import cell, number, spoken, told
from tui.screens.page import Page
from tui.screens.run_ask import Ask
from tui.screens.run_stack import missing_stack
from tui.widgets.blocks import BLANK, Block, Blocks

OPEN = Command("labs.open", "enter", "open", palette=False)
RESET = Command("labs.reset", "x", "reset")


class LabsPage(Page[None]):
    """All labs in their order; the highlighted one says what it is about."""

    KEYS = (OPEN, RESET)
    TITLE_KEY = "labs.title"
    CSS_PATH = "labs.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._labs: list[Lab] = []
        self._troubles: list[LabsError] = []
        self._earned: dict[str, float] = {}
        self._at = 0
        self._seen = -1

    def body(self) -> ComposeResult:
        """The list, and under it the highlighted lab."""
        with Vertical(classes="body"):
            yield Static(id="stack", classes="muted", markup=False)
            yield OptionList(id="labs", markup=False)
            yield Blocks(id="about")

    def on_mount(self) -> None:
        """Read the catalogue, then keep an eye on the run."""
        self._read()
        self.tutor.run_monitor.reattach()
        self.set_interval(0.5, self._follow)

    async def on_screen_resume(self) -> None:
        """Points may have come in while another page was in front."""
        self._count()
        self.refill()

    def _read(self) -> None:
        catalog = self.tutor.lab_catalog or CATALOG
        for path in sorted(catalog.glob("*/lab.toml")):
            try:
                self._labs.append(load_lab(path.parent))
            except LabsError as trouble:
                self._troubles.append(trouble)
        self._labs.sort(key=lambda lab: (lab.order, lab.id))

    def fill(self) -> None:
        """List the labs."""
        missing = missing_stack()
        stack = self.query_one("#stack", Static)
        stack.update(Content(t("labs.no_stack", names=", ".join(missing))) if missing else Content(""))
        stack.display = bool(missing)
        rows = self.query_one("#labs", OptionList)
        rows.clear_options()
        rows.add_options([Option(self._row(lab), id=lab.id) for lab in self._labs])
        for trouble in self._troubles:
            rows.add_option(Option(Content.styled("✗ " + told(trouble), "$error"), disabled=True))
        if self._labs:
            rows.highlighted = min(self._at, len(self._labs) - 1)
        rows.focus()
        self._describe()

    def title_right(self) -> Content:
        """How many are done."""
        done = sum(self._session(lab).progress.done for lab in self._labs)
        return Content.styled(t("labs.done_of", done=done, all=len(self._labs)), "$muted")

    def _session(self, lab: Lab) -> LabSession:
        return LabSession(lab, self.tutor.home.root / "labs", self.tutor.home.runs)

    def _row(self, lab: Lab) -> Content:
        session, wide = self._session(lab), self.size.width >= 110
        width = max(self.size.width, 80) - (12 if wide else 6) - 2  # a scrollbar
        mark = Content.styled("✓", "$success") if session.progress.done else Content("·")
        standing, hardware = self._standing(lab, session), self._hardware(lab)
        # In a narrow window how far one is takes the place of what it needs, so that titles are whole.
        last = [cell(hardware, 12), cell(standing, 18)] if wide else [cell(standing or hardware, 15)]
        room = width - 12 - sum(one.cell_length for one in last)
        minutes = cell(t("labs.minutes", n=lab.minutes), 8, right=True)
        return Content.assemble(cell(mark, 2), cell(spoken(lab.title), room), minutes, "  ", *last)

    def _hardware(self, lab: Lab) -> Content:
        model = lab.spec.get("base_model", "pocket")
        return Content.styled(t("labs.cpu") if model == "pocket" else t("labs.gpu"), "$muted")

    def _standing(self, lab: Lab, session: LabSession) -> Content:
        """Running, points, begun, or nothing yet."""
        live = self.tutor.run_monitor.current
        if live is not None and live.lab == lab.id and not live.is_over:
            return Content.styled(
                t("labs.running", step=live.step, total=live.total_steps or "…"), "bold $accent"
            )
        if lab.id in self._earned:
            earned = number(self._earned[lab.id])
            return Content(t("labs.points", earned=earned, all=number(total_points(lab))))
        if session.progress.run_id or session.progress.answers or session.progress.overrides:
            return Content.styled(t("labs.begun"), "$muted")
        return Content("")

    def _describe(self) -> None:
        lab = self._lab()
        about = self.query_one("#about", Blocks)
        if lab is None:
            about.show([Block(Content.styled(t("labs.none"), "$muted"))])
            return
        blocks = [Block(Content(spoken(lab.summary)))]
        blocks += [
            Block(Content.styled(spoken(goal), "$muted"), Content.styled("· ", "$quiet"))
            for goal in lab.objectives[:4]
        ]
        needed = [
            one.title for one in self._labs if one.id in lab.requires and not self._session(one).progress.done
        ]
        if needed:
            names = ", ".join(spoken(title) for title in needed)
            blocks += [BLANK, Block(Content.styled(t("labs.after", names=names), "$muted"))]
        about.show(blocks)

    def _lab(self) -> Lab | None:
        at = self.query_one("#labs", OptionList).highlighted
        return self._labs[at] if at is not None and at < len(self._labs) else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Describe it."""
        self._at = event.option_index
        self._describe()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        await self.action_open()

    async def action_open(self) -> None:
        """Enter the lab where one left it."""
        from tui.screens.lab import first_step

        lab = self._lab()
        if lab is not None:
            await self.tutor.push_screen(first_step(self._session(lab), self.tutor.run_monitor))

    @work
    async def action_reset(self) -> None:
        """Begin a lab afresh, after asking; its runs are kept."""
        lab = self._lab()
        if lab is None:
            return
        question = t("labs.reset_ask", lab=spoken(lab.title))
        if await self.tutor.push_screen_wait(Ask(question, t("labs.reset_yes"))):
            reset_progress(self.tutor.home.root / "labs", lab.id)
            self._earned.pop(lab.id, None)
            self.fill()

    @work(thread=True, exclusive=True, group="read")
    def _count(self) -> None:
        """Read points off the newest run of each lab; reading event files takes a while, so not here."""
        runs = list_runs(self.tutor.home.runs)
        earned: dict[str, float] = {}
        for lab in self._labs:
            run = self._session(lab).run
            if run is None or not lab.checks:
                continue
            try:
                earned[lab.id] = sum(one.points for one in check_run(lab, measure_lab(lab, run, runs)))
            except LabsError:
                continue
        self.app.call_from_thread(self._take_points, earned)

    def _take_points(self, earned: dict[str, float]) -> None:
        if earned != self._earned:
            self._earned = earned
            self.refill()

    def _follow(self) -> None:
        """Show how the running lab comes on."""
        monitor = self.tutor.run_monitor
        if not self.is_current or monitor.version == self._seen or monitor.current is None:
            return
        self._seen = monitor.version
        rows = self.query_one("#labs", OptionList)
        for at, lab in enumerate(self._labs):
            if lab.id == monitor.current.lab:
                rows.replace_option_prompt_at_index(at, self._row(lab))

    def on_resize(self, event: object) -> None:
        """Columns follow the width."""
        self.call_after_refresh(self.refill)
